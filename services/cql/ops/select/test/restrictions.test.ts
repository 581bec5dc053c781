import { beforeAll, expect, test } from 'vitest';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { TestTables } from './support/tables.ts';

const tables = new TestTables()
  .type('address', 'street text; zip int')
  .table(
    't',
    'p int; c int; d int; e int; s int static; v int; w text; l list<int>; st set<int>; m map<text, int>; ' +
      'fl frozen<list<int>>; fm frozen<map<text, int>>; a address; fa frozen<address>; du duration; ' +
      'tu frozen<tuple<int, duration>>; fdu frozen<list<duration>>',
    'p / c, d, e',
  )
  .table('two', 'p int; q int; c int; s int static; v int', 'p, q / c')
  .table('mixed', 'p int; c frozen<set<int>>; d int; v int', 'p / c, d')
  .table('bare', 'p int; v int', 'p');

const filtering =
  'Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. ' +
  'If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING';

beforeAll(async () => {
  for (let c = 0; c < 2; c += 1)
    for (let d = 0; d < 2; d += 1)
      await tables.write('t', { p: '1', c: `${c}`, d: `${d}`, e: '0', s: '7', v: `${c + d}` });
  await tables.write('mixed', { p: '1', c: '{1, 2}', d: '5', v: '0' });
  for (const [p, q, c] of ['112', '121', '211'].map((text) => [...text]))
    await tables.write('two', { p: p!, q: q!, c: c!, v: '1' });
});

