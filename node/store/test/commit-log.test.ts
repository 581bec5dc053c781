import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SimDisk, seededRandom } from '../../sim/index.ts';
import type { BlockingWrites, Disk, DiskFile } from '../disk.ts';
import { CorruptFileError, openCommitLog, type SegmentedLog } from '../index.ts';
import { delegate } from './faulty-disks.ts';

const random = seededRandom(7);
const modules = (disk: Disk) => ({ disk, random: (length: number) => random.bytes(length) });
const open = (disk: Disk, more: { atLeast?: number; scanBytesMax?: number; segmentBytes?: number } = {}) =>
  openCommitLog({ folder: 'log', segmentBytes: 8192, ...more }, modules(disk));

const newDisk = (bytesMax?: number): SimDisk =>
  new SimDisk(seededRandom(1), bytesMax === undefined ? {} : { bytesMax });

async function contents(log: SegmentedLog, from = log.first): Promise<Map<number, string>> {
  const found = new Map<number, string>();
  for await (const { position, record } of log.read(from)) found.set(position, record.toString('hex'));
  return found;
}

async function appendAll(log: SegmentedLog, records: readonly Uint8Array[]): Promise<number[]> {
  const appended = records.map((record) => log.append(record));
  await Promise.all(appended.map((one) => one.durable));
  return appended.map((one) => one.position);
}

const codeOf = (error: unknown): unknown => (error as { code?: unknown }).code;
const record = (size: number, fill: number): Buffer => Buffer.alloc(size, fill);
const rest = (limit: number): Promise<unknown> => {
  let turn = Promise.resolve();
  for (let count = 0; count < limit; count += 1) turn = turn.then(() => undefined);
  return turn;
};

type Action =
  | { readonly kind: 'append'; readonly sizes: readonly number[] }
  | { readonly kind: 'release'; readonly back: number }
  | { readonly kind: 'reopen'; readonly segmentBytes: number }
  | { readonly kind: 'read'; readonly skip: number };

const actions: fc.Arbitrary<Action[]> = fc.array(
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('append' as const),
        sizes: fc.array(fc.integer({ min: 0, max: 3000 }), { minLength: 1, maxLength: 12 }),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('release' as const), back: fc.integer({ min: 0, max: 30 }) }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        kind: fc.constant('reopen' as const),
        segmentBytes: fc.constantFrom(8192, 16384),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('read' as const), skip: fc.integer({ min: 0, max: 50 }) }),
    },
  ),
  { maxLength: 40 },
);

describe('commit log', () => {
  it('behaves like a list under appends, releases, reads and reopenings', async () => {
    await fc.assert(
      fc.asyncProperty(actions, fc.integer(), async (steps, seed) => {
        const own = seededRandom(seed);
        const disk = new SimDisk(own.fork());
        const model = new Map<number, string>();
        let log = await open(disk);
        let released = 1;
        for (const step of steps) {
          if (step.kind === 'append') {
            const records = step.sizes.map((size) => own.bytes(size));
            const expected = records.map((_, index) => model.size + index + 1);
            expect(await appendAll(log, records)).toEqual(expected);
            records.forEach((bytes, index) => {
              model.set(expected[index]!, bytes.toString('hex'));
            });
          } else if (step.kind === 'release') {
            const below = Math.max(1, model.size - step.back);
            await log.release(below);
            released = Math.max(released, below);
            expect(log.first).toBeLessThanOrEqual(released);
          } else if (step.kind === 'reopen') {
            const { first } = log;
            await log.close();
            log = await open(disk, { segmentBytes: step.segmentBytes });
            expect(log.first).toBe(first);
          } else {
            const from = Math.min(log.first + step.skip, model.size + 1);
            const wanted = [...model].filter(([position]) => position >= from);
            expect([...(await contents(log, from))]).toEqual(wanted);
          }
          expect(log.last).toBe(model.size);
        }
        await log.close();
      }),
      { numRuns: 60 },
    );
  });

  it('gives back what it kept even when older segments are only skimmed at opening', async () => {
    const disk = newDisk();
    const log = await open(disk);
    const records = Array.from({ length: 60 }, (_, index) => record(900, index));
    await appendAll(log, records);
    await log.close();
    const again = await open(disk, { scanBytesMax: 0 });
    expect([...(await contents(again)).values()]).toEqual(records.map((one) => one.toString('hex')));
    await again.close();
  });

  it('syncs once for many records that wait together', async () => {
    const disk = newDisk();
    const log = await open(disk);
    await rest(200);
    const before = disk.syncs;
    await appendAll(
      log,
      Array.from({ length: 50 }, () => record(20, 1)),
    );
    expect(disk.syncs - before).toBeLessThanOrEqual(2);
    await log.close();
  });

  it('reads what becomes durable while it reads, and says so when it was released', async () => {
    const disk = newDisk();
    const log = await open(disk);
    await appendAll(log, [record(100, 1)]);
    const positions: number[] = [];
    for await (const { position } of log.read(1)) {
      positions.push(position);
      if (position < 20) await appendAll(log, [record(1000, position)]);
    }
    expect(positions).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    const slow = log.read(1)[Symbol.asyncIterator]();
    expect((await slow.next()).value?.position).toBe(1);
    await log.release(20);
    expect(log.first).toBeGreaterThan(8);
    const late = (async () => {
      for (;;) if ((await slow.next()).done) return;
    })();
    expect(codeOf(await late.catch((error: unknown) => error))).toBe('compacted');
    expect(codeOf(await contents(log, 1).catch((error: unknown) => error))).toBe('compacted');
    await log.close();
  });

  it('refuses records that cannot fit and appends after close', async () => {
    const log = await open(newDisk());
    await expect(log.append(record(8192, 0)).durable).rejects.toThrow(RangeError);
    await log.close();
    const refused = await log.append(record(1, 0)).durable.catch((error: unknown) => error);
    expect(codeOf(refused)).toBe('closed');
  });
});

