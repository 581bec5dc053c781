import { expect, test } from 'vitest';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { typeText } from '../../../types/type-text.ts';
import { newSelectedColumns } from '../selected-columns.ts';
import { prepareColumnSelector } from '../selectors.ts';
import { bytes, evaluated, grouped, message, rowView, select, table } from './support.ts';

test.each([
  ['v', 'v', 'int'],
  ['"Quoted"', 'Quoted', 'int'],
  ['v AS w', 'w', 'int'],
  ['now()', 'system.now()', 'timeuuid'],
  ['uuid()', 'system.uuid()', 'uuid'],
  ['token(p)', 'system.token(p)', 'bigint'],
  ['toDate(tu)', 'system.todate(tu)', 'date'],
  ['to_date(tu)', 'system.to_date(tu)', 'date'],
  ['toJson(m)', 'system.tojson(m)', 'text'],
  ['CAST(v AS text)', 'cast(v as text)', 'text'],
  ['CAST(v AS int)', 'v', 'int'],
  ['writetime(v)', 'writetime(v)', 'bigint'],
  ['ttl(v)', 'ttl(v)', 'int'],
  ['maxwritetime(l)', 'maxwritetime(l)', 'bigint'],
  ['fa.zip', 'fa.zip', 'int'],
  ['a.street', 'a.street', 'text'],
  ["m['k']", "m['k']", 'int'],
  ["m['a'..'c']", "m['a'..'c']", 'map<text, int>'],
  ['st[1..]', 'st[1..]', 'set<int>'],
  ['st[..?]', 'st[..?]', 'set<int>'],
  ['v + b', 'v + b', 'bigint'],
  ['v * 2 - 1', 'v * 2 - 1', 'int'],
  ['-v', '-v', 'int'],
  ['(int) ?', '(int)?', 'int'],
  ['(list<int>) [1, v]', '(list<int>)[1, v]', 'frozen<list<int>>'],
  ['[v, v]', '[v, v]', 'frozen<list<int>>'],
  ['{v}', '{v}', 'frozen<set<int>>'],
  ['(v, c)', '(v, c)', 'frozen<tuple<int, text>>'],
  ['(address) {zip: v}', '(address){zip: v}', 'frozen<address>'],
  ['(map<int, text>) {v: c}', '(map<int, text>){v: c}', 'frozen<map<int, text>>'],
  ['count(*)', 'count', 'bigint'],
  ['count(1)', 'count', 'bigint'],
  ['count(v)', 'system.count(v)', 'bigint'],
  ['max(v)', 'system.max(v)', 'int'],
  ['sum(v) + 1', 'system.sum(v) + 1', 'int'],
  ['avg(CAST(v AS double))', 'system.avg(cast(v as double))', 'double'],
  ['intAsBlob(v)', 'system.intasblob(v)', 'blob'],
  ['system.now()', 'system.now()', 'timeuuid'],
])('%s is called %s and of type %s', (text, name, type) => {
  const { spec } = select(text).selectors[0]!;
  expect([spec.name, typeText(spec.type), spec.keyspace, spec.table]).toEqual([name, type, 'ks', 't']);
});

const row = {
  p: '1',
  c: "'x'",
  v: '7',
  b: '9223372036854775807',
  f: '2.5',
  fl: '0.5',
  d: '1.50',
  l: '[3, 1]',
  st: '{1, 3, 5}',
  m: "{'a': 1, 'b': 2, 'c': 3}",
  fm: "{'a': 1}",
  a: "{street: 's', zip: 9}",
  tup: "(1, 'b')",
  vec: '[1, 0]',
  ts: '1000',
  tu: '50554d6e-29bb-11e5-b345-feff819cdc9f',
};

