/**
 * Rows of tables as records: one of each row, and one of each partition (its head) for its static columns and deletions.
 *
 *   partition of the key = id of the table (16) ‖ generation (8) (model/tables.ts)
 *   sort of the key      = token (8, ordered) ‖ partition key ‖ (00: the head | clustering)
 *   partition key        = 40 ‖ its first 1024 bytes ‖ (38 | 48 ‖ SHA-256 of all of it (32), if there are more)
 *   row (version 1)      = due ‖ partition key ‖ pieces of the body (model/row-body.ts)
 *
 * Keys are in Cassandra's byte-comparable form, so that records stand in the order of tokens, and in each partition in that of the
 * clustering. A clustering that would be too long is cut and ends in a hash: such records stand together, and their rows tell their order.
 */
import { createHash } from 'node:crypto';
import {
  chunksOf,
  numberBytes,
  type Piece,
  type RecordKey,
  readPiecesRow,
  rowFormat,
  type SecondaryEntry,
  type TableDefinition,
  tableLimits,
  writePieces,
} from '@hypergate/table';
import type { ClusteringBound } from '../engine/model.ts';
import type { TableSchema } from '../schema/model.ts';
import type { NativeType, Value } from '../types/api.ts';
import { appendKey, type KeyPart } from '../types/byte-comparable.ts';
import { nativeOrders } from '../types/comparable-natives.ts';
import { ComparableSink, ComparableSource } from '../types/comparable-sink.ts';
import { orderedTokenBytes, putOrderedToken, tokenOfOrderedBytes } from '../types/token.ts';

/** Of records in which something can be purged at some time: by when that is. */
export const dueIndex = 'cql.due';

export interface RowRecord {
  /** Seconds since 1970; 0: never. */
  readonly due: number;
  /** As Cassandra serialises it. */
  readonly partitionKey: Buffer;
  readonly body: readonly Piece[];
}

/** Longer rows are not in the index as a whole, and read one by one. */
export const indexedBytesMax = 1024;

export const rowsTable: TableDefinition<RowRecord> = {
  name: 'cql.rows',
  description: 'Rows of CQL tables, and heads of their partitions',
  formats: [
    rowFormat(
      (to, row) => {
        to.varint(row.due);
        to.bytes(row.partitionKey);
        writePieces(to, row.body);
      },
      (from) => ({ due: from.varint(), partitionKey: Buffer.from(from.bytes()), body: readPiecesRow(from) }),
      ({ body }) =>
        512 + body.reduce((sum, piece) => sum + (piece.kind === 'inline' ? piece.bytes.length : 128), 0),
    ),
  ],
  index: ({ body }) => {
    const [piece] = body;
    return piece?.kind === 'inline' && piece.bytes.length <= indexedBytesMax ? piece.bytes : notIndexed;
  },
  secondary: ({ due }, { partition, sort }) =>
    due === 0
      ? noEntries
      : [
          {
            index: dueIndex,
            partition: none,
            sort: dueSort(due, partition, sort),
            projection: place(partition, sort),
          },
        ],
  chunks: ({ body }) => chunksOf(body),
};

const none = Buffer.alloc(0);
const noEntries: readonly SecondaryEntry[] = [];

function dueSort(due: number, partition: Uint8Array, sort: Uint8Array): Buffer {
  const hash = createHash('sha256').update(partition).update(sort).digest();
  return Buffer.concat([dueBytes(due), hash]);
}

/** What is due before sorts before it. @param due seconds since 1970 */
export function dueBytes(due: number): Buffer {
  return numberBytes(Math.max(0, Math.floor(due)));
}

/** Not in the partition of the entry, so that all that is due is found at one place. */
function place(partition: Uint8Array, sort: Uint8Array): Buffer {
  return Buffer.concat([partition, sort]);
}

/** The key of a record out of its entry in the index of what is due. */
export function keyOfDue(projection: Uint8Array): RecordKey {
  const bytes = idBytes + generationBytes;
  return { partition: projection.subarray(0, bytes), sort: projection.subarray(bytes) };
}

/** What the index has of a record that is read by itself. A body is never empty. */
const notIndexed = Buffer.alloc(0);

