import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CqlType, NativeName } from '../api.ts';
import { compareValues } from '../compare.ts';
import { parseDuration } from '../duration-text.ts';
import { durationText, encodeDuration } from '../duration-value.ts';
import {
  assignability,
  type ConstantKind,
  constantValue,
  fromText,
  invalidConstantText,
  preferredType,
} from '../literals.ts';
import { MarshalError } from '../marshal-error.ts';
import { parseTimestamp } from '../temporal-text.ts';
import { literalText, nativeText } from '../to-text.ts';
import { arbitraryValue, duration, fromHex, hex, native } from './support/arbitrary-values.ts';

test.each<[NativeName, string, string]>([
  ['int', '-1', 'ffffffff'],
  ['int', '+7', '00000007'],
  ['int', '', ''],
  ['bigint', '9223372036854775807', '7fffffffffffffff'],
  ['smallint', '-32768', '8000'],
  ['tinyint', '127', '7f'],
  ['varint', '128', '0080'],
  ['decimal', '1.0', '000000010a'],
  ['decimal', '1E+3', 'fffffffd01'],
  ['double', '1', '3ff0000000000000'],
  ['float', 'NaN', '7fc00000'],
  ['float', '-Infinity', 'ff800000'],
  ['double', '1e3f', '408f400000000000'],
  ['boolean', 'TRUE', '01'],
  ['text', 'ä', 'c3a4'],
  ['blob', 'CAFE', 'cafe'],
  ['uuid', 'CC520882-9507-44fb-8fc9-b349ecdee658', 'cc520882950744fb8fc9b349ecdee658'],
  ['inet', '127.0.0.1', '7f000001'],
  ['inet', '::1', '00000000000000000000000000000001'],
  ['inet', '2001:db8::8:800:200c:417a', '20010db80000000000080800200c417a'],
  ['inet', '::ffff:1.2.3.4', '01020304'],
  ['date', '1970-01-01', '80000000'],
  ['date', '2147483648', '80000000'],
  ['date', '-0001-12-31', '7ff50557'],
  ['time', '01:02:03.5', '00000362f1e51300'],
  ['time', '1', '0000000000000001'],
  ['timestamp', '0', '0000000000000000'],
  ['duration', '1y2mo3d4h5m6s7ms8us9ns', '1c06fc1ac004a5c612'],
  ['duration', '-130d10h', '008103fc417bce6c7fff'],
])('%s %j', (name, text, wanted) => expect(hex(fromText(name, text))).toBe(wanted));

test.each<[NativeName, string, string]>([
  ['int', 'abc', "Unable to make int from 'abc'"],
  ['int', '2147483648', "Unable to make int from '2147483648'"],
  ['int', '1.0', "Unable to make int from '1.0'"],
  ['bigint', '9223372036854775808', "Unable to make long from '9223372036854775808'"],
  ['smallint', '32768', "Unable to make short from '32768'"],
  ['tinyint', '-129', "Unable to make byte from '-129'"],
  ['varint', '1e3', "unable to make int from '1e3'"],
  ['decimal', '1..0', "unable to make BigDecimal from '1..0'"],
  ['decimal', '1e9999999999', "unable to make BigDecimal from '1e9999999999'"],
  ['double', 'one', "Unable to make double from 'one'"],
  ['float', '', ''],
  ['boolean', 'maybe', "Unable to make boolean from 'maybe'"],
  ['uuid', '123', "Unable to make UUID from '123'"],
  ['timeuuid', 'cc520882-9507-44fb-8fc9-b349ecdee658', 'TimeUUID supports only version 1 UUIDs'],
  ['timeuuid', 'now', 'Unknown timeuuid representation: now'],
  ['blob', 'abc', "cannot parse 'abc' as hex bytes"],
  ['inet', 'localhost', "Unable to make inet address from 'localhost'"],
  ['inet', '1:2:3:4:5:6:7::8:9', "Unable to make inet address from '1:2:3:4:5:6:7::8:9'"],
  ['inet', '256.0.0.1', "Unable to make inet address from '256.0.0.1'"],
  ['date', '', "Unable to coerce '' to a formatted date (long)"],
  ['date', '2021-02-29', "Unable to coerce '2021-02-29' to a formatted date (long)"],
  ['date', '4294967296', "Unable to make unsigned int (for date) from: '4294967296'"],
  ['time', '24:00:00', "(TimeType) Unable to coerce '24:00:00' to a formatted time (long)"],
  ['time', '86400000000000', "Unable to make long (for time) from: '86400000000000'"],
  ['timestamp', '2020-13-01', "Unable to coerce '2020-13-01' to a formatted date (long)"],
  ['timestamp', '9223372036854775808', "Unable to make long (for date) from: '9223372036854775808'"],
  ['duration', '1x', "Unable to convert '1x' to a duration"],
  ['duration', '1h 2m', "Unable to convert '1h 2m' to a duration"],
  ['duration', '1h1h', 'Invalid duration. The hours are specified multiple times'],
  ['duration', '1m1h', 'Invalid duration. The minutes should be after hours'],
  [
    'duration',
    '2147483648mo',
    'Invalid duration. The total number of months must be less or equal to 2147483647',
  ],
])('%s refuses %j', (name, text, message) => {
  if (message === '') expect(fromText(name, text)).toHaveLength(0);
  else expect(() => fromText(name, text)).toThrow(new MarshalError(message));
});

