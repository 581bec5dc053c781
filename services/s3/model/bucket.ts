/** A bucket in the registry: name -> owner, region, creation time and the address of its domain. Format v1. */
import type { RowFormat } from '@hypergate/table';
import type { Bytes } from '../engine/bytes.ts';
import { BinaryReader, BinaryWriter, CorruptRow } from './binary.ts';

export const domainAddressBytes = 32;

export interface BucketRow {
  readonly ownerAccountId: string;
  /** Canonical user id and display name of the owner when the bucket was made. */
  readonly ownerId: string;
  readonly ownerName: string;
  readonly region: string;
  readonly createdMs: number;
  /** Address of the bucket's domain, 32 bytes. */
  readonly address: Bytes;
}

export const bucketFormatV1: RowFormat<BucketRow> = {
  version: 1,
  encode(row) {
    const out = new BinaryWriter(192);
    out.text(row.ownerAccountId);
    out.text(row.ownerId);
    out.text(row.ownerName);
    out.text(row.region);
    out.varint(row.createdMs);
    out.fixed(row.address);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const row: BucketRow = {
      ownerAccountId: input.text(),
      ownerId: input.text(),
      ownerName: input.text(),
      region: input.text(),
      createdMs: input.varint(),
      address: input.fixed(domainAddressBytes),
    };
    input.end();
    return row;
  },
};

export interface BucketListing {
  readonly createdMs: number;
  readonly region: string;
}

const listingVersion = 1;

export function encodeBucketListing(row: BucketRow): Bytes {
  const out = new BinaryWriter(32);
  out.u8(listingVersion);
  out.varint(row.createdMs);
  out.text(row.region);
  return out.take();
}

export function decodeBucketListing(bytes: Bytes): BucketListing {
  const input = new BinaryReader(bytes);
  if (input.u8() !== listingVersion) throw new CorruptRow('the listing format is unknown');
  const listing = { createdMs: input.varint(), region: input.text() };
  input.end();
  return listing;
}
