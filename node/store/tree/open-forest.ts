import { NodeError } from '../../api/index.ts';
import { type BranchCommitter, treeLimits } from '../../hypergraph/tree/index.ts';
import { CommitFile, type CommitFileModules } from './commit-file.ts';
import { Forest } from './forest.ts';

export interface ForestOptions {
  /** Of the disk; the forest's alone. */
  readonly folder: string;
  /** Decides the roots. */
  readonly leafAtomsMax?: number;
  /** Decides how leaves are stored. */
  readonly bucketEntries?: number;
  /** Begin with an empty forest whatever stands there: what was found is damaged, or was made with another leafAtomsMax. */
  readonly reset?: boolean;
}

export interface ForestModules extends CommitFileModules {
  readonly committer: BranchCommitter;
}

/**
 * Opens the forest at its last commit, or an empty one. Reads commit record, space map and meta; what stands in the trees is checked
 * when it is read.
 * @throws NodeError `corrupt` (open with `reset` and rebuild), `not-supported` for another leafAtomsMax
 */
export async function openForest(options: ForestOptions, modules: ForestModules): Promise<Forest> {
  const { leafAtomsMaxDefault, leafAtomsMaxLargest, bucketEntriesDefault, bucketEntriesLargest } = treeLimits;
  const shape = {
    leafAtomsMax: inRange(options.leafAtomsMax ?? leafAtomsMaxDefault, leafAtomsMaxLargest),
    bucketEntries: inRange(options.bucketEntries ?? bucketEntriesDefault, bucketEntriesLargest),
  };
  if (modules.committer.rawBytes > treeLimits.rawCommitmentBytesMax) {
    throw new RangeError(`the committer's raw form is larger than ${treeLimits.rawCommitmentBytesMax} bytes`);
  }
  const path = `${options.folder}/trees`;
  const file = await (options.reset === true ? CommitFile.reset : CommitFile.open)(path, shape, modules);
  if (file.record.leafAtomsMax === shape.leafAtomsMax) return new Forest(file, modules.committer);
  await file.close();
  throw new NodeError(
    'not-supported',
    `the trees hold ${file.record.leafAtomsMax} entries a leaf; open with reset and rebuild them`,
  );
}

function inRange(value: number, largest: number): number {
  if (!Number.isInteger(value) || value < 1 || value > largest)
    throw new RangeError(`not from 1 to ${largest}: ${value}`);
  return value;
}
