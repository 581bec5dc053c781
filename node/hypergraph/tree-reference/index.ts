/**
 * The reference protocol's vector commitment tree: kept for shards shared with it and for its golden roots. No proofs of
 * absence; new shards use the native tree.
 */
export { TreeFormatError } from './errors.ts';
export {
  type Dialect,
  type InclusionProof,
  type KeyProof,
  readProof,
  writeProof,
} from './format/proof-wire.ts';
export { readTree, writeTree } from './format/tree-wire.ts';
export * from './inclusion.ts';
export * from './limits.ts';
export { nibblesOf } from './nibbles.ts';
export type { Branch, Committer, Leaf, Node } from './nodes.ts';
export { createReferenceTree, type Entry, type ReferenceTree } from './tree.ts';
export * from './verify.ts';
