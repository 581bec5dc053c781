/**
 * Rows, and what partitions have besides, that have grown so large that nothing more is added to them: a record has a largest size, and what did
 * not fit would keep everything behind it from being settled. Whoever settles knows how large they are; what is not settled yet is counted in
 * memory. Between the two limits and the largest record there is room for what is on its way.
 */
import type { Memtable } from '../engine/memtable.ts';
import type { ColumnData, Mutation, Row } from '../engine/model.ts';
import { sizeOfRow } from '../engine/sizes.ts';
import { CqlError, invalid } from '../errors.ts';
import { clusteringParts, headSort, rowSort } from '../model/rows.ts';
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import { storeLimits } from './limits.ts';

export class FullRows {
  /** By table, then by the sort key of the record. */
  readonly #full = new Map<string, Set<string>>();
  readonly #memtable: Memtable;

  constructor(memtable: Memtable) {
    this.#memtable = memtable;
  }

  /** How large the record of something is. */
  note(table: string, sort: Uint8Array, bytes: number): void {
    const names = this.#full.get(table);
    if (bytes > storeLimits.rowBytesMax) {
      if (names === undefined) this.#full.set(table, new Set([nameOf(sort)]));
      else names.add(nameOf(sort));
    } else if (names?.delete(nameOf(sort)) && names.size === 0) this.#full.delete(table);
  }

  /** Its rows are gone. */
  forget(table: string): void {
    this.#full.delete(table);
  }

  clear(): void {
    this.#full.clear();
  }

  /** Whether statements of so many bytes need to be looked at. */
  concerns(bytes: number): boolean {
    const { largeBytes, rowBytesMax } = storeLimits;
    return bytes >= largeBytes || this.#full.size > 0 || this.#memtable.largest > rowBytesMax / 2;
  }

  /** Why it may not be written. */
  refusal(table: TableSchema, { key, statics, rows, tombstones }: Mutation): CqlError | undefined {
    const names = this.#full.get(table.id);
    const partition = this.#memtable.partition(table.id, key);
    if (tombstones.length > 0 || (statics !== undefined && adds(statics))) {
      if (names?.has(nameOf(headSort(key)))) return tooLarge('partition');
      const added = statics === undefined ? 0 : sizeOfRow(statics);
      if ((partition?.headBytes ?? 0) + added > storeLimits.rowBytesMax) return tooMuch();
    }
    for (const row of rows) {
      if (!adds(row)) continue;
      if (names?.has(nameOf(rowSort(key, clusteringParts(table), row.clustering)))) return tooLarge('row');
      const bytes = partition?.row(row.clustering)?.bytes ?? 0;
      if (bytes + sizeOfRow(row) > storeLimits.rowBytesMax) return tooMuch();
    }
    return undefined;
  }
}

function adds({ columns }: Row): boolean {
  for (const column of columns.values()) if (hasValue(column)) return true;
  return false;
}

function hasValue(column: ColumnData): boolean {
  if (column.kind === 'cell') return column.cell.value !== undefined;
  return column.kind === 'complex' && column.complex.cells.some(({ value }) => value !== undefined);
}

function tooLarge(what: 'row' | 'partition'): CqlError {
  const of = what === 'row' ? 'The row' : 'What the partition has besides rows';
  return invalid(`${of} has more than ${storeLimits.rowBytesMax} bytes; nothing can be added to it`);
}

function tooMuch(): CqlError {
  return new CqlError('overloaded', 'too much of one row is not in records yet; try again');
}

function nameOf(sort: Value): string {
  return Buffer.from(sort.buffer, sort.byteOffset, sort.length).latin1Slice();
}
