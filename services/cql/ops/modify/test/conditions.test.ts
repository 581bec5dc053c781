import { expect, test } from 'vitest';
import { withKeyspace } from '../../../schema/keyspace.ts';
import { withColumns } from '../../../schema/table.ts';
import { withTable, withTestKeyspace, withType } from '../../../schema/test/support.ts';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { database, TestDatabase } from './support/database.ts';

const made = () => {
  const columns =
    'p int; c int; v int; w text; s int static; l list<int>; st set<int>; m map<text, int>; fl frozen<list<int>>; fm frozen<map<text, int>>; a address; fa frozen<address>; d duration; ld frozen<list<duration>>';
  return new TestDatabase(
    withTable(withType(withTestKeyspace(), 'address', 'street text; zip int'), 't', columns, 'p / c'),
  );
};

test('an insert if there is no such row happens once, and shows what there is', async () => {
  const db = database(['t', 'p int; c int; v int; w text; s int static', 'p / c']);
  const insert = "INSERT INTO t (p, c, v, w) VALUES (1, 2, 3, 'x') IF NOT EXISTS";
  expect(await db.answer(insert)).toBe('[applied]=true');
  expect(await db.answer(insert)).toBe("[applied]=false p=1 c=2 s=null v=3 w='x'");
  await db.run('DELETE FROM t WHERE p = 1 AND c = 2');
  expect(await db.answer(insert)).toBe('[applied]=true');
});

test('an update or deletion if the row exists', async () => {
  const db = database(['t', 'p int; c int; v int', 'p / c']);
  expect(await db.answer('UPDATE t SET v = 1 WHERE p = 1 AND c = 1 IF EXISTS')).toBe('[applied]=false');
  await db.run('INSERT INTO t (p, c) VALUES (1, 1)');
  expect(await db.answer('UPDATE t SET v = 1 WHERE p = 1 AND c = 1 IF EXISTS')).toBe('[applied]=true');
  expect(await db.rows()).toEqual(['p=1 c=1 v=1']);
  expect(await db.answer('DELETE FROM t WHERE p = 1 AND c = 1 IF EXISTS')).toBe('[applied]=true');
  expect(await db.answer('DELETE FROM t WHERE p = 1 AND c = 1 IF EXISTS')).toBe('[applied]=false');
});

test('columns of conditions are shown, each once, statics last', async () => {
  const db = made();
  await db.runAll("INSERT INTO t (p, c, v, w) VALUES (1, 1, 5, 'x')", 'UPDATE t SET s = 9 WHERE p = 1');
  const update = (condition: string) => db.answer(`UPDATE t SET v = 6 WHERE p = 1 AND c = 1 IF ${condition}`);
  expect(await update("s = 1 AND w = 'x' AND v > 1 AND v < 9")).toBe("[applied]=false w='x' v=5 s=9");
  expect(await update("s = 9 AND w = 'x' AND v = 5")).toBe('[applied]=true');
  expect(await db.answer('UPDATE t SET v = 6 WHERE p = 1 AND c = 7 IF v = 5')).toBe('[applied]=false');
  // Where statics are read, a partition shows them without its row.
  expect(await db.answer('UPDATE t SET v = 6 WHERE p = 1 AND c = 7 IF v = 5 AND s = 9')).toBe(
    '[applied]=false v=null s=9',
  );
});

const holds = async (condition: string, values: readonly (Uint8Array | null | 'unset')[] = []) => {
  const db = made();
  await db.run(
    "INSERT INTO t (p, c, v, s, l, st, m, fl, fm, a, fa) VALUES (1, 1, 5, 9, [1, 2, 3], {1, 2}, {'a': 1, 'b': 2}, [1, 2], {'a': 1}, {street: 'x', zip: 1}, {street: 'x'})",
  );
  const answer = await db.answer(`UPDATE t SET w = 'y' WHERE p = 1 AND c = 1 IF ${condition}`, values);
  return answer === '[applied]=true';
};

test.each([
  ['v = 5', true],
  ['v != 5', false],
  ['v < 6', true],
  ['v <= 4', false],
  ['v > 5', false],
  ['v >= 5', true],
  ['v IN (1, 5)', true],
  ['v IN ()', false],
  ['v IN (1, null)', false],
  ['w = null', true],
  ['w != null', false],
  ['v = null', false],
  ['v != null', true],
  ["w = 'x'", false],
  ["w != 'x'", true],
  ["w < 'x'", false],
  ["w IN ('x', null)", true],
  ['s = 9', true],
  ['l = [1, 2, 3]', true],
  ['l != [1, 2]', true],
  ['l > [1, 2]', true],
  ['l < [1, 3]', true],
  ['l >= [2]', false],
  ['l IN ([1], [1, 2, 3])', true],
  ['l[0] = 1', true],
  ['l[2] > 3', false],
  ['l[7] = null', true],
  ['l[1] IN (2, 3)', true],
  ['l CONTAINS 3', true],
  ['st = {2, 1}', true],
  ['st = {}', false],
  ['st CONTAINS 3', false],
  ["m = {'b': 2, 'a': 1}", true],
  ["m['a'] = 1", true],
  ["m['z'] = null", true],
  ["m['z'] != 1", true],
  ["m['a'] IN (5, 1)", true],
  ["m > {'a': 0}", true],
  ["m CONTAINS KEY 'b'", true],
  ['m CONTAINS 2', true],
  ['m CONTAINS 7', false],
  ['fl = [1, 2]', true],
  ['fl[1] = 2', true],
  ["fm['a'] = 1", true],
  ["fm['b'] = null", true],
  ["a = {street: 'x', zip: 1}", true],
  ["a = {street: 'x'}", false],
  ['a.zip = 1', true],
  ['a.zip IN (2, 3)', false],
  ["fa.street = 'x'", true],
  ['fa.zip = null', true],
])('IF %s: %s', async (condition, expected) => {
  expect(await holds(condition)).toBe(expected);
});

