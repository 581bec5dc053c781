import { ByteReader, ByteWriter, FormatError } from '@hypergate/kit/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mutation } from '../model.ts';
import { noTimestamp } from '../model.ts';
import { decodeMutation, decodeRow, encodeMutation, encodeRow } from '../mutation-codec.ts';
import { anyHistory, anyMutation } from './support/histories.ts';
import { byte, columnIds, table } from './support/table.ts';

function encode(mutation: Mutation): Buffer {
  const writer = new ByteWriter(16);
  encodeMutation(writer, mutation);
  return writer.take();
}

/** Views of buffers and arrays are the same here. */
const plain = (value: unknown): unknown => {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (value instanceof Map) return new Map([...value].map(([id, each]) => [id, plain(each)]));
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plain(each)]));
};

test('mutations and rows come back as they were, one behind the other', () => {
  fc.assert(
    fc.property(anyHistory, (history) => {
      const writer = new ByteWriter(16);
      for (const mutation of history) {
        encodeMutation(writer, mutation);
        for (const row of mutation.rows) encodeRow(writer, row);
      }
      const reader = new ByteReader(writer.take());
      for (const mutation of history) {
        expect(plain(decodeMutation(reader))).toEqual(plain(mutation));
        for (const row of mutation.rows) expect(plain(decodeRow(reader))).toEqual(plain(row));
      }
      expect(reader.done).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('times far apart come back, also at the ends of what there is', () => {
  const time = fc.oneof(
    fc.bigInt({ min: noTimestamp, max: 2n ** 63n - 1n }),
    fc.constantFrom(noTimestamp, 2n ** 63n - 1n),
  );
  const seconds = fc.integer({ min: 0, max: 2 ** 32 });
  fc.assert(
    fc.property(time, time, time, seconds, seconds, (first, second, third, one, other) => {
      const row = {
        clustering: [],
        marker: { timestamp: first, ttl: one, expiresAt: other },
        deletion: { timestamp: second, localTime: one },
        columns: new Map([[7, { kind: 'counter', counter: { timestamp: third, count: first } } as const]]),
      };
      const writer = new ByteWriter(16);
      encodeRow(writer, row);
      expect(decodeRow(new ByteReader(writer.take()))).toEqual(row);
    }),
    { numRuns: 500 },
  );
});

const golden: Mutation = {
  table: table.id,
  key: Uint8Array.of(0, 9),
  deletion: { timestamp: 999_999n, localTime: 500 },
  statics: {
    clustering: [],
    marker: undefined,
    deletion: undefined,
    columns: new Map([
      [columnIds.staticValue, { kind: 'counter', counter: { timestamp: 1_000_000n, count: -3n } }],
    ]),
  },
  rows: [
    {
      clustering: [byte(1), byte(2)],
      marker: { timestamp: 1_000_000n, ttl: 60, expiresAt: 560 },
      deletion: undefined,
      columns: new Map([
        [
          columnIds.first,
          { kind: 'cell', cell: { timestamp: 1_000_000n, value: byte(7), ttl: 60, localTime: 560 } },
        ],
        [
          columnIds.second,
          { kind: 'cell', cell: { timestamp: 1_000_001n, value: undefined, ttl: 0, localTime: 501 } },
        ],
        [
          columnIds.map,
          {
            kind: 'complex',
            complex: {
              deletion: { timestamp: 999_998n, localTime: 500 },
              cells: [{ path: byte(4), timestamp: 1_000_000n, value: byte(5), ttl: 0, localTime: 0 }],
            },
          },
        ],
      ]),
    },
  ],
  tombstones: [
    {
      start: { prefix: [byte(1)], side: 'after' },
      end: { prefix: [], side: 'after' },
      deletion: { timestamp: 1_000_000n, localTime: 500 },
    },
  ],
};

const goldenBytes =
  '01aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa0200090f40420f00000000003cb004017708000114020501090201010102030a1001070b2c0200750c410377010001040105010101010101000077';

test('the bytes of version 1 do not change', () => {
  expect(encode(golden).toString('hex')).toBe(goldenBytes);
  expect(plain(decodeMutation(new ByteReader(Buffer.from(goldenBytes, 'hex'))))).toEqual(plain(golden));
});

test('what is cut off is refused, wherever it is cut', () => {
  fc.assert(
    fc.property(anyMutation, (mutation) => {
      const bytes = encode(mutation);
      for (let length = 0; length < bytes.length; length++) {
        expect(() => decodeMutation(new ByteReader(bytes.subarray(0, length)))).toThrow(FormatError);
      }
    }),
    { numRuns: 100 },
  );
});

test('any bytes are either refused as malformed or read without more memory than they have', () => {
  fc.assert(
    fc.property(anyMutation, fc.nat(), fc.integer({ min: 0, max: 255 }), (mutation, place, changed) => {
      const bytes = encode(mutation);
      bytes[place % bytes.length] = changed;
      try {
        const read = decodeMutation(new ByteReader(bytes));
        expect(read.rows.length + read.tombstones.length).toBeLessThan(bytes.length);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
      }
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['another version', 0, 2],
  ['unknown flags of a fragment', 20, 0xff],
])('%s is refused', (_, at, value) => {
  const bytes = Buffer.from(goldenBytes, 'hex');
  bytes[at] = value;
  expect(() => decodeMutation(new ByteReader(bytes))).toThrow(FormatError);
});
