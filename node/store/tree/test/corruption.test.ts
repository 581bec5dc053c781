import { describe, expect, it } from 'vitest';
import { NodeError } from '../../../api/index.ts';
import type { TreeName } from '../../../hypergraph/tree/index.ts';
import { TestCommitter } from '../../../hypergraph/tree/test/committer.ts';
import { entryNumber } from '../../../hypergraph/tree/test/keys.ts';
import { type SimDisk, seededRandom } from '../../../sim/index.ts';
import { hex, newDisk, open } from './support.ts';

const tree: TreeName = { domain: Buffer.alloc(32, 5), set: 0 };
const shape = { leafAtomsMax: 30, bucketEntries: 4 };
const path = 'trees/trees';
const all = Array.from({ length: 120 }, (_, number) => entryNumber(number));
const sorted = [...all].sort((left, right) => Buffer.compare(left.key, right.key));

async function written(): Promise<{ disk: SimDisk; root: string | undefined; bytes: number }> {
  const disk = newDisk();
  const forest = await open(disk, new TestCommitter(), shape);
  await forest.update([{ tree, changes: all.map(({ key, ...to }) => ({ key, to })) }]);
  await forest.update([
    { tree: { name: Buffer.from('few') }, changes: all.slice(0, 2).map(({ key, ...to }) => ({ key, to })) },
  ]);
  await forest.commit(Buffer.from('meta'));
  const root = hex((await forest.root(tree))?.root);
  const { fileBytes } = await forest.status();
  await forest.close();
  return { disk, root, bytes: fileBytes };
}

/** Everything a damaged file may do: be refused, or give what was written. */
async function readAll(disk: SimDisk, root: string | undefined): Promise<'corrupt' | 'whole'> {
  try {
    const forest = await open(disk, new TestCommitter(), shape);
    // Without its newest record, the file is what the commit before left.
    if (forest.meta.length === 0) return 'corrupt';
    const fault = await forest.verifyAll();
    if (fault !== undefined) return 'corrupt';
    expect(hex((await forest.root(tree))?.root)).toBe(root);
    return 'whole';
  } catch (error) {
    if (error instanceof NodeError && error.code === 'corrupt') return 'corrupt';
    throw error;
  }
}

describe('a damaged file of trees', () => {
  it('is noticed wherever a bit in use flips', async () => {
    const { bytes } = await written();
    const random = seededRandom(11);
    let noticed = 0;
    for (let round = 0; round < 150; round += 1) {
      const { disk, root } = await written();
      const at = 8192 + random.below(bytes - 8192);
      disk.flip(path, at, random.below(8));
      if ((await readAll(disk, root)) === 'corrupt') noticed += 1;
    }
    // Some of the file is free.
    expect(noticed).toBeGreaterThan(100);
  });

  it('is named by the whole check, with its tree', async () => {
    const { disk } = await written();
    const forest = await open(disk, new TestCommitter(), shape);
    expect(await forest.verifyAll()).toBeUndefined();
    const file = await disk.open(path, 'read');
    const content = await file.read(0, await file.size());
    const bucket = content.indexOf(all[7]!.key);
    disk.flip(path, bucket + 40, 3);
    const fault = await forest.verifyAll();
    expect(fault?.tree).toEqual(tree);
    expect(fault?.what).toMatch(/not what was written/);
  });

  it('makes updates and proofs that read it fail as corrupt, and can be rebuilt', async () => {
    const { disk, root } = await written();
    const forest = await open(disk, new TestCommitter(), shape);
    const file = await disk.open(path, 'read');
    const content = await file.read(0, await file.size());
    disk.flip(path, content.indexOf(all[7]!.key) + 40, 3);
    const proving = forest.prove([{ tree, kind: 'inclusion', key: all[7]!.key }]);
    await expect(proving).rejects.toMatchObject({ code: 'corrupt' });
    const { key, dataHash } = all[7]!;
    const updating = forest.update([{ tree, changes: [{ key, to: { revision: 1, dataHash } }] }]);
    await expect(updating).rejects.toMatchObject({ code: 'corrupt' });
    expect(hex((await forest.root(tree))?.root)).toBe(root);
    await forest.rebuild([{ tree, entries: sorted }], Buffer.from('again'));
    expect(await forest.verifyAll()).toBeUndefined();
    expect(hex((await forest.root(tree))?.root)).toBe(root);
  });

  it('without a whole commit record, or cut short, is refused, and begins anew when told to', async () => {
    const { disk, bytes } = await written();
    disk.flip(path, 40, 1);
    disk.flip(path, 4096 + 40, 1);
    await expect(open(disk, new TestCommitter(), shape)).rejects.toMatchObject({ code: 'corrupt' });
    const fresh = await open(disk, new TestCommitter(), { ...shape, reset: true });
    expect(fresh.meta.length).toBe(0);
    await fresh.rebuild([{ tree, entries: sorted }], Buffer.from('again'));
    expect(await fresh.verifyAll()).toBeUndefined();
    await fresh.close();
    const file = await disk.open(path, 'create');
    await file.truncate(bytes / 2);
    await expect(open(disk, new TestCommitter(), shape)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('is not opened with another number of entries per leaf', async () => {
    const { disk } = await written();
    await expect(open(disk, new TestCommitter(), { leafAtomsMax: 31 })).rejects.toMatchObject({
      code: 'not-supported',
    });
    // How leaves are stored is the file's own affair.
    const forest = await open(disk, new TestCommitter(), { ...shape, bucketEntries: 9 });
    expect(await forest.verifyAll()).toBeUndefined();
  });
});
