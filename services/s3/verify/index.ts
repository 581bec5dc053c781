/** Checking what proof documents say about S3, without a node and in browsers. */
export * from './describe.ts';
export * from './row.ts';
export * from './subject.ts';
