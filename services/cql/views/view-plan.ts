/**
 * A view as a function of its base table. A row of the view is there exactly if the base row is there, passes the filter and has a value in
 * the one column of the view's key that may be no key column of the base. Its cells are the base's, with their times of writing and
 * ttls. It lives as long as the base row does: as long as that column's value if there is one; else as long as the row's marker
 * or any of its cells, also of those that the view does not show.
 */

import type { Cell, ColumnData, Row, RowMarker } from '../engine/model.ts';
import type { TableLayout } from '../engine/order.ts';
import { invalid } from '../errors.ts';
import type { Functions } from '../functions/api.ts';
import type { ColumnSchema, Schema, TableSchema } from '../schema/model.ts';
import { layoutOf } from '../store/layouts.ts';
import type { Value } from '../types/api.ts';
import { MarshalError } from '../types/marshal-error.ts';
import { encodePartitionKey } from '../types/partition-key.ts';
import { type ViewFilter, viewFilter } from './view-filter.ts';

export interface ViewRow {
  readonly key: Value;
  readonly clustering: readonly Value[];
  readonly marker: RowMarker | undefined;
  /** By the view's column ids. */
  readonly columns: ReadonlyMap<number, ColumnData>;
  /** Until when it can be alive. Undefined: it does not expire. */
  readonly expiry: { readonly ttl: number; readonly localTime: number } | undefined;
}

export interface ViewPlan {
  readonly view: TableSchema;
  readonly base: TableSchema;
  readonly baseLayout: TableLayout;
  readonly viewLayout: TableLayout;
  readonly filter: ViewFilter;
  /** Of the view's key, which is no key column of the base: its id there. */
  readonly keyColumn: number | undefined;
  readonly partition: readonly Part[];
  readonly clustering: readonly Part[];
  /** From the base's column ids to the view's. */
  readonly columns: ReadonlyMap<number, number>;
}

type Part = (partition: readonly Value[], clustering: readonly Value[], value: Value | undefined) => Value;

/** @throws CqlError: the view's condition makes no sense */
export function viewPlan(
  view: TableSchema,
  base: TableSchema,
  schema: Schema,
  functions: Functions,
): ViewPlan {
  const columnIn = ({ name }: ColumnSchema) => base.columns.get(name)!;
  const keyColumn = [...view.partitionKey, ...view.clustering]
    .map(columnIn)
    .find(({ kind }) => kind === 'regular');
  return {
    view,
    base,
    baseLayout: layoutOf(base),
    viewLayout: layoutOf(view),
    filter: viewFilter(view.view!.where, base, schema, functions),
    keyColumn: keyColumn?.id,
    partition: view.partitionKey.map((column) => partOf(columnIn(column))),
    clustering: view.clustering.map((column) => partOf(columnIn(column))),
    columns: new Map(view.regulars.map((column) => [columnIn(column).id, column.id])),
  };
}

function partOf({ kind, position }: ColumnSchema): Part {
  if (kind === 'partition_key') return (partition) => partition[position]!;
  if (kind === 'clustering') return (_partition, clustering) => clustering[position]!;
  return (_partition, _clustering, value) => value!;
}

/**
 * @param partition values of the base row's partition key
 * @param row of the base; what is deleted is left out of it
 * @param tooLong what to do with a row whose key in the view would be: it cannot be there
 * @returns undefined when the view has no such row, at no time
 * @throws CqlError: it is too long, and that is refused
 */
export function viewRowOf(
  plan: ViewPlan,
  partition: readonly Value[],
  row: Row | undefined,
  tooLong: 'skip' | 'refuse' = 'skip',
): ViewRow | undefined {
  if (row === undefined || !plan.filter(partition, row.clustering)) return undefined;
  const life = plan.keyColumn === undefined ? new Life() : undefined;
  let keyCell: Cell | undefined;
  if (plan.keyColumn !== undefined) {
    const data = row.columns.get(plan.keyColumn);
    keyCell = data?.kind === 'cell' && data.cell.value !== undefined ? data.cell : undefined;
    if (keyCell === undefined) return undefined;
  }
  life?.marker(row.marker);
  const columns = new Map<number, ColumnData>();
  const shown = new Life();
  for (const [id, data] of row.columns) {
    const values = valuesOf(data);
    if (values === undefined) continue;
    const to = plan.columns.get(id);
    if (to === undefined) life?.column(values);
    else {
      columns.set(to, values);
      shown.column(values);
    }
  }
  const marker = keyCell === undefined ? life!.longest : markerOf(keyCell);
  if (marker === undefined && columns.size === 0) return undefined;
  if (keyCell === undefined) shown.marker(marker);
  const longest = keyCell === undefined ? shown.longest! : marker!;
  const parts = (of: readonly Part[]) => of.map((part) => part(partition, row.clustering, keyCell?.value));
  const key = keyOf(parts(plan.partition), tooLong);
  if (key === undefined) return undefined;
  return {
    key,
    clustering: parts(plan.clustering),
    marker,
    columns,
    expiry: longest.ttl === 0 ? undefined : { ttl: longest.ttl, localTime: longest.expiresAt },
  };
}

function keyOf(values: readonly Value[], tooLong: 'skip' | 'refuse'): Value | undefined {
  try {
    return encodePartitionKey(values);
  } catch (error) {
    if (!(error instanceof MarshalError)) throw error;
    if (tooLong === 'refuse') throw invalid(error.message);
    return undefined;
  }
}

function markerOf({ timestamp, ttl, localTime }: Cell): RowMarker {
  return { timestamp, ttl, expiresAt: ttl === 0 ? 0 : localTime };
}

/** Without tombstones. */
function valuesOf(data: ColumnData): ColumnData | undefined {
  if (data.kind === 'cell') return data.cell.value === undefined ? undefined : data;
  if (data.kind === 'counter') return data;
  const cells = data.complex.cells.filter(({ value }) => value !== undefined);
  return cells.length === 0 ? undefined : { kind: 'complex', complex: { deletion: undefined, cells } };
}

/** What of several lives longest. */
class Life {
  longest: RowMarker | undefined = undefined;

  marker(marker: RowMarker | undefined): void {
    if (marker === undefined || this.longest?.ttl === 0) return;
    if (this.longest === undefined || marker.ttl === 0 || marker.expiresAt > this.longest.expiresAt)
      this.longest = marker;
  }

  column(data: ColumnData): void {
    if (data.kind === 'cell') this.marker(markerOf(data.cell));
    else if (data.kind === 'complex') for (const cell of data.complex.cells) this.marker(markerOf(cell));
  }
}
