import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CqlType, NativeName } from '../api.ts';
import {
  decodeComparable,
  decodeKey,
  encodeComparable,
  encodeKey,
  type KeyPart,
} from '../byte-comparable.ts';
import { compareValues } from '../compare.ts';
import { encodeDecimal, parseDecimal } from '../decimal.ts';
import { fromText } from '../literals.ts';
import { validate } from '../validate.ts';
import { encodeVarint } from '../varint.ts';
import {
  arbitraryType,
  arbitraryValue,
  fromHex,
  hex,
  native,
  typeAndValue,
  typeAndValues,
} from './support/arbitrary-values.ts';

const encoded = (name: NativeName, value: Uint8Array) => hex(encodeComparable(native(name), value));
const bytes = (text: string) => text.replaceAll(/[ ·]/g, '').toLowerCase();
const asc = (name: NativeName): KeyPart => ({ type: native(name), descending: false });
const desc = (name: NativeName): KeyPart => ({ type: native(name), descending: true });

describe('the published examples', () => {
  test.each<[NativeName, string, string]>([
    ['int', '00 00 00 01', '80 00 00 01'],
    ['smallint', 'FF FF', '7F FF'],
    ['tinyint', '00', '80'],
    ['tinyint', 'FE', '7E'],
    ['int', '7F FF FF FF', 'FF FF FF FF'],
    ['timestamp', '80 00 00 00 00 00 00 00', '00 00 00 00 00 00 00 00'],
    ['bigint', '00 00 00 00 00 00 00 01', '81'],
    ['bigint', 'FF FF FF FF FF FF FF FF', '7F'],
    ['bigint', '00 00 00 00 00 00 00 00', '80'],
    ['bigint', '00 00 00 00 00 00 00 3F', 'BF'],
    ['bigint', 'FF FF FF FF FF FF FF C0', '40'],
    ['bigint', '00 00 00 00 00 00 00 40', 'C0 40'],
    ['bigint', 'FF FF FF FF FF FF FF BF', '3F BF'],
    ['bigint', '00 00 00 00 00 00 1F FF', 'DF FF'],
    ['bigint', '00 00 00 00 00 00 20 00', 'E0 20 00'],
    ['bigint', '00 00 00 00 7F FF FF FF', 'F8 7F FF FF FF'],
    ['bigint', '80 00 00 00 00 00 00 00', '00 00 00 00 00 00 00 00 00'],
    ['float', '3F 80 00 00', 'BF 80 00 00'],
    ['float', '00 00 00 00', '80 00 00 00'],
    ['float', '80 00 00 00', '7F FF FF FF'],
    ['float', 'BF 80 00 00', '40 7F FF FF'],
    ['double', '3F F0 00 00 00 00 00 00', 'BF F0 00 00 00 00 00 00'],
    ['double', '7F F0 00 00 00 00 00 00', 'FF F0 00 00 00 00 00 00'],
    ['double', 'FF F0 00 00 00 00 00 00', '00 0F FF FF FF FF FF FF'],
    ['double', '7F F8 00 00 00 00 00 00', 'FF F8 00 00 00 00 00 00'],
    ['uuid', 'cc520882950744fb8fc9b349ecdee658', '4cc52088295074fb8fc9b349ecdee658'],
    ['uuid', '2a92d750d8dc11e6a2decf8ecd4cf053', '11e6d8dc2a92d750a2decf8ecd4cf053'],
    ['blob', '22 00', '22 00 FE'],
    ['blob', '22 00 00 33', '22 00 FE FF 33 00'],
    ['blob', '22 00 11', '22 00 FF 11 00'],
    ['varint', '00', '80'],
    ['varint', '01', '81'],
    ['varint', 'FF', '7F'],
    ['varint', '00 FF', 'C0 FF'],
    ['varint', 'FF 00', '3F 00'],
    ['varint', '01 00', 'C1 00'],
    ['varint', '01 00 00', 'E1 00 00'],
    ['varint', 'FF 00 00 00 00', '07 00 00 00 00'],
  ])('%s %s', (name, value, wanted) => expect(encoded(name, fromHex(value))).toBe(bytes(wanted)));

  test('varints of very many bytes', () => {
    expect(encoded('varint', encodeVarint(2n ** 1024n))).toBe(`ff7a01${'00'.repeat(128)}`);
    expect(encoded('varint', encodeVarint(-(2n ** 2048n)))).toBe(`007f06${'00'.repeat(256)}`);
  });

  test.each([
    ['1.1', 'C1·01·81 8A·00'],
    ['1', 'C1·01·81·00'],
    ['0.01', 'C0·81·00'],
    ['0', '80'],
    // The document has 81, against its own rule and the next lines.
    ['-0.01', '40·7F·00'],
    ['-1', '3F·FF·7F·00'],
    ['-1.1', '3F·FF·7E DA·00'],
    ['-98.9', '3F·FF·1D 8A·00'],
    ['-99', '3F·FF·1D·00'],
    ['-99.9', '3F·FF·1C 8A·00'],
    ['-8.1e2000', '3E·FC 17·77 DA·00'],
    ['-8.1e-2000', '42·03 E7·77 DA·00'],
    ['8.1e-2000', 'BE·FC 19·88 8A·00'],
    ['8.1e2000', 'C2·03 E9·88 8A·00'],
  ])('decimal %s', (text, wanted) => {
    expect(encoded('decimal', encodeDecimal(parseDecimal(text)!))).toBe(bytes(wanted));
  });

  const one = fromHex('00 01');
  test('sequences, nulls and bounds', () => {
    const parts = [asc('smallint'), asc('float')];
    expect(hex(encodeKey(parts, [one, fromHex('3F 80 00 00')]))).toBe(bytes('40·80 01·40·BF 80 00 00·38'));
    expect(hex(encodeKey(parts, [fromHex('FF FF'), undefined]))).toBe(bytes('40·7F FF·3E·38'));
    expect(hex(encodeKey(parts, [fromHex('00 00'), fromHex('FF 80 00 00')], 'before'))).toBe(
      bytes('40·80 00·40·00 7F FF FF·20'),
    );
    expect(hex(encodeKey(parts, [fromHex('80 00')], 'before'))).toBe(bytes('40·00 00·20'));
    expect(hex(encodeKey(parts, [undefined], 'after'))).toBe(bytes('3E·60'));
    expect(hex(encodeKey(parts, [], 'before'))).toBe('20');
    expect(hex(encodeKey(parts, [], 'after'))).toBe('60');
    expect(hex(encodeKey([asc('blob')], [fromHex('22 00')], 'before'))).toBe(bytes('40·22 00 FE·20'));
    expect(hex(encodeKey([asc('blob')], [fromHex('22 00 00')], 'after'))).toBe(bytes('40·22 00 FE FE·60'));
  });

  test('an empty value has a mark of its own, which descending order turns around', () => {
    expect(hex(encodeKey([asc('int')], [fromHex('')]))).toBe('3f38');
    expect(hex(encodeKey([desc('int')], [fromHex('')]))).toBe('4138');
    expect(hex(encodeKey([asc('text')], [fromHex('')]))).toBe('400038');
    expect(hex(encodeKey([desc('text')], [fromHex('')]))).toBe('40ff38');
    expect(hex(encodeKey([desc('int')], [undefined]))).toBe('3e38');
  });
});

