/**
 * The native commitment tree: canonical fat leaves under 64-way branches (format/v1.ts). Deterministic; storage and the
 * branches' commitments come in through `Pieces` and `BranchCommitter`. `node/store/tree` keeps forests of such trees.
 */
export { BranchWork, type TreeModules } from './branch-work.ts';
export { loadTree } from './bulk.ts';
export * from './committer.ts';
export { ChangeSet } from './entry-run.ts';
export * from './format/pieces-v1.ts';
export * from './format/v1.ts';
export { treeLimits } from './limits.ts';
export { nodeHashes } from './node-hashing.ts';
export * from './pieces.ts';
export { type ProofPart, TooManyEntries, type WrittenProof, writeProof } from './prove.ts';
export { findEntry, treeEntries } from './read.ts';
export * from './types.ts';
export { type TreeUpdate, updateTrees } from './update.ts';
export { freeTree, verifyTree } from './walk.ts';
