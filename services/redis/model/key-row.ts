/**
 * The record of a key (version 1): what it held after a batch.
 *   row     = key ‖ type u8 ‖ expiry ‖ batch ‖ form u8 ‖ (form 0: length of the value ‖ pieces | form 1: segments)
 *   segments = generation ‖ version ‖ size ‖ head ‖ depth u8 ‖ refs
 *   refs    = number ‖ of each: id ‖ version ‖ segments ‖ elements ‖ bytes ‖ SHA-256 (32)
 * Numbers are LEB128; byte strings have their length in front.
 *
 * A large collection stands in rows of `redis.segments` (model/segment-rows.ts), which the record names by a tree: its refs
 * are those of the segments, or of pages of refs, and so on `depth` times. A ref binds what is below it by hash and counts.
 */
import { createHash } from 'node:crypto';
import { type ByteReader, ByteWriter, FormatError } from '@hypergate/kit/bytes';
import {
  chunksOf,
  numberBytes,
  type Piece,
  type RecordKey,
  readPiecesRow,
  rowFormat,
  type TableDefinition,
  writePieces,
} from '@hypergate/table';

export interface KeyRow {
  /** Whole name: the record's key is a hash of long ones. */
  readonly key: Buffer;
  readonly type: number;
  /** Milliseconds since 1970, 0: does not expire. */
  readonly expiresAt: number;
  readonly batch: number;
  readonly content: InlineValue | SegmentedValue;
}

export interface InlineValue {
  readonly form: 'inline';
  /** As the type stores it; of several rows when it is longer than `pieceRowBytesMax`. */
  readonly valueBytes: number;
  readonly pieces: readonly Piece[];
}

export interface SegmentedValue {
  readonly form: 'segments';
  /** In the keys of its rows: a value that takes the place of one that was removed has another. */
  readonly generation: number;
  /** Of the record; rows that were written with it have it too. */
  readonly version: number;
  /** Elements of the collection. */
  readonly size: number;
  /** What no segment holds. */
  readonly head: Buffer;
  readonly root: SegmentRoot;
}

export interface SegmentRoot {
  /** Levels of pages between these refs and segments. */
  readonly depth: number;
  /** In the order of ids. */
  readonly refs: readonly SegmentRef[];
}

/** A segment, or a page of refs, by the content of its row. */
export interface SegmentRef {
  /** Of a page: that of its first segment. */
  readonly id: number;
  /** Of the record that it was written with: the same id and another version is another row. */
  readonly version: number;
  /** At and below it: segments, elements, and bytes of the segments' contents. */
  readonly segments: number;
  readonly elements: number;
  readonly bytes: number;
  /** SHA-256 of the content. */
  readonly hash: Buffer;
}

const hashBytes = 32;
const depthMax = 8;

export function writeRefs(to: ByteWriter, refs: readonly SegmentRef[]): void {
  to.varint(refs.length);
  for (const { id, version, segments, elements, bytes, hash } of refs) {
    for (const number of [id, version, segments, elements, bytes]) to.varint(number);
    to.raw(hash);
  }
}

/** @throws FormatError */
export function readRefs(from: ByteReader): SegmentRef[] {
  return Array.from({ length: from.varint() }, () => ({
    id: from.varint(),
    version: from.varint(),
    segments: from.varint(),
    elements: from.varint(),
    bytes: from.varint(),
    hash: Buffer.from(from.raw(hashBytes)),
  }));
}

/** Content of a page. */
export function refsBytes(refs: readonly SegmentRef[]): Buffer {
  const to = new ByteWriter(refs.length * 64 + 8);
  writeRefs(to, refs);
  return to.take();
}

export function contentHash(content: Uint8Array): Buffer {
  return createHash('sha256').update(content).digest();
}

/** Key: database, and the key's name or its hash. */
export const keysTable: TableDefinition<KeyRow> = {
  name: 'redis.keys',
  description: 'Every key with its value, for proofs',
  formats: [
    rowFormat(
      (to, row) => {
        to.bytes(row.key);
        to.u8(row.type);
        to.varint(row.expiresAt);
        to.varint(row.batch);
        writeContent(to, row.content);
      },
      (from) => ({
        key: Buffer.from(from.bytes()),
        type: from.u8(),
        expiresAt: from.varint(),
        batch: from.varint(),
        content: readContent(from),
      }),
    ),
  ],
  chunks: ({ content }) => (content.form === 'inline' ? chunksOf(content.pieces) : []),
};

function writeContent(to: ByteWriter, content: InlineValue | SegmentedValue): void {
  if (content.form === 'inline') {
    to.u8(0);
    to.varint(content.valueBytes);
    writePieces(to, content.pieces);
    return;
  }
  to.u8(1);
  for (const number of [content.generation, content.version, content.size]) to.varint(number);
  to.bytes(content.head);
  to.u8(content.root.depth);
  writeRefs(to, content.root.refs);
}

function readContent(from: ByteReader): InlineValue | SegmentedValue {
  const form = from.u8();
  if (form === 0) return { form: 'inline', valueBytes: from.varint(), pieces: readPiecesRow(from) };
  if (form !== 1) throw new FormatError('a record in an unknown form');
  const generation = from.varint();
  const version = from.varint();
  const size = from.varint();
  const head = Buffer.from(from.bytes());
  const depth = from.u8();
  if (depth > depthMax) throw new FormatError('segments are too deep');
  return { form: 'segments', generation, version, size, head, root: { depth, refs: readRefs(from) } };
}

/** Longest name that is itself the record's key. */
const plainKeyBytesMax = 1024;

/** @param part 0 for the record, from 1 on for the further rows of a very long value */
export function keyRecordKey(database: number, key: Buffer, part = 0): RecordKey {
  const sort =
    key.length <= plainKeyBytesMax
      ? Buffer.concat([Buffer.of(0), key])
      : Buffer.concat([Buffer.of(1), createHash('sha256').update(key).digest()]);
  return {
    partition: part === 0 ? Buffer.of(database) : Buffer.concat([Buffer.of(database), numberBytes(part)]),
    sort,
  };
}
