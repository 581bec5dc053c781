import { expect, test } from 'vitest';
import { bytesOfInt32, bytesOfText } from '../../../types/binary.ts';
import { database } from './support/database.ts';

const plain = () =>
  database([
    't',
    'p int; c int; v int; w text; s int static; l list<int>; st set<int>; m map<text, int>; fl frozen<list<int>>',
    'p / c',
  ]);

test('a row has what was inserted, and is there without a value', async () => {
  const db = plain();
  await db.runAll(
    "INSERT INTO t (p, c, v, w) VALUES (1, 2, 3, 'x')",
    'INSERT INTO ks.t (c, p) VALUES (1, 1)',
  );
  expect(await db.rows()).toEqual(['p=1 c=1', "p=1 c=2 v=3 w='x'"]);
});

test('null deletes, what is not set stays', async () => {
  const db = plain();
  await db.run("INSERT INTO t (p, c, v, w) VALUES (1, 2, 3, 'x')");
  const prepared = db.prepare('INSERT INTO t (p, c, v, w) VALUES (?, ?, ?, ?)');
  expect(prepared.variables.map(({ name }) => name)).toEqual(['p', 'c', 'v', 'w']);
  expect(prepared.partitionKeyMarkers).toEqual([0]);
  await db.execute(prepared, [bytesOfInt32(1), bytesOfInt32(2), 'unset', null]);
  expect(await db.rows()).toEqual(['p=1 c=2 v=3']);
});

test('statics are inserted without a row, or with one', async () => {
  const db = plain();
  await db.run('INSERT INTO t (p, s) VALUES (1, 7)');
  expect(await db.rows()).toEqual(['p=1 s=7']);
  await db.run('INSERT INTO t (p, c, s) VALUES (1, 0, 8)');
  expect(await db.rows()).toEqual(['p=1 c=0 s=8']);
});

test('collections are replaced as a whole', async () => {
  const db = plain();
  await db.runAll(
    "INSERT INTO t (p, c, l, st, m, fl) VALUES (1, 1, [3, 1, 3], {2, 1}, {'b': 1, 'a': 2}, [5, 4])",
    'INSERT INTO t (p, c, l, st, m, fl) VALUES (1, 2, [], {}, {}, [])',
  );
  expect(await db.rows()).toEqual([
    "p=1 c=1 fl=[5, 4] l=[3, 1, 3] m={'a': 2, 'b': 1} st={1, 2}",
    'p=1 c=2 fl=[]',
  ]);
  await db.run("INSERT INTO t (p, c, l, st, m) VALUES (1, 1, [9], {9}, {'z': 9})");
  expect((await db.rows())[0]).toBe("p=1 c=1 fl=[5, 4] l=[9] m={'z': 9} st={9}");
  await db.run('INSERT INTO t (p, c, l, st, m) VALUES (1, 1, null, null, null)');
  expect((await db.rows())[0]).toBe('p=1 c=1 fl=[5, 4]');
});

test('a document sets what it has; the rest is null or as it was', async () => {
  const db = plain();
  await db.runAll(
    `INSERT INTO t JSON '{"p": 1, "c": 2, "v": 3, "W": "x", "l": [1, 2]}'`,
    `INSERT INTO t JSON '{"p": 1, "c": 2, "v": 4}' DEFAULT UNSET`,
  );
  expect(await db.rows()).toEqual(["p=1 c=2 l=[1, 2] v=4 w='x'"]);
  await db.run('INSERT INTO t JSON ?', [bytesOfText('{"p": 1, "c": 2, "\\"v\\"": 5}')]);
  expect(await db.rows()).toEqual(['p=1 c=2 v=5']);
});

