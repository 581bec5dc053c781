import { describe, expect, it } from 'vitest';
import { type NodeError, nodeLimits, type Operation, type Transaction } from '../../api/index.ts';
import { openMemoryNode } from '../index.ts';
import { embeddedLimits } from '../limits.ts';
import { onlyAdds, SpaceReserve } from '../space-reserve.ts';
import { ManualClock } from './manual-clock.ts';
import { commit, createDomain, distinct, payloadOf, put, remove } from './support.ts';

const MiB = 1024 * 1024;
const reserveBytes = 100 * MiB;

function setUp(free: number) {
  const clock = new ManualClock();
  const disk = { free, asked: 0, fails: false };
  const failures: unknown[] = [];
  const reserve = new SpaceReserve(reserveBytes, {
    clock,
    freeBytes: async () => {
      disk.asked += 1;
      if (disk.fails) throw new Error('no answer');
      return disk.free;
    },
    onFailure: (error) => failures.push(error),
  });
  return { clock, disk, failures, reserve };
}

const code = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'taken',
    (error: NodeError) => error.code,
  );

describe('reserve of free space', () => {
  it('refuses when less than the reserve is free, and takes writes again when there is more', async () => {
    const { clock, disk, reserve } = setUp(reserveBytes - 1);
    expect(await code(reserve.requireRoom())).toBe('storage-full');
    expect(reserve.isShort).toBe(true);
    disk.free = 200 * MiB;
    clock.advance(embeddedLimits.freeSpaceEveryMs);
    expect(await code(reserve.requireRoom())).toBe('taken');
    expect(reserve.isShort).toBe(false);
  });

  it('asks the disk once for so much time and so many bytes', async () => {
    const { clock, disk, reserve } = setUp(10_000 * MiB);
    for (let count = 0; count < 100; count += 1) await reserve.requireRoom();
    expect(disk.asked).toBe(1);
    reserve.wrote(embeddedLimits.freeSpaceEveryBytes);
    await reserve.requireRoom();
    expect(disk.asked).toBe(2);
    clock.advance(embeddedLimits.freeSpaceEveryMs);
    await reserve.requireRoom();
    expect(disk.asked).toBe(3);
  });

  it('takes off what was written since the answer, and what may be on its way', async () => {
    const { reserve } = setUp(reserveBytes + 3 * nodeLimits.chunkBytesMax);
    const finish: (() => void)[] = [];
    const stage = () =>
      reserve.staging(
        () => new Promise<{ length: number }>((resolve) => finish.push(() => resolve({ length: MiB }))),
      );
    const three = [stage(), stage(), stage()];
    await expect.poll(() => finish.length).toBe(3);
    expect(await code(stage())).toBe('storage-full');
    for (const done of finish.splice(0)) done();
    await Promise.all(three);
    const fourth = stage();
    await expect.poll(() => finish.length).toBe(1);
    finish[0]!();
    await fourth;
  });

  it('lets writes go on when the disk does not answer', async () => {
    const { disk, failures, reserve } = setUp(0);
    disk.fails = true;
    expect(await code(reserve.requireRoom())).toBe('taken');
    expect(failures.length).toBe(1);
  });
});

describe('what the reserve is for', () => {
  const kinds = (...list: Operation['kind'][]): Transaction =>
    ({ expects: [], operations: list.map((kind) => ({ kind })) }) as unknown as Transaction;

  it('takes transactions that remove, renew leases or only check', () => {
    expect(onlyAdds(kinds('add-vertex', 'add-hyperedge'))).toBe(true);
    expect(onlyAdds(kinds('create-domain'))).toBe(true);
    expect(onlyAdds(kinds('remove-vertex', 'add-vertex'))).toBe(false);
    expect(onlyAdds(kinds('put-lease'))).toBe(false);
    expect(onlyAdds(kinds())).toBe(false);
  });
});

describe('a node on a nearly full disk', () => {
  it('refuses what only adds, serves reads and removals, and goes on when space is back', async () => {
    let free = 1024 * MiB;
    const clock = new ManualClock();
    const { node, writerKey } = await openMemoryNode({ clock, freeBytes: async () => free });
    await commit(node, [createDomain(writerKey.publicKey)]);
    const [kept, gone, late] = [distinct(24), distinct(24), distinct(24)];
    await commit(node, [put(kept, 'kept'), put(gone, 'gone')]);
    free = 10 * MiB;
    clock.advance(embeddedLimits.freeSpaceEveryMs);
    expect(await code(node.stage(Buffer.alloc(70_000)))).toBe('storage-full');
    expect(await code(commit(node, [put(late, 'late')]))).toBe('storage-full');
    expect(node.status()).toMatchObject({ state: 'running', storageFull: true });
    expect(payloadOf(node, kept)).toBe('kept');
    await commit(node, [remove(gone)]);
    expect(payloadOf(node, gone)).toBeUndefined();
    free = 1024 * MiB;
    clock.advance(embeddedLimits.freeSpaceEveryMs);
    await commit(node, [put(late, 'late')]);
    expect(payloadOf(node, late)).toBe('late');
    expect(node.status().storageFull).toBe(false);
    await node.close();
  });
});
