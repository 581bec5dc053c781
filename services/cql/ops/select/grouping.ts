/** GROUP BY, and aggregates without it: which rows belong together, and what becomes of them. */
import { invalid } from '../../errors.ts';
import type { Selector } from '../../parser/ast.ts';
import { printSelector } from '../../parser/print.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import { type Compare, comparatorOf } from '../../types/compare.ts';
import type { BoundValue } from '../api.ts';
import type { Accumulator } from '../terms/api.ts';
import { existingColumn } from '../terms/column-selectors.ts';
import type { CurrentRow } from './current-row.ts';
import type { ResultRow, Selection } from './selection.ts';
import type { StatementRestrictions } from './statement-restrictions.ts';

export interface Grouping {
  /** Everything is one group, which is there even without rows. */
  readonly isWhole: boolean;
  /** The first clustering columns, by which a partition's rows are parted. */
  readonly clustering: readonly ColumnSchema[];
}

const orderMessage =
  'Group by currently only support groups of columns following their declared order in the PRIMARY KEY';

function groupColumn(selector: Selector, table: TableSchema): ColumnSchema {
  const column = selector.kind === 'column' ? existingColumn(table, selector.name) : undefined;
  if (column?.kind !== 'partition_key' && column?.kind !== 'clustering')
    throw invalid(
      'Group by is currently only supported on the columns of the PRIMARY KEY, got ' +
        (column?.name ?? printSelector(selector)),
    );
  return column;
}

export function prepareGrouping(
  groupBy: readonly Selector[],
  isAggregate: boolean,
  isDistinct: boolean,
  restrictions: StatementRestrictions,
): Grouping | undefined {
  const { table } = restrictions;
  if (groupBy.length === 0) return isAggregate ? { isWhole: true, clustering: [] } : undefined;
  const keyColumns = [...table.partitionKey, ...table.clustering];
  let next = 0;
  for (const selector of groupBy) {
    const column = groupColumn(selector, table);
    for (;;) {
      const keyColumn = keyColumns[next++];
      if (keyColumn === undefined) throw invalid(orderMessage);
      if (keyColumn === column) break;
      if (!restrictions.isEqual(keyColumn)) throw invalid(orderMessage);
    }
  }
  if (next < table.partitionKey.length)
    throw invalid('Group by is not supported on only a part of the partition key');
  const clustering = keyColumns.slice(table.partitionKey.length, next);
  if (clustering.length > 0 && isDistinct)
    throw invalid('Grouping on clustering columns is not allowed for SELECT DISTINCT queries');
  return { isWhole: false, clustering };
}

/** The group that is open, if any. */
export class Groups {
  private readonly selection: Selection;
  private readonly values: readonly BoundValue[];
  private readonly orders: readonly Compare[];
  private states: Accumulator[] | undefined;
  /** Of the open group, or the last one. Undefined: of a partition without rows. */
  prefix: readonly Value[] | undefined;

  constructor(selection: Selection, grouping: Grouping, values: readonly BoundValue[]) {
    this.selection = selection;
    this.values = values;
    this.orders = grouping.clustering.map(({ type }) => comparatorOf(type));
  }

  get isOpen(): boolean {
    return this.states !== undefined;
  }

  /** Whether the row, of the same partition, begins another group. */
  isOther({ row }: CurrentRow): boolean {
    const { prefix, orders } = this;
    if (this.states === undefined || prefix === undefined || row === undefined) return false;
    return orders.some((compare, index) => {
      const [value, other] = [prefix[index], row.clustering[index]];
      // With COMPACT STORAGE a row may have fewer values.
      if (value === undefined || other === undefined) return value !== other;
      return compare(value, other) !== 0;
    });
  }

  add(row: CurrentRow): void {
    if (this.states === undefined) {
      this.states = this.open();
      this.prefix = row.row?.clustering.slice(0, this.orders.length);
    }
    for (const state of this.states) state.add(row);
  }

  private open(): Accumulator[] {
    return this.selection.selectors.map((selector) => selector.start(this.values));
  }

  close(): ResultRow {
    const states = this.states ?? this.open();
    this.states = undefined;
    return states.map((state) => state.result());
  }
}
