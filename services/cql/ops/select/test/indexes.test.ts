import { beforeEach, expect, test } from 'vitest';
import { ScanningIndex } from './support/scanning-index.ts';
import { TestTables } from './support/tables.ts';

const columns =
  'p int; q int; c int; d int; s int static; v int; w int; st set<int>; l list<int>; m map<text, int>; ' +
  'n map<text, int>; k map<text, int>; fl frozen<list<int>>';

let tables: TestTables;
let index: ScanningIndex;

beforeEach(async () => {
  index = new ScanningIndex();
  tables = new TestTables().table('t', columns, 'p, q / c, d');
  tables.index('t', 'v').index('t', 'd').index('t', 'q').index('t', 's').index('t', 'st', 'values');
  tables
    .index('t', 'l', 'values')
    .index('t', 'm', 'keys')
    .index('t', 'n', 'entries')
    .index('t', 'k', 'values');
  tables.index('t', 'fl', 'full');
  tables.indexes = index;
  for (let at = 0; at < 12; at += 1) {
    const [p, q, c, d] = [at % 2, at % 3, at % 4, at].map(String);
    const map = `{'a${at}': ${at}}`;
    const row = { p: p!, q: q!, c: c!, d: d!, v: `${at % 2}`, w: '1', s: q!, st: `{${at}}`, l: `[${at}]` };
    await tables.write('t', { ...row, m: map, n: map, k: map, fl: `[${at}]` });
  }
});

const filtering = /^Cannot execute this query as it might involve data filtering/;

test.each([
  ['v = 1', 'v_simple ='],
  ['d = 5', 'd_simple ='],
  ['q = 2', 'q_simple ='],
  ['s = 2', 's_simple ='],
  ['st CONTAINS 5', 'st_values CONTAINS'],
  ['l CONTAINS 5', 'l_values CONTAINS'],
  ["m CONTAINS KEY 'a5'", 'm_keys CONTAINS KEY'],
  ["n['a5'] = 5", 'n_entries entry'],
  ['k CONTAINS 5', 'k_values CONTAINS'],
  ['fl = [5]', 'fl_full ='],
  ['p = 1 AND q = 2 AND v = 1', 'v_simple ='],
  ['p = 1 AND q = 2 AND c = 1 AND v = 1', 'v_simple ='],
  ['p = 1 AND q = 2 AND d = 5', 'd_simple ='],
  ['token(p, q) > 0 AND v = 1', 'v_simple ='],
])('WHERE %s is answered by an index, without ALLOW FILTERING', async (where, searched) => {
  const rows = await tables.rows(`SELECT p, q, c, d FROM t WHERE ${where}`);
  expect(rows.length).toBeGreaterThan(0);
  expect(index.searched).toContain(searched);
  for (const size of [1, 2, 5])
    expect((await tables.pages(`SELECT p, q, c, d FROM t WHERE ${where}`, size)).flat()).toEqual(rows);
  tables.indexes = undefined;
  expect(await tables.rows(`SELECT p, q, c, d FROM t WHERE ${where}`)).toEqual(rows);
});

test.each([
  'v = 1 AND w = 1',
  'v = 1 AND c = 1',
  'v > 1',
  'v IN (1, 2)',
  'p = 1 AND v = 1',
  'm CONTAINS 5',
  "n['a5'] = 5 AND n CONTAINS 5",
  'st CONTAINS 5 AND st CONTAINS 6',
  'w = 1',
])('WHERE %s needs filtering in spite of indexes', async (where) => {
  expect(await tables.problem(`SELECT * FROM t WHERE ${where}`)).toMatch(filtering);
  const rows = await tables.rows(`SELECT p, q, c, d FROM t WHERE ${where} ALLOW FILTERING`);
  tables.indexes = undefined;
  expect(await tables.rows(`SELECT p, q, c, d FROM t WHERE ${where} ALLOW FILTERING`)).toEqual(rows);
});

test.each([
  [
    'p IN (1, 2) AND q = 1 AND v = 1',
    'Select on indexed columns and with IN clause for the PRIMARY KEY are not supported',
  ],
  ['p = 1 AND q = 2 AND v = 1 ORDER BY c', 'ORDER BY with 2ndary indexes is not supported.'],
  ['expr(v_simple, 1)', 'Only CUSTOM indexes may be used in custom index expressions, v_simple is not valid'],
  [
    'expr(v_simple, 1) AND expr(v_simple, 2)',
    'Multiple custom index expressions in a single query are not supported',
  ],
])('WHERE %s is refused', async (where, message) => {
  expect(await tables.problem(`SELECT * FROM t WHERE ${where}`)).toBe(message);
});

test('values of the index may be counted, grouped and limited', async () => {
  expect(await tables.rows('SELECT count(*) FROM t WHERE v = 1')).toEqual(['6']);
  expect(await tables.rows('SELECT p, q FROM t WHERE v = 1 PER PARTITION LIMIT 1')).toHaveLength(3);
  expect(
    (await tables.pages('SELECT p, q, count(*) FROM t WHERE v = 1 GROUP BY p, q', 1)).flat(),
  ).toHaveLength(3);
});

test('a value that is too long for an index is refused', async () => {
  const long = new TestTables().table('t', 'p int; v blob; m map<blob, blob>', 'p');
  long.index('t', 'v').index('t', 'm', 'entries');
  long.indexes = index;
  const bytes = (length: number) => new Uint8Array(length);
  expect(await long.rows('SELECT p FROM t WHERE v = ?', [bytes(65_535)])).toEqual([]);
  const message = 'Index expression values may not be larger than 64K';
  expect(await long.problem('SELECT p FROM t WHERE v = ?', [bytes(65_536)])).toBe(message);
  expect(await long.problem('SELECT p FROM t WHERE m[?] = ?', [bytes(65_536), bytes(1)])).toBe(message);
});
