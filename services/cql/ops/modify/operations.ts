/** What statements do to columns, once they are prepared: each writes its part into a row. Behaviour: Apache Cassandra 4.0, `cql3.Operation`. */
import { isCellLive } from '../../engine/liveness.ts';
import type { PathCell, Row } from '../../engine/model.ts';
import { invalid } from '../../errors.ts';
import type { ColumnSchema } from '../../schema/model.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { bytesOfInt16, int32At, int64At, noBytes } from '../../types/binary.ts';
import { listElements, mapEntries, setElements, tupleElements } from '../../types/collections.ts';
import { comparatorOf } from '../../types/compare.ts';
import type { BoundValue } from '../api.ts';
import type { PreparedTerm } from '../terms/api.ts';
import type { RowWriter } from './row-writer.ts';

type Values = readonly BoundValue[];

export interface Operation {
  readonly column: ColumnSchema;
  /** It looks at the row as it was. */
  readonly needsRow: boolean;
  /** @param row only if `needsRow`: undefined when there is none */
  apply(values: Values, writer: RowWriter, row: Row | undefined): void;
}

/** Of one that needs nothing but its values. */
function operation(column: ColumnSchema, apply: (values: Values, writer: RowWriter) => void): Operation {
  return { column, needsRow: false, apply };
}

/** A column of one cell. */
export class SetCell implements Operation {
  readonly column: ColumnSchema;
  readonly needsRow = false;
  private readonly id: number;
  private readonly term: PreparedTerm;

  constructor(column: ColumnSchema, term: PreparedTerm) {
    this.column = column;
    this.id = column.id;
    this.term = term;
  }

  apply(values: Values, writer: RowWriter): void {
    const value = this.term.bind(values);
    if (value !== 'unset') writer.set(this.id, value);
  }
}

export const fieldPath = (index: number): Value => bytesOfInt16(index);

/** Writes parts of a collection or user type in addition to those that are there. */
function addParts(type: CqlType, column: number, value: Value, writer: RowWriter): void {
  switch (type.kind) {
    case 'list':
      for (const element of listElements(value)) writer.setPart(column, writer.paths.append(), element);
      return;
    case 'set':
      for (const element of setElements(value)) writer.setPart(column, element, noBytes);
      return;
    case 'map': {
      const entries = mapEntries(value);
      for (let at = 0; at < entries.length; at += 2) writer.setPart(column, entries[at]!, entries[at + 1]!);
      return;
    }
    case 'udt':
      for (const [index, field] of tupleElements(value, type.fields.length).entries())
        if (field !== undefined) writer.setPart(column, fieldPath(index), field);
      return;
    default:
      throw new Error(`a column of type ${type.kind} has one cell`);
  }
}

/** All of a column of several cells: what was there goes. */
export function setParts(column: ColumnSchema, term: PreparedTerm): Operation {
  return operation(column, (values, writer) => {
    const value = term.bind(values);
    if (value === 'unset') return;
    writer.deleteParts(column.id, writer.stamp.deletionBefore);
    if (value !== null) addParts(column.type, column.id, value, writer);
  });
}

/** Appends to a list, adds to a set or map. */
export function addToCollection(column: ColumnSchema, term: PreparedTerm): Operation {
  return operation(column, (values, writer) => {
    const value = term.bind(values);
    if (value !== 'unset' && value !== null) addParts(column.type, column.id, value, writer);
  });
}

export function prependToList(column: ColumnSchema, term: PreparedTerm): Operation {
  return operation(column, (values, writer) => {
    const value = term.bind(values);
    if (value === 'unset' || value === null) return;
    for (const element of listElements(value).reverse())
      writer.setPart(column.id, writer.paths.prepend(), element);
  });
}

/** @param term a set: of elements of a set, or of keys of a map */
export function discardFromSet(column: ColumnSchema, term: PreparedTerm): Operation {
  return operation(column, (values, writer) => {
    const value = term.bind(values);
    if (value === 'unset' || value === null) return;
    for (const element of setElements(value)) writer.setPart(column.id, element, null);
  });
}

/** @param what of messages: `map key` */
function requirePath(bound: BoundValue, what: string): Value {
  if (bound === null) throw invalid(`Invalid null ${what}`);
  if (bound === 'unset') throw invalid(`Invalid unset ${what}`);
  return bound;
}

