/**
 * The payload of FUNCTION DUMP: for each library the byte 245 and its code as a string of an RDB file, then the version of the
 * format (2 bytes) and CRC-64 of all before (8 bytes), little endian. Strings are written plain and read plain or LZF-compressed.
 * Source: https://rdb.fnordig.de/file_format.html (string encoding) and the bytes of redis-server.
 */
import { Buffer } from 'node:buffer';
import '../../model/latin1.ts';
import { RedisError } from '../errors.ts';
import { crc64 } from './crc64.ts';

const libraryOpcode = 245;
/** Redis 7.0; later ones read it. */
const writtenVersion = 10;
const readVersionMax = 11;
const footerBytes = 10;
const compressedString = 0xc3;
/** Longest code that is unpacked. */
const codeBytesMax = 64 * 1024 * 1024;

const badPayload = new RedisError('ERR DUMP payload version or checksum are wrong');
const unreadable = new RedisError('ERR failed loading functions');

export function dumpLibraries(codes: Iterable<string>): string {
  const parts: Buffer[] = [];
  for (const code of codes) {
    parts.push(Buffer.of(libraryOpcode), lengthBytes(code.length), Buffer.from(code, 'latin1'));
  }
  parts.push(Buffer.of(writtenVersion, 0));
  const body = Buffer.concat(parts);
  const sum = Buffer.alloc(8);
  sum.writeBigUInt64LE(crc64(body));
  return body.latin1Slice() + sum.latin1Slice();
}

/** @throws RedisError */
export function readLibraries(payload: string): string[] {
  const bytes = Buffer.from(payload, 'latin1');
  const end = bytes.length - footerBytes;
  if (end < 0 || bytes.readUInt16LE(end) > readVersionMax) throw badPayload;
  const sum = bytes.readBigUInt64LE(end + 2);
  if (sum !== 0n && sum !== crc64(bytes.subarray(0, end + 2))) throw badPayload;
  const reader = new PayloadReader(bytes, end);
  const codes: string[] = [];
  while (!reader.done) {
    if (reader.byte() !== libraryOpcode) throw new RedisError('ERR given type is not a function');
    codes.push(reader.string());
  }
  return codes;
}

function lengthBytes(length: number): Buffer {
  if (length < 64) return Buffer.of(length);
  if (length < 16_384) return Buffer.of(0x40 | (length >> 8), length & 0xff);
  const bytes = Buffer.of(0x80, 0, 0, 0, 0);
  bytes.writeUInt32BE(length, 1);
  return bytes;
}

class PayloadReader {
  private readonly bytes: Buffer;
  private readonly end: number;
  private at = 0;

  constructor(bytes: Buffer, end: number) {
    this.bytes = bytes;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    return this.bytes[this.advance(1)]!;
  }

  string(): string {
    const first = this.byte();
    if (first === compressedString) {
      const packed = this.length(this.byte());
      const unpacked = this.length(this.byte());
      const from = this.advance(packed);
      if (unpacked > codeBytesMax) throw unreadable;
      return unpackLzf(this.bytes.subarray(from, from + packed), unpacked).latin1Slice();
    }
    const length = this.length(first);
    const from = this.advance(length);
    return this.bytes.latin1Slice(from, from + length);
  }

  private length(first: number): number {
    if (first < 0x40) return first;
    if (first < 0x80) return ((first & 0x3f) << 8) | this.byte();
    if (first === 0x80) return this.bytes.readUInt32BE(this.advance(4));
    throw unreadable;
  }

  private advance(length: number): number {
    const { at } = this;
    if (length > this.end - at) throw unreadable;
    this.at += length;
    return at;
  }
}

/** Literal runs (a byte below 32: its length - 1) and copies of what was written before (length in the top 3 bits). */
function unpackLzf(packed: Buffer, length: number): Buffer {
  const out = Buffer.alloc(length);
  let from = 0;
  let to = 0;
  const next = () => {
    if (from >= packed.length) throw unreadable;
    return packed[from++]!;
  };
  while (from < packed.length) {
    const control = next();
    if (control < 32) {
      const run = control + 1;
      if (from + run > packed.length || to + run > length) throw unreadable;
      packed.copy(out, to, from, from + run);
      from += run;
      to += run;
      continue;
    }
    let run = control >> 5;
    if (run === 7) run += next();
    const back = ((control & 31) << 8) + next() + 1;
    run += 2;
    if (back > to || to + run > length) throw unreadable;
    for (let i = 0; i < run; i++, to++) out[to] = out[to - back]!;
  }
  if (to !== length) throw unreadable;
  return out;
}
