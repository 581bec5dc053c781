import { expect, test } from 'vitest';
import { parseTerm } from '../../../parser/index.ts';
import type { BoundValue } from '../../api.ts';
import { requireSet, requireValue } from '../bound.ts';
import { newTermContext } from '../context.ts';
import { initialConditionText } from '../functions.ts';
import { columnSpec } from '../specs.ts';
import { prepareTerm } from '../terms.ts';
import { bytes, functions, message, schema, table, term, textOf, typeOf } from './support.ts';

test.each([
  ['int', '5', '5'],
  ['bigint', '5', '5'],
  ['double', '5', '5.0'],
  ['decimal', '5.10', '5.10'],
  ['text', "'it''s'", "'it''s'"],
  ['date', "'2020-02-29'", "'2020-02-29'"],
  ['timestamp', '0', "'1970-01-01T00:00:00.000Z'"],
  ['uuid', '11111111-1111-1111-1111-111111111111', '11111111-1111-1111-1111-111111111111'],
  ['blob', '0xCAFE', '0xcafe'],
  ['boolean', 'TRUE', 'true'],
  ['duration', '1mo2d', '1mo2d'],
  ['int', 'null', 'null'],
  ['int', '(5)', '5'],
  ['list<int>', '[3, 1, 3]', '[3, 1, 3]'],
  ['set<int>', '{3, 1, 3}', '{1, 3}'],
  ['set<int>', '{}', '{}'],
  ['map<text, int>', '{}', '{}'],
  ['map<text, int>', "{'b': 1, 'a': 2, 'b': 3}", "{'a': 2, 'b': 3}"],
  ['list<frozen<set<int>>>', '[{2, 1}, {}]', '[{1, 2}, {}]'],
  ['tuple<int, text>', "(1, 'a')", "(1, 'a')"],
  ['tuple<int, text>', '(1)', '(1, null)'],
  ['tuple<int, text>', '(null, null)', '(null, null)'],
  ['tuple<int>', '(1)', '(1)'],
  ['frozen<address>', "('a', 7)", "{street: 'a', zip: 7}"],
  ['frozen<address>', "('a')", "{street: 'a', zip: null}"],
  ['address', "('a', 7)", "{street: 'a', zip: 7}"],
  ['address', "{zip: 1, street: 'x'}", "{street: 'x', zip: 1}"],
  ['address', '{zip: 1}', '{street: null, zip: 1}'],
  ['vector<float, 2>', '[1, 2.5]', '[1.0, 2.5]'],
  ['int', '(int) 5', '5'],
  ['varint', '(int) 5', '5'],
  ['int', '1 + 2 * 3', '7'],
  ['int', '-(3)', '-3'],
  ['bigint', '7 % 4', '3'],
  ['text', 'CAST(12 AS text)', "'12'"],
  ['int', 'blobasint(intasblob(3))', '3'],
  ['int', 'blob_as_int(int_as_blob(3))', '3'],
  ['int', "fromJson('3')", '3'],
  ['map<text, int>', 'from_json(\'{"a": 1}\')', "{'a': 1}"],
  ['int', "fromJson('null')", 'null'],
])('as %s, %s is %s', (type, text, expected) => {
  expect(textOf(text, type)).toBe(expected);
});

