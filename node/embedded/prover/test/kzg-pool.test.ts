/** Branches shared out among threads: the same commitments, and clear failures. */
import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { curveFromModule, type WasmModule, wasmModule } from '../../../crypto/bls48581/wasm/index.ts';
import { defaultSrs } from '../../../crypto/srs/default/index.ts';
import type { Srs } from '../../../crypto/srs/index.ts';
import type { BranchCommitter, BranchUpdate, BranchValues } from '../../../hypergraph/tree/index.ts';
import { kzgCommitter } from '../kzg-committer.ts';
import { defaultProverThreads, KzgPool } from '../kzg-pool.ts';
import { type CommitTask, packTask, unpackTask } from '../kzg-tasks.ts';
import { type KzgThread, openKzgThread } from '../kzg-thread.ts';
import { proverLimits } from '../limits.ts';

let kernel: WasmModule;
let srs: Srs;
let single: BranchCommitter;
/** More than one task's worth, and what they come to. */
let updates: BranchUpdate[];
let expected: string[];
beforeAll(async () => {
  kernel = await wasmModule();
  const curve = curveFromModule(kernel);
  srs = defaultSrs(curve);
  single = kzgCommitter(curve, () => srs);
  updates = await someUpdates(40);
  expected = plain(await single.updateMany!(updates));
});

const value = (seed: string): Buffer => createHash('sha512').update(seed).digest();

/** Every eighth slot, and the last. */
const someValues = (branch: number): BranchValues =>
  Array.from({ length: 64 }, (_, slot) =>
    slot % 8 === branch % 8 || slot === 63 ? value(`${branch}/${slot}`) : undefined,
  );

async function someUpdates(count: number): Promise<BranchUpdate[]> {
  const updates: BranchUpdate[] = [];
  for (let branch = 0; branch < count; branch += 1) {
    const before = someValues(branch);
    const { raw } = await single.commit(before);
    const changes = Array.from({ length: 1 + (branch % 5) }, (_, at) => {
      const index = (branch * 7 + at * 13) % 64;
      const after = at === 3 ? undefined : value(`new ${branch}/${index}`);
      return { index, before: before[index], after };
    });
    updates.push({ before: raw, changes });
  }
  return updates;
}

const plain = (commitments: readonly { raw: Uint8Array; encoded: Uint8Array }[]): string[] =>
  commitments.map(({ raw, encoded }) => Buffer.concat([raw, encoded]).toString('hex'));

const realThread = (): KzgThread => openKzgThread(kernel, srs);

describe('the pool of committers', () => {
  it('gives what a single committer gives, updates and new branches at the same time', async () => {
    const pool = new KzgPool({ threads: 3 }, { local: single, openThread: realThread });
    const fresh = Array.from({ length: 9 }, (_, branch) => someValues(branch));
    const [updated, committed] = await Promise.all([pool.updateMany(updates), pool.commitMany(fresh)]);
    expect(pool.threads).toBe(2);
    expect(plain(updated)).toEqual(expected);
    expect(plain(committed)).toEqual(plain(await single.commitMany!(fresh)));
    await pool.close();
    expect(pool.threads).toBe(0);
  });

  it('starts no thread for few branches, and ends threads that frames no longer need', async () => {
    const pool = new KzgPool({ threads: 2 }, { local: single, openThread: realThread });
    await pool.updateMany(updates.slice(0, proverLimits.sharedBranchesMin - 1));
    expect(pool.threads).toBe(0);
    expect(await pool.updateMany([])).toEqual([]);
    await pool.updateMany(updates);
    expect(pool.threads).toBe(1);
    for (let frame = 0; frame < proverLimits.idleFramesMax; frame += 1) await pool.framed();
    expect(pool.threads).toBe(1);
    await pool.framed();
    expect(pool.threads).toBe(0);
    expect(plain(await pool.updateMany(updates))).toEqual(expected);
    await pool.close();
  });

  it('works in its own thread alone when it is told to', async () => {
    const pool = new KzgPool(
      { threads: 1 },
      {
        local: single,
        openThread: () => {
          throw new Error('no thread was allowed');
        },
      },
    );
    expect(plain(await pool.updateMany(updates))).toEqual(expected);
    await pool.close();
  });

  it('fails a batch when a thread ends in it, and serves the next one', async () => {
    let opened = 0;
    const openThread = (): KzgThread => {
      opened += 1;
      const thread = realThread();
      if (opened > 1) return thread;
      return {
        get hasEnded() {
          return thread.hasEnded;
        },
        async run(task) {
          const done = thread.run(task);
          await Promise.all([thread.end(), done]);
          return done;
        },
        end: () => thread.end(),
      };
    };
    const pool = new KzgPool({ threads: 2 }, { local: single, openThread });
    await expect(pool.updateMany(updates)).rejects.toThrow('a committing thread ended');
    expect(plain(await pool.updateMany(updates))).toEqual(expected);
    expect(opened).toBe(2);
    await pool.close();
  });

  it('fails a batch whose branch is no commitment, in whichever thread', async () => {
    const pool = new KzgPool({ threads: 2 }, { local: single, openThread: realThread });
    const broken = updates.map((update, at) =>
      at === 20 ? { ...update, changes: [{ index: 64, before: undefined, after: value('out') }] } : update,
    );
    await expect(pool.updateMany(broken)).rejects.toThrow(/index/);
    expect(plain(await pool.updateMany(updates))).toEqual(expected);
    await pool.close();
    await expect(pool.updateMany(updates)).rejects.toThrow('closed');
  });

  it('fails what is under way when it is closed', async () => {
    const pool = new KzgPool({ threads: 2 }, { local: single, openThread: realThread });
    const batch = pool.updateMany(updates);
    const refused = expect(batch).rejects.toThrow('closed');
    await pool.close();
    await refused;
  });

  it('leaves cores to others', () => {
    expect([1, 2, 3, 4, 8, 64].map(defaultProverThreads)).toEqual([1, 1, 2, 3, 4, 4]);
  });
});

describe('packed tasks', () => {
  it('come out as they went in', () => {
    const changed: CommitTask = { kind: 'update', branches: updates.slice(0, 11) };
    const values: CommitTask = {
      kind: 'commit',
      branches: Array.from({ length: 5 }, (_, at) => someValues(at)),
    };
    for (const task of [changed, values]) {
      expect(bytesOf(unpackTask(packTask(task, single.rawBytes), single.rawBytes))).toEqual(bytesOf(task));
    }
  });

  it('are refused when bytes are missing or left over', () => {
    const packed = packTask({ kind: 'commit', branches: [someValues(1)] }, single.rawBytes);
    const short = { ...packed, bytes: packed.bytes.slice(0, -1) };
    expect(() => unpackTask(short, single.rawBytes)).toThrow('ends too early');
    const long = { ...packed, bytes: new Uint8Array([...packed.bytes, 0]) };
    expect(() => unpackTask(long, single.rawBytes)).toThrow('behind its end');
  });
});

/** Views and buffers compare as bytes. */
function bytesOf(task: CommitTask): unknown {
  return JSON.parse(
    JSON.stringify(task, (_, part) => {
      if (part instanceof Uint8Array) return Buffer.from(part).toString('hex');
      const isPlain = part?.type === 'Buffer' && Array.isArray(part.data);
      return isPlain ? Buffer.from(part.data).toString('hex') : part;
    }),
  );
}
