import { expect, test } from 'vitest';
import { withTable, withTestKeyspace, withType } from '../../../schema/test/support.ts';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { database, TestDatabase } from './support/database.ts';

const columns =
  'p int; c int; v int; s int static; ss set<int> static; l list<int>; st set<int>; m map<text, int>; fl frozen<list<int>>; a address; fa frozen<address>; tup frozen<tuple<int, int>>';

const made = () =>
  new TestDatabase(
    withTable(withType(withTestKeyspace(), 'address', 'street text; zip int'), 't', columns, 'p / c'),
  );

async function after(...texts: readonly string[]): Promise<string[]> {
  const db = made();
  await db.runAll(...texts);
  return db.rows();
}

const set = (assignments: string, c = 1) => `UPDATE t SET ${assignments} WHERE p = 1 AND c = ${c}`;

test('an updated row is there while it has a value', async () => {
  expect(await after(set('v = 1'))).toEqual(['p=1 c=1 v=1']);
  expect(await after(set('v = 1'), set('v = null'))).toEqual([]);
  expect(await after('INSERT INTO t (p, c) VALUES (1, 1)', set('v = 1'), set('v = null'))).toEqual([
    'p=1 c=1',
  ]);
});

test('statics are set without a row, or together with one', async () => {
  expect(await after('UPDATE t SET s = 5 WHERE p = 1')).toEqual(['p=1 s=5']);
  expect(await after('UPDATE t SET s = 5, v = 2 WHERE p = 1 AND c = 1')).toEqual(['p=1 c=1 s=5 v=2']);
  expect(
    await after('UPDATE t SET ss = ss + {2, 1} WHERE p = 1', 'UPDATE t SET ss -= {2} WHERE p = 1'),
  ).toEqual(['p=1 ss={1}']);
});

test('lists grow at both ends in the order written', async () => {
  expect(
    await after(set('l = [3, 4]'), set('l = [1, 2] + l'), set('l = l + [5, 6]'), set('l = [-1, 0] + l')),
  ).toEqual(['p=1 c=1 l=[-1, 0, 1, 2, 3, 4, 5, 6]']);
});

test('more elements than one time has steps stay in order', async () => {
  const numbers = Array.from({ length: 45 }, (_, index) => index);
  const text = `[${numbers.join(', ')}]`;
  expect(await after(set(`l = ${text}`), set(`l = ${text} + l`))).toEqual([
    `p=1 c=1 l=[${[...numbers, ...numbers].join(', ')}]`,
  ]);
});

test('elements of lists are set and removed by their place, and by their value', async () => {
  const list = set('l = [1, 2, 3, 2, 1]');
  expect(await after(list, set('l[1] = 20'))).toEqual(['p=1 c=1 l=[1, 20, 3, 2, 1]']);
  expect(await after(list, set('l[4] = null'))).toEqual(['p=1 c=1 l=[1, 2, 3, 2]']);
  expect(await after(list, set('l = l - [2, 3, 7]'))).toEqual(['p=1 c=1 l=[1, 1]']);
  expect(await after(list, 'DELETE l[0], l[1] FROM t WHERE p = 1 AND c = 1')).toEqual([
    'p=1 c=1 l=[3, 2, 1]',
  ]);
});

test('places that a list does not have are refused', async () => {
  const db = made();
  expect(await db.problem(set('l[0] = 1'))).toBe('Attempted to set an element on a list which is null');
  expect(await db.problem('DELETE l[0] FROM t WHERE p = 1 AND c = 1')).toBe(
    'Attempted to delete an element from a list which is null',
  );
  await db.run(set('l = [1]'));
  expect(await db.problem(set('l[1] = 1'))).toBe('List index 1 out of bound, list has size 1');
  expect(await db.problem(set('l[-1] = 1'))).toBe('List index -1 out of bound, list has size 1');
  expect(await db.problem(set('l[?] = 1'), [null])).toBe('Invalid null value for list index');
  expect(await db.problem(set('l[?] = 1'), ['unset'])).toBe('Invalid unset value for list index');
  await db.run(set('l[0] = ?'), ['unset']);
  expect(await db.rows()).toEqual(['p=1 c=1 l=[1]']);
});

