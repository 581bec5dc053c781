/**
 * Records of rows and of partitions' heads, read by the verifier itself (services/cql/model/row-body.ts, services/cql/engine/format).
 * Runs in browsers.
 */
import { ProofRefused } from '@hypergate/node/verifier';
import { StoredReader } from '@hypergate/table/verify';
import { cellFlags, cellMasks, fragmentFlags, rowFlags } from '../engine/format/flags-v1.ts';
import type {
  Cell,
  ClusteringBound,
  ColumnData,
  Deletion,
  PathCell,
  RangeTombstone,
  Row,
  RowMarker,
} from '../engine/model.ts';
import { hexOf } from '../types/binary.ts';
import { verifyLimits } from './limits.ts';

export interface HeadFacts {
  readonly kind: 'head';
  /** Id of the table. */
  readonly table: string;
  readonly key: Uint8Array;
  readonly deletion: Deletion | undefined;
  readonly statics: Row | undefined;
  readonly tombstones: readonly RangeTombstone[];
}

export interface RecordFacts {
  readonly partitionKey: Uint8Array;
  readonly body: HeadFacts | { readonly kind: 'row'; readonly row: Row };
}

/** Times of writing, ttls and local times are mostly those with which a fragment begins. */
interface Stamp {
  readonly timestamp: bigint;
  readonly ttl: number;
  readonly localTime: number;
}

/** @throws ProofRefused, as all of these */
export function readRecord(rowVersion: number, bytes: Uint8Array): RecordFacts {
  const reader = new StoredReader(bytes, 'the record of the row');
  if (rowVersion !== 1) throw reader.fail('has a version that is not known');
  // When it is to be looked at again.
  reader.number();
  const partitionKey = reader.bytes();
  const body = readBody(readContent(reader, 'the row'));
  reader.end();
  return { partitionKey, body };
}

/** What stands in a record itself. @param what for errors */
export function readContent(reader: StoredReader, what: string): Uint8Array {
  const count = reader.number();
  const isWithin = count === 1 && reader.u8() === 0;
  if (!isWithin) throw new ProofRefused(`${what} is too large to be part of the document`);
  return reader.bytes();
}

function readBody(bytes: Uint8Array): RecordFacts['body'] {
  const reader = new StoredReader(bytes, 'the row');
  const kind = reader.u8();
  if (kind > 2) throw reader.fail('is of a kind that is not known');
  // Of counters: up to where the journal is in it.
  if (kind > 0) reader.number();
  const isHead = kind === 2;
  if (reader.u8() !== 1) throw reader.fail('has a version that is not known');
  const body: RecordFacts['body'] = isHead
    ? readHead(reader)
    : { kind: 'row', row: readRow(reader, readBase(reader)) };
  reader.end();
  return body;
}

function readHead(reader: StoredReader): HeadFacts {
  const table = hexOf(reader.raw(16));
  const key = reader.bytes();
  const flags = checked(reader, reader.u8(), fragmentFlags.all & ~fragmentFlags.rows);
  const base = readBase(reader);
  return {
    kind: 'head',
    table,
    key,
    deletion: flags & fragmentFlags.deletion ? readDeletion(reader, base) : undefined,
    statics: flags & fragmentFlags.statics ? readRow(reader, base) : undefined,
    tombstones: flags & fragmentFlags.tombstones ? reader.list(() => readRange(reader, base)) : [],
  };
}

function readBase(reader: StoredReader): Stamp {
  return { timestamp: reader.i64(), ttl: reader.number(), localTime: reader.number() };
}

function readRow(reader: StoredReader, base: Stamp): Row {
  const flags = checked(reader, reader.u8(), rowFlags.all);
  return {
    clustering: readValues(reader),
    marker: flags & rowFlags.marker ? readMarker(reader, flags, base) : undefined,
    deletion: flags & rowFlags.deletion ? readDeletion(reader, base) : undefined,
    columns: flags & rowFlags.columns ? readColumns(reader, base) : new Map(),
  };
}