const tokenBytes = 8;
const idBytes = 16;
const generationBytes = 8;
const hashBytes = 32;
const headByte = 0x00;
/** Instead of the terminator: between it and every separator. */
const longKeyByte = 0x3a;
const plainKeyBytesMax = 1024;
const sortBytesMax = tableLimits.keyBytesMax - idBytes - generationBytes;
const cutBytes = sortBytesMax - hashBytes;
const behindHashes = Buffer.alloc(hashBytes + 1, 0xff);
/** Behind every record of a partition, before every other partition; of a token likewise. */
const behindAll = Buffer.of(0xff);
const tokenMax = 2n ** 63n - 1n;
const blob: NativeType = { kind: 'native', name: 'blob' };
const partitionParts: readonly KeyPart[] = [{ type: blob, descending: false }];

/** Of a table's clustering columns. */
export function clusteringParts({ clustering }: Pick<TableSchema, 'clustering'>): readonly KeyPart[] {
  return clustering.map(({ type, order }) => ({ type, descending: order === 'desc' }));
}

/** @param id of the table, as `TableSchema.id` */
export function rowsPartition(id: string, generation: number): Buffer {
  const bytes = Buffer.alloc(idBytes + generationBytes);
  bytes.write(id, 'hex');
  bytes.writeBigUInt64BE(BigInt(generation), idBytes);
  return bytes;
}

const sink = new ComparableSink();

function beginPartition(key: Value): void {
  sink.length = 0;
  sink.room(tokenBytes);
  putOrderedToken(key, sink.bytes, 0);
  sink.length = tokenBytes;
  if (key.length <= plainKeyBytesMax) appendKey(partitionParts, [key], 'terminator', sink);
  else {
    appendKey(partitionParts, [key.subarray(0, plainKeyBytesMax)], 'terminator', sink);
    sink.bytes[sink.length - 1] = longKeyByte;
    sink.append(createHash('sha256').update(key).digest());
  }
}

/** What all records of a partition begin with. */
export function partitionPrefix(key: Value): Uint8Array {
  beginPartition(key);
  return sink.take();
}

export function headSort(key: Value): Uint8Array {
  beginPartition(key);
  sink.u8(headByte);
  return sink.take();
}

export function rowSort(key: Value, parts: readonly KeyPart[], clustering: readonly Value[]): Uint8Array {
  beginPartition(key);
  appendKey(parts, clustering, 'terminator', sink);
  const sort = sink.take();
  if (sort.length <= cutBytes) return sort;
  return Buffer.concat([sort.subarray(0, cutBytes), createHash('sha256').update(sort).digest()]);
}

export function recordKey(partition: Buffer, sort: Uint8Array): RecordKey {
  return { partition, sort };
}

/** A place between rows of a partition. Where keys are cut it lies outside of those that it may separate. */
export function boundSort(
  key: Value,
  parts: readonly KeyPart[],
  { prefix, side }: ClusteringBound,
  isEnd: boolean,
): Uint8Array {
  beginPartition(key);
  appendKey(parts, prefix, side, sink);
  const sort = sink.take();
  if (sort.length <= cutBytes) return sort;
  return isEnd ? Buffer.concat([sort.subarray(0, cutBytes), behindHashes]) : sort.subarray(0, cutBytes);
}

/** Where records of a token begin, or what is behind them all. */
export function tokenSort(token: bigint, side: 'before' | 'after'): Uint8Array {
  if (side === 'before') return orderedTokenBytes(token);
  return token === tokenMax ? Buffer.alloc(tokenBytes + 1, 0xff) : orderedTokenBytes(token + 1n);
}

/** Behind all records whose keys begin so. */
export function behindPrefix(prefix: Uint8Array): Uint8Array {
  return Buffer.concat([prefix, behindAll]);
}

/** Whether the key was cut, so that its neighbours may be in another order than their rows. */
export function isCut(sort: Uint8Array): boolean {
  return sort.length > cutBytes;
}

/** Records with the same first bytes may be in another order. */
export function cutPrefix(sort: Uint8Array): Uint8Array {
  return sort.subarray(0, cutBytes);
}

export interface PartitionPlace {
  readonly token: bigint;
  /** Undefined when it is too long: the record has it. */
  readonly key: Value | undefined;
  /** Bytes of `sort` that the partition's records have in common. */
  readonly prefixBytes: number;
}

/** Of a record by its key. */
export function placeOf(sort: Uint8Array): PartitionPlace {
  const token = tokenOfOrderedBytes(sort);
  const source = new ComparableSource(sort, tokenBytes + 1);
  const key = nativeOrders.blob.decode(source);
  if (source.u8() === longKeyByte) return { token, key: undefined, prefixBytes: source.at + hashBytes };
  return { token, key, prefixBytes: source.at };
}

export function isHead(sort: Uint8Array, prefixBytes: number): boolean {
  return sort[prefixBytes] === headByte;
}
