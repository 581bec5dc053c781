/** Checking what proof documents say about keys, aliases and recorded calls, without a node and in browsers. */
export * from './describe.ts';
export * from './subject.ts';
