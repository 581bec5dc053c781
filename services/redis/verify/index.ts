/** Checking what proof documents say about Redis keys, without a node and in browsers. */
export * from './describe.ts';
export * from './elements.ts';
export * from './row.ts';
export * from './subject.ts';
