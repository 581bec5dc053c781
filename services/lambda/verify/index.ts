/** Checking what proof documents say about invocations, without a node and in browsers. */
export * from './describe.ts';
export * from './subject.ts';
