/** Writes LevelDB write-ahead files for tests: bit by bit, and by nothing that the product uses. */
import type { KvOperation } from '../kv.ts';

function crc32cBitwise(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

const masked = (crc: number): number => ((((crc >>> 15) | (crc << 17)) >>> 0) + 0xa282ead8) >>> 0;

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

/** The content of a record: what LevelDB applies as one batch. */
export function levelBatch(sequence: number, operations: readonly KvOperation[]): Buffer {
  const head = Buffer.alloc(12);
  head.writeBigUInt64LE(BigInt(sequence), 0);
  head.writeUInt32LE(operations.length, 8);
  const parts: Uint8Array[] = [head];
  for (const one of operations) {
    parts.push(Buffer.from([one.type === 'put' ? 1 : 0]), varint(one.key.length), one.key);
    if (one.type === 'put') parts.push(varint(one.value.length), one.value);
  }
  return Buffer.concat(parts);
}

/** A file of records, and where each ends. */
export function levelLog(records: readonly Buffer[]): { readonly bytes: Buffer; readonly ends: number[] } {
  const parts: Buffer[] = [];
  const ends: number[] = [];
  let at = 0;
  const push = (bytes: Buffer): void => {
    parts.push(bytes);
    at += bytes.length;
  };
  for (const record of records) {
    let rest = record;
    let begun = false;
    for (;;) {
      let room = 32768 - (at % 32768);
      if (room < 7) {
        push(Buffer.alloc(room));
        room = 32768;
      }
      const data = rest.subarray(0, room - 7);
      rest = rest.subarray(data.length);
      const done = rest.length === 0;
      const type = begun ? (done ? 4 : 3) : done ? 1 : 2;
      const body = Buffer.concat([Buffer.from([type]), data]);
      const header = Buffer.alloc(6);
      header.writeUInt32LE(masked(crc32cBitwise(body)), 0);
      header.writeUInt16LE(data.length, 4);
      push(Buffer.concat([header, body]));
      begun = true;
      if (done) break;
    }
    ends.push(at);
  }
  return { bytes: Buffer.concat(parts), ends };
}