export function setMapEntry(column: ColumnSchema, key: PreparedTerm, term: PreparedTerm): Operation {
  return operation(column, (values, writer) => {
    const path = requirePath(key.bind(values), 'map key');
    const value = term.bind(values);
    if (value !== 'unset') writer.setPart(column.id, path, value);
  });
}

/** @param what `map key` or `set element` */
export function deleteElement(column: ColumnSchema, key: PreparedTerm, what: string): Operation {
  return operation(column, (values, writer) =>
    writer.setPart(column.id, requirePath(key.bind(values), what), null),
  );
}

export function setField(column: ColumnSchema, index: number, term: PreparedTerm): Operation {
  const path = fieldPath(index);
  return operation(column, (values, writer) => {
    const value = term.bind(values);
    if (value !== 'unset') writer.setPart(column.id, path, value);
  });
}

export function deleteField(column: ColumnSchema, index: number): Operation {
  const path = fieldPath(index);
  return operation(column, (_values, writer) => writer.setPart(column.id, path, null));
}

export function deleteColumn(column: ColumnSchema, isMultiCell: boolean): Operation {
  return operation(column, (_values, writer) => {
    if (isMultiCell) writer.deleteParts(column.id, writer.stamp.deletion);
    else writer.set(column.id, null);
  });
}

const leastCount = -(2n ** 63n);

export function changeCounter(column: ColumnSchema, term: PreparedTerm, isIncrement: boolean): Operation {
  const what = isIncrement ? 'increment' : 'decrement';
  return operation(column, (values, writer) => {
    const value = term.bind(values);
    if (value === 'unset') return;
    if (value === null || value.length === 0) throw invalid(`Invalid null value for counter ${what}`);
    const delta = int64At(value, 0);
    if (isIncrement) writer.count(column.id, delta);
    else if (delta === leastCount)
      throw invalid(
        `The negation of ${delta} overflows supported counter precision (signed 8 bytes integer)`,
      );
    else writer.count(column.id, -delta);
  });
}

/** Live cells of a list in their order. */
export function listCells(row: Row | undefined, column: number, now: number): readonly PathCell[] {
  const data = row?.columns.get(column);
  return data?.kind === 'complex' ? data.complex.cells.filter((cell) => isCellLive(cell, now)) : [];
}

function cellAt(cells: readonly PathCell[], index: Value, verb: string): PathCell {
  if (cells.length === 0) throw invalid(`Attempted to ${verb} a list which is null`);
  const at = index.length === 4 ? int32At(index, 0) : -1;
  const cell = cells[at];
  if (cell === undefined) throw invalid(`List index ${at} out of bound, list has size ${cells.length}`);
  return cell;
}

export function setListElement(column: ColumnSchema, index: PreparedTerm, term: PreparedTerm): Operation {
  return {
    column,
    needsRow: true,
    apply: (values, writer, row) => {
      const at = index.bind(values);
      const value = term.bind(values);
      if (at === null) throw invalid('Invalid null value for list index');
      if (at === 'unset') throw invalid('Invalid unset value for list index');
      const cells = listCells(row, column.id, writer.stamp.now);
      const { path } = cellAt(cells, at, 'set an element on');
      if (value !== 'unset') writer.setPart(column.id, path, value);
    },
  };
}

export function deleteListElement(column: ColumnSchema, index: PreparedTerm): Operation {
  return {
    column,
    needsRow: true,
    apply: (values, writer, row) => {
      const at = index.bind(values);
      if (at === null) throw invalid('Invalid null value for list index');
      if (at === 'unset') return;
      const cells = listCells(row, column.id, writer.stamp.now);
      writer.setPart(column.id, cellAt(cells, at, 'delete an element from').path, null);
    },
  };
}

/** Every element that is equal to one of the term's. */
export function discardFromList(column: ColumnSchema, element: CqlType, term: PreparedTerm): Operation {
  const compare = comparatorOf(element);
  return {
    column,
    needsRow: true,
    apply: (values, writer, row) => {
      const value = term.bind(values);
      if (value === null || value === 'unset') return;
      const gone = listElements(value);
      for (const cell of listCells(row, column.id, writer.stamp.now))
        if (gone.some((other) => compare(other, cell.value!) === 0))
          writer.setPart(column.id, cell.path, null);
    },
  };
}
