/** Checking what proof documents say about rows of PostgreSQL databases, without a node and in browsers. */
export * from './describe.ts';
export * from './row.ts';
export * from './subject.ts';
