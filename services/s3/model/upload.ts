/** A multipart upload under way: what the object will carry when the upload is completed. Format v1. */
import type { RowFormat } from '@hypergate/table';
import type { Bytes } from '../engine/bytes.ts';
import type { ChecksumAlgorithm, ChecksumType } from '../engine/checksum.ts';
import type { NameValue, SystemHeaders } from '../engine/metadata.ts';
import { type StorageClass, storageClassNumber, storageClassOf } from '../engine/storage-class.ts';
import { BinaryReader, BinaryWriter, CorruptRow } from './binary.ts';
import { algorithmNumber, algorithmOf, readHeaders, readPairs, writeHeaders, writePairs } from './common.ts';

export interface UploadRow {
  readonly initiatedMs: number;
  readonly storageClass: StorageClass;
  /** Asked for by the client; undefined leaves the default checksum to the service. */
  readonly checksumAlgorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: ChecksumType;
  readonly headers: SystemHeaders;
  readonly metadata: readonly NameValue[];
  readonly tags: readonly NameValue[];
  /** Account of the initiator; empty: the bucket's owner. */
  readonly initiator: string;
}

export const uploadFormatV1: RowFormat<UploadRow> = {
  version: 1,
  encode(row) {
    const out = new BinaryWriter(256);
    out.varint(row.initiatedMs);
    out.u8(storageClassNumber(row.storageClass));
    out.u8(algorithmNumber(row.checksumAlgorithm));
    out.u8(row.checksumType === 'COMPOSITE' ? 1 : 0);
    writeHeaders(out, row.headers);
    writePairs(out, row.metadata);
    writePairs(out, row.tags);
    out.text(row.initiator);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const row: UploadRow = {
      initiatedMs: input.varint(),
      storageClass: storageClassOf(input.u8()),
      checksumAlgorithm: algorithmOf(input.u8()),
      checksumType: input.u8() === 1 ? 'COMPOSITE' : 'FULL_OBJECT',
      headers: readHeaders(input),
      metadata: readPairs(input),
      tags: readPairs(input),
      initiator: input.text(),
    };
    input.end();
    return row;
  },
};

export type UploadListing = Pick<
  UploadRow,
  'initiatedMs' | 'storageClass' | 'checksumAlgorithm' | 'checksumType' | 'initiator'
>;

const listingVersion = 1;

export function encodeUploadListing(row: UploadRow): Bytes {
  const out = new BinaryWriter(48);
  out.u8(listingVersion);
  out.varint(row.initiatedMs);
  out.u8(storageClassNumber(row.storageClass));
  out.u8(algorithmNumber(row.checksumAlgorithm));
  out.u8(row.checksumType === 'COMPOSITE' ? 1 : 0);
  out.text(row.initiator);
  return out.take();
}

export function decodeUploadListing(bytes: Bytes): UploadListing {
  const input = new BinaryReader(bytes);
  if (input.u8() !== listingVersion) throw new CorruptRow('the listing format is unknown');
  const listing: UploadListing = {
    initiatedMs: input.varint(),
    storageClass: storageClassOf(input.u8()),
    checksumAlgorithm: algorithmOf(input.u8()),
    checksumType: input.u8() === 1 ? 'COMPOSITE' : 'FULL_OBJECT',
    initiator: input.text(),
  };
  input.end();
  return listing;
}
