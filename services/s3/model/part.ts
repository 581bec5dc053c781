/** One uploaded part: its bytes are always a blob, so that completing an upload moves none. Format v1. */
import type { BlobRef, RowFormat } from '@hypergate/table';
import type { Bytes } from '../engine/bytes.ts';
import type { Checksum } from '../engine/checksum.ts';
import { BinaryReader, BinaryWriter, CorruptRow } from './binary.ts';
import { md5Bytes, readBlob, readChecksum, writeBlob, writeChecksum } from './common.ts';

export interface PartRow {
  readonly modifiedMs: number;
  readonly md5: Bytes;
  /** In the upload's algorithm, or the service's default one. */
  readonly checksum: Checksum | undefined;
  /** Undefined for a part of no bytes. */
  readonly blob: BlobRef | undefined;
}

export function partSize(row: PartRow): number {
  return row.blob?.length ?? 0;
}

export const partFormatV1: RowFormat<PartRow> = {
  version: 1,
  encode(row) {
    const out = new BinaryWriter(128);
    out.varint(row.modifiedMs);
    out.fixed(row.md5);
    writeChecksum(out, row.checksum);
    out.u8(row.blob === undefined ? 0 : 1);
    if (row.blob !== undefined) writeBlob(out, row.blob);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const modifiedMs = input.varint();
    const md5 = input.fixed(md5Bytes);
    const checksum = readChecksum(input);
    const present = input.u8();
    if (present > 1) throw new CorruptRow('a part has a blob or none');
    const blob = present === 1 ? readBlob(input) : undefined;
    input.end();
    return { modifiedMs, md5, checksum, blob };
  },
};

export interface PartListing {
  readonly size: number;
  readonly modifiedMs: number;
  readonly md5: Bytes;
  readonly checksum: Checksum | undefined;
}

const listingVersion = 1;

export function encodePartListing(row: PartRow): Bytes {
  const out = new BinaryWriter(96);
  out.u8(listingVersion);
  out.varint(partSize(row));
  out.varint(row.modifiedMs);
  out.fixed(row.md5);
  writeChecksum(out, row.checksum);
  return out.take();
}

export function decodePartListing(bytes: Bytes): PartListing {
  const input = new BinaryReader(bytes);
  if (input.u8() !== listingVersion) throw new CorruptRow('the listing format is unknown');
  const listing: PartListing = {
    size: input.varint(),
    modifiedMs: input.varint(),
    md5: input.fixed(md5Bytes),
    checksum: readChecksum(input),
  };
  input.end();
  return listing;
}