test.each([
  ['2011-02-03', 1296691200000n],
  ['2011-02-03+0100', 1296687600000n],
  ['2011-02-03 04:05', 1296705900000n],
  ['2011-02-03 04:05+0000', 1296705900000n],
  ['2011-02-03T04:05:06', 1296705906000n],
  ['2011-02-03 04:05:06.789Z', 1296705906789n],
  ['2011-02-03T04:05:06.789+01:30', 1296700506789n],
  ['2011-02-03 04:05:06 UTC', 1296705906000n],
  ['2011-02-03 04:05:06 PST', 1296734706000n],
  ['2011-02-03 04:05:06 GMT-08:00', 1296734706000n],
  ['2011-02-03 04:05:06-08', 1296734706000n],
  ['1969-12-31 23:59:59.999', -1n],
  ['1299038700000', 1299038700000n],
  ['-1', -1n],
])('the timestamp %s', (text, milliseconds) => expect(parseTimestamp(text)).toBe(milliseconds));

test('now is the time of the caller', () => expect(parseTimestamp('NOW', () => 7)).toBe(7n));

test.each([
  ['P1Y2M3DT4H5M6S', '1y2mo3d4h5m6s'],
  ['P2W', '14d'],
  ['P0001-02-03T04:05:06', '1y2mo3d4h5m6s'],
  ['-P1D', '-1d'],
  ['PT0S', ''],
  ['1W2D', '9d'],
  ['5µs', '5us'],
  ['14MO', '1y2mo'],
])('the duration %s is %s', (text, wanted) => expect(durationText(parseDuration(text))).toBe(wanted));

test('durations come back from their text', () => {
  fc.assert(
    fc.property(duration, (value) => {
      const text = durationText(value);
      if (text !== '') expect(parseDuration(text)).toEqual(value);
      expect(hex(fromText('duration', text || '0d'))).toBe(hex(encodeDuration(value)));
    }),
  );
});

const written: NativeName[] = [
  'ascii',
  'bigint',
  'boolean',
  'date',
  'decimal',
  'double',
  'float',
  'inet',
  'int',
  'smallint',
  'text',
  'time',
  'timeuuid',
  'tinyint',
  'uuid',
  'varint',
];
test('values of native types come back from their text', () => {
  const world = fc
    .constantFrom(...written)
    .chain((name) => fc.tuple(fc.constant(name), arbitraryValue(native(name))));
  fc.assert(
    fc.property(world, ([name, value]) => {
      const text = nativeText(name, value);
      const back = fromText(name, text);
      expect(compareValues(native(name), back, text === '' ? fromHex('') : value)).toBe(0);
      // Addresses of IPv4 within IPv6 aside, nothing is lost but which NaN it was.
      if (name !== 'inet' && !text.includes('NaN')) expect(hex(back)).toBe(hex(value));
    }),
    { numRuns: 2000 },
  );
});

