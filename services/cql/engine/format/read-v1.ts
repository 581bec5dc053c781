/** Reads fragments of partitions in version 1 (write-v1.ts). Values are views of what is read. */
import { type ByteReader, FormatError } from '@hypergate/kit/bytes';
import type { Value } from '../../types/api.ts';
import { engineLimits } from '../limits.ts';
import type {
  ClusteringBound,
  ColumnData,
  ComplexCell,
  Deletion,
  PartitionData,
  PathCell,
  RangeTombstone,
  Row,
  RowMarker,
} from '../model.ts';
import { cellFlags, cellMasks, fragmentFlags, rowFlags } from './flags-v1.ts';
import { readBase, readSeconds, readTimestamp, type Stamp } from './stamps.ts';

const noColumns: ReadonlyMap<number, ColumnData> = new Map();
const noRows: readonly Row[] = [];
const noRanges: readonly RangeTombstone[] = [];

export function readFragment(reader: ByteReader, table: string, key: Value): PartitionData {
  const flags = checked(reader.u8(), fragmentFlags.all);
  const base = readBase(reader);
  return {
    table,
    key,
    deletion: flags & fragmentFlags.deletion ? readDeletion(reader, base) : undefined,
    statics: flags & fragmentFlags.statics ? readRow(reader, base) : undefined,
    rows: flags & fragmentFlags.rows ? readMany(reader, base, readRow) : noRows,
    tombstones: flags & fragmentFlags.tombstones ? readMany(reader, base, readRange) : noRanges,
  };
}

/** Every one takes bytes, so that a count without them fails at the end. */
function readMany<Item>(
  reader: ByteReader,
  base: Stamp,
  read: (reader: ByteReader, base: Stamp) => Item,
): Item[] {
  const items: Item[] = [];
  for (let left = reader.varint(); left > 0; left--) items.push(read(reader, base));
  return items;
}

export function readRow(reader: ByteReader, base: Stamp): Row {
  const flags = checked(reader.u8(), rowFlags.all);
  return {
    clustering: readValues(reader),
    marker: flags & rowFlags.marker ? readMarker(reader, flags, base) : undefined,
    deletion: flags & rowFlags.deletion ? readDeletion(reader, base) : undefined,
    columns: flags & rowFlags.columns ? readColumns(reader, base) : noColumns,
  };
}

function readMarker(reader: ByteReader, flags: number, base: Stamp): RowMarker {
  if ((flags & rowFlags.markerHasOwnStamp) === 0) {
    return { timestamp: base.timestamp, ttl: base.ttl, expiresAt: base.localTime };
  }
  return {
    timestamp: readTimestamp(reader, base.timestamp),
    ttl: reader.varint(),
    expiresAt: readSeconds(reader, base.localTime),
  };
}

function readColumns(reader: ByteReader, base: Stamp): Map<number, ColumnData> {
  const columns = new Map<number, ColumnData>();
  for (let left = reader.varint(); left > 0; left--) {
    const id = reader.varint();
    if (columns.has(id)) throw new FormatError('a column comes twice');
    columns.set(id, readColumn(reader, base));
  }
  return columns;
}

function readColumn(reader: ByteReader, base: Stamp): ColumnData {
  const flags = reader.u8();
  if (flags & cellFlags.complex) {
    checked(flags, cellMasks.complex);
    return { kind: 'complex', complex: readComplex(reader, flags, base) };
  }
  if (flags & cellFlags.counter) {
    checked(flags, cellMasks.counter);
    const timestamp = timeOf(reader, flags, base);
    return { kind: 'counter', counter: { timestamp, count: readTimestamp(reader, 0n) } };
  }
  checked(flags, cellMasks.cell);
  const timestamp = timeOf(reader, flags, base);
  const ttl = ttlOf(reader, flags, base);
  const localTime = localTimeOf(reader, flags, base);
  return { kind: 'cell', cell: { timestamp, value: cellValue(reader, flags), ttl, localTime } };
}

function readComplex(reader: ByteReader, flags: number, base: Stamp): ComplexCell {
  const deletion = flags & cellFlags.deletion ? readDeletion(reader, base) : undefined;
  return { deletion, cells: readMany(reader, base, readPathCell) };
}

function readPathCell(reader: ByteReader, base: Stamp): PathCell {
  const flags = checked(reader.u8(), cellMasks.cell);
  const path = reader.bytes();
  const timestamp = timeOf(reader, flags, base);
  const ttl = ttlOf(reader, flags, base);
  const localTime = localTimeOf(reader, flags, base);
  return { path, timestamp, value: cellValue(reader, flags), ttl, localTime };
}

function timeOf(reader: ByteReader, flags: number, base: Stamp): bigint {
  return flags & cellFlags.ownTime ? readTimestamp(reader, base.timestamp) : base.timestamp;
}

function ttlOf(reader: ByteReader, flags: number, base: Stamp): number {
  if (flags & cellFlags.ownExpiry) return reader.varint();
  return flags & cellFlags.baseExpiry ? base.ttl : 0;
}

function localTimeOf(reader: ByteReader, flags: number, base: Stamp): number {
  if (flags & cellFlags.ownExpiry) return readSeconds(reader, base.localTime);
  return flags & cellFlags.baseExpiry ? base.localTime : 0;
}

function cellValue(reader: ByteReader, flags: number): Value | undefined {
  return flags & cellFlags.tombstone ? undefined : reader.bytes();
}

function readDeletion(reader: ByteReader, base: Stamp): Deletion {
  return {
    timestamp: readTimestamp(reader, base.timestamp),
    localTime: readSeconds(reader, base.localTime),
  };
}

function readRange(reader: ByteReader, base: Stamp): RangeTombstone {
  return { start: readBound(reader), end: readBound(reader), deletion: readDeletion(reader, base) };
}

function readBound(reader: ByteReader): ClusteringBound {
  const side = checked(reader.u8(), 1) === 0 ? 'before' : 'after';
  return { prefix: readValues(reader), side };
}

function readValues(reader: ByteReader): Value[] {
  const values: Value[] = [];
  let left = reader.varint();
  if (left > engineLimits.clusteringMax) throw new FormatError('too many values of a clustering');
  for (; left > 0; left--) values.push(reader.bytes());
  return values;
}

function checked(flags: number, mask: number): number {
  if ((flags & ~mask) !== 0) throw new FormatError('unknown flags');
  return flags;
}