test.each([
  ['v', '7'],
  ['s', 'null'],
  ['b + 1', '-9223372036854775808'],
  ['v / 2', '3'],
  ['d * 2', '3.00'],
  ['-f', '-2.5'],
  ['ti + 1', 'null'],
  ["m['b']", '2'],
  ["m['z']", 'null'],
  ["m['b'..]", "{'b': 2, 'c': 3}"],
  ["m[..'b']", "{'a': 1, 'b': 2}"],
  ["m['x'..]", 'null'],
  ["fm['x'..]", '{}'],
  ['st[2..4]', '{3}'],
  ['st[3]', '3'],
  ['st[2]', 'null'],
  ['a.zip', '9'],
  ['fa.zip', 'null'],
  ['[v, p]', '[7, 1]'],
  ['{v, p, v}', '{1, 7}'],
  ['(v, c)', "(7, 'x')"],
  ['(v, s)', '(7, null)'],
  ['(address) {zip: v}', '{street: null, zip: 7}'],
  ['(map<int, text>) {v: c, p: c}', "{1: 'x', 7: 'x'}"],
  ['(vector<float, 2>) [1, fl]', '[1.0, 0.5]'],
  ['(int) 5', '5'],
  ['(text) null', 'null'],
  ['CAST(v AS text)', "'7'"],
  ['CAST(tu AS timestamp)', "'2015-07-14T00:00:18.805Z'"],
  ['toDate(ts)', "'1970-01-01'"],
  ['toUnixTimestamp(ts)', '1000'],
  ['toUnixTimestamp(tu)', '1436832018805'],
  ['unixTimestampOf(tu)', '1436832018805'],
  ['dateOf(tu)', "'2015-07-14T00:00:18.805Z'"],
  ['currentTimestamp()', "'2023-11-14T22:13:20.123Z'"],
  ['currentDate()', "'2023-11-14'"],
  ['currentTime()', "'22:13:20.123000000'"],
  ['toTimestamp(now())', "'2023-11-14T22:13:20.123Z'"],
  ['token(p)', '-4069959284402364209'],
  ['toJson(m)', '\'{"a": 1, "b": 2, "c": 3}\''],
  ['toJson(s)', "'null'"],
  ['blobAsBigint(bigintAsBlob(b))', '9223372036854775807'],
  ['textAsBlob(c)', '0x78'],
  ['varcharAsBlob(c)', '0x78'],
  ['similarity_cosine(vec, [0, 1])', '0.5'],
  ['similarity_euclidean(vec, [1, 0])', '1.0'],
  ['similarity_dot_product(vec, vec)', '1.0'],
  ['tup', "(1, 'b')"],
])('of a row, %s is %s', (text, expected) => {
  expect(evaluated(text, row)).toBe(expected);
});

test.each([
  ['v + s', "the '+' operation is not supported between v and s"],
  ['nothing', 'Undefined column name nothing in table ks.t'],
  ['nothing(v)', "Unknown function 'nothing'"],
  ['1', 'Cannot infer type for term 1 in selection clause (try using a cast to force a type)'],
  ['?', 'Cannot infer type for term ? in selection clause (try using a cast to force a type)'],
  ['(v)', 'Cannot infer type for term (v) in selection clause (try using a cast to force a type)'],
  ['{v: c}', 'Cannot infer type for term {v: c} in selection clause (try using a cast to force a type)'],
  ['[]', 'Cannot infer type for term [] in selection clause (try using a cast to force a type)'],
  ['writetime(p)', 'Cannot use selection function writeTime on PRIMARY KEY part p'],
  ['ttl(c)', 'Cannot use selection function ttl on PRIMARY KEY part c'],
  ['writetime(l)', 'Cannot use selection function writeTime on non-frozen collection l'],
  ['ttl(a)', 'Cannot use selection function ttl on non-frozen UDT a'],
  ['v.x', 'Invalid field selection: v of type int is not a user type'],
  ['fa.town', 'fa of type frozen<address> has no field town'],
  ['v[1]', 'Invalid element selection: v is of type int is not a collection'],
  ['v[1..2]', 'Invalid slice selection: v of type int is not a collection'],
  ['l[1]', 'Element selection is only allowed on sets and maps, but l is a list'],
  ['l[1..2]', 'Slice selection is only allowed on sets and maps, but l is a list'],
  ['m[1]', 'Invalid INTEGER constant (1) for "key(m)" of type text'],
  ['max(sum(v))', 'aggregate functions cannot be used as arguments of aggregate functions'],
  ['token(c)', 'Type error: c cannot be passed as argument 0 of function system.token of type int'],
  ['token(p, c)', 'Invalid number of arguments in call to function system.token: 1 required but 2 provided'],
  ["(int) 'a'", "Cannot assign value (int)'a' to (int)'a' of type int"],
  ["fromJson('1')", 'fromJson() cannot be used in the selection clause of a SELECT statement'],
  ['toJson(v, v)', 'toJson() only accepts one argument (got 2)'],
  ['(address) {town: v}', "Unknown field 'town' in value of user defined type address"],
  [
    'similarity_cosine(v, v)',
    'Function system.similarity_cosine requires a float vector argument, but found none',
  ],
])('%s is refused', (text, expected) => {
  expect(message(() => select(text))).toBe(expected);
});