test('documents are refused in the words of Cassandra', async () => {
  const db = plain();
  const json = (text: string) => db.problem(`INSERT INTO t JSON '${text}'`);
  expect(await json('{"p": 1, "c": 1, "zzz": 0}')).toBe('JSON values map contains unrecognized column: zzz');
  expect(await json('null')).toBe('Got null for INSERT JSON values');
  expect(await json('[1]')).toMatch(/^Could not decode JSON string as a map: .*\(String was: \[1\]\)$/);
  expect(await json('{"p"')).toMatch(/^Could not decode JSON string as a map: /);
  expect(await json('{"p": "x", "c": 1}')).toMatch(/^Error decoding JSON value for p: /);
  expect(await json('{"p": 1}')).toBe('Invalid null value in condition for column c');
  expect(await db.problem(`INSERT INTO t JSON '{"p": 1}' DEFAULT UNSET`)).toBe(
    'Invalid unset value for column c',
  );
  expect(await db.problem('INSERT INTO t JSON ?', [null])).toBe('Got null for INSERT JSON values');
});

test.each([
  ['INSERT INTO t (p, c) VALUES (1)', 'Unmatched column names/values'],
  ['INSERT INTO t (p, c, p) VALUES (1, 1, 1)', 'The column names contains duplicates'],
  ['INSERT INTO t (p, c, x) VALUES (1, 1, 1)', 'Undefined column name x in table ks.t'],
  ['INSERT INTO t (p, v) VALUES (1, 1)', 'Some clustering keys are missing: c'],
  ['INSERT INTO t (c, v) VALUES (1, 1)', 'Some partition key parts are missing: p'],
  ['INSERT INTO t (p, c) VALUES (null, 1)', 'Invalid null value in condition for column p'],
  ['INSERT INTO t (p, c) VALUES (1, null)', 'Invalid null value in condition for column c'],
  ["INSERT INTO t (p, c) VALUES ('x', 1)", 'Invalid STRING constant (x) for "p" of type int'],
  ['INSERT INTO nothing (p) VALUES (1)', 'table nothing does not exist'],
  ['INSERT INTO no.t (p) VALUES (1)', 'keyspace no does not exist'],
])('%s: %s', async (text, message) => {
  expect(await plain().problem(text)).toBe(message);
});

test('without a keyspace in use a table is to be named with its own', async () => {
  const db = plain();
  db.keyspace = undefined;
  expect(await db.problem('INSERT INTO t (p) VALUES (1)')).toBe(
    'No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename',
  );
});

test('keys are neither empty nor too long', async () => {
  const db = database(['t', 'p text; c text; v int', 'p / c'], ['two', 'p text; q text; v int', 'p, q /']);
  expect(await db.problem("INSERT INTO t (p, c) VALUES ('', 'x')")).toBe('Key may not be empty');
  const long = bytesOfText('x'.repeat(65_536));
  const prepared = 'INSERT INTO t (p, c) VALUES (?, ?)';
  expect(await db.problem(prepared, [long, bytesOfText('')])).toBe(
    'Key length of 65536 is longer than maximum of 65535',
  );
  expect(await db.problem(prepared, [bytesOfText('x'), long])).toBe(
    'Key length of 65536 is longer than maximum of 65535',
  );
  await db.run(prepared, [long.subarray(1), long.subarray(1)]);
  await db.run("INSERT INTO t (p, c) VALUES ('e', '')");
  expect((await db.rows()).length).toBe(2);
  await db.run("INSERT INTO two (p, q) VALUES ('', '')");
  expect(await db.rows('two')).toEqual(["p='' q=''"]);
  expect(await db.problem('INSERT INTO two (p, q) VALUES (?, ?)', [long.subarray(2), bytesOfText('')])).toBe(
    'Key length of 65540 is longer than maximum of 65535',
  );
});

test('what it needs is permission to modify the table', () => {
  const resource = { kind: 'table', keyspace: 'ks', table: 't' };
  expect(plain().prepare('INSERT INTO t (p, c) VALUES (1, 1)').needs).toEqual([
    { permission: 'MODIFY', resource },
  ]);
  expect(plain().prepare('INSERT INTO t (p, c) VALUES (1, 1) IF NOT EXISTS').needs).toEqual([
    { permission: 'MODIFY', resource },
    { permission: 'SELECT', resource },
  ]);
});
