import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CqlType, NativeName } from '../api.ts';
import { compareValues } from '../compare.ts';
import { fromJson, jsonKey, jsonNames, parseJson, toJson } from '../json.ts';
import { isJsonObject } from '../json-text.ts';
import { fromText } from '../literals.ts';
import { MarshalError } from '../marshal-error.ts';
import { arbitraryType, arbitraryValue, fromHex, hex, native } from './support/arbitrary-values.ts';

const text = native('text');
const int = native('int');
const list: CqlType = { kind: 'list', element: int, frozen: false };
const set: CqlType = { kind: 'set', element: int, frozen: false };
const map: CqlType = { kind: 'map', key: int, value: text, frozen: false };
const pair: CqlType = { kind: 'tuple', elements: [int, text] };
const user: CqlType = {
  kind: 'udt',
  keyspace: 'ks',
  name: 'address',
  fields: [
    { name: 'street', type: text },
    { name: 'Zip', type: int },
  ],
  frozen: true,
};
const vector: CqlType = { kind: 'vector', element: native('float'), dimension: 2 };

const read = (type: CqlType, json: string) => fromJson(type, parseJson(json));

test.each<[NativeName, string, string]>([
  ['int', '-5', '-5'],
  ['bigint', '9223372036854775807', '9223372036854775807'],
  ['varint', '123456789012345678901234567890', '123456789012345678901234567890'],
  ['decimal', '1.10', '1.10'],
  ['double', '1.5', '1.5'],
  ['double', 'NaN', 'null'],
  ['float', '-Infinity', 'null'],
  ['boolean', 'true', 'true'],
  ['text', 'a "b"\n', '"a \\"b\\"\\n"'],
  ['blob', 'cafe', '"0xcafe"'],
  ['uuid', 'cc520882-9507-44fb-8fc9-b349ecdee658', '"cc520882-9507-44fb-8fc9-b349ecdee658"'],
  ['inet', '127.0.0.1', '"127.0.0.1"'],
  ['timestamp', '2018-01-01', '"2018-01-01 00:00:00.000Z"'],
  ['date', '2018-01-01', '"2018-01-01"'],
  ['time', '01:02:03', '"01:02:03.000000000"'],
  ['duration', '1mo2d', '"1mo2d"'],
  ['int', '', '""'],
  ['text', '', '""'],
])('%s %s is the JSON %s', (name, value, json) =>
  expect(toJson(native(name), fromText(name, value))).toBe(json),
);

test('what is made of several has spaces behind its commas, strings as keys and null for what is missing', () => {
  expect(toJson(list, read(list, '[1,2]'))).toBe('[1, 2]');
  expect(toJson(map, read(map, '{"2":"b","1":"a"}'))).toBe('{"1": "a", "2": "b"}');
  expect(toJson({ ...map, key: list }, read({ ...map, key: list }, '{"[1, 2]": "b"}'))).toBe(
    '{"[1, 2]": "b"}',
  );
  expect(toJson(pair, fromHex('00000004 00000001'))).toBe('[1, null]');
  expect(toJson(user, fromHex('00000001 61'))).toBe('{"street": "a", "\\"Zip\\"": null}');
  expect(toJson(vector, read(vector, '[1, 0.5]'))).toBe('[1.0, 0.5]');
  expect(toJson(int, undefined)).toBe('null');
});

test.each<[CqlType, string, string]>([
  [int, '5', '00000005'],
  [int, '"5"', '00000005'],
  [int, 'null', 'null'],
  [native('smallint'), '-1', 'ffff'],
  [native('boolean'), '"true"', '01'],
  [native('float'), '1', '3f800000'],
  [native('double'), '"Infinity"', '7ff0000000000000'],
  [native('decimal'), '"1.0"', '000000010a'],
  [native('decimal'), '1E+3', 'fffffffd01'],
  [native('varint'), '128', '0080'],
  [native('timestamp'), '1', '0000000000000001'],
  [native('blob'), '"0x00"', '00'],
  [text, '"\\u00e4"', 'c3a4'],
  [set, '[2, 1, 2]', '00000002000000040000000100000004 00000002'.replaceAll(' ', '')],
  [list, '"[1]"', '000000010000000400000001'],
  [pair, '[null, "a"]', 'ffffffff0000000161'],
  [user, '{"STREET": "a"}', '0000000161ffffffff'],
  [user, '{"\\"Zip\\"": 1, "street": null}', 'ffffffff0000000400000001'],
])('a value of %j is read from %s', (type, json, value) => expect(hex(read(type, json))).toBe(value));