test('what has no elements is null and empty', async () => {
  const db = made();
  const update = (condition: string) => db.answer(`UPDATE t SET v = 1 WHERE p = 1 AND c = 1 IF ${condition}`);
  expect(await update('l = null AND l = [] AND st = {} AND m = {} AND l < [1] AND a = null')).toBe(
    '[applied]=true',
  );
  expect(await update('l != []')).toBe('[applied]=false l=null');
  expect(await update('fl = []')).toBe('[applied]=false fl=null');
});

const update = (condition: string) => `UPDATE t SET w = 'y' WHERE p = 1 AND c = 1 IF ${condition}`;

test.each([
  [update('v < null'), 'Invalid comparison with null for operator "<"'],
  [update('l >= null'), 'Invalid comparison with null for operator ">="'],
  [update('c = 1'), "PRIMARY KEY column 'c' cannot have IF conditions"],
  [update('x = 1'), 'Undefined column name x in table ks.t'],
  [update('v[0] = 1'), 'Invalid element access syntax for non-collection column v'],
  [update('st[0] = 1'), 'Invalid element access syntax for set column st'],
  [update('v.x = 1'), 'Invalid field access syntax for non-UDT column v'],
  [update('a.x = 1'), 'Unknown field x for column a'],
  [update('l[null] = 1'), 'Invalid null value for list element access'],
  [update('m[null] = 1'), 'Invalid null value for map element access'],
  [update('l[-1] = 1'), 'Invalid negative list index -1'],
  [update('v CONTAINS 1'), 'Cannot use CONTAINS on non-collection column v'],
  [update('l CONTAINS KEY 1'), 'Cannot use CONTAINS KEY on non-map column l'],
  [update('d > 1h'), 'Slice conditions ( > ) are not supported on durations'],
  [update('ld > [1h]'), 'Slice conditions are not supported on collections containing durations'],
  [
    'UPDATE t USING TIMESTAMP 1 SET v = 1 WHERE p = 1 AND c = 1 IF EXISTS',
    'Cannot provide custom timestamp for conditional updates',
  ],
  [
    'INSERT INTO t (p, c) VALUES (1, 1) IF NOT EXISTS USING TIMESTAMP 1',
    'Cannot provide custom timestamp for conditional updates',
  ],
  [
    'UPDATE t SET v = 1 WHERE p IN (1, 2) AND c = 1 IF EXISTS',
    'IN on the partition key is not supported with conditional updates',
  ],
  [
    'UPDATE t SET v = 1 WHERE p = 1 AND c IN (1, 2) IF EXISTS',
    'IN on the clustering key columns is not supported with conditional updates',
  ],
  [
    'DELETE FROM t WHERE p IN (1, 2) AND c = 1 IF EXISTS',
    'IN on the partition key is not supported with conditional deletions',
  ],
  [
    'DELETE FROM t WHERE p = 1 IF EXISTS',
    'DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to delete non static columns',
  ],
  [
    'DELETE FROM t WHERE p = 1 AND c > 1 IF EXISTS',
    'DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to delete non static columns',
  ],
  [
    'DELETE s FROM t WHERE p = 1 IF v = 1',
    'DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to use IF condition on non static columns',
  ],
  ['UPDATE t SET s = 1 WHERE p = 1 IF v = 1', 'Some clustering keys are missing: c'],
])('%s: %s', async (text, message) => {
  expect(await made().problem(text)).toBe(message);
});

test('values of conditions are set', async () => {
  const db = made();
  expect(await db.problem(update('v = ?'), ['unset'])).toBe("Invalid 'unset' value in condition");
  expect(await db.problem(update('v IN ?'), ['unset'])).toBe("Invalid 'unset' value in condition");
  expect(await db.problem(update('v IN ?'), [null])).toBe('Invalid null list in IN condition');
  expect(await holds('v IN (?, ?)', ['unset', bytesOfInt32(5)])).toBe(true);
});

