/** A bucket in the registry: name -> owner, region, creation time and the address of its domain. Format v2 adds versioning. */
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
  readonly versioning: Versioning;
}

/** `off`: never enabled. Once enabled, versioning can be suspended and not be taken back. */
export type Versioning = 'off' | 'enabled' | 'suspended';

/** Place in the list is the stored number: only ever append. */
const versionings = ['off', 'enabled', 'suspended'] as const satisfies readonly Versioning[];

export const bucketFormatV1: RowFormat<BucketRow> = {
  version: 1,
  encode(row) {
    if (row.versioning !== 'off') throw new RangeError('format v1 knows no versioning');
    const out = new BinaryWriter(192);
    writeFieldsV1(out, row);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const row: BucketRow = { ...readFieldsV1(input), versioning: 'off' };
    input.end();
    return row;
  },
};

export const bucketFormatV2: RowFormat<BucketRow> = {
  version: 2,
  encode(row) {
    const out = new BinaryWriter(192);
    writeFieldsV1(out, row);
    out.u8(versionings.indexOf(row.versioning));
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const fields = readFieldsV1(input);
    const versioning = versionings[input.u8()];
    if (versioning === undefined) throw new CorruptRow('the state of versioning is unknown');
    input.end();
    return { ...fields, versioning };
  },
};

function writeFieldsV1(out: BinaryWriter, row: BucketRow): void {
  out.text(row.ownerAccountId);
  out.text(row.ownerId);
  out.text(row.ownerName);
  out.text(row.region);
  out.varint(row.createdMs);
  out.fixed(row.address);
}

function readFieldsV1(input: BinaryReader): Omit<BucketRow, 'versioning'> {
  return {
    ownerAccountId: input.text(),
    ownerId: input.text(),
    ownerName: input.text(),
    region: input.text(),
    createdMs: input.varint(),
    address: input.fixed(domainAddressBytes),
  };
}

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
