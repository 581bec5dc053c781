/** Checking what proof documents say about rows of CQL tables, without a node and in browsers. */
export * from './describe.ts';
export * from './subject.ts';