function readMarker(reader: StoredReader, flags: number, base: Stamp): RowMarker {
  if ((flags & rowFlags.markerHasOwnStamp) === 0)
    return { timestamp: base.timestamp, ttl: base.ttl, expiresAt: base.localTime };
  return {
    timestamp: readTime(reader, base.timestamp),
    ttl: reader.number(),
    expiresAt: readSeconds(reader, base.localTime),
  };
}

function readColumns(reader: StoredReader, base: Stamp): Map<number, ColumnData> {
  const columns = new Map<number, ColumnData>();
  let left = reader.number();
  if (left > verifyLimits.columnsMax) throw reader.fail('has too many columns');
  for (; left > 0; left--) {
    const id = reader.number();
    if (columns.has(id)) throw reader.fail('has a column twice');
    columns.set(id, readColumn(reader, base));
  }
  return columns;
}

function readColumn(reader: StoredReader, base: Stamp): ColumnData {
  const flags = reader.u8();
  if (flags & cellFlags.complex) {
    checked(reader, flags, cellMasks.complex);
    const deletion = flags & cellFlags.deletion ? readDeletion(reader, base) : undefined;
    const cells = reader.list((): PathCell => {
      const cell = checked(reader, reader.u8(), cellMasks.cell);
      return { path: reader.bytes(), ...readCell(reader, cell, base) };
    });
    return { kind: 'complex', complex: { deletion, cells } };
  }
  if (flags & cellFlags.counter) {
    checked(reader, flags, cellMasks.counter);
    const timestamp = flags & cellFlags.ownTime ? readTime(reader, base.timestamp) : base.timestamp;
    return { kind: 'counter', counter: { timestamp, count: readTime(reader, 0n) } };
  }
  return { kind: 'cell', cell: readCell(reader, checked(reader, flags, cellMasks.cell), base) };
}

function readCell(reader: StoredReader, flags: number, base: Stamp): Cell {
  const timestamp = flags & cellFlags.ownTime ? readTime(reader, base.timestamp) : base.timestamp;
  const isBase = (flags & cellFlags.baseExpiry) !== 0;
  const isOwn = (flags & cellFlags.ownExpiry) !== 0;
  const ttl = isOwn ? reader.number() : isBase ? base.ttl : 0;
  const localTime = isOwn ? readSeconds(reader, base.localTime) : isBase ? base.localTime : 0;
  return { timestamp, value: flags & cellFlags.tombstone ? undefined : reader.bytes(), ttl, localTime };
}

function readDeletion(reader: StoredReader, base: Stamp): Deletion {
  return { timestamp: readTime(reader, base.timestamp), localTime: readSeconds(reader, base.localTime) };
}

function readRange(reader: StoredReader, base: Stamp): RangeTombstone {
  return { start: readBound(reader), end: readBound(reader), deletion: readDeletion(reader, base) };
}

function readBound(reader: StoredReader): ClusteringBound {
  const side = checked(reader, reader.u8(), 1) === 0 ? 'before' : 'after';
  return { prefix: readValues(reader), side };
}

function readValues(reader: StoredReader): Uint8Array[] {
  let left = reader.number();
  if (left > verifyLimits.clusteringMax) throw reader.fail('has too many values of a clustering');
  const values: Uint8Array[] = [];
  for (; left > 0; left--) values.push(reader.bytes());
  return values;
}

function readTime(reader: StoredReader, base: bigint): bigint {
  return BigInt.asIntN(64, base + reader.difference());
}

function readSeconds(reader: StoredReader, base: number): number {
  const zigzag = reader.number();
  return base + (zigzag % 2 === 1 ? -((zigzag + 1) / 2) : zigzag / 2);
}

function checked(reader: StoredReader, flags: number, mask: number): number {
  if ((flags & ~mask) !== 0) throw reader.fail('has flags that are not known');
  return flags;
}