test.each([
  ['int', "'abc'", 'Invalid STRING constant (abc) for "c" of type int'],
  ['text', '5', 'Invalid INTEGER constant (5) for "c" of type text'],
  ['list<int>', '5', 'Invalid INTEGER constant (5) for "c" of type list<int>'],
  ['int', '2147483648', "Unable to make int from '2147483648'"],
  ['map<int, int>', '[1]', 'Invalid list literal for c of type map<int, int>'],
  ['int', '{1}', 'Invalid set literal for c of type int'],
  ['set<int>', '{1: 2}', 'Invalid map literal for c of type set<int>'],
  ['int', '{}', 'Invalid set literal for c of type int'],
  ['list<int>', "[1, 'a']", "Invalid list literal for c: value 'a' is not of type int"],
  ['set<int>', "{'a'}", "Invalid set literal for c: value 'a' is not of type int"],
  ['map<int, int>', "{'a': 1}", "Invalid map literal for c: key 'a' is not of type int"],
  ['map<int, int>', "{1: 'a'}", "Invalid map literal for c: value 'a' is not of type int"],
  ['list<int>', '[null]', 'null is not supported inside collections'],
  ['map<int, int>', '{1: null}', 'null is not supported inside collections'],
  [
    'list<int>',
    '[?]',
    'Invalid list literal for c: bind variables are not supported inside collection literals',
  ],
  [
    'set<int>',
    '{?}',
    'Invalid set literal for c: bind variables are not supported inside collection literals',
  ],
  [
    'map<int, int>',
    '{1: ?}',
    'Invalid map literal for c: bind variables are not supported inside collection literals',
  ],
  ['int', '(1, 2)', 'Invalid tuple type literal for c of type int'],
  [
    'tuple<int>',
    '(1, 2)',
    'Invalid tuple literal for c: too many elements. Type frozen<tuple<int>> expects 1 but got 2',
  ],
  [
    'frozen<address>',
    "('a', 1, 2)",
    'Invalid tuple literal for c: too many elements. Type frozen<address> expects 2 but got 3',
  ],
  ['frozen<address>', '(1)', 'Invalid tuple literal for c: component 0 is not of type text'],
  ['tuple<int, int>', "(1, 'a')", 'Invalid tuple literal for c: component 1 is not of type int'],
  ['int', '{zip: 1}', 'Invalid user type literal for c of type int'],
  ['address', '{town: 1}', "Unknown field 'town' in value of user defined type address"],
  ['address', "{zip: 'a'}", 'Invalid user type literal for c: field zip is not of type int'],
  [
    'vector<float, 2>',
    '[1]',
    'Invalid vector literal for c of type vector<float, 2>; expected 2 elements, but given 1',
  ],
  ['vector<float, 1>', '[null]', 'null is not supported inside vectors'],
  ['counter', 'null', 'Invalid null value for counter increment/decrement'],
  ['int', '(text) 5', 'Cannot cast value 5 to type text'],
  ['int', "(text) 'a'", "Cannot assign value (text)'a' to c of type int"],
  ['int', 'nothing(1)', 'Unknown function nothing called'],
  ['int', 'ks.nothing(1)', 'Unknown function ks.nothing called'],
  ['bigint', 'count(1)', 'Aggregation function are not supported in the where clause'],
  ['int', 'now()', 'Type error: cannot assign result of function system.now (type timeuuid) to c (type int)'],
  [
    'timeuuid',
    'mintimeuuid()',
    'Invalid number of arguments in call to function system.mintimeuuid: 1 required but 0 provided',
  ],
  [
    'timeuuid',
    'mintimeuuid(true)',
    'Type error: true cannot be passed as argument 0 of function system.mintimeuuid of type timestamp',
  ],
  [
    'date',
    'todate(true)',
    'Invalid call to function todate, none of its type signatures match (known type signatures: system.todate : (timeuuid) -> date, system.todate : (timestamp) -> date)',
  ],
  ['text', 'toJson(1)', 'toJson() may only be used within the selection clause of SELECT statements'],
  [
    'int',
    '? + (int) 1',
    "Ambiguous '+' operation with args ? and (int)1: use type hint to disambiguate, example '(int) ?'",
  ],
  ['int', "1 + 'a'", "the '+' operation is not supported between 1 and 'a'"],
  [
    'int',
    '? + ?',
    "Ambiguous '+' operation with args ? and ?: use type hint to disambiguate, example '(int) ?'",
  ],
])('as %s, %s is refused: %s', (type, text, expected) => {
  expect(message(() => term(text, type))).toBe(expected);
});

test('an operation fails when the statement is executed, not when it is prepared', () => {
  const { term: prepared } = term('1 / 0', 'int');
  expect(message(() => prepared.bind([]))).toBe("the operation 'int / int' failed: / by zero");
});

test.each([
  ['a constant', "{'a': 1 + 1}", 'map<text, int>', true],
  ['a pure function of constants', 'blobasint(0x00000001)', 'int', true],
  ['the time', 'currenttimestamp()', 'timestamp', false],
  ['a collection with the time in it', '[currenttimestamp()]', 'list<timestamp>', false],
  ['a marker', '?', 'int', false],
])('%s is known to be the same every time or not', (_, text, type, expected) => {
  expect(term(text, type).term.isConstant).toBe(expected);
});

test('only what is written null is null', () => {
  expect(term('null', 'int').term.isNull).toBe(true);
  expect(term("fromJson('null')", 'int').term.isNull).toBe(false);
});