test.each([
  ['t WHERE nothing = 1', 'Undefined column name nothing in table ks.t'],
  ['t WHERE v != 3', 'Unsupported "!=" relation: v != 3'],
  ['t WHERE v IS NOT NULL', 'Unsupported restriction: v IS NOT NULL'],
  [
    "t WHERE w LIKE '%a'",
    "LIKE restriction is only supported on properly indexed columns. w LIKE '%a' is not valid.",
  ],
  ['t WHERE v CONTAINS 1', 'Cannot use CONTAINS on non-collection column v'],
  ['t WHERE l CONTAINS KEY 1', 'Cannot use CONTAINS KEY on non-map column l'],
  ['t WHERE l[0] = 1', 'Indexes on list entries (l[index] = value) are not currently supported.'],
  ['t WHERE v[0] = 1', 'Column v cannot be used as a map'],
  ["t WHERE fm['a'] = 1", 'Map-entry equality predicates on frozen map column fm are not supported'],
  ["t WHERE m['a'] < 1", 'Only EQ relations are supported on map entries'],
  ['t WHERE l = [1]', "Collection column 'l' (list<int>) cannot be restricted by a '=' relation"],
  ['t WHERE l IN ([1])', "Collection column 'l' (list<int>) cannot be restricted by a 'IN' relation"],
  ['t WHERE a = {zip: 1}', "Non-frozen UDT column 'a' (address) cannot be restricted by any relation"],
  ['t WHERE du > 1h', 'Slice restrictions are not supported on duration columns'],
  ['t WHERE tu > (1, 1h)', 'Slice restrictions are not supported on tuples containing durations'],
  ['t WHERE fdu > [1h]', 'Slice restrictions are not supported on collections containing durations'],
  ['t WHERE p = 1 AND p = 2', 'p cannot be restricted by more than one relation if it includes an Equal'],
  ['t WHERE p IN (1, 2) AND p = 2', 'p cannot be restricted by more than one relation if it includes a IN'],
  [
    't WHERE p = 1 AND c > 1 AND c = 2',
    'Column "c" cannot be restricted by both an equality and an inequality relation',
  ],
  ['t WHERE p = 1 AND c > 1 AND c >= 2', 'More than one restriction was found for the start bound on c'],
  ['t WHERE p = 1 AND c < 1 AND c <= 2', 'More than one restriction was found for the end bound on c'],
  [
    't WHERE p = 1 AND (c, d) > (1, 1) AND (c) > (2)',
    'More than one restriction was found for the start bound on c',
  ],
  [
    't WHERE p = 1 AND (c, d) > (1, 1) AND (d) < (2)',
    'Column "d" cannot be restricted by two inequalities not starting with the same column',
  ],
  [
    'mixed WHERE c CONTAINS 1 AND c = {1}',
    'Collection column c can only be restricted by CONTAINS, CONTAINS KEY, or map-entry equality',
  ],
  [
    't WHERE (p, c) = (1, 1)',
    'Multi-column relations can only be applied to clustering columns but was applied to: p',
  ],
  ['t WHERE (c, c) = (1, 1)', 'Column "c" appeared twice in a relation: (c, c) = (1, 1)'],
  [
    't WHERE (c, e) = (1, 1)',
    'Clustering columns must appear in the PRIMARY KEY order in multi-column relations: (c, e) = (1, 1)',
  ],
  ['t WHERE (c, d) = (1)', 'Expected 2 elements in value tuple, but got 1: (1)'],
  [
    't WHERE p = 1 AND d = 1',
    'PRIMARY KEY column "d" cannot be restricted as preceding column "c" is not restricted',
  ],
  [
    't WHERE p = 1 AND (d, e) = (1, 1)',
    'PRIMARY KEY column "d" cannot be restricted as preceding column "c" is not restricted',
  ],
  [
    't WHERE p = 1 AND c > 1 AND d = 1',
    'Clustering column "d" cannot be restricted (preceding column "c" is restricted by a non-EQ relation)',
  ],
  [
    't WHERE p = 1 AND d = 1 AND c > 1',
    'PRIMARY KEY column "d" cannot be restricted (preceding column "c" is restricted by a non-EQ relation)',
  ],
  [
    'mixed WHERE p = 1 AND c CONTAINS 1',
    'Clustering columns can only be restricted with CONTAINS with a secondary index or filtering',
  ],
  ['t WHERE p > 1', filtering],
  ['t WHERE v = 1', filtering],
  ['t WHERE p = 1 AND v = 1', filtering],
  ['t WHERE c = 1', filtering],
  ['t WHERE s = 1', filtering],
  ['two WHERE p = 1', filtering],
  ['t WHERE token(p) > 1 AND c = 1', filtering],
  [
    'two WHERE p IN (1, 2) ALLOW FILTERING',
    'IN restrictions are not supported when the query involves filtering',
  ],
  [
    't WHERE p = 1 AND (d, e) > (1, 1) ALLOW FILTERING',
    'Multi-column slice restrictions cannot be used for filtering.',
  ],
  [
    't WHERE p = 1 AND (d, e) IN ((1, 1), (2, 2)) ALLOW FILTERING',
    'IN restrictions are not supported on indexed columns',
  ],
  [
    'two WHERE token(p) > 1',
    'The token() function must be applied to all partition key components or none of them',
  ],
  ['t WHERE token(p, p) > 1', 'The token() function contains duplicate partition key components'],
  ['t WHERE token(p, c) > 1', 'The token() function must contains only partition key components'],
  ['two WHERE token(q, p) > 1', 'The token function arguments must be in the partition key order: p, q'],
  ['t WHERE token(p) > 1 AND token(p) > 2', 'More than one restriction was found for the start bound on p'],
  ['t WHERE token(p) < 1 AND token(p) < 2', 'More than one restriction was found for the end bound on p'],
  [
    't WHERE token(p) = 1 AND token(p) < 2',
    'p cannot be restricted by more than one relation if it includes an Equal',
  ],
  [
    't WHERE token(p) > 1 AND token(p) = 2',
    'Columns "p" cannot be restricted by both an equality and an inequality relation',
  ],
  ['t WHERE p = null', 'Invalid null value in condition for column p'],
  ['t WHERE p IN (1, null)', 'Invalid null value in condition for column p'],
  ['t WHERE p = 1 AND c = null', 'Invalid null value in condition for column c'],
  ['t WHERE p = 1 AND c > null', 'Invalid null value in condition for column c'],
  ['t WHERE p = 1 AND (c, d) = (1, null)', 'Invalid null value for column d'],
  ['t WHERE p = 1 AND (c, d) IN ((1, 1), (1, null))', 'Invalid null value in condition for columns: [c, d]'],
  ['t WHERE v = null ALLOW FILTERING', 'Unsupported null value for column v'],
  ['t WHERE m[null] = 1 ALLOW FILTERING', 'Unsupported null map key for column m'],
  ["t WHERE m['a'] = null ALLOW FILTERING", 'Unsupported null map value for column m'],
  ['t WHERE l CONTAINS null ALLOW FILTERING', 'Unsupported null value for column l'],
  ['t WHERE token(p) > null', 'Invalid null token value'],
  ['t WHERE expr(i, 1)', 'Invalid index expression, index i not found for ks.t'],
  ['nothing', 'table nothing does not exist'],
  ['elsewhere.t', 'keyspace elsewhere does not exist'],
])('SELECT * FROM %s is refused', async (rest, message) => {
  expect(await tables.problem(`SELECT * FROM ${rest}`)).toBe(message);
});

