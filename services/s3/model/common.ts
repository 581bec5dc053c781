/** Parts that rows of several tables share: entity tags, checksums, headers, names with values, blobs. */
import type { BlobRef, ChunkRef, DataRef } from '@hypergate/table';
import { type Checksum, type ChecksumAlgorithm, checksumAlgorithms } from '../engine/checksum.ts';
import type { ETag } from '../engine/etag.ts';
import type { NameValue, SystemHeaders } from '../engine/metadata.ts';
import { type BinaryReader, type BinaryWriter, CorruptRow } from './binary.ts';

export const blobIdBytes = 16;
export const md5Bytes = 16;
const dataKeyBytes = 32;
const chunkHashBytes = 33;
export const uploadIdBytes = 16;

export function writeEtag(out: BinaryWriter, etag: ETag): void {
  out.fixed(etag.md5);
  out.varint(etag.parts);
}

export function readEtag(input: BinaryReader): ETag {
  return { md5: input.fixed(md5Bytes), parts: input.varint() };
}

/** 0 for none, else the algorithm's place in the list + 1. */
export function algorithmNumber(algorithm: ChecksumAlgorithm | undefined): number {
  return algorithm === undefined
    ? 0
    : checksumAlgorithms.findIndex((facts) => facts.algorithm === algorithm) + 1;
}

export function algorithmOf(number: number): ChecksumAlgorithm | undefined {
  if (number === 0) return undefined;
  const facts = checksumAlgorithms[number - 1];
  if (facts === undefined) throw new CorruptRow(`checksum algorithm ${number} is unknown`);
  return facts.algorithm;
}

export function writeChecksum(out: BinaryWriter, checksum: Checksum | undefined): void {
  out.u8(algorithmNumber(checksum?.algorithm));
  if (checksum === undefined) return;
  out.u8(checksum.type === 'FULL_OBJECT' ? 0 : 1);
  out.varint(checksum.parts);
  out.bytes(checksum.value);
}

export function readChecksum(input: BinaryReader): Checksum | undefined {
  const algorithm = algorithmOf(input.u8());
  if (algorithm === undefined) return undefined;
  const type = input.u8();
  if (type > 1) throw new CorruptRow(`checksum type ${type} is unknown`);
  return {
    algorithm,
    type: type === 0 ? 'FULL_OBJECT' : 'COMPOSITE',
    parts: input.varint(),
    value: input.bytes(),
  };
}

export function writePairs(out: BinaryWriter, pairs: readonly NameValue[]): void {
  out.varint(pairs.length);
  for (const [name, value] of pairs) {
    out.text(name);
    out.text(value);
  }
}

export function readPairs(input: BinaryReader): NameValue[] {
  const count = input.varint();
  const pairs: NameValue[] = [];
  for (let i = 0; i < count; i += 1) pairs.push([input.text(), input.text()]);
  return pairs;
}

/** Place in the list + 1 is the stored number of the header: only ever append. */
const headerNames = [
  'contentType',
  'cacheControl',
  'contentDisposition',
  'contentEncoding',
  'contentLanguage',
  'expires',
  'websiteRedirectLocation',
] as const satisfies readonly (keyof SystemHeaders)[];

export function writeHeaders(out: BinaryWriter, headers: SystemHeaders): void {
  for (let i = 0; i < headerNames.length; i += 1) {
    const value = headers[headerNames[i]!];
    if (value === undefined) continue;
    out.u8(i + 1);
    out.text(value);
  }
  out.u8(0);
}

export function readHeaders(input: BinaryReader): SystemHeaders {
  const headers: { -readonly [Name in keyof SystemHeaders]: SystemHeaders[Name] } = {};
  let before = 0;
  for (;;) {
    const number = input.u8();
    if (number === 0) return headers;
    const name = headerNames[number - 1];
    if (name === undefined || number <= before)
      throw new CorruptRow(`header ${number} is unknown or out of order`);
    headers[name] = input.text();
    before = number;
  }
}

export function writeBlob(out: BinaryWriter, blob: BlobRef): void {
  if (blob.id.length !== blobIdBytes) throw new RangeError('a blob id has 16 bytes');
  out.fixed(blob.id);
  out.varint(blob.length);
  out.varint(blob.chunkBytes);
}

export function readBlob(input: BinaryReader): BlobRef {
  return { id: input.fixed(blobIdBytes), length: input.varint(), chunkBytes: input.varint() };
}

export function writeData(out: BinaryWriter, data: DataRef): void {
  if (data.key.length !== dataKeyBytes) throw new RangeError('a data key has 32 bytes');
  out.fixed(data.key);
  out.varint(data.length);
  writeChunk(out, data.chunk);
}

export function readData(input: BinaryReader): DataRef {
  return { key: input.fixed(dataKeyBytes), length: input.varint(), chunk: readChunk(input) };
}

export function writeChunk(out: BinaryWriter, chunk: ChunkRef): void {
  if (chunk.hash.length !== chunkHashBytes) throw new RangeError('the hash of a chunk has 33 bytes');
  out.fixed(chunk.hash);
  out.varint(chunk.length);
}

export function readChunk(input: BinaryReader): ChunkRef {
  return { hash: input.fixed(chunkHashBytes), length: input.varint() };
}
