/** Damaged payloads with a right checksum are read or refused, and nothing else happens. */
import { FormatError } from '@hypergate/kit/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { RedisError } from '../engine/errors.ts';
import { expandLzf } from '../engine/rdb/lzf.ts';
import { readPayload, writePayload } from '../engine/rdb/payload.ts';
import { maxId, zeroId } from '../engine/types/stream-id.ts';
import type { StreamValue } from '../engine/types/stream-value.ts';
import {
  count,
  intset,
  listpack,
  lzf,
  payload,
  plainSource,
  plainTarget,
  sealed,
  serverPayloads,
  text,
  ziplist,
  zipmap,
} from './rdb-kit.ts';

const footerBytes = 10;
const bodies = [
  ...Object.values(serverPayloads).map((hex) => Buffer.from(hex, 'hex')),
  ...[
    payload([10, text(ziplist(['a', '1', '-70000', 'x'.repeat(300), 'b']))]),
    payload([14, count(2), text(ziplist(['a'])), lzf('abc', 9)]),
    payload([
      9,
      text(
        zipmap([
          ['f', 'v'],
          ['g', 'w'.repeat(260)],
        ]),
      ),
    ]),
    payload([11, text(intset([1n, 2n ** 40n], 8))]),
    payload([12, text(ziplist(['a', '1.5', 'b', '-3']))]),
    payload([20, text(listpack(['a', '5', 'c'.repeat(70)]))]),
  ].map((bytes) => Buffer.from(bytes, 'latin1')),
].map((bytes) => bytes.subarray(0, bytes.length - footerBytes));

const interesting = fc.constantFrom(
  0,
  1,
  0x0f,
  0x3f,
  0x40,
  0x7f,
  0x80,
  0x81,
  0xc0,
  0xc3,
  0xf0,
  0xf4,
  0xfe,
  0xff,
);
const change = fc.record({
  at: fc.nat(400),
  byte: fc.oneof(interesting, fc.nat(255)),
  kind: fc.constantFrom('set', 'set', 'set', 'insert', 'remove', 'cut'),
});

function damaged(body: Buffer, changes: readonly { at: number; byte: number; kind: string }[]): Buffer {
  let bytes = [...body];
  for (const { at, byte, kind } of changes) {
    const place = at % Math.max(bytes.length, 1);
    if (kind === 'set') bytes[place] = byte;
    else if (kind === 'insert') bytes.splice(place, 0, byte);
    else if (kind === 'remove') bytes.splice(place, 1);
    else bytes = bytes.slice(0, place + 1);
  }
  return Buffer.from([...bytes, 10, 0]);
}

test('a damaged payload is read or refused', () => {
  let read = 0;
  fc.assert(
    fc.property(
      fc.constantFrom(...bodies),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      (body, changes) => {
        try {
          const value = readPayload(sealed(damaged(body, changes)), plainTarget);
          read++;
          // What was read is whole: it can be walked and written.
          if (typeof value !== 'string' && value.type === 'stream') {
            const stream = value as StreamValue;
            expect(stream.range(zeroId, maxId, 0, false).length).toBe(stream.size);
            expect(stream.range(zeroId, maxId, 0, true).length).toBe(stream.size);
          }
          const written = writePayload(value, plainSource);
          expect(writePayload(readPayload(written, plainTarget), plainSource)).toBe(written);
        } catch (error) {
          if (!(error instanceof RedisError)) throw error;
          expect(error.message).toBe('ERR Bad data format');
        }
      },
    ),
    { numRuns: 20_000 },
  );
  expect(read).toBeGreaterThan(100);
});

test('damaged LZF expands to what was promised or is refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(200), (bytes, length) => {
      try {
        expect(expandLzf(Buffer.from(bytes), length).length).toBe(length);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
      }
    }),
    { numRuns: 5000 },
  );
});