test.each<[string, string, readonly string[]]>([
  ['?', 'int', ['c int']],
  [':mine', 'int', ['mine int']],
  ['(1, ?)', 'tuple<int, text>', ['c[1] text']],
  ['{zip: ?, street: :s}', 'address', ['c.zip int', 's text']],
  ['[?, ?]', 'vector<float, 2>', ['value(c) float', 'value(c) float']],
  ['blobasint(?)', 'int', ['arg0(system.blobasint) blob']],
  ['(int) ? + 1', 'int', ['arg0(system._add) int']],
  ['token(?, ?)', 'bigint', []],
])('markers of %s as %s are described', (text, type, expected) => {
  const run = () =>
    term(text, type).context.variables.specs.map(({ name, type: { kind, ...rest } }) =>
      kind === 'native' ? `${name} ${(rest as { name: string }).name}` : name,
    );
  if (expected.length > 0) expect(run()).toEqual(expected);
  else
    expect(message(run)).toBe(
      'Invalid number of arguments in call to function system.token: 1 required but 2 provided',
    );
});

const int = (text: string): BoundValue => bytes(text, 'int');

test.each<[string, string, readonly BoundValue[], string]>([
  ['?', 'int', [int('7')], '7'],
  ['?', 'int', [null], 'null'],
  ['?', 'int', ['unset'], 'unset'],
  ['(1, ?)', 'tuple<int, int>', [int('7')], '(1, 7)'],
  ['(1, ?)', 'tuple<int, int>', [null], '(1, null)'],
  ['{zip: ?}', 'address', ['unset'], '{street: null, zip: null}'],
  ['(int) ? + (int) 1', 'int', [null], 'null'],
])('%s as %s is bound', (text, type, values, expected) => {
  expect(textOf(text, type, values)).toBe(expected);
});

test.each<[string, string, readonly BoundValue[], string]>([
  ['?', 'int', [Uint8Array.of(1, 2, 3, 4, 5)], 'Expected 4 or 0 byte int (5)'],
  ['?', 'list<int>', [Uint8Array.of(0, 0, 0, 1)], 'Not enough bytes to read a list'],
  ['?', 'int', [], 'Invalid amount of bind variables'],
  ['(1, ?)', 'tuple<int, int>', ['unset'], 'Invalid unset value for tuple field number 1'],
  [
    '{zip: ?}',
    'frozen<address>',
    ['unset'],
    "Invalid unset value for field 'zip' of user defined type address",
  ],
  ['blobasint(?)', 'int', ['unset'], 'Invalid unset value for argument in call to function blobasint'],
  [
    'blobasint(?)',
    'int',
    [Uint8Array.of(1)],
    'In call to function system.blobasint, value 0x01 is not a valid binary representation for type int',
  ],
  ['[1, ?]', 'vector<float, 2>', [null], 'null is not supported inside vectors'],
])('%s as %s refuses bound values', (text, type, values, expected) => {
  const { term: prepared } = term(text, type);
  expect(message(() => prepared.bind(values))).toBe(expected);
});

test('markers of a partition key are known when all of its columns have one', () => {
  const context = newTermContext(schema, 'ks', functions, [undefined, 'named']);
  const spec = columnSpec(table, table.partitionKey[0]!);
  prepareTerm({ kind: 'marker', index: 1, name: 'named' }, spec, context);
  expect(context.variables.specs[1]!.name).toBe('named');
  expect(context.variables.partitionKeyMarkers(table)).toEqual([1]);
  const other = newTermContext(schema, 'ks', functions, [undefined]);
  prepareTerm({ kind: 'marker', index: 0, name: undefined }, { ...spec }, other);
  expect(other.variables.partitionKeyMarkers(table)).toEqual([]);
});

test('what has to be there is there, or told', () => {
  expect(requireValue(int('7'), 'c')).toEqual(int('7'));
  expect(requireSet(null, 'c')).toBeNull();
  expect(message(() => requireSet('unset', 'c'))).toBe('Invalid unset value for column c');
  expect(message(() => requireValue('unset', 'c'))).toBe('Invalid unset value for column c');
  expect(message(() => requireValue(null, 'c'))).toBe('Invalid null value in condition for column c');
});

test.each([
  ['{1: (2)}', 'map<int, int>', '{1: 2}'],
  ['null', 'int', undefined],
  ["('a', -(1))", 'tuple<text, int>', "('a', -1)"],
])('the first state %s of an aggregate is kept as %s', (text, type, expected) => {
  expect(initialConditionText(parseTerm(text), typeOf(type), 'ks', schema, functions)).toBe(expected);
});

test('a first state has to be of its type', () => {
  expect(message(() => initialConditionText(parseTerm("'a'"), typeOf('int'), 'ks', schema, functions))).toBe(
    'Invalid STRING constant (a) for "(aggregate_initcond)" of type int',
  );
});
