/** `SELECT columns … WHERE` the whole primary key is given: one row, read and shown without more objects than that takes. */
import type { Row } from '../../engine/model.ts';
import { isPromise } from '../../engine/soon.ts';
import type { PartitionCursor, Reader, Soon } from '../../engine/storage.ts';
import type { TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import type { BoundValue } from '../api.ts';
import { requireValue } from '../terms/bound.ts';
import { CurrentRow, isThere } from './current-row.ts';
import { partitionKeyOf } from './partition-keys.ts';
import type { EqualRestriction, Restriction } from './restriction.ts';
import type { RestrictionSet } from './restriction-set.ts';
import type { ResultRow, Selection } from './selection.ts';
import type { StatementRestrictions } from './statement-restrictions.ts';

const noRows: ResultRow[] = [];

function onlyEqual(set: RestrictionSet, count: number): readonly EqualRestriction[] | undefined {
  const all = [...set];
  const isSingle = (each: Restriction): each is EqualRestriction => each.kind === 'equal' && !each.isMulti;
  return all.length === count && all.every(isSingle) ? all : undefined;
}

function valuesOf(restrictions: readonly EqualRestriction[], bound: readonly BoundValue[]): Value[] {
  const values = new Array<Value>(restrictions.length);
  for (let index = 0; index < restrictions.length; index += 1) {
    const { columns, bind } = restrictions[index]!;
    values[index] = requireValue(bind(bound)[0]!, columns[0]!.name);
  }
  return values;
}

export class PointRead {
  private readonly table: TableSchema;
  private readonly selection: Selection;
  private readonly partition: readonly EqualRestriction[];
  private readonly clustering: readonly EqualRestriction[];

  private constructor(
    table: TableSchema,
    selection: Selection,
    partition: readonly EqualRestriction[],
    clustering: readonly EqualRestriction[],
  ) {
    this.table = table;
    this.selection = selection;
    this.partition = partition;
    this.clustering = clustering;
  }

  /** @returns undefined when the statement is not of this kind */
  static of(restrictions: StatementRestrictions, selection: Selection): PointRead | undefined {
    const { table } = restrictions;
    const partition = onlyEqual(restrictions.partition, table.partitionKey.length);
    const clustering = onlyEqual(restrictions.clustering, table.clustering.length);
    if (partition === undefined || clustering === undefined) return undefined;
    if (restrictions.token !== undefined || restrictions.usesIndex || restrictions.filtered.length > 0)
      return undefined;
    return new PointRead(table, selection, partition, clustering);
  }

  read(reader: Reader, bound: readonly BoundValue[], now: number): Soon<ResultRow[]> {
    const key = partitionKeyOf(valuesOf(this.partition, bound));
    const prefix = valuesOf(this.clustering, bound);
    const cursor = reader.read(this.table, key, {
      slices: [{ start: { prefix, side: 'before' }, end: { prefix, side: 'after' } }],
      rowsHint: 1,
    });
    if (isPromise(cursor)) return cursor.then((opened) => this.rowOf(opened, bound, now));
    return this.rowOf(cursor, bound, now);
  }

  private rowOf(
    cursor: PartitionCursor | undefined,
    bound: readonly BoundValue[],
    now: number,
  ): Soon<ResultRow[]> {
    if (cursor === undefined) return noRows;
    const row = cursor.next();
    if (isPromise(row)) return row.then((read) => this.shown(cursor, read, bound, now));
    return this.shown(cursor, row, bound, now);
  }

  private shown(
    cursor: PartitionCursor,
    row: Row | undefined,
    bound: readonly BoundValue[],
    now: number,
  ): ResultRow[] {
    if (row === undefined || !isThere(row, this.table, now)) return noRows;
    const { selectors, columns } = this.selection;
    const current = new CurrentRow(this.table, columns.columns, now);
    current.enter(cursor);
    current.row = row;
    const result = new Array<Value | undefined>(selectors.length);
    for (let index = 0; index < selectors.length; index += 1) {
      const selector = selectors[index]!;
      result[index] =
        selector.column === undefined ? selector.evaluate(current, bound) : current.valueOf(selector.column);
    }
    return [result];
  }
}