test('values that are not set are refused', async () => {
  const problem = (where: string, count = 1) =>
    tables.problem(
      `SELECT * FROM t WHERE ${where}`,
      Array.from({ length: count }, () => 'unset' as const),
    );
  expect(await problem('p = ?')).toBe('Invalid unset value for column p');
  expect(await problem('p = 1 AND c = ?')).toBe('Invalid unset value for column c');
  expect(await problem('p = 1 AND c < ?')).toBe('Invalid unset value for column c');
  expect(await problem('p = 1 AND c IN ?')).toBe('Invalid unset value for column c');
  expect(await problem('p = 1 AND (c, d) = ?')).toBe('Invalid unset value for tuple (c,d)');
  expect(await problem('v = ? ALLOW FILTERING')).toBe('Unsupported unset value for column v');
  expect(await problem('m[?] = ? ALLOW FILTERING', 2)).toBe('Unsupported unset map key for column m');
});

test('a list of null is refused, as is a key without bytes', async () => {
  expect(await tables.problem('SELECT * FROM t WHERE p IN ?', [null])).toBe(
    'Invalid null value for column p',
  );
  expect(await tables.problem('SELECT * FROM t WHERE p = ?', [new Uint8Array(0)])).toBe(
    'Key may not be empty',
  );
});

test.each([
  ['two WHERE p = 1 AND q IN (1, 2) AND c < 9', ['1 1 2', '1 2 1']],
  ['two WHERE p IN (2, 1, 2) AND q = 1', ['1 1 2', '2 1 1']],
  ['two WHERE p = 1 AND q > 1 ALLOW FILTERING', ['1 2 1']],
  ['two WHERE q = 1 AND c = 1 ALLOW FILTERING', ['2 1 1']],
  ['two WHERE p = 1 AND q = 1 AND token(p, q) > token(1, 1)', []],
  ['two WHERE p = 1 AND q = 1 AND token(p, q) >= token(1, 1)', ['1 1 2']],
  ['two WHERE token(p, q) = token(2, 1)', ['2 1 1']],
  [
    'two WHERE p = 1 AND token(p, q) <= token(1, 2) AND token(p, q) >= token(1, 2) ALLOW FILTERING',
    ['1 2 1'],
  ],
  ['two WHERE token(p, q) > 5 AND token(p, q) < 5', []],
  ['two WHERE v IN (1, 2) AND p = 2 ALLOW FILTERING', ['2 1 1']],
])('SELECT p, q, c FROM %s finds what it means', async (rest, expected) => {
  expect((await tables.rows(`SELECT p, q, c FROM ${rest}`)).sort()).toEqual(expected);
});

test('the least token is no bound', async () => {
  const least = '-9223372036854775808';
  expect(await tables.rows(`SELECT c FROM two WHERE token(p, q) <= ${least}`)).toHaveLength(3);
  expect(await tables.rows(`SELECT c FROM two WHERE token(p, q) > ${least}`)).toHaveLength(3);
});

test('columns of which the value is a collection are restricted as a whole or by elements', async () => {
  expect(await tables.rows('SELECT d FROM mixed WHERE p = 1 AND c = {2, 1}')).toEqual(['5']);
  expect(await tables.rows('SELECT d FROM mixed WHERE c CONTAINS 2 AND d = 5 ALLOW FILTERING')).toEqual([
    '5',
  ]);
  expect(await tables.rows('SELECT d FROM mixed WHERE c CONTAINS 3 ALLOW FILTERING')).toEqual([]);
});

test('markers have the columns that they are compared with', () => {
  const prepared = tables.prepare(
    'SELECT v FROM two WHERE p = ? AND q IN ? AND c > :low PER PARTITION LIMIT ? LIMIT ?',
  );
  expect(prepared.variables.map(({ name }) => name)).toEqual([
    'p',
    'in(q)',
    'low',
    '[per_partition_limit]',
    '[limit]',
  ]);
  expect(prepared.partitionKeyMarkers).toEqual([]);
  expect(tables.prepare('SELECT v FROM two WHERE q = ? AND p = ?').partitionKeyMarkers).toEqual([1, 0]);
  expect(tables.prepare('SELECT v FROM t WHERE token(p) > ?').variables[0]!.name).toBe('partition key token');
});

test('one value of IN is an equality', async () => {
  expect(await tables.rows('SELECT v FROM t WHERE p IN (1) AND c IN (1) ORDER BY d DESC')).toEqual([
    '2',
    '1',
  ]);
  const prepared = tables.prepare('SELECT v FROM bare WHERE p IN (?)');
  expect(prepared.partitionKeyMarkers).toEqual([0]);
  expect(await tables.rows('SELECT p FROM bare WHERE p IN ?', [bytesOfInt32(0)])).toEqual([]);
});

test('too many combinations are refused', async () => {
  const list = Array.from({ length: 400 }, (_, index) => index).join(', ');
  expect(await tables.problem(`SELECT * FROM two WHERE p IN (${list}) AND q IN (${list})`)).toMatch(
    /more than 100000 combinations/,
  );
});