test.each<[CqlType, string, string]>([
  [int, '"abc"', "Unable to make int from 'abc'"],
  [int, '1.5', 'Expected an int value, but got a Double: 1.5'],
  [int, '2147483648', 'Expected an int value, but got a Long: 2147483648'],
  [int, 'true', 'Expected an int value, but got a Boolean: true'],
  [int, '[1]', 'Expected an int value, but got a ArrayList: [1]'],
  [
    native('bigint'),
    '9223372036854775808',
    'Expected a bigint value, but got a BigInteger: 9223372036854775808',
  ],
  [native('tinyint'), '1.0', 'Expected a byte value, but got a Double: 1.0'],
  [native('tinyint'), '128', "Unable to make byte from '128'"],
  [native('double'), 'true', 'Expected a double value, but got a Boolean: true'],
  [native('boolean'), '1', 'Expected a boolean value, but got a Integer: 1'],
  [native('decimal'), '"x"', "Value 'x' is not a valid representation of a decimal value"],
  [native('varint'), '1.5', "Value '1.5' is not a valid representation of a varint value"],
  [native('varint'), '""', "Value '' is not a valid representation of a varint value"],
  [text, '1', 'Expected a UTF-8 string, but got a Integer: 1'],
  [native('ascii'), '{"a": [null]}', 'Expected an ascii string, but got a LinkedHashMap: {a=[null]}'],
  [native('uuid'), '1', 'Expected a string representation of a uuid, but got a Integer: 1'],
  [
    native('timestamp'),
    '1.5',
    'Expected a long or a datestring representation of a timestamp value, but got a Double: 1.5',
  ],
  [native('date'), '1', 'Expected a string representation of a date value, but got a Integer: 1'],
  [
    native('blob'),
    '"00"',
    "Value '00' is not a valid blob representation: String representation of blob is missing 0x prefix: 00",
  ],
  [native('blob'), '"0xz"', "Value '0xz' is not a valid blob representation: cannot parse 'z' as hex bytes"],
  [list, '1', 'Expected a list, but got a Integer: 1'],
  [list, '[null]', 'Invalid null element in list'],
  [set, '{}', 'Expected a list (representing a set), but got a LinkedHashMap: {}'],
  [set, '[null]', 'Invalid null element in set'],
  [map, '[]', 'Expected a map, but got a ArrayList: []'],
  [map, '{"1": null}', 'Invalid null value in map'],
  [pair, '[1]', 'Tuple is missing items (expected 2): [1]'],
  [pair, '[1, "a", 2]', 'Tuple contains extra items (expected 2): [1, a, 2]'],
  [user, '{"zip": 1}', "Unknown field 'zip' in value of user defined type address"],
  [vector, '[1]', 'List had incorrect size: expected 2 but given 1; [1]'],
])('a value of %j is not read from %s', (type, json, message) => {
  expect(() => read(type, json)).toThrow(new MarshalError(message));
});

describe('the text of JSON', () => {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (value instanceof Map) return Object.fromEntries([...value].map(([key, one]) => [key, plain(one)]));
    return value !== null && typeof value === 'object' ? Number((value as { text: string }).text) : value;
  };

  test('is read as by everybody', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ depthSize: 'medium', noUnicodeString: false }),
        fc.nat(2),
        (value, indent) => {
          const text = JSON.stringify(value, undefined, indent);
          expect(plain(parseJson(text))).toEqual(JSON.parse(text));
        },
      ),
    );
  });

  test.each([
    '',
    '{',
    '[1,]',
    '{"a":1,}',
    '{a:1}',
    "'a'",
    '01',
    '1.',
    '+1',
    'NaN',
    '"\u0001"',
    '"\\x"',
    '"',
    'tru',
    '1 2',
    '[1 2]',
    '{"a" 1}',
  ])('is refused where it is none: %j', (text) =>
    expect(() => parseJson(text)).toThrow('Error decoding JSON string: '),
  );

  test('has a limit of depth', () => expect(() => parseJson('['.repeat(100_000))).toThrow('levels'));

  test('has names in lower case unless they are quoted', () => {
    const object = parseJson('{"A": 1, "\\"B\\"": 2, "c": 3}');
    expect(isJsonObject(object) && [...jsonNames(object).keys()]).toEqual(['a', 'B', 'c']);
    expect([jsonKey('a'), jsonKey('B')]).toEqual(['"a"', '"\\"B\\""']);
  });
});

/** Of these not all comes back: NaN and the infinities are null, an empty collection within others and dates in far years are otherwise. */
function isLossless(type: CqlType): boolean {
  return !JSON.stringify(type).match(/"(float|double|timestamp)"/);
}

test('values of every type come back from their JSON', () => {
  const world = arbitraryType(2)
    .filter(isLossless)
    .chain((type) => fc.tuple(fc.constant(type), arbitraryValue(type)));
  fc.assert(
    fc.property(world, ([type, value]) => {
      const json = toJson(type, value);
      expect(() => JSON.parse(json)).not.toThrow();
      expect(compareValues(type, fromJson(type, parseJson(json))!, value)).toBe(0);
    }),
    { numRuns: 1000 },
  );
});
