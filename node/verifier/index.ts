/** Checks proofs. No node, no database; runs in browsers. */

export * from '../proving/atom-content.ts';
export * from '../proving/format/bytes.ts';
export * from './computation.ts';
export * from './computation-file.ts';
export * from './create-verifier.ts';
export * from './item-states.ts';
export * from './types.ts';
export * from './verify-proof.ts';
