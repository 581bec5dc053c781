/** Columns in a selection, and when they were written or expire. */
import { invalid } from '../../errors.ts';
import type { Selector } from '../../parser/ast.ts';
import { printName } from '../../parser/print.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import { bytesOfInt32, bytesOfInt64 } from '../../types/binary.ts';
import { isMultiCell } from '../../types/type-shape.ts';
import { nativeType } from '../../types/type-text.ts';
import type { RowView } from './api.ts';
import { ColumnNode, TimeNode } from './nodes.ts';
import { type Selectable, type Selection, typed } from './selectable.ts';

type TimeSelector = Extract<Selector, { kind: 'writetime' | 'maxwritetime' | 'ttl' }>;

const int = nativeType('int')!;
const bigint = nativeType('bigint')!;

export function existingColumn(table: TableSchema, name: string): ColumnSchema {
  const column = table.columns.get(name);
  if (column === undefined)
    throw invalid(`Undefined column name ${printName(name)} in table ${table.keyspace}.${table.name}`);
  return column;
}

export function columnSelectable(name: string, { table, columns }: Selection): Selectable {
  const column = existingColumn(table, name);
  return typed(name, column.type, () => new ColumnNode(column, columns.slot(column)));
}

/** The column that a selector is, or is a part of. */
function columnWithin(selector: Selector, table: TableSchema): ColumnSchema {
  switch (selector.kind) {
    case 'column':
      return existingColumn(table, selector.name);
    case 'field':
    case 'element':
    case 'slice':
      return columnWithin(selector.operand, table);
    default:
      throw invalid('Times of writing and of expiry are those of columns');
  }
}

function checkColumn(kind: TimeSelector['kind'], selector: Selector, column: ColumnSchema): void {
  const shown = kind === 'writetime' ? 'writeTime' : kind;
  if (column.kind === 'partition_key' || column.kind === 'clustering')
    throw invalid(`Cannot use selection function ${shown} on PRIMARY KEY part ${column.name}`);
  if (!isMultiCell(column.type) || (kind === 'maxwritetime' && selector.kind === 'column')) return;
  const what = column.type.kind === 'udt' ? 'UDT' : 'collection';
  throw invalid(`Cannot use selection function ${shown} on non-frozen ${what} ${column.name}`);
}

/** @param text of the operand */
export function timeSelectable(
  { kind, operand }: TimeSelector,
  text: string,
  { table, columns }: Selection,
): Selectable {
  const column = columnWithin(operand, table);
  checkColumn(kind, operand, column);
  const name = `${kind}(${text})`;
  if (kind === 'ttl')
    return typed(name, int, () => {
      const slot = columns.slot(column);
      columns.noteTime('ttl');
      return new TimeNode(name, int, (row) => {
        const seconds = row.ttl(slot);
        return seconds === undefined ? undefined : bytesOfInt32(seconds);
      });
    });
  return typed(name, bigint, () => {
    const slot = columns.slot(column);
    columns.noteTime('writetime');
    const read = (row: RowView) => (kind === 'writetime' ? row.writetime(slot) : row.maxWritetime(slot));
    return new TimeNode(name, bigint, (row) => {
      const time = read(row);
      return time === undefined ? undefined : bytesOfInt64(time);
    });
  });
}