describe('commit log and damage', () => {
  async function filled(count: number, close: boolean): Promise<{ disk: SimDisk; paths: string[] }> {
    const disk = newDisk();
    const log = await open(disk);
    for (let index = 0; index < count; index += 1) await appendAll(log, [record(700, index)]);
    if (close) await log.close();
    const paths = (await disk.list('log')).map((name) => `log/${name}`);
    return { disk, paths };
  }

  it('refuses to open after any bit flip in the middle, naming file and offset', async () => {
    const own = seededRandom(3);
    for (let trial = 0; trial < 60; trial += 1) {
      const { disk, paths } = await filled(24, own.chance(0.5));
      // Records of 704 + 32 bytes, padded to 1,024: seven in a segment of 8,192. Not the last batch.
      const path = own.pick(paths.slice(0, 3));
      const byte = 512 + own.below(7) * 1024 + own.below(732);
      disk.flip(path, byte, own.below(8));
      const error = await open(disk).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(CorruptFileError);
      expect((error as CorruptFileError).file).toBe(path);
      expect(Math.abs((error as CorruptFileError).offset - byte)).toBeLessThan(1024);
    }
  });

  it('refuses to open with a damaged or missing segment', async () => {
    const header = await filled(24, true);
    header.disk.flip(header.paths[1]!, 20, 1);
    await expect(open(header.disk)).rejects.toThrow(CorruptFileError);
    const missing = await filled(24, true);
    await missing.disk.remove(missing.paths[1]!);
    await expect(open(missing.disk)).rejects.toThrow(/segment before it is missing/);
  });

  it('detects damage to the very last record after an orderly close, or when the owner knows better', async () => {
    const closed = await filled(3, true);
    closed.disk.flip(closed.paths[0]!, 512 + 2 * 1024 + 100, 0);
    await expect(open(closed.disk)).rejects.toThrow(CorruptFileError);
    const killed = await filled(3, false);
    killed.disk.flip(killed.paths[0]!, 512 + 2 * 1024 + 100, 0);
    await expect(open(killed.disk, { atLeast: 3 })).rejects.toThrow(/position 3 had been acknowledged/);
    const log = await open(killed.disk);
    expect(log.last).toBe(2);
  });

  it('notices damage in a skimmed segment when it is read, and never serves it', async () => {
    const { disk, paths } = await filled(60, true);
    disk.flip(paths[1]!, 512 + 3 * 1024 + 50, 2);
    const log = await open(disk, { scanBytesMax: 0 });
    const seen: number[] = [];
    const reading = (async () => {
      for await (const { position } of log.read(1)) seen.push(position);
    })();
    await expect(reading).rejects.toThrow(CorruptFileError);
    expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => index + 1));
    await log.close();
  });
});