test('sets and maps change by their elements', async () => {
  expect(await after(set('st = {1}'), set('st = st + {3, 2}'), set('st = st - {1, 9}'))).toEqual([
    'p=1 c=1 st={2, 3}',
  ]);
  expect(
    await after(set("m = {'a': 1}"), set("m = m + {'b': 2, 'c': 3}"), set("m['a'] = 7"), set("m -= {'c'}")),
  ).toEqual(["p=1 c=1 m={'a': 7, 'b': 2}"]);
  expect(await after(set("m = {'a': 1, 'b': 2}"), set("m['a'] = null"))).toEqual(["p=1 c=1 m={'b': 2}"]);
  expect(await after(set("m = {'a': 1, 'b': 2}"), "DELETE m['b'] FROM t WHERE p = 1 AND c = 1")).toEqual([
    "p=1 c=1 m={'a': 1}",
  ]);
  expect(await after(set('st = {1, 2}'), 'DELETE st[1] FROM t WHERE p = 1 AND c = 1')).toEqual([
    'p=1 c=1 st={2}',
  ]);
});

test('of the same key set twice in a statement the larger value stays', async () => {
  expect(await after(set("m['a'] = 2, m['a'] = 1, m['b'] = 0"))).toEqual(["p=1 c=1 m={'a': 2, 'b': 0}"]);
});

test('null or unset collections change nothing when they are added', async () => {
  const db = made();
  await db.run(set('l = [1], st = {1}'));
  for (const value of [null, 'unset'] as const) {
    await db.run(set('l = l + ?'), [value]);
    await db.run(set('l = ? + l'), [value]);
    await db.run(set('l = l - ?'), [value]);
    await db.run(set('st = st + ?'), [value]);
    await db.run(set('st = st - ?'), [value]);
  }
  expect(await db.rows()).toEqual(['p=1 c=1 l=[1] st={1}']);
});

test('fields of user types change one by one', async () => {
  expect(
    await after(
      set("a = {street: 'x', zip: 1}"),
      set('a.zip = 2'),
      'DELETE a.street FROM t WHERE p = 1 AND c = 1',
    ),
  ).toEqual(['p=1 c=1 a={street: null, zip: 2}']);
  expect(await after(set("a = {street: 'x', zip: 1}"), set("a = {street: 'y'}"))).toEqual([
    "p=1 c=1 a={street: 'y', zip: null}",
  ]);
  expect(await after(set("a = {street: 'x'}"), set('a.street = null'))).toEqual([]);
});

test('a collection that is set at a time replaces what was there before, and at it', async () => {
  const at = (time: number, assignments: string) =>
    `UPDATE t USING TIMESTAMP ${time} SET ${assignments} WHERE p = 1 AND c = 1`;
  expect(await after(at(10, 'st = {1, 2}'), at(20, 'st = {3}'), at(15, 'st = st + {4}'))).toEqual([
    'p=1 c=1 st={3}',
  ]);
  expect(await after(at(20, 'st = st + {4}'), at(20, 'st = {3}'))).toEqual(['p=1 c=1 st={3, 4}']);
});

test('IN names several partitions and rows, each once', async () => {
  expect(await after('UPDATE t SET v = 1 WHERE p IN (2, 1, 2) AND c IN (5, 4, 5)')).toEqual([
    'p=1 c=4 v=1',
    'p=1 c=5 v=1',
    'p=2 c=4 v=1',
    'p=2 c=5 v=1',
  ]);
  expect(await after('UPDATE t SET v = 1 WHERE p = 1 AND c IN ()')).toEqual([]);
  expect(await after('UPDATE t SET v = 1 WHERE p IN () AND c = 1')).toEqual([]);
});

test('IN that names more rows than a statement may is refused', async () => {
  const many = Buffer.concat([
    bytesOfInt32(300),
    ...Array.from({ length: 300 }, (_, n) => [bytesOfInt32(4), bytesOfInt32(n)]).flat(),
  ]);
  const pairs = database(['t', 'p int; c int; d int; v int', 'p / c, d']);
  expect(await pairs.problem('UPDATE t SET v = 1 WHERE p = 1 AND c IN ? AND d IN ?', [many, many])).toBe(
    'The IN restrictions name more than 65536 rows; use several statements',
  );
});