/** What comes back: equal in order, and in bytes where the order tells all bytes apart. */
function expectSame(type: CqlType, left: Uint8Array, right: Uint8Array) {
  expect(() => validate(type, left)).not.toThrow();
  expect(compareValues(type, left, right)).toBe(0);
}

describe('for every type', () => {
  test('bytes are in the order of the values', () => {
    fc.assert(
      fc.property(typeAndValues, fc.boolean(), ([type, left, right], descending) => {
        const parts = [{ type, descending }];
        const order = Math.sign(Buffer.compare(encodeKey(parts, [left]), encodeKey(parts, [right])));
        const wanted = Math.sign(compareValues(type, left, right));
        expect(order).toBe(descending ? 0 - wanted : wanted);
      }),
      { numRuns: 3000 },
    );
  });

  test('values come back', () => {
    fc.assert(
      fc.property(typeAndValue, fc.boolean(), ([type, value], descending) => {
        const key = encodeKey([{ type, descending }], [value]);
        const decoded = decodeKey([{ type, descending }], key);
        expect(decoded).toMatchObject({ end: 'terminator', next: key.length });
        expectSame(type, decoded.values[0]!, value);
        expect(hex(encodeKey([{ type, descending }], decoded.values))).toBe(hex(key));
      }),
      { numRuns: 2000 },
    );
  });

  const lossless = fc.constantFrom<NativeName>(
    'bigint',
    'blob',
    'int',
    'text',
    'timeuuid',
    'timestamp',
    'uuid',
    'varint',
  );
  test('values of the commonest types come back byte for byte', () => {
    const both = lossless.chain((name) => fc.tuple(fc.constant(native(name)), arbitraryValue(native(name))));
    fc.assert(
      fc.property(both, ([type, value]) => {
        expect(hex(decodeComparable(type, encodeComparable(type, value)))).toBe(hex(value));
      }),
      { numRuns: 2000 },
    );
  });
});

