/** Answers that are larger than what is read for them: nulls, short values, names in JSON. */
import { beforeAll, expect, test } from 'vitest';
import { selectLimits } from '../limits.ts';
import { TestTables } from './support/tables.ts';

let tables: TestTables;
const rows = 5001;

beforeAll(async () => {
  tables = new TestTables().table('t', 'p int; c int; v int', 'p / c');
  const one = Array.from({ length: rows }, (_, c) =>
    tables.mutation('t', { p: '1', c: `${c}` }, { timestamp: 1n }),
  );
  await tables.storage.write(one);
});

const selectors = (count: number) => Array(count).fill('v').join(', ');

test('a page of nulls ends early, too', async () => {
  const { length } = (await tables.run(`SELECT ${selectors(1000)} FROM t`, [], { pageSize: rows })).rows;
  expect(length).toBe(Math.ceil(selectLimits.pageBytes / (1000 * selectLimits.valueBytes)));
});

test('a page of JSON ends early for what its names take', async () => {
  const name = 'n'.repeat(selectLimits.pageBytes / 4);
  const { rows: page } = await tables.run(`SELECT JSON v AS "${name}" FROM t`, [], { pageSize: rows });
  expect(page).toHaveLength(4);
});

test('an answer without pages has so many values and no more', async () => {
  const count = selectLimits.answerValues / (rows - 1);
  const text = `SELECT ${selectors(count)} FROM t`;
  expect((await tables.run(`${text} LIMIT ${rows - 1}`)).rows).toHaveLength(rows - 1);
  expect(await tables.problem(text)).toBe(
    `The answer has more than ${selectLimits.answerValues} values: read it in pages`,
  );
});

test('JSON of partitions together is sorted by what it does not show', async () => {
  await tables.write('t', { p: '2', c: '-5', v: '7' });
  const where = 'WHERE p IN (1, 2) ORDER BY c LIMIT 2';
  expect(await tables.rows(`SELECT JSON p, v FROM t ${where}`)).toEqual([
    `'{"p": 2, "v": 7}'`,
    `'{"p": 1, "v": null}'`,
  ]);
  expect(await tables.rows('SELECT JSON max(v) FROM t')).toEqual([`'{"system.max(v)": 7}'`]);
});