describe('commit log after an interrupted write', () => {
  it('does not take stale records of a torn batch for a continuation of a later one', async () => {
    const disk = newDisk();
    const log = await open(disk);
    // Each record takes exactly one sector: a later batch of one ends where a stale record starts.
    await appendAll(log, [record(480, 1), record(480, 2), record(480, 3)]);
    await rest(2000);
    disk.flip('log/segment-0000000001.log', 512 + 100, 1);
    const afterwards = disk.afterKill();
    const second = await open(afterwards);
    await appendAll(second, [record(480, 9)]);
    await rest(2000);
    const third = await open(afterwards.afterKill());
    expect([...(await contents(third)).values()]).toEqual([record(480, 9).toString('hex')]);
    await third.close();
  });
});

describe('commit log after a kill', () => {
  it('makes durable what it found before it says so', async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const disk = new SimDisk(seededRandom(seed));
      const log = await open({
        ...delegate(disk),
        open: async (path, mode) => hanging(await disk.open(path, mode)),
      });
      const { durable } = log.append(record(3000, 7));
      durable.catch(() => undefined); // Never settles: the sync hangs.
      await rest(2000);
      const afterKill = disk.afterKill();
      const second = await open(afterKill);
      expect(second.last).toBe(1);
      const third = await open(afterKill.powerCut());
      expect(third.last, `seed ${seed}`).toBe(1);
    }
  });
});

describe('commit log after a kill between the rename of a segment and the sync of its folder', () => {
  it('keeps what it acknowledges afterwards', async () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const disk = new SimDisk(seededRandom(seed));
      let renamed = false;
      const neverSyncs: Disk = {
        ...delegate(disk),
        rename: async (from, to) => {
          await disk.rename(from, to);
          renamed = true;
        },
        syncFolder: (folder) => (renamed ? new Promise(() => undefined) : disk.syncFolder(folder)),
      };
      const opening = open(neverSyncs);
      opening.catch(() => undefined); // Never settles.
      await rest(2000);
      expect(renamed).toBe(true);
      const afterKill = disk.afterKill();
      await appendAll(await open(afterKill), [record(100, 1)]);
      const log = await open(afterKill.powerCut());
      expect(log.last, `seed ${seed}`).toBe(1);
    }
  });
});

/** Syncs of segments in use hang; those of segments being prepared do not. */
function hanging(file: DiskFile): DiskFile {
  let records = false;
  return {
    ...file,
    write: (position, buffers) => {
      records ||= buffers.some((one) => one[0] === 0x48 && one[3] === 1);
      return file.write(position, buffers);
    },
    datasync: () => (records ? new Promise(() => undefined) : file.datasync()),
  };
}

