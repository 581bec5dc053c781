/**
 * How tables look from outside in system_schema. Those of COMPACT STORAGE show what their storage was made of: one without clustering
 * has its columns as statics beside a clustering column and a value that nobody named; one with clustering but without a value has one
 * of type `empty`.
 */

import { typeText } from '../types/type-text.ts';
import type { ColumnSchema, TableSchema } from './model.ts';
import { columnsOf } from './table.ts';

export interface ShownColumn extends Omit<ColumnSchema, 'id' | 'type'> {
  readonly typeText: string;
}

export function flagsOf(table: TableSchema): string[] {
  const flags = table.isCounter ? ['counter'] : [];
  if (!table.isCompact) return [...flags, 'compound'];
  if (table.clustering.length > 0) flags.push('dense');
  if (table.clustering.length > 1) flags.push('compound');
  return flags;
}

const shown = (column: ColumnSchema): ShownColumn => ({
  name: column.name,
  kind: column.kind,
  position: column.position,
  order: column.order,
  typeText: typeText(column.type),
});

export function columnsShown(table: TableSchema): ShownColumn[] {
  const columns = columnsOf(table).map(shown);
  if (!table.isCompact) return columns;
  if (table.clustering.length === 0)
    return [
      ...columns.map((column) =>
        column.kind === 'regular' ? { ...column, kind: 'static' as const } : column,
      ),
      hidden(table, 'column', 1, { kind: 'clustering', position: 0, order: 'asc', typeText: 'text' }),
      hidden(table, 'value', 0, {
        kind: 'regular',
        position: -1,
        order: 'none',
        typeText: table.isCounter ? 'counter' : 'blob',
      }),
    ];
  if (table.regulars.length > 0) return columns;
  return [
    ...columns,
    hidden(table, 'value', 0, { kind: 'regular', position: -1, order: 'none', typeText: 'empty' }),
  ];
}

/** Under the first name that is free: `column1`, `column2`…, and `value`, `value1`… */
function hidden(
  table: TableSchema,
  base: string,
  first: number,
  column: Omit<ShownColumn, 'name'>,
): ShownColumn {
  let number = first;
  const name = () => (number === 0 ? base : `${base}${number}`);
  while (table.columns.has(name())) number += 1;
  return { name: name(), ...column };
}