test('consistencies of conditional statements', async () => {
  const db = made();
  expect(await db.problem(update('v = 1'), [], { serialConsistency: 1 })).toBe(
    'Invalid consistency for conditional update. Must be one of SERIAL or LOCAL_SERIAL',
  );
  expect(await db.problem(update('v = 1'), [], { consistency: 9 })).toBe(
    'LOCAL_SERIAL is not supported as conditional update commit consistency. Use ANY if you mean "make sure it is accepted but I don\'t care how many replicas commit it for non-SERIAL reads"',
  );
});

test('conditions on statics alone need no row', async () => {
  const db = made();
  expect(await db.answer('INSERT INTO t (p, s) VALUES (1, 1) IF NOT EXISTS')).toBe('[applied]=true');
  expect(await db.answer('UPDATE t SET s = 2 WHERE p = 1 IF s = 5')).toBe('[applied]=false s=1');
  expect(await db.answer('UPDATE t SET s = 2 WHERE p = 1 IF s = 1')).toBe('[applied]=true');
  expect(await db.answer('UPDATE t SET v = 2 WHERE p = 1 AND c = 1 IF s = 2')).toBe('[applied]=true');
  expect(await db.answer('DELETE s FROM t WHERE p = 1 IF EXISTS')).toBe('[applied]=true');
  expect(await db.rows()).toEqual(['p=1 c=1 v=2']);
  // A partition that has rows, though no statics, is told from none at all.
  expect(await db.answer('UPDATE t SET s = 2 WHERE p = 1 IF s = 1')).toBe('[applied]=false s=null');
  expect(await db.answer('UPDATE t SET s = 2 WHERE p = 2 IF s = 1')).toBe('[applied]=false');
  expect(await db.answer('INSERT INTO t (p, s) VALUES (1, 3) IF NOT EXISTS')).toBe('[applied]=true');
});

test('what expired is not there', async () => {
  const db = made();
  await db.run('INSERT INTO t (p, c, v) VALUES (1, 1, 1) USING TTL 10');
  db.seconds += 10;
  expect(await db.answer('UPDATE t SET v = 2 WHERE p = 1 AND c = 1 IF v = null')).toBe('[applied]=true');
  await db.run('INSERT INTO t (p, c, v) VALUES (1, 2, 1) USING TTL 10');
  expect(await db.answer('INSERT INTO t (p, c, v) VALUES (1, 2, 1) IF NOT EXISTS')).toMatch(
    /^\[applied\]=false/,
  );
  db.seconds += 10;
  expect(await db.answer('INSERT INTO t (p, c, v) VALUES (1, 2, 1) IF NOT EXISTS')).toBe('[applied]=true');
});

test('what is applied is seen, whatever times clients wrote with', async () => {
  const db = database(['t', 'p int; v int; l list<int>', 'p /']);
  await db.run('INSERT INTO t (p, v, l) VALUES (1, 1, [1, 2]) USING TIMESTAMP 9000000000000000000');
  expect(await db.answer('UPDATE t SET v = 2, l[0] = 7 WHERE p = 1 IF v = 1')).toBe('[applied]=true');
  expect(await db.rows()).toEqual(['p=1 l=[7, 2] v=2']);
  await db.run('DELETE FROM t USING TIMESTAMP 9223372036854775806 WHERE p = 1');
  expect(await db.answer('INSERT INTO t (p, v) VALUES (1, 3) IF NOT EXISTS')).toBe('[applied]=true');
  expect(await db.rows()).toEqual(['p=1 v=3']);
});

test('of many who try to take a row one gets it', async () => {
  const db = made();
  const answers = await Promise.all(
    Array.from({ length: 50 }, (_, n) =>
      db.answer(`INSERT INTO t (p, c, v) VALUES (1, 1, ${n}) IF NOT EXISTS`),
    ),
  );
  expect(answers.filter((answer) => answer === '[applied]=true')).toHaveLength(1);
});

test('a row of which only cells of a dropped column are left is not there', async () => {
  const wide = withTable(withTestKeyspace(), 't', 'p int; c int; s int static; v int; w int', 'p / c');
  const keyspace = wide.keyspaces.get('ks')!;
  const table = keyspace.tables.get('t')!;
  const left = [...table.columns.values()].filter(({ name }) => name !== 'w');
  const tables = new Map(keyspace.tables).set('t', withColumns(table, left));
  const before = new TestDatabase(wide);
  await before.run('UPDATE t SET w = 1 WHERE p = 1 AND c = 1');
  const { storage } = before;
  const clock = { next: () => before.clock.next() };
  const after = new TestDatabase(
    withKeyspace(wide, { ...keyspace, tables }),
    Object.assign(Object.create(storage), { clock }),
  );
  expect(await before.answer('UPDATE t SET w = 2 WHERE p = 1 AND c = 1 IF EXISTS')).toBe('[applied]=true');
  expect(await after.answer('UPDATE t SET v = 1 WHERE p = 1 AND c = 1 IF EXISTS')).toBe('[applied]=false');
  expect(await after.answer('INSERT INTO t (p, c) VALUES (1, 1) IF NOT EXISTS')).toBe('[applied]=true');
});
