/**
 * Work that must still be done behind a committed transaction: parts of a finished upload and blobs nobody names. The
 * record is written by the transaction that finished with them and removed by the last step, so a crash in between
 * leaves it to the next start. Format v2 adds the chunks.
 */
import type { BlobRef, ChunkRef, RowFormat } from '@hypergate/table';
import type { Bytes } from '../engine/bytes.ts';
import { BinaryReader, BinaryWriter } from './binary.ts';
import { domainAddressBytes } from './bucket.ts';
import { readBlob, readChunk, uploadIdBytes, writeBlob, writeChunk } from './common.ts';

export interface SweepRow {
  /** Domain of the bucket. */
  readonly address: Bytes;
  /** Upload whose part records go; empty for none. */
  readonly uploadId: Bytes;
  /** Bit n: the blob of part n belongs to the completed object and stays. */
  readonly keptParts: Bytes;
  /** Blobs that go. */
  readonly blobs: readonly BlobRef[];
  /** Held by this record until readers of a replaced object are done with them. */
  readonly chunks: readonly ChunkRef[];
}

export const sweepFormatV1: RowFormat<SweepRow> = {
  version: 1,
  encode(row) {
    if (row.chunks.length > 0) throw new RangeError('format v1 knows no chunks');
    const out = new BinaryWriter(estimate(row));
    writeFieldsV1(out, row);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const row = { ...readFieldsV1(input), chunks: [] };
    input.end();
    return row;
  },
};

export const sweepFormatV2: RowFormat<SweepRow> = {
  version: 2,
  encode(row) {
    const out = new BinaryWriter(estimate(row));
    writeFieldsV1(out, row);
    out.varint(row.chunks.length);
    for (const chunk of row.chunks) writeChunk(out, chunk);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const fields = readFieldsV1(input);
    const chunks: ChunkRef[] = [];
    const count = input.varint();
    for (let i = 0; i < count; i += 1) chunks.push(readChunk(input));
    input.end();
    return { ...fields, chunks };
  },
};

function estimate(row: SweepRow): number {
  return 128 + row.keptParts.length + row.blobs.length * 32 + row.chunks.length * 40;
}

function writeFieldsV1(out: BinaryWriter, row: SweepRow): void {
  if (row.uploadId.length !== 0 && row.uploadId.length !== uploadIdBytes)
    throw new RangeError('an upload id has 16 bytes');
  out.fixed(row.address);
  out.bytes(row.uploadId);
  out.bytes(row.keptParts);
  out.varint(row.blobs.length);
  for (const blob of row.blobs) writeBlob(out, blob);
}

function readFieldsV1(input: BinaryReader): Omit<SweepRow, 'chunks'> {
  const address = input.fixed(domainAddressBytes);
  const uploadId = input.bytes();
  const keptParts = input.bytes();
  const blobs: BlobRef[] = [];
  const count = input.varint();
  for (let i = 0; i < count; i += 1) blobs.push(readBlob(input));
  return { address, uploadId, keptParts, blobs };
}

/** Bits of the part numbers in a list, for `keptParts`. */
export function partBits(numbers: readonly number[]): Bytes {
  let highest = 0;
  for (const number of numbers) if (number > highest) highest = number;
  const bits = new Uint8Array(numbers.length === 0 ? 0 : (highest >> 3) + 1);
  for (const number of numbers) bits[number >> 3] = bits[number >> 3]! | (1 << (number & 7));
  return bits;
}

export function hasPartBit(bits: Bytes, number: number): boolean {
  return ((bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0;
}
