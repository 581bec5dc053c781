/** Forests on a simulated disk, and the model they are compared with. */

import type { TreeChange, TreeEntry } from '../../../hypergraph/tree/index.ts';
import { TestCommitter } from '../../../hypergraph/tree/test/committer.ts';
import { modelRoot } from '../../../hypergraph/tree/test/model.ts';
import { SimDisk, seededRandom } from '../../../sim/index.ts';
import type { Disk } from '../../disk.ts';
import { type Forest, type ForestOptions, openForest } from '../index.ts';

export const counting = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => index + 1);

export const newDisk = (seed = 1): SimDisk => new SimDisk(seededRandom(seed));

export const open = (
  disk: Disk,
  committer: TestCommitter,
  options: Partial<ForestOptions> = {},
): Promise<Forest> => openForest({ folder: 'trees', ...options }, { disk, committer, random: counting });

/** Entries by key. */
export class ModelTree {
  readonly entries = new Map<string, TreeEntry>();

  apply(changes: readonly TreeChange[]): void {
    for (const { key, to } of changes) {
      const text = Buffer.from(key).toString('hex');
      if (to === undefined) this.entries.delete(text);
      else this.entries.set(text, { key, ...to });
    }
  }

  root(leafAtomsMax: number): Promise<Uint8Array> {
    return modelRoot(this.entries.values(), leafAtomsMax, new TestCommitter());
  }

  sorted(): TreeEntry[] {
    return [...this.entries.values()].sort((left, right) => Buffer.compare(left.key, right.key));
  }
}

export const hex = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString('hex');
