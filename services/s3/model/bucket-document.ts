/**
 * A configuration document of a bucket: what the bucket's own record has no room for. Format v1: time of the change, then
 * the content, whose first byte is a version of its own kind.
 */
import type { RecordKey, RowFormat, TableDefinition } from '@hypergate/table';
import { type Bytes, noBytes, utf8 } from '../engine/bytes.ts';
import type { NameValue } from '../engine/metadata.ts';
import { type ObjectOwnership, objectOwnerships } from '../engine/ownership.ts';
import { BinaryReader, BinaryWriter, CorruptRow } from './binary.ts';
import { readPairs, writePairs } from './common.ts';
import { notificationsDocument } from './notification.ts';

export interface BucketDocumentRow {
  readonly changedMs: number;
  /** See `DocumentKind`. */
  readonly content: Bytes;
}

export const bucketDocumentFormatV1: RowFormat<BucketDocumentRow> = {
  version: 1,
  encode(row) {
    const out = new BinaryWriter(row.content.length + 16);
    out.varint(row.changedMs);
    out.bytes(row.content);
    return out.take();
  },
  decode(bytes) {
    const input = new BinaryReader(bytes);
    const row = { changedMs: input.varint(), content: input.bytes() };
    input.end();
    return row;
  },
};

/** In the registry's domain. Partition: bucket name; key: the kind's name. Gone with the bucket, in its transaction. */
export const bucketDocumentsTable: TableDefinition<BucketDocumentRow> = {
  name: 's3.bucket-documents',
  description: 'Configuration documents of buckets: tags, ownership controls, event notifications',
  formats: [bucketDocumentFormatV1],
  index: () => noBytes,
};

/** One kind of document. Its name is part of the key: never renamed. */
export interface DocumentKind<Value> {
  readonly name: string;
  encode(value: Value): Bytes;
  decode(content: Bytes): Value;
}

const version = 1;

function reader(content: Bytes): BinaryReader {
  const input = new BinaryReader(content);
  if (input.u8() !== version) throw new CorruptRow('the version of a bucket document is unknown');
  return input;
}

export const tagsDocument: DocumentKind<readonly NameValue[]> = {
  name: 'tags',
  encode(tags) {
    const out = new BinaryWriter(256);
    out.u8(version);
    writePairs(out, tags);
    return out.take();
  },
  decode(content) {
    const input = reader(content);
    const tags = readPairs(input);
    input.end();
    return tags;
  },
};

/** `undefined`: the controls were deleted, which is not the same as never having been set. */
export const ownershipDocument: DocumentKind<ObjectOwnership | undefined> = {
  name: 'ownership',
  encode(ownership) {
    const number = ownership === undefined ? 0 : objectOwnerships.indexOf(ownership) + 1;
    return Uint8Array.of(version, number);
  },
  decode(content) {
    const input = reader(content);
    const number = input.u8();
    input.end();
    const ownership = number === 0 ? undefined : objectOwnerships[number - 1];
    if (number !== 0 && ownership === undefined) throw new CorruptRow('the object ownership is unknown');
    return ownership;
  },
};

/** Every kind there is: what removing a bucket has to look for. */
export const documentKinds: readonly Pick<DocumentKind<unknown>, 'name'>[] = [
  tagsDocument,
  ownershipDocument,
  notificationsDocument,
];

export function documentKey(bucket: string, kind: string): RecordKey {
  return { partition: utf8(bucket), sort: utf8(kind) };
}
