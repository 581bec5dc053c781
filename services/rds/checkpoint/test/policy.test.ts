import { describe, expect, it } from 'vitest';
import type { CheckpointRow, LayerRow } from '../../model/checkpoint-tables.ts';
import { filesThatBelong, foldersFor } from '../data-files.ts';
import { isDue, isImageDue, keptCheckpoints, oldestNeeded } from '../policy.ts';
import { timelineParts } from '../timelines.ts';

const hour = 3_600_000;
const day = 24 * hour;
const mebibyte = 1024 * 1024;

function row(change: Partial<CheckpointRow>): CheckpointRow {
  return {
    id: 1,
    kind: 'image',
    reason: 'test',
    major: 15,
    timeline: 1,
    startLsn: 0x3000028,
    stopLsn: 0x3000100,
    timeMs: 0,
    layers: [1],
    backupLabel: Buffer.alloc(0),
    files: 1,
    dataBytes: 100 * mebibyte,
    ...change,
  };
}

const layer = (id: number, rawBytes: number) => ({ id, rawBytes }) as LayerRow;

describe('a checkpoint is due', () => {
  it('when there is none', () => expect(isDue(undefined, 0)).toBe(true));
  it('after 64 MiB of log for small data', () => {
    expect(isDue(row({}), 0x3000100 + 64 * mebibyte - 1)).toBe(false);
    expect(isDue(row({}), 0x3000100 + 64 * mebibyte)).toBe(true);
  });
  it('after a quarter of large data', () => {
    const large = row({ dataBytes: 1024 * mebibyte });
    expect(isDue(large, 0x3000100 + 256 * mebibyte - 1)).toBe(false);
    expect(isDue(large, 0x3000100 + 256 * mebibyte)).toBe(true);
  });
});

describe('a checkpoint is an image', () => {
  const image = layer(1, 100 * mebibyte);
  it('when it is the first, or the first of a version', () => {
    expect(isImageDue(undefined, [], 15)).toBe(true);
    expect(isImageDue(row({}), [image], 16)).toBe(true);
    expect(isImageDue(row({}), [image], 15)).toBe(false);
  });
  it('after eight deltas', () => {
    const deltas = (count: number) => Array.from({ length: count }, (_, i) => layer(2 + i, 1));
    expect(isImageDue(row({}), [image, ...deltas(7)], 15)).toBe(false);
    expect(isImageDue(row({}), [image, ...deltas(8)], 15)).toBe(true);
  });
  it('when deltas hold more than half of the data', () => {
    expect(isImageDue(row({}), [image, layer(2, 25 * mebibyte), layer(3, 25 * mebibyte)], 15)).toBe(false);
    expect(isImageDue(row({}), [image, layer(2, 25 * mebibyte), layer(3, 25 * mebibyte + 1)], 15)).toBe(true);
  });
});

describe('checkpoints are kept', () => {
  const every = (count: number, apart: number) =>
    Array.from({ length: count }, (_, i) =>
      row({ id: i + 1, timeMs: i * apart, startLsn: i * 16 * mebibyte + 40 }),
    );
  const ids = (rows: readonly CheckpointRow[]) => rows.map(({ id }) => id);

  it('the newest alone without a window', () => {
    expect(ids(keptCheckpoints(every(5, hour), { nowMs: day, windowMs: 0 }))).toEqual([5]);
    expect(keptCheckpoints([], { nowMs: day, windowMs: 0 })).toEqual([]);
  });
  it('the last before the window and those in it', () => {
    const rows = every(10, 2 * hour);
    // Checkpoint 7 is of hour 12.
    expect(ids(keptCheckpoints(rows, { nowMs: 20 * hour, windowMs: 7 * hour }))).toEqual([7, 8, 9, 10]);
  });
  it('in a long window far apart, and the same ones however often it is asked', () => {
    let rows: readonly CheckpointRow[] = [];
    for (let i = 0; i < 400; i++) {
      rows = [...rows, row({ id: i + 1, timeMs: i * hour })];
      rows = keptCheckpoints(rows, { nowMs: i * hour, windowMs: 7 * day });
      expect(rows.at(-1)?.id).toBe(i + 1);
      expect(rows.length).toBeLessThanOrEqual(18);
      // Every hour of the window can be reached, with no more than a sixteenth of it to replay and one checkpoint's distance.
      const begin = Math.max(0, i * hour - 7 * day);
      for (let at = begin; at <= i * hour; at += hour) {
        const from = rows.findLast(({ timeMs }) => timeMs <= at);
        expect(at - from!.timeMs).toBeLessThan((7 * day) / 16 + hour);
      }
    }
  });
  it('with the log from the beginning of the first file that one of them needs', () => {
    expect(oldestNeeded([])).toBeUndefined();
    expect(oldestNeeded(every(3, hour).slice(1))).toBe(16 * mebibyte);
  });
});

describe('of a data directory', () => {
  it('temporary files, caches and forks of unlogged relations do not belong', () => {
    const names = [
      '1',
      '1_fsm',
      '1.1',
      '2',
      '2_init',
      '2_fsm',
      '2_vm',
      '2.1',
      '22',
      't3_4',
      't3_4_fsm',
      'PG_VERSION',
    ];
    const temporary = ['pg_internal.init', 'pg_internal.init.77', 'pgsql_tmp', 'pgsql_tmp12.0'];
    expect(filesThatBelong('base/5', [...names, ...temporary])).toEqual([
      '1',
      '1_fsm',
      '1.1',
      '2_init',
      '22',
      'PG_VERSION',
    ]);
    // Numbers that are no relations.
    expect(filesThatBelong('pg_xact', ['0000', '0000_init'])).toEqual(['0000', '0000_init']);
  });
  it('folders come behind those they stand in', () => {
    const folders = foldersFor(['base/5/1', 'a/b/c/d']);
    for (const folder of folders) {
      const parent = folder.slice(0, Math.max(folder.lastIndexOf('/'), 0));
      if (parent !== '') expect(folders.indexOf(parent)).toBeLessThan(folders.indexOf(folder));
    }
    expect(folders).toContain('pg_wal/archive_status');
    expect(folders).toContain('base/5');
    expect(folders).toContain('a/b/c');
  });
});

describe('the history of a timeline', () => {
  it('tells where its ancestors end', () => {
    const text = '1\t0/3000148\tno recovery target specified\n\n# a comment\n2\t0/5000000\tat a point\n';
    expect(timelineParts(4, text)).toEqual([
      { timeline: 1, begin: 0, end: 0x3000148 },
      { timeline: 2, begin: 0x3000148, end: 0x5000000 },
      { timeline: 4, begin: 0x5000000, end: Number.MAX_SAFE_INTEGER },
    ]);
  });
  it('is refused when it goes back', () => {
    expect(() => timelineParts(3, '1\t0/500\t\n2\t0/400\t')).toThrow('does not go forward');
    expect(() => timelineParts(3, '2\t0/500\t\n1\t0/600\t')).toThrow('does not go forward');
  });
});
