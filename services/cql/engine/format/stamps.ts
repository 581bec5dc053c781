/**
 * Times in stored fragments. Nearly all times of one fragment are the same, so it begins with one stamp (time of writing, ttl, local
 * time), and what has another one says so by a flag and gives the difference: zigzag, LEB128, times of writing modulo 2^64.
 */
import { type ByteReader, type ByteWriter, FormatError } from '@hypergate/kit/bytes';

export interface Stamp {
  readonly timestamp: bigint;
  readonly ttl: number;
  readonly localTime: number;
}

/** How many bytes a LEB128 of 64 bits takes at most. */
const bytesMax = 10;

export function writeTimestamp(writer: ByteWriter, timestamp: bigint, base: bigint): void {
  const difference = BigInt.asIntN(64, timestamp - base);
  const near = Number(difference);
  if (near >= -0x3fff_ffff && near <= 0x3fff_ffff) {
    writer.varint(near < 0 ? -2 * near - 1 : 2 * near);
    return;
  }
  let left = BigInt.asUintN(64, difference < 0n ? -2n * difference - 1n : 2n * difference);
  while (left >= 0x80n) {
    writer.u8(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  writer.u8(Number(left));
}

export function readTimestamp(reader: ByteReader, base: bigint): bigint {
  let low = 0;
  for (let index = 0; index < 4; index++) {
    const byte = reader.u8();
    low |= (byte & 0x7f) << (7 * index);
    if (byte < 0x80) {
      if (low === 0) return base;
      return BigInt.asIntN(64, base + BigInt(low & 1 ? -((low + 1) / 2) : low / 2));
    }
  }
  let value = BigInt(low);
  for (let index = 4; index < bytesMax; index++) {
    const byte = reader.u8();
    value |= BigInt(byte & 0x7f) << BigInt(7 * index);
    if (byte >= 0x80) continue;
    if (value >= 1n << 64n) break;
    return BigInt.asIntN(64, base + (value & 1n ? -((value + 1n) / 2n) : value / 2n));
  }
  throw new FormatError('a time is too large');
}

/** Seconds: safe integers. */
export function writeSeconds(writer: ByteWriter, seconds: number, base: number): void {
  const difference = seconds - base;
  writer.varint(difference < 0 ? -2 * difference - 1 : 2 * difference);
}

export function readSeconds(reader: ByteReader, base: number): number {
  const zigzag = reader.varint();
  return base + (zigzag % 2 === 1 ? -((zigzag + 1) / 2) : zigzag / 2);
}

export function writeBase(writer: ByteWriter, stamp: Stamp): void {
  writer.i64(stamp.timestamp);
  writer.varint(stamp.ttl);
  writer.varint(stamp.localTime);
}

export function readBase(reader: ByteReader): Stamp {
  return { timestamp: reader.i64(), ttl: reader.varint(), localTime: reader.varint() };
}
