import { describe, expect, it } from 'vitest';
import type { NodeError } from '../../../api/index.ts';
import type { TreeChange, TreeEntry, TreeName } from '../../../hypergraph/tree/index.ts';
import { TestCommitter } from '../../../hypergraph/tree/test/committer.ts';
import { entryNumber, keyNumber } from '../../../hypergraph/tree/test/keys.ts';
import { modelRoot } from '../../../hypergraph/tree/test/model.ts';
import { seededRandom } from '../../../sim/index.ts';
import { hex, newDisk, open } from './support.ts';

const tree = (set: number): TreeName => ({ domain: Buffer.alloc(32, 5), set });
const put = (entry: TreeEntry): TreeChange => ({ key: entry.key, to: entry });
const puts = (from: number, to: number, revision = 1): TreeChange[] =>
  Array.from({ length: to - from }, (_, index) => put(entryNumber(from + index, revision)));
const small = { leafAtomsMax: 20, bucketEntries: 4 };
const codeOf = (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => 'done',
    (error: NodeError) => error.code ?? error.message,
  );

describe('forest', () => {
  it('begins empty, with empty meta, and keeps meta of up to 64 KiB', async () => {
    const disk = newDisk();
    let forest = await open(disk, new TestCommitter());
    expect(forest.meta.length).toBe(0);
    expect(await forest.root(tree(0))).toBeUndefined();
    const meta = Buffer.alloc(64 * 1024, 7);
    await forest.commit(meta);
    expect(await codeOf(forest.commit(Buffer.alloc(64 * 1024 + 1)))).toBe('malformed');
    await forest.close();
    forest = await open(disk, new TestCommitter());
    expect(Buffer.compare(forest.meta, meta)).toBe(0);
    expect(await forest.verifyAll()).toBeUndefined();
  });

  it('names the trees that changed, with their roots and counts, and no others', async () => {
    const forest = await open(newDisk(), new TestCommitter(), small);
    await forest.update([
      { tree: tree(0), changes: puts(0, 50) },
      { tree: tree(1), changes: puts(0, 3) },
    ]);
    const changed = await forest.update([
      { tree: tree(0), changes: [...puts(0, 10), { key: keyNumber(99), to: undefined }] },
      { tree: tree(1), changes: [{ key: keyNumber(1), to: undefined }] },
      { tree: tree(2), changes: [{ key: keyNumber(1), to: undefined }] },
    ]);
    expect(changed).toEqual([{ tree: tree(1), root: (await forest.root(tree(1)))!.root, count: 2 }]);
    const gone = await forest.update([
      { tree: tree(1), changes: [0, 2].map((number) => ({ key: keyNumber(number), to: undefined })) },
    ]);
    expect(gone).toEqual([{ tree: tree(1), root: new Uint8Array(64), count: 0 }]);
  });

  it('takes the last of several changes of one key, also across groups of one tree', async () => {
    const forest = await open(newDisk(), new TestCommitter(), small);
    const last = entryNumber(1, 9);
    await forest.update([
      { tree: tree(0), changes: [put(entryNumber(1, 3)), { key: keyNumber(1), to: undefined }] },
      { tree: tree(0), changes: [put(entryNumber(1, 4)), put(last)] },
    ]);
    const { root } = (await forest.root(tree(0)))!;
    expect(hex(root)).toBe(hex(await modelRoot([last], 20, new TestCommitter())));
  });

  it('hands all branches of a level to the committer at once', async () => {
    const committer = new TestCommitter();
    const forest = await open(newDisk(), committer, small);
    const many = [0, 1, 2, 3].map((set) => ({ tree: tree(set), changes: puts(0, 100) }));
    await forest.update(many);
    expect(committer.batches).toEqual([4]);
    await forest.update([0, 1, 2].map((set) => ({ tree: tree(set), changes: puts(set, set + 1, 2) })));
    expect(committer.batches).toEqual([4, 3]);
    expect([committer.commits, committer.updates]).toEqual([4, 3]);
  });

  it('commits afresh where another committer wrote the branch', async () => {
    const disk = newDisk();
    const first = await open(disk, new TestCommitter('first'), small);
    await first.update([{ tree: tree(0), changes: puts(0, 100) }]);
    await first.commit(Buffer.alloc(0));
    await first.close();
    const committer = new TestCommitter('second');
    const second = await open(disk, committer, small);
    await second.update([{ tree: tree(0), changes: puts(0, 1, 2) }]);
    await second.update([{ tree: tree(0), changes: puts(0, 1, 3) }]);
    expect([committer.commits, committer.updates]).toEqual([1, 1]);
  });

  it('lists its trees by name and forgets dropped ones', async () => {
    const forest = await open(newDisk(), new TestCommitter(), small);
    const names: TreeName[] = [{ name: Buffer.from('z') }, tree(3), { name: Buffer.from('a') }, tree(1)];
    await forest.update(names.map((name, index) => ({ tree: name, changes: puts(0, index + 1) })));
    await forest.commit(Buffer.alloc(0));
    await forest.dropTree(tree(3));
    await forest.dropTree(tree(200));
    const listed = async (): Promise<unknown[]> => {
      const found: unknown[] = [];
      for await (const { tree, count } of forest.trees()) found.push([tree, count]);
      return found;
    };
    expect(await listed()).toHaveLength(4);
    await forest.commit(Buffer.alloc(0));
    expect(await listed()).toEqual([
      [tree(1), 4],
      [names[2], 3],
      [names[0], 1],
    ]);
    expect(await forest.verifyAll()).toBeUndefined();
    await forest.clear();
    await forest.commit(Buffer.alloc(0));
    expect(await listed()).toEqual([]);
    expect(await forest.status()).toMatchObject({ trees: 0, entries: 0 });
    expect(await forest.verifyAll()).toBeUndefined();
  });

  it('goes back to its last commit when a call fails', async () => {
    const committer = new TestCommitter();
    const forest = await open(newDisk(), committer, small);
    await forest.update([{ tree: tree(0), changes: puts(0, 100) }]);
    await forest.commit(Buffer.from('one'));
    const { root } = (await forest.root(tree(0)))!;
    await forest.update([{ tree: tree(0), changes: puts(0, 30, 5) }]);
    const { updateMany } = committer;
    committer.updateMany = () => Promise.reject(new Error('no committer'));
    expect(await codeOf(forest.update([{ tree: tree(0), changes: puts(30, 60, 6) }]))).toBe('no committer');
    committer.updateMany = updateMany;
    expect(hex((await forest.root(tree(0)))!.root)).toBe(hex(root));
    await forest.update([{ tree: tree(0), changes: puts(0, 60, 7) }]);
    await forest.commit(Buffer.from('two'));
    expect(await forest.verifyAll()).toBeUndefined();
  });

  it('refuses changes that are none, and entries to load that are not in order or come twice', async () => {
    const forest = await open(newDisk(), new TestCommitter(), small);
    const entry = entryNumber(1);
    for (const bad of [
      { key: Buffer.alloc(31), to: entry },
      { key: entry.key, to: { ...entry, revision: 2 ** 53 } },
      { key: entry.key, to: { ...entry, revision: -1 } },
      { key: entry.key, to: { ...entry, dataHash: Buffer.alloc(32) } },
    ]) {
      expect(await codeOf(forest.update([{ tree: tree(0), changes: [bad] }]))).toBe('malformed');
    }
    for (const name of [{ name: Buffer.alloc(0) }, { name: Buffer.alloc(41) }, tree(256), tree(-1)]) {
      expect(await codeOf(forest.update([{ tree: name, changes: [] }]))).toBe('malformed');
    }
    const sorted = [0, 1, 2, 3]
      .map((number) => entryNumber(number))
      .sort((a, b) => Buffer.compare(a.key, b.key));
    const load = (...lists: TreeEntry[][]): Promise<string> =>
      codeOf(
        forest.rebuild(
          lists.map((entries) => ({ tree: tree(0), entries })),
          Buffer.alloc(0),
        ),
      );
    expect(await load([...sorted].reverse())).toBe('malformed');
    expect(await load([sorted[0]!, sorted[0]!])).toBe('malformed');
    expect(await load(sorted, sorted)).toBe('malformed');
    expect(await load(sorted)).toBe('done');
  });

  it('proves the last commit while the next one is built, and keeps its pieces until the proof is made', async () => {
    const committer = new TestCommitter();
    const forest = await open(newDisk(), committer, small);
    await forest.update([{ tree: tree(0), changes: puts(0, 300) }]);
    await forest.commit(Buffer.alloc(0));
    const { root } = (await forest.root(tree(0)))!;
    const request = { tree: tree(0), kind: 'inclusion', key: keyNumber(17) } as const;
    for (let round = 2; round < 12; round += 1) {
      const proving = Array.from({ length: 5 }, () => forest.prove([request]));
      const build = async (): Promise<void> => {
        for (let commits = 0; commits < 3; commits += 1) {
          await forest.update([{ tree: tree(0), changes: puts(0, 300, round * 10 + commits) }]);
          await forest.commit(Buffer.alloc(0));
        }
      };
      const [proofs] = await Promise.all([Promise.all(proving), build()]);
      for (const proof of proofs) {
        if (proof.kind !== 'proof') throw new Error(proof.reason);
        if (round === 2) expect(hex(proof.trees[0]!.root)).toBe(hex(root));
        expect(proof.entries[0]).toHaveLength(1);
      }
    }
    expect(await forest.verifyAll()).toBeUndefined();
  });

  it('does not keep the space of later commits for readers that overlap without end', async () => {
    const forest = await open(newDisk(), new TestCommitter(), { leafAtomsMax: 500, bucketEntries: 24 });
    await forest.update([{ tree: tree(0), changes: puts(0, 2000) }]);
    await forest.update([{ tree: tree(1), changes: puts(0, 2) }]);
    await forest.commit(Buffer.alloc(0));
    let reader = forest.trees();
    const first = await reader.next();
    for (let round = 1; round <= 30; round += 1) {
      await forest.update([{ tree: tree(0), changes: puts(0, 2000, round) }]);
      await forest.commit(Buffer.alloc(0));
      const next = forest.trees();
      await next.next();
      expect((await reader.next()).value?.tree).toEqual(tree(1));
      await reader.return(undefined);
      reader = next;
    }
    expect(first.value?.count).toBe(2000);
    const { fileBytes, liveBytes } = await forest.status();
    expect(fileBytes / liveBytes).toBeLessThan(3.2);
    expect(await forest.verifyAll()).toBeUndefined();
  });

  it('is closed by a commit record that cannot be synced, and opens again', async () => {
    const disk = newDisk();
    const forest = await open(disk, new TestCommitter(), small);
    await forest.update([{ tree: tree(0), changes: puts(0, 50) }]);
    await forest.commit(Buffer.from('1'));
    await forest.update([{ tree: tree(0), changes: puts(0, 50, 2) }]);
    disk.failSyncs(1);
    expect(await codeOf(forest.commit(Buffer.from('2')))).toMatch(/EIO/);
    expect(hex(forest.meta)).toBe(hex(Buffer.from('1')));
    await forest.update([{ tree: tree(0), changes: puts(0, 50, 3) }]);
    let syncs = 0;
    disk.failSyncs(1, () => (syncs += 1) === 2);
    const failing = codeOf(forest.commit(Buffer.from('3')));
    expect(await failing).toMatch(/durable/);
    expect(await codeOf(forest.update([]))).toBe('closed');
    expect(await codeOf(forest.prove([]))).toBe('closed');
    await forest.close();
    const again = await open(disk, new TestCommitter(), small);
    expect(['1', '3']).toContain(Buffer.from(again.meta).toString());
    expect(await again.verifyAll()).toBeUndefined();
  });

  it('gives back the space of what was overwritten', async () => {
    const random = seededRandom(3);
    const forest = await open(newDisk(), new TestCommitter(), { leafAtomsMax: 2000, bucketEntries: 24 });
    await forest.update([{ tree: tree(0), changes: puts(0, 6000) }]);
    await forest.commit(Buffer.alloc(0));
    let worst = 0;
    for (let round = 1; round <= 60; round += 1) {
      const count = random.pick([1, 30, 600]);
      const changes = Array.from({ length: count }, () => put(entryNumber(random.below(6000), round)));
      await forest.update([{ tree: tree(0), changes }]);
      await forest.commit(Buffer.alloc(0));
      const { fileBytes, liveBytes } = await forest.status();
      worst = Math.max(worst, fileBytes / liveBytes);
    }
    expect(worst).toBeLessThan(2.2);
    const removed = Array.from({ length: 5900 }, (_, number) => ({ key: keyNumber(number), to: undefined }));
    await forest.update([{ tree: tree(0), changes: removed }]);
    for (let round = 0; round < 4; round += 1) {
      await forest.update([{ tree: tree(0), changes: puts(5990, 6000, 100 + round) }]);
      await forest.commit(Buffer.alloc(0));
    }
    const { fileBytes } = await forest.status();
    expect(fileBytes).toBeLessThan(400_000);
    expect(await forest.verifyAll()).toBeUndefined();
  });
});
