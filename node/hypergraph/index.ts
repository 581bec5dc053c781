/**
 * The hypergraph: atoms, domains, leases and transactions as a deterministic state machine over keys and values. No
 * effects, no clock, no randomness; what it hands out is what every replica of a log must hold.
 */
export * from './apply-batch.ts';
export { atomBytes } from './apply-operation.ts';
export * from './data-hash.ts';
export { storedLease } from './decoded.ts';
export * from './format/v1.ts';
export * from './keys.ts';
export * from './outcome-memory.ts';
export * from './phase-sets.ts';
export type { StateReader, StateWrite } from './working-state.ts';
