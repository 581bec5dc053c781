import { beforeAll, expect, test } from 'vitest';
import { TestTables } from './support/tables.ts';

const tables = new TestTables().table('t', 'p int; c int; d int; s int static; v int', 'p / c, d');

beforeAll(async () => {
  for (const p of [1, 2])
    for (const c of [1, 2, 3])
      for (const d of [1, 2])
        await tables.write('t', { p: `${p}`, c: `${c}`, d: `${d}`, s: `${p}`, v: `${10 * c + d}` });
  await tables.write('t', { p: '3', s: '3' });
});

test.each([
  ['p, count(*), sum(v) FROM t GROUP BY p', ['1 6 129', '2 6 129', '3 1 0']],
  ['p, c, v FROM t WHERE p = 1 GROUP BY p, c', ['1 1 11', '1 2 21', '1 3 31']],
  ['c, max(v) FROM t WHERE p = 1 GROUP BY c', ['1 12', '2 22', '3 32']],
  ['c, d, count(*) FROM t WHERE p = 1 AND c = 2 GROUP BY d', ['2 1 1', '2 2 1']],
  ['c, v FROM t WHERE p = 1 GROUP BY c ORDER BY c DESC', ['3 32', '2 22', '1 12']],
  ['p, c, count(*) FROM t WHERE p = 1 GROUP BY p, c LIMIT 2', ['1 1 2', '1 2 2']],
  ['p, c FROM t WHERE p IN (1, 2) GROUP BY p, c PER PARTITION LIMIT 1', ['1 1', '2 1']],
  ['p, c FROM t WHERE p IN (1, 2) GROUP BY p, c PER PARTITION LIMIT 2 LIMIT 3', ['1 1', '1 2', '2 1']],
  ['* FROM t WHERE p = 1 GROUP BY p', ['1 1 1 1 11']],
  ['p, count(*) FROM t WHERE p = 1 AND v > 20 GROUP BY p ALLOW FILTERING', ['1 4']],
  ['p, c, count(*) FROM t WHERE p = 3 GROUP BY p, c', ['3 null 1']],
  ['p, count(*) FROM t WHERE p = 9 GROUP BY p', []],
  ['DISTINCT p, count(*) FROM t GROUP BY p LIMIT 3', ['1 1', '2 1', '3 1']],
  ['count(*) FROM t WHERE p IN (1, 2) GROUP BY p ORDER BY c DESC LIMIT 1', ['6']],
])('SELECT %s', async (rest, expected) => {
  expect((await tables.rows(`SELECT ${rest}`)).toSorted()).toEqual(expected.toSorted());
});

test('pages of groups hold whole groups', async () => {
  const text = 'SELECT p, c, count(*), sum(v) FROM t GROUP BY p, c';
  const whole = await tables.rows(text);
  expect(whole).toHaveLength(7);
  for (const size of [1, 2, 3, 7, 10]) {
    const pages = await tables.pages(text, size);
    expect(pages.flat()).toEqual(whole);
    for (const page of pages) expect(page.length).toBeLessThanOrEqual(size);
  }
});

test('pages count what is left of limits', async () => {
  const text = 'SELECT p, c, count(*) FROM t WHERE p IN (1, 2) GROUP BY p, c PER PARTITION LIMIT 2 LIMIT 3';
  expect((await tables.pages(text, 1)).flat()).toEqual(['1 1 2', '1 2 2', '2 1 2']);
  const plain = 'SELECT p, c, d FROM t WHERE p IN (1, 2, 3) PER PARTITION LIMIT 5 LIMIT 8';
  const whole = await tables.rows(plain);
  expect(whole).toHaveLength(8);
  for (const size of [1, 2, 3, 5]) expect((await tables.pages(plain, size)).flat()).toEqual(whole);
});