test.each([
  [set('p = 2'), 'PRIMARY KEY part p found in SET part'],
  [set('x = 2'), 'Undefined column name x in table ks.t'],
  [set('v = v + 1'), 'Invalid operation (v = v + 1) for non counter column v'],
  [set('v = v - 1'), 'Invalid operation (v = v - 1) for non counter column v'],
  [set('tup = tup + (1, 2)'), 'Invalid operation (tup = tup + (1, 2)) for tuple column tup'],
  [set('a = a + {zip: 2}'), 'Invalid operation (a = a + {zip: 2}) for tuple column a'],
  [set('fl = fl + [1]'), 'Invalid operation (fl = fl + [1]) for frozen collection column fl'],
  [set('fl = fl - [1]'), 'Invalid operation (fl = fl - [1]) for frozen collection column fl'],
  [set('fl = [1] + fl'), 'Invalid operation (fl = [1] - fl) for frozen list column fl'],
  [set('st = {1} + st'), 'Invalid operation (st = {1} - st) for non list column st'],
  [set('fl[0] = 1'), 'Invalid operation (fl[0] = 1) for frozen collection column fl'],
  [set('v[0] = 1'), 'Invalid operation (v[0] = 1) for non collection column v'],
  [set('st[0] = 1'), 'Invalid operation (st[0] = 1) for set column st'],
  [set('v.x = 1'), 'Invalid operation (v.x = 1) for non-UDT column v'],
  [set('fa.zip = 1'), 'Invalid operation (fa.zip = 1) for frozen UDT column fa'],
  [set('a.x = 1'), 'UDT column a does not have a field named x'],
  [set("m = m + {'a'}"), "Value for a map addition has to be a map, but was: '{'a'}'"],
  [set("m = m - {'a': 1}"), "Value for a map substraction has to be a set, but was: '{'a': 1}'"],
  [set('m[null] = 1'), 'Invalid null map key'],
  ['DELETE v[0] FROM t WHERE p = 1 AND c = 1', 'Invalid deletion operation for non collection column v'],
  ['DELETE fl[0] FROM t WHERE p = 1 AND c = 1', 'Invalid deletion operation for frozen collection column fl'],
  ['DELETE v.x FROM t WHERE p = 1 AND c = 1', 'Invalid field deletion operation for non-UDT column v'],
  ['DELETE fa.zip FROM t WHERE p = 1 AND c = 1', 'Frozen UDT column fa does not support field deletions'],
  ['DELETE a.x FROM t WHERE p = 1 AND c = 1', 'UDT column a does not have a field named x'],
  ['DELETE st[null] FROM t WHERE p = 1 AND c = 1', 'Invalid null set element'],
  [
    'DELETE c FROM t WHERE p = 1 AND c = 1',
    'Invalid identifier c for deletion (should not be a PRIMARY KEY part)',
  ],
])('%s: %s', async (text, message) => {
  expect(await made().problem(text)).toBe(message);
});

test('a map key that is not set is refused', async () => {
  expect(await made().problem(set('m[?] = 1'), ['unset'])).toBe('Invalid unset map key');
});

test('parts of columns have markers with the names that Cassandra gives them', () => {
  const names = (text: string) =>
    made()
      .prepare(text)
      .variables.map(({ name }) => name);
  expect(
    names('UPDATE t USING TTL ? AND TIMESTAMP ? SET l[?] = ?, m[?] = ?, a.zip = ? WHERE p = ? AND c IN ?'),
  ).toEqual(['[ttl]', '[timestamp]', 'idx(l)', 'value(l)', 'key(m)', 'value(m)', 'a.zip', 'p', 'in(c)']);
  expect(names('UPDATE t SET v = :x WHERE p = :y AND c = 1 IF v IN (:z)')).toEqual(['x', 'y', 'z']);
});
