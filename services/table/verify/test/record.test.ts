import { ProofRefused } from '@hypergate/node/verifier';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeRecord } from '../../format/v1/record.ts';
import { addressInput, readRecord } from '../index.ts';

const name = fc.string({ unit: fc.constantFrom('a', 'z', '.', '-', '0'), minLength: 1, maxLength: 20 });
const bytes = fc.uint8Array({ maxLength: 30 }).map((value) => Uint8Array.from(value));
const contents = fc.record({
  table: name,
  key: fc.record({ partition: bytes, sort: bytes }),
  indexed: fc.boolean(),
  hasSecondaries: fc.boolean(),
  rowVersion: fc.integer({ min: 0, max: 0xffff }),
  projection: fc.option(bytes, { nil: undefined }),
  secondary: fc.array(fc.record({ index: name, partition: bytes, sort: bytes, projection: bytes }), {
    maxLength: 3,
  }),
  row: bytes,
});

test('records are read as they are written', () => {
  fc.assert(
    fc.property(contents, (content) => {
      const { table, key, rowVersion, row } = content;
      expect(readRecord(encodeRecord(content))).toEqual({ table, ...key, rowVersion, row });
    }),
  );
});

test('a record that is cut before its row is refused', () => {
  fc.assert(
    fc.property(contents, (content) => {
      const whole = encodeRecord(content);
      for (let length = 0; length < whole.length - content.row.length; length += 1) {
        expect(() => readRecord(whole.subarray(0, length))).toThrow(ProofRefused);
      }
    }),
    { numRuns: 30 },
  );
});

test('another version and unknown flags are refused', () => {
  const whole = encodeRecord({
    table: 't',
    key: { partition: Uint8Array.of(), sort: Uint8Array.of() },
    indexed: false,
    hasSecondaries: false,
    rowVersion: 1,
    projection: undefined,
    secondary: [],
    row: Uint8Array.of(1),
  });
  for (const [at, value] of [
    [0, 2],
    [1, 16],
  ] as const) {
    const bad = Uint8Array.from(whole);
    bad[at] = value;
    expect(() => readRecord(bad)).toThrow(ProofRefused);
  }
});

test('no two keys have one input of the address function', () => {
  fc.assert(
    fc.property(bytes, bytes, bytes, bytes, (a, b, c, d) => {
      const isSame = Buffer.compare(a, c) === 0 && Buffer.compare(b, d) === 0;
      expect(Buffer.compare(addressInput(a, b), addressInput(c, d)) === 0).toBe(isSame);
    }),
  );
  // A length beyond two bytes would wrap around and leave the key of a shorter partition.
  expect(() => addressInput(new Uint8Array(65_536), new Uint8Array(0))).toThrow('a partition is too long');
});