test('keys of several values are in the order of the values, within and around what they begin with', () => {
  const part = fc.tuple(arbitraryType(1), fc.boolean()).map(([type, descending]) => ({ type, descending }));
  const world = fc.array(part, { minLength: 2, maxLength: 3 }).chain((parts) => {
    const value = ({ type }: KeyPart) =>
      fc.oneof(
        { weight: 6, arbitrary: arbitraryValue(type) },
        { weight: 1, arbitrary: fc.constant(fromHex('')) },
      );
    const key = fc.tuple(...parts.map(value));
    return fc.tuple(fc.constant(parts), key, key, fc.boolean());
  });
  fc.assert(
    fc.property(world, ([parts, left, second, shared]) => {
      const right = shared ? [left[0]!, ...second.slice(1)] : second;
      let wanted = 0;
      for (const [index, { type, descending }] of parts.entries())
        wanted ||= compareValues(type, left[index]!, right[index]!) * (descending ? -1 : 1);
      expect(Math.sign(Buffer.compare(encodeKey(parts, left), encodeKey(parts, right)))).toBe(
        Math.sign(wanted) + 0,
      );
      const prefix = left.slice(0, 1);
      const begins = compareValues(parts[0]!.type, left[0]!, right[0]!) * (parts[0]!.descending ? -1 : 1);
      const bytesOfRight = encodeKey(parts, right);
      expect(Buffer.compare(encodeKey(parts, prefix, 'before'), bytesOfRight) < 0).toBe(begins <= 0);
      expect(Buffer.compare(encodeKey(parts, prefix, 'after'), bytesOfRight) > 0).toBe(begins >= 0);
    }),
    { numRuns: 1500 },
  );
});

test('equal decimals have one key, from which the scale does not come back', () => {
  const [short, long] = ['1', '1.0'].map((text) =>
    encodeComparable(native('decimal'), fromText('decimal', text)),
  );
  expect(hex(short)).toBe(hex(long));
  expect(hex(decodeComparable(native('decimal'), long!))).toBe(hex(fromText('decimal', '1')));
});

test.each(['', '40', '4080', '40800000', '4080000001', '5080000001', '3838'])(
  'malformed keys are refused: %s',
  (key) => {
    expect(() => {
      const { next } = decodeKey([asc('int')], fromHex(key));
      if (next < key.length / 2) throw new Error('something is left');
    }).toThrow();
  },
);
