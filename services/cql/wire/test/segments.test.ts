/** Bytes made by the segment codec of Debian's python driver, which the specification's authors maintain. */
import { expect, test } from 'vitest';
import { ByteQueue } from '../byte-queue.ts';
import { crc24 } from '../checksums.ts';
import { SegmentReader } from '../segment-reader.ts';
import { segmentsOf } from '../segments.ts';

const counting = Buffer.from(Array.from({ length: 20 }, (_, i) => i));
const plain = '140002adc429000102030405060708090a0b0c0d0e0f10111213c69200c0';
const packed = '1500b8010456701bbf68797065726772617068200b00b9507261706820eb43203b';
const notWorthIt = '0300000004772283616263087a36c5';
const text = Buffer.from('hypergraph '.repeat(20));

function read(hex: string, isPacked: boolean): Buffer | undefined {
  const queue = new ByteQueue();
  queue.feed(Buffer.from(hex, 'hex'));
  return new SegmentReader(queue, isPacked).next()?.payload;
}

test('an outer frame that is not packed', () => {
  expect(read(plain, false)).toEqual(counting);
  expect(segmentsOf(counting, false).toString('hex')).toBe(plain);
});

test('a packed outer frame', () => {
  expect(read(packed, true)).toEqual(text);
  const own = segmentsOf(text, true);
  expect(own.length).toBeLessThan(text.length);
  expect(read(own.toString('hex'), true)).toEqual(text);
});

test('an outer frame of a packing connection that is not packed itself', () => {
  expect(read(notWorthIt, true)).toEqual(Buffer.from('abc'));
  expect(segmentsOf(Buffer.from('abc'), true).toString('hex')).toBe(notWorthIt);
});

test('a long frame is cut into several, none of which says to be whole', () => {
  const long = Buffer.alloc(300_000, 'long ');
  for (const isPacked of [false, true]) {
    const queue = new ByteQueue();
    queue.feed(segmentsOf(long, isPacked));
    const reader = new SegmentReader(queue, isPacked);
    const parts = [];
    for (let part = reader.next(); part !== undefined; part = reader.next()) parts.push(part);
    expect(parts.map(({ payload }) => payload.length)).toEqual([131_071, 131_071, 37_858]);
    expect(parts.some(({ isSelfContained }) => isSelfContained)).toBe(false);
    expect(Buffer.concat(parts.map(({ payload }) => payload)).equals(long)).toBe(true);
  }
});

test('CRC24 over nothing is its initial value', () => expect(crc24(counting, 0, 0)).toBe(0x875060));
