import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CqlType, NativeName } from '../api.ts';
import { encodeList, encodeTuple } from '../collections.ts';
import { MarshalError } from '../marshal-error.ts';
import { validate } from '../validate.ts';
import { fromHex, native, typeAndValue } from './support/arbitrary-values.ts';

test('values of every type are valid', () => {
  fc.assert(
    fc.property(typeAndValue, ([type, value]) => validate(type, value)),
    { numRuns: 1000 },
  );
});

test.each<[NativeName, string, string]>([
  ['int', '000000', 'Expected 4 or 0 byte int (3)'],
  ['bigint', '00', 'Expected 8 or 0 byte long (1)'],
  ['counter', '00', 'Expected 8 or 0 byte long (1)'],
  ['smallint', '', 'Expected 2 bytes for a smallint (0)'],
  ['tinyint', '0000', 'Expected 1 byte for a tinyint (2)'],
  ['float', '00', 'Expected 4 or 0 byte value for a float (1)'],
  ['double', '00', 'Expected 8 or 0 byte value for a double (1)'],
  ['boolean', '0000', 'Expected 1 or 0 byte value (2)'],
  ['uuid', '00', 'UUID should be 16 or 0 bytes (1)'],
  ['timeuuid', 'cc520882950744fb8fc9b349ecdee658', 'Invalid version for TimeUUID type.'],
  ['timestamp', '00', 'Expected 8 or 0 byte long for date (1)'],
  ['date', '', 'Expected 4 byte long for date (0)'],
  ['time', '00', 'Expected 8 byte long for time (1)'],
  ['decimal', '000000', 'Expected 0 or at least 4 bytes (3)'],
  ['inet', '0102030405', 'Expected 4 or 16 byte inetaddress; got 5'],
  ['ascii', '61c3a4', 'Invalid byte for ascii: -61'],
  ['ascii', `${'61'.repeat(40)}ff`, 'Invalid byte for ascii: -1'],
  ['text', '61c3', "String didn't validate."],
  ['text', `${'61'.repeat(40)}80`, "String didn't validate."],
  ['duration', '0000', 'Expected at least 3 bytes for a duration (2)'],
  ['duration', '0000fe', 'Not enough bytes to read a duration'],
  ['duration', '020100', 'The duration months, days and nanoseconds must be all of the same sign (1, -1, 0)'],
  [
    'duration',
    'f200000000'.concat('0000'),
    'The duration months must be a 32 bits integer but was: 4294967296',
  ],
])('%s %s is refused', (name, value, message) => {
  expect(() => validate(native(name), fromHex(value))).toThrow(new MarshalError(message));
});

const list: CqlType = { kind: 'list', element: native('int'), frozen: true };
const map: CqlType = { kind: 'map', key: native('int'), value: native('int'), frozen: true };
const pair: CqlType = { kind: 'tuple', elements: [native('int'), native('int')] };
const user: CqlType = {
  kind: 'udt',
  keyspace: 'ks',
  name: 'u',
  fields: [
    { name: 'a', type: native('int') },
    { name: 'b', type: native('text') },
  ],
  frozen: true,
};
const vector: CqlType = { kind: 'vector', element: native('float'), dimension: 2 };
const texts: CqlType = { kind: 'vector', element: native('text'), dimension: 2 };

test.each<[string, CqlType, string, string]>([
  ['a list without a count', list, '0000', 'Not enough bytes to read a list'],
  ['a list with a count that cannot be', list, '7fffffff', 'Not enough bytes to read a list'],
  ['a negative count', list, 'ffffffff', 'The data cannot be deserialized as a list'],
  ['an element that ends early', list, '00000001 00000004 0000', 'Not enough bytes to read a list'],
  ['a null in a list', list, '00000001 ffffffff', 'Null value read when not allowed'],
  ['an element of another type', list, '00000001 00000001 00', 'Expected 4 or 0 byte int (1)'],
  ['bytes behind a list', list, '00000000 00', 'Unexpected extraneous bytes after list value'],
  ['a map that ends early', map, '00000001 00000000', 'Not enough bytes to read a map'],
  ['half a length in a tuple', pair, '0000', 'Not enough bytes to read size of 0th component'],
  ['a component that ends early', pair, 'ffffffff 00000004 00', 'Not enough bytes to read 1th component'],
  [
    'a third component',
    pair,
    'ffffffff ffffffff ffffffff',
    'Invalid remaining data after end of tuple value',
  ],
  ['a field that ends early', user, 'ffffffff 00000004 00', 'Not enough bytes to read 1th field b'],
  ['half a length in a UDT', user, '00', 'Not enough bytes to read size of 0th field a'],
  [
    'more fields than there are',
    user,
    'ffffffff ffffffff 00',
    'Invalid remaining data after end of UDT value',
  ],
  ['a field of another type', user, '00000001 00', 'Expected 4 or 0 byte int (1)'],
  ['a vector that is too short', vector, '3f800000', 'Not enough bytes to read a vector'],
  [
    'a vector that is too long',
    vector,
    '3f8000003f80000000',
    'Unexpected extraneous bytes after vector value',
  ],
  ['a vector of texts that ends early', texts, '0161', 'Not enough bytes to read a vector'],
  [
    'an element that is longer than the vector',
    texts,
    '0161ffffffffffffffffff',
    'Not enough bytes to read a vector',
  ],
])('%s is refused', (_, type, value, message) => {
  expect(() => validate(type, fromHex(value))).toThrow(new MarshalError(message));
});

test('fields may be missing and null', () => {
  expect(() => validate(user, fromHex(''))).not.toThrow();
  expect(() => validate(user, encodeTuple([undefined]))).not.toThrow();
  expect(() => validate(user, encodeTuple([undefined, fromHex('61')]))).not.toThrow();
});

test('no bytes at all make anything but a refusal or a valid value', () => {
  fc.assert(
    fc.property(typeAndValue, fc.uint8Array({ maxLength: 40 }), ([type], bytes) => {
      try {
        validate(type, bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(MarshalError);
      }
    }),
    { numRuns: 1000 },
  );
});

test('elements are views of the whole', () => {
  const whole = encodeList([fromHex('01'), fromHex('02')]);
  expect(whole.byteLength).toBe(14);
  expect(() => validate({ kind: 'list', element: native('tinyint'), frozen: true }, whole)).not.toThrow();
});