test('a type that cannot become another is not cast', () => {
  expect(message(() => select('CAST(m AS int)'))).toMatch(
    /^Invalid call to function system\.castAsInt, none of its/,
  );
});

test('a column by itself is read at its slot, without asking', () => {
  const { selectors, columns } = select('v, b, v, v + 1');
  expect(selectors.map(({ column, slot }) => [column?.name, slot])).toEqual([
    ['v', 0],
    ['b', 1],
    ['v', 0],
    [undefined, -1],
  ]);
  expect(columns.columns.map(({ name }) => name)).toEqual(['v', 'b']);
  const all = newSelectedColumns();
  const selector = prepareColumnSelector(table.columns.get('b')!, table, all);
  expect([selector.spec.name, selector.slot, all.columns.length]).toEqual(['b', 0, 1]);
});

test('times of writing and of expiry are asked for only where they are selected', () => {
  const times = { writetime: () => 12n, ttl: () => 34, maxWritetime: () => 56n };
  expect(evaluated('writetime(v)', row, [], times)).toBe('12');
  expect(evaluated('ttl(v)', row, [], times)).toBe('34');
  expect(evaluated('maxwritetime(m)', row, [], times)).toBe('56');
  expect(evaluated('writetime(v)', row)).toBe('null');
  const needs = (text: string) => {
    const { columns } = select(text);
    return [columns.needsWritetime, columns.needsTtl];
  };
  expect(needs('v')).toEqual([false, false]);
  expect(needs('writetime(v)')).toEqual([true, false]);
  expect(needs('v, toJson(ttl(v))')).toEqual([false, true]);
});

test('markers in a selection are bound', () => {
  expect(evaluated('v + (int) ?', row, [bytes('3', 'int')])).toBe('10');
  expect(evaluated('m[?]', row, [bytes("'b'", 'text')])).toBe('2');
  expect(evaluated('m[?..?]', row, [bytes("'b'", 'text'), bytes("'b'", 'text')])).toBe("{'b': 2}");
  expect(message(() => evaluated('m[?]', row, [null]))).toBe('Invalid null value for element selection on m');
  expect(message(() => evaluated('m[?..]', row, ['unset']))).toBe(
    'Invalid unset value for slice selection on m',
  );
  const names = select('intAsBlob(?), (text) ?, m[:k]').context.variables.specs.map(({ name }) => name);
  expect(names).toEqual(['[selection]', '[selection]', 'k']);
});

test('a group of rows has the first value of what is no aggregate', () => {
  const rows = [{ v: '3', c: "'x'" }, { v: '4', c: "'y'" }, { c: "'z'" }];
  expect(grouped('c, count(*), count(v), sum(v), max(v) - min(v), avg(v), textAsBlob(c)', rows)).toEqual([
    "'x'",
    '3',
    '2',
    '7',
    '1',
    '3',
    '0x78',
  ]);
});

test('without rows sums and averages are zero and all else is null', () => {
  expect(grouped('v, count(*), count(v), sum(v), avg(d), min(v), max(c), (int) 5', [])).toEqual([
    'null',
    '0',
    '0',
    '0',
    '0',
    'null',
    'null',
    '5',
  ]);
});

test('only what calls an aggregate is one', () => {
  expect(
    select('v, v + 1, sum(v), [max(v)], toJson(min(v))').selectors.map((each) => each.isAggregate),
  ).toEqual([false, false, true, true, true]);
});

test('a view is asked for nothing but the columns that are selected', () => {
  const selection = select('v');
  const asked: number[] = [];
  const view = rowView(selection, row, {
    value: (slot) => {
      asked.push(slot);
      return bytesOfInt32(1);
    },
  });
  selection.selectors[0]!.evaluate(view, []);
  expect(asked).toEqual([0]);
});
