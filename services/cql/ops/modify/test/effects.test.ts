import { expect, test } from 'vitest';
import { isRowLive } from '../../../engine/liveness.ts';
import type { ColumnData, Mutation } from '../../../engine/model.ts';
import { invalid } from '../../../errors.ts';
import type { TableSchema } from '../../../schema/model.ts';
import { bytesOfInt32, int32At } from '../../../types/binary.ts';
import type { TableEffects } from '../effects.ts';
import { database, type TestDatabase } from './support/database.ts';

/**
 * A copy of table `t` (p int; c int; v int) with the key turned around, whose rows are found by what was there; and without reading a
 * table `n` of the numbers that were ever written.
 */
function effectsOf(db: TestDatabase, seen: string[]): TableEffects {
  const turned = db.table('turned');
  const version = db.table('t').regulars[0]!.id;
  const row = (value: Uint8Array, column: ColumnData | undefined, timestamp: bigint, isGone: boolean) => ({
    clustering: [value],
    marker: isGone ? undefined : { timestamp, ttl: 0, expiresAt: 0 },
    deletion: isGone ? { timestamp, localTime: 0 } : undefined,
    columns: new Map(isGone || column === undefined ? [] : [[turned.regulars[0]!.id, column] as const]),
  });
  return {
    needsRead: true,
    truncates: [turned],
    extend: (mutation, before, reader, now) => {
      expect(reader).toBeDefined();
      expect(now).toBe(db.seconds);
      seen.push(before!.rows.map(({ clustering }) => int32At(clustering[0]!, 0)).join(' '));
      const timestamp = mutation.deletion?.timestamp ?? mutation.tombstones[0]?.deletion.timestamp;
      const gone = before!.rows.filter((each) => isRowLive(each, now) && timestamp !== undefined);
      const target = (key: Uint8Array, rows: Mutation['rows']): Mutation => ({
        table: turned.id,
        key,
        deletion: undefined,
        statics: undefined,
        rows,
        tombstones: [],
      });
      return [
        ...gone.map(({ clustering }) =>
          target(clustering[0]!, [row(mutation.key, undefined, timestamp!, true)]),
        ),
        ...mutation.rows.map(({ clustering, columns, marker, deletion }) =>
          target(clustering[0]!, [
            row(
              mutation.key,
              columns.get(version),
              (marker ?? deletion)?.timestamp ?? 0n,
              deletion !== undefined,
            ),
          ]),
        ),
      ];
    },
  };
}

function made() {
  const db = database(['t', 'p int; c int; v int', 'p / c'], ['turned', 'c int; p int; v int', 'c / p']);
  const seen: string[] = [];
  const effects = effectsOf(db, seen);
  db.effects = { of: (table: TableSchema) => (table.name === 't' ? effects : undefined) };
  return { db, seen };
}

test('what a write brings along is written with it, and it sees what was there', async () => {
  const { db, seen } = made();
  await db.runAll(
    'INSERT INTO t (p, c, v) VALUES (1, 2, 3)',
    'INSERT INTO t (p, c, v) VALUES (1, 3, 4)',
    'INSERT INTO t (p, c, v) VALUES (1, 3, 5)',
  );
  expect(seen).toEqual(['', '', '3']);
  expect(await db.rows('turned')).toEqual(['c=2 p=1 v=3', 'c=3 p=1 v=5']);
});

test.each([false, true])(
  'rows in what is deleted are seen, also if that takes its time: %s',
  async (isSlow) => {
    const { db, seen } = made();
    db.isSlow = isSlow;
    for (let c = 0; c < 6; c++) await db.run(`INSERT INTO t (p, c, v) VALUES (1, ${c}, ${c})`);
    seen.length = 0;
    await db.run('DELETE FROM t WHERE p = 1 AND c > 1 AND c <= 3');
    expect(seen.pop()).toBe('2 3');
    expect((await db.rows('turned')).map((row) => row.slice(2, 3)).sort()).toEqual(['0', '1', '4', '5']);
    await db.run(
      'BEGIN BATCH DELETE FROM t WHERE p = 1 AND c = 5; DELETE FROM t WHERE p = 1 AND c < 1; APPLY BATCH',
    );
    expect(seen.pop()).toBe('0 5');
    await db.run('DELETE FROM t WHERE p = 1');
    // Of row 5 there is its deletion; ranges leave no rows.
    expect(seen.pop()).toBe('1 4 5');
    expect(await db.rows('turned')).toEqual([]);
  },
);

test('conditional statements and batches bring it along too', async () => {
  const { db } = made();
  await db.run('INSERT INTO t (p, c, v) VALUES (1, 2, 3) IF NOT EXISTS');
  await db.run('INSERT INTO t (p, c, v) VALUES (1, 2, 9) IF NOT EXISTS');
  await db.run(
    'BEGIN BATCH INSERT INTO t (p, c, v) VALUES (1, 7, 7); INSERT INTO t (p, c, v) VALUES (2, 7, 8); APPLY BATCH',
  );
  expect((await db.rows('turned')).sort()).toEqual(['c=2 p=1 v=3', 'c=7 p=1 v=7', 'c=7 p=2 v=8']);
  await db.run('TRUNCATE t');
  expect(db.truncated).toEqual([['t', 'turned']]);
  expect(await db.rows('turned')).toEqual([]);
  expect(await db.rows()).toEqual([]);
});

test('nothing is written when it is refused', async () => {
  const { db } = made();
  const refusing: TableEffects = {
    needsRead: false,
    truncates: [],
    extend: (mutation, before, reader) => {
      expect([before, reader]).toEqual([undefined, undefined]);
      if (mutation.key.length === bytesOfInt32(0).length) throw invalid('too large for the index');
      return [];
    },
  };
  db.effects = { of: () => refusing };
  expect(await db.problem('INSERT INTO t (p, c) VALUES (1, 1)')).toBe('too large for the index');
  expect(await db.problem('INSERT INTO t (p, c) VALUES (1, 1) IF NOT EXISTS')).toBe(
    'too large for the index',
  );
  expect(await db.rows()).toEqual([]);
});

test('what needs no reading may still take its time', async () => {
  const { db } = made();
  const slow: TableEffects = {
    needsRead: false,
    truncates: [],
    extend: async (mutation) => [{ ...mutation, table: db.table('turned').id }],
  };
  db.effects = { of: (table) => (table.name === 't' ? slow : undefined) };
  await db.run('INSERT INTO t (p, c) VALUES (1, 2)');
  expect(await db.rows('turned')).toEqual(['c=1 p=2']);
});
