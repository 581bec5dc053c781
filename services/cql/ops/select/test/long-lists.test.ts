/** Lists of IN that are as long as a request can make them: what they may cost. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { turnsOf } from '../../../test/support/turns.ts';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { encodeList } from '../../../types/collections.ts';
import { type Compare, comparatorOf } from '../../../types/compare.ts';
import { nativeType } from '../../../types/type-text.ts';
import { termLimits } from '../../terms/limits.ts';
import { selectLimits } from '../limits.ts';
import { membership } from '../row-filter.ts';
import { TestTables } from './support/tables.ts';

const compareInts: Compare = comparatorOf(nativeType('int')!);

test('a value is found in a list of IN if it is there', () => {
  const value = fc.integer({ min: -5, max: 5 }).map(bytesOfInt32);
  fc.assert(
    fc.property(fc.array(value, { maxLength: 8 }), value, (list, wanted) => {
      const isThere = list.some((each) => compareInts(each, wanted) === 0);
      expect(membership(list, compareInts)(wanted)).toBe(isThere);
    }),
  );
});

test('a row is not compared with every value of a long list', () => {
  let comparisons = 0;
  const list = Array.from({ length: 100_000 }, (_, at) => bytesOfInt32(at * 2));
  const isWanted = membership(list, (left, right) => {
    comparisons += 1;
    return compareInts(left, right);
  });
  comparisons = 0;
  expect(isWanted(bytesOfInt32(77_777))).toBe(false);
  expect(isWanted(bytesOfInt32(77_778))).toBe(true);
  expect(comparisons).toBeLessThan(40);
});

const table = () => new TestTables().table('t', 'p int; c int; d int; v int', 'p / c, d');
const listOf = (count: number) => encodeList(Array.from({ length: count }, (_, at) => bytesOfInt32(at)));

test.each(['p IN ?', 'p = 1 AND c IN ?', 'v IN ? ALLOW FILTERING'])(
  '%s takes so many values and no more',
  async (where) => {
    const most = termLimits.inValuesMax;
    const tables = table();
    expect(await tables.rows(`SELECT v FROM t WHERE ${where}`, [listOf(most)])).toEqual([]);
    expect(await tables.problem(`SELECT v FROM t WHERE ${where}`, [listOf(most + 1)])).toBe(
      `A list of IN has ${most + 1} values, but ${most} are the most`,
    );
  },
);

test.each(['p = 1 AND c IN ? AND d IN ?', 'p IN ? AND c IN ?', 'p IN ? AND c = 1 AND d IN ?'])(
  '%s has so many combinations and no more',
  async (where) => {
    const tables = table();
    const some = 250;
    const others = selectLimits.combinations / some;
    const text = `SELECT v FROM t WHERE ${where}`;
    expect(await tables.rows(text, [listOf(some), listOf(others)])).toEqual([]);
    expect(await tables.problem(text, [listOf(some), listOf(others + 1)])).toBe(
      `IN restrictions have more than ${selectLimits.combinations} combinations of values`,
    );
  },
);

test('partitions that are not there let others have their turn', async () => {
  const tables = table();
  await tables.write('t', { p: '4999', c: '1', d: '1', v: '7' });
  const turns = await turnsOf(async () => {
    expect(await tables.rows('SELECT v FROM t WHERE p IN ?', [listOf(5000)])).toEqual(['7']);
  });
  expect(turns).toBeGreaterThanOrEqual(Math.floor(5000 / selectLimits.keysPerTurn));
});

test('WHERE has so many relations and no more', async () => {
  const tables = new TestTables().table('t', 'p int; st set<int>', 'p');
  const text = (count: number) =>
    `SELECT p FROM t WHERE ${Array(count).fill('st CONTAINS 1').join(' AND ')} ALLOW FILTERING`;
  await tables.write('t', { p: '1', st: '{1}' });
  expect(await tables.rows(text(selectLimits.relations))).toEqual(['1']);
  expect(await tables.problem(text(selectLimits.relations + 1))).toBe(
    `WHERE has more than ${selectLimits.relations} relations`,
  );
});
