/** A multipart upload under way: what the object will carry when the upload is completed. Format v2 adds who began it. */
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
  /** Undefined: nobody was noted (format v1), which stands for the bucket's owner. */
  readonly initiator: Initiator | undefined;
}

/** The caller that began an upload, as it was then. */
export interface Initiator {
  readonly accountId: string;
  readonly userId: string;
  readonly displayName: string;
}

/** Written before initiators were kept: the field was always empty. */
export const uploadFormatV1: RowFormat<UploadRow> = {
  version: 1,
  encode(row) {
    if (row.initiator !== undefined) throw new RangeError('format v1 knows no initiators');
    const out = new BinaryWriter(256);
    writeFields(out, row);
    out.text('');
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const fields = readFields(input);
    if (input.text() !== '') throw new CorruptRow('format v1 knows no initiators');
    input.end();
    return { ...fields, initiator: undefined };
  },
};

export const uploadFormatV2: RowFormat<UploadRow> = {
  version: 2,
  encode(row) {
    const out = new BinaryWriter(320);
    writeFields(out, row);
    writeInitiator(out, row.initiator);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const row: UploadRow = { ...readFields(input), initiator: readInitiator(input) };
    input.end();
    return row;
  },
};

type Fields = Omit<UploadRow, 'initiator'>;

function writeFields(out: BinaryWriter, row: Fields): void {
  writeShown(out, row);
  writeHeaders(out, row.headers);
  writePairs(out, row.metadata);
  writePairs(out, row.tags);
}

function readFields(input: BinaryReader): Fields {
  return {
    ...readShown(input),
    headers: readHeaders(input),
    metadata: readPairs(input),
    tags: readPairs(input),
  };
}

type Shown = Pick<UploadRow, 'initiatedMs' | 'storageClass' | 'checksumAlgorithm' | 'checksumType'>;

function writeShown(out: BinaryWriter, row: Shown): void {
  out.varint(row.initiatedMs);
  out.u8(storageClassNumber(row.storageClass));
  out.u8(algorithmNumber(row.checksumAlgorithm));
  out.u8(row.checksumType === 'COMPOSITE' ? 1 : 0);
}

function readShown(input: BinaryReader): Shown {
  return {
    initiatedMs: input.varint(),
    storageClass: storageClassOf(input.u8()),
    checksumAlgorithm: algorithmOf(input.u8()),
    checksumType: input.u8() === 1 ? 'COMPOSITE' : 'FULL_OBJECT',
  };
}

function writeInitiator(out: BinaryWriter, initiator: Initiator | undefined): void {
  out.u8(initiator === undefined ? 0 : 1);
  if (initiator === undefined) return;
  out.text(initiator.accountId);
  out.text(initiator.userId);
  out.text(initiator.displayName);
}

function readInitiator(input: BinaryReader): Initiator | undefined {
  const present = input.u8();
  if (present > 1) throw new CorruptRow('an upload has an initiator or none');
  if (present === 0) return undefined;
  return { accountId: input.text(), userId: input.text(), displayName: input.text() };
}

export type UploadListing = Shown & Pick<UploadRow, 'initiator'>;

const listingVersion = 2;

export function encodeUploadListing(row: UploadRow): Bytes {
  const out = new BinaryWriter(128);
  out.u8(listingVersion);
  writeShown(out, row);
  writeInitiator(out, row.initiator);
  return out.take();
}

/** Listings of format v1 are read as well. */
export function decodeUploadListing(bytes: Bytes): UploadListing {
  const input = new BinaryReader(bytes);
  const version = input.u8();
  if (version !== 1 && version !== listingVersion) throw new CorruptRow('the listing format is unknown');
  const shown = readShown(input);
  if (version === 1 && input.text() !== '') throw new CorruptRow('listings of format v1 know no initiators');
  const initiator = version === 1 ? undefined : readInitiator(input);
  input.end();
  return { ...shown, initiator };
}
