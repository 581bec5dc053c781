export { Projection, type ProjectionLag, type ProjectionOptions } from './projection.ts';
export { parseTarget, proveTarget } from './prove-target.ts';
export { removeRecords } from './remove-records.ts';
