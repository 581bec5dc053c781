/** Checking what proof documents say about circuits and computations, without a node and in browsers. */
export * from './describe.ts';
export * from './rows.ts';
export * from './subject.ts';
