/**
 * Forests of commitment trees in a flat file. The composition root opens one over its disk and gives it the curve's committer:
 *
 *   const forest = await openForest({ folder: 'trees' }, { disk, committer, random: randomBytes });
 *   const changed = await forest.update([{ tree: { domain, set: 0 }, changes }]);
 *   await forest.commit(meta);
 *   const proof = await forest.prove([{ tree, kind: 'inclusion', key }]);
 */
export type { Fault } from './check.ts';
export { type ChangedTree, Forest, type ForestStatus, type LoadedTree, type TreeChanges } from './forest.ts';
export { treeStoreLimits } from './limits.ts';
export { type ForestModules, type ForestOptions, openForest } from './open-forest.ts';
export type { ProofRequest, ProofResult, RefusedProof, TreeProof } from './proofs.ts';
