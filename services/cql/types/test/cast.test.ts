import { expect, test } from 'vitest';
import type { NativeName } from '../api.ts';
import { castOf } from '../cast.ts';
import { fromText } from '../literals.ts';
import { nativeText } from '../to-text.ts';
import { fromHex, native } from './support/arbitrary-values.ts';

function cast(from: NativeName, text: string, to: NativeName): string {
  const value = castOf(native(from), native(to))!(fromText(from, text));
  return value === undefined ? 'null' : nativeText(to, value);
}

test.each<[NativeName, string, NativeName, string]>([
  ['int', '300', 'tinyint', '44'],
  ['int', '40000', 'smallint', '-25536'],
  ['bigint', '4294967296', 'int', '0'],
  ['int', '1', 'decimal', '1'],
  ['int', '1', 'double', '1.0'],
  ['int', '1', 'text', '1'],
  ['counter', '7', 'bigint', '7'],
  ['double', '1e30', 'int', '2147483647'],
  ['double', '1e30', 'tinyint', '-1'],
  ['double', '-1e30', 'bigint', '-9223372036854775808'],
  ['double', 'NaN', 'int', '0'],
  ['double', '-1.9', 'int', '-1'],
  ['double', '1e30', 'varint', '9223372036854775807'],
  ['double', '1.1', 'decimal', '1.1'],
  ['double', '1.1', 'float', '1.1'],
  ['float', '5.2', 'double', '5.199999809265137'],
  ['float', '5.2', 'text', '5.2'],
  ['decimal', '1.9', 'int', '1'],
  ['decimal', '1E+1000000000', 'bigint', '0'],
  ['decimal', '1E-1000000000', 'bigint', '0'],
  ['decimal', '18446744073709551617', 'bigint', '1'],
  ['decimal', '1.50', 'text', '1.50'],
  ['varint', '18446744073709551618', 'int', '2'],
  ['varint', '123456789012345678901234567890', 'decimal', '123456789012345678901234567890'],
  ['ascii', 'abc', 'text', 'abc'],
  ['boolean', 'true', 'text', 'true'],
  ['inet', '::1', 'text', '0:0:0:0:0:0:0:1'],
  ['time', '1', 'text', '00:00:00.000000001'],
  ['timestamp', '2015-05-21 11:03:02+00', 'date', '2015-05-21'],
  ['timestamp', '-1', 'date', '1969-12-31'],
  ['timestamp', '2015-05-21 11:03:02+00', 'text', '2015-05-21T11:03:02.000Z'],
  ['date', '2015-05-21', 'timestamp', '2015-05-21T00:00:00.000Z'],
  ['date', '2015-05-21', 'text', '2015-05-21'],
  ['timeuuid', 'd2177dd0-eaa2-11de-a572-001b779c76e3', 'timestamp', '2009-12-17T00:26:29.805Z'],
  ['timeuuid', 'd2177dd0-eaa2-11de-a572-001b779c76e3', 'date', '2009-12-17'],
  ['uuid', 'cc520882-9507-44fb-8fc9-b349ecdee658', 'text', 'cc520882-9507-44fb-8fc9-b349ecdee658'],
  ['int', '', 'bigint', 'null'],
])('%s %s as %s is %s', (from, text, to, wanted) => expect(cast(from, text, to)).toBe(wanted));

test.each<[NativeName, NativeName]>([
  ['text', 'int'],
  ['text', 'ascii'],
  ['blob', 'text'],
  ['duration', 'text'],
  ['int', 'counter'],
  ['date', 'int'],
  ['date', 'timeuuid'],
  ['int', 'boolean'],
])('%s cannot become %s', (from, to) => expect(castOf(native(from), native(to))).toBeUndefined());

test('to its own type a value is left alone', () => {
  const value = fromHex('00');
  expect(castOf(native('blob'), native('blob'))!(value)).toBe(value);
});