describe('what a constant may stand for', () => {
  const constant = (kind: ConstantKind, text: string) => ({ kind, text });
  test.each<[ConstantKind, string, NativeName, string]>([
    ['INTEGER', '1', 'int', 'exact'],
    ['INTEGER', '1', 'double', 'weak'],
    ['INTEGER', '3000000000', 'bigint', 'exact'],
    ['INTEGER', '1', 'text', 'none'],
    ['STRING', 'a', 'ascii', 'exact'],
    ['STRING', 'ä', 'text', 'exact'],
    ['STRING', 'a', 'text', 'weak'],
    ['STRING', '1', 'int', 'none'],
    ['STRING', '1h', 'duration', 'none'],
    ['FLOAT', '1.5', 'decimal', 'weak'],
    ['FLOAT', '1.5', 'int', 'none'],
    ['HEX', '0x00', 'blob', 'exact'],
    ['HEX', '0x00', 'text', 'none'],
    ['BOOLEAN', 'true', 'boolean', 'exact'],
    ['DURATION', '1h', 'duration', 'exact'],
    ['UUID', 'cc520882-9507-44fb-8fc9-b349ecdee658', 'timeuuid', 'weak'],
    ['UUID', '2a92d750-d8dc-11e6-a2de-cf8ecd4cf053', 'timeuuid', 'exact'],
  ])('%s %s for %s: %s', (kind, text, name, wanted) => {
    expect(assignability(constant(kind, text), native(name))).toBe(wanted);
  });

  test('never what is made of several', () => {
    expect(
      assignability(constant('STRING', '[]'), { kind: 'list', element: native('int'), frozen: false }),
    ).toBe('none');
    expect(assignability(constant('STRING', ''), { kind: 'custom', className: 'x' })).toBe('weak');
  });

  test('the type it has on its own', () => {
    expect(preferredType(constant('INTEGER', '99999999999999999999'))).toBe('varint');
    expect(preferredType(constant('FLOAT', '1e999'))).toBe('decimal');
    expect(preferredType(constant('FLOAT', '0.10'))).toBe('double');
    expect(preferredType(constant('FLOAT', '0.1234567890123456789'))).toBe('decimal');
    expect(preferredType(constant('FLOAT', 'NaN'))).toBe('double');
  });

  test('its value and its refusal', () => {
    expect(hex(constantValue(constant('HEX', '0xCAFE'), native('blob')))).toBe('cafe');
    expect(hex(constantValue(constant('INTEGER', '5'), native('counter')))).toBe('0000000000000005');
    expect(invalidConstantText(constant('STRING', 'abc'), 'c', native('int'))).toBe(
      'Invalid STRING constant (abc) for "c" of type int',
    );
  });
});

test.each<[CqlType, string, string]>([
  [native('text'), '4974277320', "'It''s '"],
  [native('blob'), '', '0x'],
  [native('int'), '', 'null'],
  [native('timestamp'), '0000000000000000', "'1970-01-01T00:00:00.000Z'"],
  [native('date'), '80000000', "'1970-01-01'"],
  [native('smallint'), 'fffe', '-2'],
  [native('duration'), '0200'.concat('00'), '1mo'],
  [{ kind: 'list', element: native('int'), frozen: false }, '00000001 00000004 00000001', '[1]'],
  [{ kind: 'set', element: native('text'), frozen: false }, '00000002 00000001 61 00000001 62', "{'a', 'b'}"],
  [
    { kind: 'map', key: native('int'), value: native('text'), frozen: false },
    '00000001 00000004 00000001 00000001 61',
    "{1: 'a'}",
  ],
  [{ kind: 'tuple', elements: [native('int'), native('int')] }, '00000004 00000001', '(1, null)'],
  [
    { kind: 'udt', keyspace: 'k', name: 'u', fields: [{ name: 'A b', type: native('int') }], frozen: true },
    '00000004 00000001',
    '{"A b": 1}',
  ],
  [{ kind: 'vector', element: native('float'), dimension: 2 }, '3f8000003dcccccd', '[1.0, 0.1]'],
])('a literal of %j', (type, value, wanted) => expect(literalText(type, fromHex(value))).toBe(wanted));

test.each<[NativeName, string, string]>([
  ['double', '1e7', '1.0E7'],
  ['double', '9999999.5', '9999999.5'],
  ['double', '0.001', '0.001'],
  ['double', '1e-4', '1.0E-4'],
  ['double', '123456.789', '123456.789'],
  ['double', '100', '100.0'],
  ['double', '1.7976931348623157e308', '1.7976931348623157E308'],
  ['double', '-0.0', '-0.0'],
  ['float', '3.4028235e38', '3.4028235E38'],
  ['float', '16777216', '1.6777216E7'],
  ['float', '0.3', '0.3'],
  ['decimal', '1E+3', '1E+3'],
  ['decimal', '12.50', '12.50'],
  ['decimal', '0.000001', '0.000001'],
  ['decimal', '0.0000001', '1E-7'],
  ['decimal', '123E-10', '1.23E-8'],
  ['inet', '2001:db8::1', '2001:db8:0:0:0:0:0:1'],
  ['time', '1', '00:00:00.000000001'],
  ['date', '+12345-06-07', '+12345-06-07'],
])('%s %s is written as Java writes it: %s', (name, text, wanted) => {
  expect(nativeText(name, fromText(name, text))).toBe(wanted);
});