describe('commit log and failing disks', () => {
  it('refuses every later append after a failed sync, and goes on reading', async () => {
    const disk = newDisk();
    const log = await open(disk);
    await appendAll(log, [record(10, 1), record(10, 2)]);
    await rest(200);
    disk.failSyncs(1);
    const failed = log.append(record(10, 3)).durable.catch((error: unknown) => error);
    const queued = log.append(record(10, 4)).durable.catch((error: unknown) => error);
    expect(codeOf(await failed)).toBe('closed');
    expect(codeOf(await queued)).toBe('closed');
    expect(codeOf(await log.append(record(10, 5)).durable.catch((error: unknown) => error))).toBe('closed');
    expect(log.last).toBe(2);
    expect((await contents(log)).size).toBe(2);
    await log.close();
  });

  it.each([
    ['write', 3],
    ['sync', 4],
  ])('refuses every later append after a failed %s of a record that came alone', async (_what, failing) => {
    const disk = newDisk();
    disk.quickShare = 1;
    let calls = 0;
    const failure = () => {
      calls += 1;
      if (calls === failing) throw Object.assign(new Error('EIO'), { code: 'EIO' });
    };
    const log = await open(watched(disk, failure));
    expect(await log.append(record(10, 1), true).durable).toBeUndefined();
    const answers = [2, 3].map((value) => log.append(record(10, value), true).durable);
    for (const answer of answers)
      expect(codeOf(await answer.catch((error: unknown) => error))).toBe('closed');
    expect(calls).toBe(failing);
    expect(log.last).toBe(1);
    expect([...(await contents(log)).keys()]).toEqual([1]);
    await log.close();
  });

  it('writes a record that comes alone before the call returns while the disk is quick, others behind it', async () => {
    const disk = newDisk();
    disk.quickShare = 1;
    const log = await open(disk);
    const alone = log.append(record(10, 1), true);
    expect(log.last).toBe(1);
    const behind = [log.append(record(10, 2)), log.append(record(10, 3), true)];
    expect(log.last).toBe(1);
    disk.quickShare = 0;
    await Promise.all([alone, ...behind].map(({ durable }) => durable));
    const slow = log.append(record(10, 4), true);
    expect(log.last).toBe(3);
    await slow.durable;
    expect([...(await contents(log)).keys()]).toEqual([1, 2, 3, 4]);
    await log.close();
  });

  it('fails appends on a full disk, keeps what it had, and works again once there is space', async () => {
    // Room for two segments and a half: the third cannot be prepared.
    const disk = newDisk(8192 * 2 + 4096);
    const log = await open(disk);
    const kept: string[] = [];
    let refused = 0;
    for (let index = 0; index < 40; index += 1) {
      const bytes = record(1000, index);
      const { durable, position } = log.append(bytes);
      const error = await durable.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      if (error === undefined) {
        kept.push(bytes.toString('hex'));
        expect(position).toBe(kept.length);
      } else {
        expect(codeOf(error)).toBe('ENOSPC');
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(20);
    expect([...(await contents(log)).values()]).toEqual(kept);
    // A refused preparation gave its space back.
    expect(disk.usedBytes()).toBeLessThanOrEqual(8192 * 2);
    disk.bytesMax = Number.POSITIVE_INFINITY;
    await appendAll(log, [record(1000, 99)]);
    kept.push(record(1000, 99).toString('hex'));
    await log.close();
    const again = await open(disk);
    expect([...(await contents(again)).values()]).toEqual(kept);
    await again.close();
  });

  /** A disk that tells of each write and sync in the calling thread before it is done. */
  function watched(disk: SimDisk, onCall: () => void): Disk {
    return {
      ...delegate(disk),
      open: async (path, mode) => {
        const file = await disk.open(path, mode);
        const blocking = (): BlockingWrites | undefined => {
          const writes = file.blocking?.();
          if (writes === undefined) return undefined;
          return {
            write: (position, buffers) => {
              onCall();
              writes.write(position, buffers);
            },
            datasync: () => {
              onCall();
              writes.datasync();
            },
          };
        };
        return { ...file, blocking };
      },
    };
  }

  /** A disk whose files refuse writes at times although their space was there: a file system that copies on write. */
  function refusing(disk: SimDisk, decide: () => 'write' | 'part' | 'none'): Disk {
    const noSpace = () => Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' });
    return {
      ...delegate(disk),
      open: async (path, mode) => {
        const file = await disk.open(path, mode);
        return {
          ...file,
          write: async (position, buffers) => {
            const isZero = buffers.every((one) => one.every((byte) => byte === 0));
            const decision = isZero || !path.endsWith('.log') ? 'write' : decide();
            if (decision === 'none') throw noSpace();
            const bytes = Buffer.concat(buffers);
            await file.write(position, [decision === 'part' ? bytes.subarray(0, bytes.length / 2) : bytes]);
            if (decision === 'part') throw noSpace();
          },
          blocking: () => {
            const writes = file.blocking?.();
            if (writes === undefined) return undefined;
            return {
              ...writes,
              write: (position, buffers) => {
                const decision = decide();
                if (decision === 'none') throw noSpace();
                const bytes = Buffer.concat(buffers);
                writes.write(position, [decision === 'part' ? bytes.subarray(0, bytes.length / 2) : bytes]);
                if (decision === 'part') throw noSpace();
              },
            };
          },
        };
      },
    };
  }

  it('never replays a record whose append failed on a full disk', async () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const own = seededRandom(seed);
      const disk = new SimDisk(own.fork());
      const log = await open(refusing(disk, () => own.pick(['write', 'part', 'none'] as const)));
      const kept: string[] = [];
      for (let round = 0; round < 12; round += 1) {
        const burst = Array.from({ length: 1 + own.below(5) }, () => own.bytes(own.below(500)));
        const results = await Promise.allSettled(
          burst.map((bytes) => log.append(bytes, own.chance(0.5)).durable),
        );
        results.forEach((result, index) => {
          if (result.status === 'fulfilled') kept.push(burst[index]!.toString('hex'));
        });
        expect(log.last).toBe(kept.length);
      }
      // As after a kill: everything written is there, nothing was closed.
      await rest(2000);
      const again = await open(disk);
      expect([...(await contents(again)).values()], `seed ${seed}`).toEqual(kept);
    }
  });
});
