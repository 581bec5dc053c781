/**
 * Entries that a mutation of the base table brings about: a function of both alone, without reading. Nothing is taken away when a value is
 * overwritten; whoever reads checks entries against their row (search.ts). An entry has the times of the cell that it stands for, so
 * that versions of it are reconciled as those of the cell: if the cell has this value, the entry's marker has the cell's times.
 */
import type { Cell, ColumnData, Mutation, Row, RowMarker } from '../engine/model.ts';
import { invalid } from '../errors.ts';
import type { TableSchema } from '../schema/model.ts';
import { tableName } from '../schema/table.ts';
import type { Value } from '../types/api.ts';
import { decodePartitionKey } from '../types/partition-key.ts';
import { entryKey, type IndexTable, indexTablesOf, placeOf } from './index-table.ts';
import { indexLimits } from './limits.ts';

const none: readonly Mutation[] = [];
const noValue = new Uint8Array(0);

/** Of all indexes of the table. */
export function indexEntries(table: TableSchema, mutation: Mutation): readonly Mutation[] {
  if (table.indexes.length === 0) return none;
  const place = placeOf(mutation.key);
  return indexTablesOf(table).flatMap((index) => entriesOf(index, mutation, place));
}

/** Of one index. @param place of the mutation's partition */
export function entriesOf(index: IndexTable, mutation: Mutation, place = placeOf(mutation.key)): Mutation[] {
  const entries: Mutation[] = [];
  const add = (values: readonly Value[], row: Row) => {
    if (sizeOf(values) < indexLimits.valueBytes) entries.push(entry(index, entryKey(index, values), row));
  };
  switch (index.source.kind) {
    case 'partition key': {
      const timestamp = latestOf(mutation);
      if (timestamp === undefined) break;
      const parts = decodePartitionKey(mutation.key, index.base.partitionKey.length);
      add([parts[index.source.position]!], alive([place], { timestamp, ttl: 0, expiresAt: 0 }));
      break;
    }
    case 'clustering':
      for (const row of mutation.rows)
        add([row.clustering[index.source.position]!], mirrorOf(row, [place, ...row.clustering]));
      break;
    default:
      eachIndexed(index, mutation, (values, { timestamp, ttl, localTime }, row, path) => {
        const clustering = [place, ...row.clustering];
        if (path !== undefined) clustering.push(path);
        add(values, alive(clustering, { timestamp, ttl, expiresAt: localTime }));
      });
  }
  return entries;
}

/** @throws CqlError: a value is too large for an index */
export function checkIndexedValues(table: TableSchema, mutation: Mutation): void {
  for (const index of indexTablesOf(table)) {
    eachIndexed(index, mutation, (values) => {
      const size = sizeOf(values);
      if (size < indexLimits.valueBytes) return;
      throw invalid(
        `Cannot index value of size ${size} for index ${index.index.name} on ${tableName(table)}(${index.index.column}) ` +
          `(maximum allowed size=${indexLimits.valueBytes})`,
      );
    });
  }
}

type Visit = (values: readonly Value[], cell: Cell, row: Row, path: Value | undefined) => void;

/** Cells of values that an index is about, not of keys. */
function eachIndexed({ source }: IndexTable, { rows, statics }: Mutation, visit: Visit): void {
  if (source.kind !== 'cell' && source.kind !== 'elements') return;
  const about = source.isStatic ? (statics === undefined ? [] : [statics]) : rows;
  for (const row of about) {
    const data = row.columns.get(source.column.id);
    if (data?.kind === 'cell' && source.kind === 'cell') {
      if (data.cell.value !== undefined) visit([data.cell.value], data.cell, row, undefined);
    } else if (data?.kind === 'complex' && source.kind === 'elements') {
      const { kind } = source.column.type;
      for (const cell of data.complex.cells) {
        if (cell.value === undefined) continue;
        const values =
          source.of === 'entries'
            ? [cell.path, cell.value]
            : [source.of === 'keys' || kind === 'set' ? cell.path : cell.value];
        visit(values, cell, row, cell.path);
      }
    }
  }
}

function sizeOf(values: readonly Value[]): number {
  let size = 0;
  for (const value of values) size += value.length;
  return size;
}

function entry({ schema }: IndexTable, key: Value, row: Row): Mutation {
  return { table: schema.id, key, deletion: undefined, statics: undefined, rows: [row], tombstones: [] };
}

function alive(clustering: readonly Value[], marker: RowMarker): Row {
  return { clustering, marker, deletion: undefined, columns: new Map() };
}

/** What makes a row alive or dead, without its values. */
function mirrorOf(row: Row, clustering: readonly Value[]): Row {
  const columns = new Map<number, ColumnData>();
  for (const [id, data] of row.columns) {
    if (data.kind === 'cell') columns.set(id, { kind: 'cell', cell: withoutValue(data.cell) });
    else if (data.kind === 'complex')
      columns.set(id, {
        kind: 'complex',
        complex: { deletion: data.complex.deletion, cells: data.complex.cells.map(withoutValue) },
      });
  }
  return { clustering, marker: row.marker, deletion: row.deletion, columns };
}

function withoutValue<Kind extends Cell>(cell: Kind): Kind {
  return cell.value === undefined ? cell : { ...cell, value: noValue };
}

/** The latest time at which the mutation writes a value; undefined if it only deletes. */
function latestOf({ statics, rows }: Mutation): bigint | undefined {
  let latest: bigint | undefined;
  const see = (timestamp: bigint) => {
    if (latest === undefined || timestamp > latest) latest = timestamp;
  };
  for (const row of statics === undefined ? rows : [statics, ...rows]) {
    if (row.marker !== undefined) see(row.marker.timestamp);
    for (const data of row.columns.values()) {
      if (data.kind === 'complex') {
        for (const cell of data.complex.cells) if (cell.value !== undefined) see(cell.timestamp);
      } else if (data.kind === 'cell' && data.cell.value !== undefined) see(data.cell.timestamp);
    }
  }
  return latest;
}
