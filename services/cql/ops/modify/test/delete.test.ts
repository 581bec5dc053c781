import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withTable, withTestKeyspace } from '../../../schema/test/support.ts';
import { database, TestDatabase } from './support/database.ts';

const rows = (count: number) =>
  Array.from({ length: count }, (_, c) => `INSERT INTO t (p, c, v) VALUES (1, ${c}, ${c})`);

async function left(...texts: readonly string[]): Promise<string[]> {
  const db = database(['t', 'p int; c int; v int; w int; s int static', 'p / c']);
  await db.runAll(...rows(6), 'UPDATE t SET s = 9 WHERE p = 1', ...texts);
  return (await db.rows()).map((row) => row.replace(/p=1 (?:c=(\d) )?/, '$1 '));
}

test('rows, columns, statics and partitions go', async () => {
  expect(await left('DELETE FROM t WHERE p = 1 AND c IN (1, 2, 3, 4)')).toEqual(['0 s=9 v=0', '5 s=9 v=5']);
  expect(await left('DELETE v FROM t WHERE p = 1 AND c = 0', 'DELETE FROM t WHERE p = 1 AND c > 0')).toEqual([
    '0 s=9',
  ]);
  expect(await left('DELETE s FROM t WHERE p = 1', 'DELETE FROM t WHERE p = 1 AND c >= 1')).toEqual([
    '0 v=0',
  ]);
  expect(await left('DELETE FROM t WHERE p = 1')).toEqual([]);
});

test('ranges of rows go', async () => {
  const kept = async (where: string) =>
    (await left(`DELETE FROM t WHERE p = 1 AND ${where}`)).map((row) => row[0]).join('');
  expect(await kept('c > 1 AND c <= 4')).toBe('015');
  expect(await kept('c >= 1 AND c < 4')).toBe('045');
  expect(await kept('c < 3')).toBe('345');
  expect(await kept('c > 4 AND c < 2')).toBe('012345');
  expect(await kept('(c) > (3)')).toBe('0123');
  expect(await kept('(c) IN ((3), (1))')).toBe('0245');
  expect(await left('DELETE FROM t WHERE p = 1 AND c >= 0')).toEqual([' s=9']);
});

test('a deletion takes what is as old as itself, and nothing newer', async () => {
  const db = database(['t', 'p int; c int; v int', 'p / c']);
  await db.runAll(
    'INSERT INTO t (p, c, v) VALUES (1, 1, 1) USING TIMESTAMP 10',
    'INSERT INTO t (p, c, v) VALUES (1, 2, 2) USING TIMESTAMP 11',
    'DELETE FROM t USING TIMESTAMP 10 WHERE p = 1',
  );
  expect(await db.rows()).toEqual(['p=1 c=2 v=2']);
});

const columns = 'p int; a int; b int; c int; v int';

test('ranges over several columns, in any orders of theirs, take the rows that a filter takes', async () => {
  const operator = fc.constantFrom('<', '<=', '>', '>=');
  const order = fc.constantFrom('asc' as const, 'desc' as const);
  const value = fc.integer({ min: 0, max: 2 });
  const tuple = fc.tuple(value, value, value);
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(order, order, order),
      fc.integer({ min: 1, max: 3 }),
      fc.array(fc.tuple(operator, tuple), { minLength: 1, maxLength: 2 }),
      async (orders, width, limits) => {
        const [one, two] = limits;
        if (two !== undefined && one![0][0] === two[0][0]) limits = [one!];
        const clusteringOrder = ['a', 'b', 'c'].map((column, at) => ({
          column,
          descending: orders[at] === 'desc',
        }));
        const schema = withTable(withTestKeyspace(), 't', columns, 'p / a, b, c', { clusteringOrder });
        const db = new TestDatabase(schema);
        const all = [0, 1, 2].flatMap((a) => [0, 1, 2].flatMap((b) => [0, 1, 2].map((c) => [a, b, c])));
        for (const [a, b, c] of all) await db.run(`INSERT INTO t (p, a, b, c) VALUES (1, ${a}, ${b}, ${c})`);
        const names = ['a', 'b', 'c'].slice(0, width).join(', ');
        const where = limits.map(
          ([sign, limit]) => `(${names}) ${sign} (${limit.slice(0, width).join(', ')})`,
        );
        await db.run(`DELETE FROM t WHERE p = 1 AND ${where.join(' AND ')}`);
        const isTaken = (row: readonly number[]) =>
          limits.every(([sign, limit]) => {
            const at = limit.slice(0, width).findIndex((each, index) => each !== row[index]);
            const difference = at === -1 ? 0 : row[at]! - limit[at]!;
            if (difference === 0) return sign.length === 2;
            return sign[0] === '<' ? difference < 0 : difference > 0;
          });
        const expected = all.filter((row) => !isTaken(row)).map(([a, b, c]) => `p=1 a=${a} b=${b} c=${c}`);
        expect((await db.rows()).sort()).toEqual(expected.sort());
      },
    ),
    { numRuns: 60 },
  );
});

