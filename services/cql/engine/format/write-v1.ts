/** Writes fragments of partitions in version 1. The layout is the order of calls here; read-v1.ts reads it. */
import type { ByteWriter } from '@hypergate/kit/bytes';
import type { Value } from '../../types/api.ts';
import type {
  Cell,
  ClusteringBound,
  ColumnData,
  ComplexCell,
  Deletion,
  PartitionData,
  RangeTombstone,
  Row,
} from '../model.ts';
import { cellFlags, fragmentFlags, rowFlags } from './flags-v1.ts';
import { type Stamp, writeBase, writeSeconds, writeTimestamp } from './stamps.ts';

const noStamp: Stamp = { timestamp: 0n, ttl: 0, localTime: 0 };

/** The stamp that is likely to be the commonest. */
export function baseOf(fragment: PartitionData): Stamp {
  const row = fragment.rows[0] ?? fragment.statics;
  if (row !== undefined) return baseOfRow(row);
  const deletion = fragment.deletion ?? fragment.tombstones[0]?.deletion;
  return deletion === undefined ? noStamp : ofDeletion(deletion);
}

export function baseOfRow(row: Row): Stamp {
  const { marker } = row;
  if (marker !== undefined) {
    return { timestamp: marker.timestamp, ttl: marker.ttl, localTime: marker.expiresAt };
  }
  if (row.deletion !== undefined) return ofDeletion(row.deletion);
  for (const column of row.columns.values()) {
    if (column.kind === 'cell') return column.cell;
    if (column.kind === 'counter') return { timestamp: column.counter.timestamp, ttl: 0, localTime: 0 };
    const [cell] = column.complex.cells;
    if (cell !== undefined) return cell;
    if (column.complex.deletion !== undefined) return ofDeletion(column.complex.deletion);
  }
  return noStamp;
}

function ofDeletion(deletion: Deletion): Stamp {
  return { timestamp: deletion.timestamp, ttl: 0, localTime: deletion.localTime };
}

export function writeFragment(writer: ByteWriter, fragment: PartitionData): void {
  const { deletion, statics, rows, tombstones } = fragment;
  const base = baseOf(fragment);
  writer.u8(
    (deletion === undefined ? 0 : fragmentFlags.deletion) |
      (statics === undefined ? 0 : fragmentFlags.statics) |
      (rows.length === 0 ? 0 : fragmentFlags.rows) |
      (tombstones.length === 0 ? 0 : fragmentFlags.tombstones),
  );
  writeBase(writer, base);
  if (deletion !== undefined) writeDeletion(writer, deletion, base);
  if (statics !== undefined) writeRow(writer, statics, base);
  if (rows.length > 0) {
    writer.varint(rows.length);
    for (const row of rows) writeRow(writer, row, base);
  }
  if (tombstones.length > 0) {
    writer.varint(tombstones.length);
    for (const range of tombstones) writeRange(writer, range, base);
  }
}

export function writeRow(writer: ByteWriter, row: Row, base: Stamp): void {
  const { marker, deletion, columns } = row;
  const hasOwnStamp =
    marker !== undefined &&
    (marker.timestamp !== base.timestamp || marker.ttl !== base.ttl || marker.expiresAt !== base.localTime);
  writer.u8(
    (marker === undefined ? 0 : rowFlags.marker) |
      (hasOwnStamp ? rowFlags.markerHasOwnStamp : 0) |
      (deletion === undefined ? 0 : rowFlags.deletion) |
      (columns.size === 0 ? 0 : rowFlags.columns),
  );
  writeValues(writer, row.clustering);
  if (hasOwnStamp) {
    writeTimestamp(writer, marker.timestamp, base.timestamp);
    writer.varint(marker.ttl);
    writeSeconds(writer, marker.expiresAt, base.localTime);
  }
  if (deletion !== undefined) writeDeletion(writer, deletion, base);
  if (columns.size === 0) return;
  writer.varint(columns.size);
  for (const [id, column] of columns) {
    writer.varint(id);
    writeColumn(writer, column, base);
  }
}

function writeColumn(writer: ByteWriter, column: ColumnData, base: Stamp): void {
  if (column.kind === 'cell') writeCell(writer, column.cell, base, undefined);
  else if (column.kind === 'complex') writeComplex(writer, column.complex, base);
  else {
    const { timestamp, count } = column.counter;
    const hasOwnTime = timestamp !== base.timestamp;
    writer.u8(cellFlags.counter | (hasOwnTime ? cellFlags.ownTime : 0));
    if (hasOwnTime) writeTimestamp(writer, timestamp, base.timestamp);
    writeTimestamp(writer, count, 0n);
  }
}

function writeComplex(writer: ByteWriter, complex: ComplexCell, base: Stamp): void {
  writer.u8(cellFlags.complex | (complex.deletion === undefined ? 0 : cellFlags.deletion));
  if (complex.deletion !== undefined) writeDeletion(writer, complex.deletion, base);
  writer.varint(complex.cells.length);
  for (const cell of complex.cells) writeCell(writer, cell, base, cell.path);
}

function writeCell(writer: ByteWriter, cell: Cell, base: Stamp, path: Value | undefined): void {
  const hasOwnTime = cell.timestamp !== base.timestamp;
  const expiry =
    cell.ttl === 0 && cell.localTime === 0
      ? 0
      : cell.ttl === base.ttl && cell.localTime === base.localTime
        ? cellFlags.baseExpiry
        : cellFlags.ownExpiry;
  writer.u8(
    (cell.value === undefined ? cellFlags.tombstone : 0) | (hasOwnTime ? cellFlags.ownTime : 0) | expiry,
  );
  if (path !== undefined) writer.bytes(path);
  if (hasOwnTime) writeTimestamp(writer, cell.timestamp, base.timestamp);
  if (expiry === cellFlags.ownExpiry) {
    writer.varint(cell.ttl);
    writeSeconds(writer, cell.localTime, base.localTime);
  }
  if (cell.value !== undefined) writer.bytes(cell.value);
}

function writeDeletion(writer: ByteWriter, deletion: Deletion, base: Stamp): void {
  writeTimestamp(writer, deletion.timestamp, base.timestamp);
  writeSeconds(writer, deletion.localTime, base.localTime);
}

function writeRange(writer: ByteWriter, range: RangeTombstone, base: Stamp): void {
  writeBound(writer, range.start);
  writeBound(writer, range.end);
  writeDeletion(writer, range.deletion, base);
}

function writeBound(writer: ByteWriter, bound: ClusteringBound): void {
  writer.u8(bound.side === 'before' ? 0 : 1);
  writeValues(writer, bound.prefix);
}

function writeValues(writer: ByteWriter, values: readonly Value[]): void {
  writer.varint(values.length);
  for (const value of values) writer.bytes(value);
}