test('a prefix of the clustering, with IN and a range behind it, names ranges', async () => {
  const db = database(['t', columns, 'p / a, b, c']);
  const fill = async () => {
    await db.run('TRUNCATE t');
    for (const a of [0, 1, 2])
      for (const b of [0, 1, 2]) await db.run(`INSERT INTO t (p, a, b, c) VALUES (1, ${a}, ${b}, 0)`);
  };
  const kept = async (where: string) => {
    await fill();
    await db.run(`DELETE FROM t WHERE p = 1 AND ${where}`);
    return (await db.rows()).map((row) => row.replace(/p=1 a=(\d) b=(\d) c=0/, '$1$2')).join(' ');
  };
  expect(await kept('a = 1')).toBe('00 01 02 20 21 22');
  expect(await kept('a IN (0, 2)')).toBe('10 11 12');
  expect(await kept('a IN (2, 0) AND b > 0')).toBe('00 10 11 12 20');
  expect(await kept('(a, b) IN ((0, 1), (2, 2))')).toBe('00 02 10 11 12 20 21');
  expect(await kept('a = 1 AND (b, c) > (0, 5)')).toBe('00 01 02 10 20 21 22');
});

const del = (where: string, what = '') => `DELETE ${what} FROM t WHERE ${where}`;

test.each([
  [del('a = 1'), 'Some partition key parts are missing: p'],
  [
    del('p > 1'),
    'Only EQ and IN relation are supported on the partition key (unless you use the token() function) for DELETE statements',
  ],
  [del('token(p) > 1'), 'The token function cannot be used in WHERE clauses for DELETE statements'],
  [
    'UPDATE t SET v = 1 WHERE token(p) = 1 AND a = 1',
    'The token function cannot be used in WHERE clauses for UPDATE statements',
  ],
  [
    del('p = 1 AND b = 1'),
    'PRIMARY KEY column "b" cannot be restricted as preceding column "a" is not restricted',
  ],
  [del('p = 1 AND v = 1'), 'Non PRIMARY KEY columns found in where clause: v '],
  [del('p = 1 AND v IN (1)'), 'Non PRIMARY KEY columns found in where clause: v '],
  [del('p = 1 AND a != 1'), 'Unsupported "!=" relation: a != 1'],
  [del('p = 1 AND a IS NOT NULL'), 'Unsupported restriction: a IS NOT NULL'],
  [
    del("p = 1 AND a LIKE 'x'"),
    "LIKE restriction is only supported on properly indexed columns. a LIKE 'x' is not valid.",
  ],
  [del('p = 1 AND a CONTAINS 1'), 'Cannot use CONTAINS on non-collection column a'],
  [del('p = 1 AND a CONTAINS KEY 1'), 'Cannot use CONTAINS KEY on non-map column a'],
  [
    del("p = 1 AND expr(i, 'x')"),
    'Custom index expressions cannot be used in WHERE clauses for UPDATE or DELETE statements',
  ],
  [del('p = 1 AND p = 2'), 'p cannot be restricted by more than one relation if it includes an Equal'],
  [del('p IN (1, 2) AND p = 2'), 'p cannot be restricted by more than one relation if it includes a IN'],
  [
    del('p = 1 AND a > 1 AND a = 2'),
    'Column "a" cannot be restricted by both an equality and an inequality relation',
  ],
  [del('p = 1 AND a > 1 AND a >= 2'), 'More than one restriction was found for the start bound on a'],
  [del('p = 1 AND a < 1 AND a <= 2'), 'More than one restriction was found for the end bound on a'],
  [
    del('p = 1 AND a > 1 AND b = 2'),
    'Clustering column "b" cannot be restricted (preceding column "a" is restricted by a non-EQ relation)',
  ],
  [
    del('p = 1 AND b = 1 AND a > 2'),
    'PRIMARY KEY column "b" cannot be restricted (preceding column "a" is restricted by a non-EQ relation)',
  ],
  [
    del('p = 1 AND (a, b) > (1, 2) AND a < 3'),
    'Mixing single column relations and multi column relations on clustering columns is not allowed',
  ],
  [
    del('p = 1 AND (p, a) = (1, 2)'),
    'Multi-column relations can only be applied to clustering columns but was applied to: p',
  ],
  [del('p = 1 AND (a, a) = (1, 2)'), 'Column "a" appeared twice in a relation: (a, a)'],
  [
    del('p = 1 AND (b, a) = (1, 2)'),
    'Clustering columns must appear in the PRIMARY KEY order in multi-column relations: (b, a)',
  ],
  [
    del('p = 1 AND (a, c) = (1, 2)'),
    'PRIMARY KEY column "c" cannot be restricted as preceding column "b" is not restricted',
  ],
  [del('p = 1 AND v[1] = 1'), 'Column v cannot be used as a map'],
  [del('p = 1 AND x = 1'), 'Undefined column name x in table ks.t'],
  [del('p = 1', 'v'), 'Range deletions are not supported for specific columns'],
  [del('p = 1 AND a = 1', 'v'), 'Range deletions are not supported for specific columns'],
  [del('p = null'), 'Invalid null value in condition for column p'],
  [del('p = 1 AND a > null'), 'Invalid null value in condition for column a'],
  [del('p = 1 AND a IN (1, null)'), 'Invalid null value in condition for column a'],
  ['UPDATE t SET v = 1 WHERE p = 1 AND a = 1', 'Some clustering keys are missing: b, c'],
  [
    'UPDATE t SET v = 1 WHERE p = 1 AND a = 1 AND b = 1 AND c > 1',
    'Slice restrictions are not supported on the clustering columns in UPDATE statements',
  ],
])('%s: %s', async (text, message) => {
  expect(await database(['t', columns, 'p / a, b, c']).problem(text)).toBe(message);
});

test('markers in restrictions are neither null nor unset', async () => {
  const db = database(['t', columns, 'p / a, b, c']);
  expect(await db.problem(del('p = ?'), ['unset'])).toBe('Invalid unset value for column p');
  expect(await db.problem(del('p IN ?'), [null])).toBe('Invalid null value for column p');
  expect(await db.problem(del('p IN ?'), ['unset'])).toBe('Invalid unset value for column p');
  expect(await db.problem(del('p = 1 AND a > ?'), ['unset'])).toBe('Invalid unset value for column a');
});

test('statements about statics do not name rows', async () => {
  const db = database(['t', 'p int; c int; s int static; v int', 'p / c']);
  const message = (name: string) =>
    `Invalid restrictions on clustering columns since the ${name} statement modifies only static columns`;
  expect(await db.problem('UPDATE t SET s = 1 WHERE p = 1 AND c = 1')).toBe(message('UPDATE'));
  expect(await db.problem('DELETE s FROM t WHERE p = 1 AND c = 1')).toBe(message('DELETE'));
  expect(await db.problem('DELETE s, v FROM t WHERE p = 1')).toBe(
    'Range deletions are not supported for specific columns',
  );
});
