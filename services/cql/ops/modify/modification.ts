/** A prepared INSERT, UPDATE or DELETE: what its execution writes. Behaviour: Apache Cassandra 4.0, `cql3.statements.ModificationStatement`. */
import type { Mutation, RangeTombstone, Row } from '../../engine/model.ts';
import { partitionEnd, partitionStart, type TableLayout } from '../../engine/order.ts';
import type { Slice, Soon } from '../../engine/storage.ts';
import type { TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import type { BoundValue, ColumnSpec, Executing, Need, Prepared, QueryOptions, Result } from '../api.ts';
import type { PreparedTerm } from '../terms/api.ts';
import type { PreparedCondition } from './conditions.ts';
import type { Before, TableEffects } from './effects.ts';
import { executeWrites } from './execute.ts';
import { executeConditional } from './execute-conditional.ts';
import type { KeyPlan } from './key-plan.ts';
import type { ListPaths } from './list-paths.ts';
import type { Operation } from './operations.ts';
import { rowAt } from './read-rows.ts';
import { RowWriter } from './row-writer.ts';
import { Stamp } from './stamp.ts';
import { boundTimestamp, type TimeToLive } from './using.ts';

type Values = readonly BoundValue[];

export type Conditions =
  | { readonly kind: 'none' | 'exists' | 'notExists' }
  | {
      readonly kind: 'columns';
      readonly regulars: readonly PreparedCondition[];
      readonly statics: readonly PreparedCondition[];
    };

export interface ModificationParts {
  readonly statement: 'INSERT' | 'UPDATE' | 'DELETE';
  readonly table: TableSchema;
  readonly layout: TableLayout;
  readonly plan: KeyPlan;
  readonly regulars: readonly Operation[];
  readonly statics: readonly Operation[];
  readonly conditions: Conditions;
  /** It changes and looks at static columns alone. */
  readonly isStatic: boolean;
  readonly timestamp: PreparedTerm | undefined;
  /** Undefined: what it writes stays. */
  readonly timeToLive: TimeToLive | undefined;
  readonly effects: TableEffects | undefined;
  /** Of list paths: list-paths.ts. */
  readonly place: Uint8Array;
  readonly variables: readonly ColumnSpec[];
  readonly partitionKeyMarkers: readonly number[];
  readonly needs: readonly Need[];
}

const noRows: readonly Row[] = [];
const noTombstones: readonly RangeTombstone[] = [];

export class Modification implements Prepared {
  readonly columns = undefined;
  readonly variables: readonly ColumnSpec[];
  readonly partitionKeyMarkers: readonly number[];
  readonly needs: readonly Need[];
  readonly parts: ModificationParts;
  readonly table: TableSchema;
  readonly isConditional: boolean;
  /** It is for rows: their clustering is given, or there is none. */
  readonly updatesRows: boolean;
  /** Some operation looks at the row as it was. */
  readonly needsRow: boolean;
  private readonly writesMarker: boolean;
  private readonly deletesWhole: boolean;

  constructor(parts: ModificationParts) {
    const { table, plan, statement } = parts;
    this.parts = parts;
    this.table = table;
    this.variables = parts.variables;
    this.partitionKeyMarkers = parts.partitionKeyMarkers;
    this.needs = parts.needs;
    this.isConditional = parts.conditions.kind !== 'none';
    this.updatesRows = table.clustering.length === 0 || plan.hasClustering;
    this.needsRow = [...parts.regulars, ...parts.statics].some(({ needsRow }) => needsRow);
    // A row of COMPACT STORAGE is there while its columns are; one that cannot have any is there by itself.
    this.writesMarker = statement === 'INSERT' && (!table.isCompact || table.regulars.length === 0);
    this.deletesWhole = statement === 'DELETE' && parts.regulars.length === 0 && parts.statics.length === 0;
  }

  execute(options: QueryOptions, executing: Executing): Soon<Result> {
    const writes = [{ statement: this, values: options.values }];
    if (this.isConditional) return executeConditional(writes, false, options, executing);
    return executeWrites(writes, undefined, options, executing);
  }

  /** @param given of the batch or of the request, unless the statement has its own. @param serverNow seconds since 1970 */
  stamp(values: Values, given: bigint, now: number, serverNow: number): Stamp {
    const { timestamp, timeToLive } = this.parts;
    const at = timestamp === undefined ? given : (boundTimestamp(timestamp, values) ?? given);
    return new Stamp(at, timeToLive === undefined ? 0 : timeToLive.bind(values, serverNow), now);
  }

  keys(values: Values): readonly Value[] {
    return this.parts.plan.keys(values);
  }

  /** Of the rows that it names. */
  clusterings(values: Values): readonly (readonly Value[])[] {
    return this.updatesRows && !this.parts.plan.isRange ? this.parts.plan.clusterings(values) : [];
  }

  /** What it deletes of rows that it does not name. */
  rangesToDelete(values: Values): readonly Slice[] {
    const { plan } = this.parts;
    if (!this.deletesWhole) return [];
    if (plan.isRange) return plan.slices(values);
    return this.updatesRows ? [] : [{ start: partitionStart, end: partitionEnd }];
  }

  /**
   * What is written to a partition.
   * @param before if `needsRow`
   * @returns undefined: nothing
   */
  mutation(
    key: Value,
    values: Values,
    stamp: Stamp,
    paths: ListPaths,
    before: Before | undefined,
  ): Mutation | undefined {
    if (this.deletesWhole) return this.wholeDeletion(key, values, stamp);
    const { statics, table } = this.parts;
    const rows = this.updatesRows ? this.rows(values, stamp, paths, before) : noRows;
    const fragment =
      statics.length === 0 ? undefined : this.row(statics, [], false, values, stamp, paths, before?.statics);
    if (rows.length === 0 && fragment === undefined) return undefined;
    return { table: table.id, key, deletion: undefined, statics: fragment, rows, tombstones: noTombstones };
  }

  private rows(values: Values, stamp: Stamp, paths: ListPaths, before: Before | undefined): readonly Row[] {
    const { regulars, layout, plan } = this.parts;
    const rows: Row[] = [];
    for (const clustering of plan.clusterings(values)) {
      const found = before === undefined ? undefined : rowAt(before.rows, clustering, layout);
      const row = this.row(regulars, clustering, this.writesMarker, values, stamp, paths, found);
      if (row !== undefined) rows.push(row);
    }
    return rows;
  }

  private row(
    operations: readonly Operation[],
    clustering: readonly Value[],
    isMarked: boolean,
    values: Values,
    stamp: Stamp,
    paths: ListPaths,
    found: Row | undefined,
  ): Row | undefined {
    const writer = new RowWriter(stamp, paths);
    for (const operation of operations) operation.apply(values, writer, found);
    const columns = writer.finish(this.parts.layout);
    if (!isMarked && columns.size === 0) return undefined;
    return { clustering, marker: isMarked ? stamp.marker : undefined, deletion: undefined, columns };
  }

  private wholeDeletion(key: Value, values: Values, stamp: Stamp): Mutation | undefined {
    const { table, plan } = this.parts;
    const { deletion } = stamp;
    const empty = { table: table.id, key, deletion: undefined, statics: undefined };
    if (plan.isRange) {
      const tombstones = plan.slices(values).map(({ start, end }) => ({ start, end, deletion }));
      return tombstones.length === 0 ? undefined : { ...empty, rows: noRows, tombstones };
    }
    if (!plan.hasClustering) return { ...empty, deletion, rows: noRows, tombstones: noTombstones };
    const rows = plan
      .clusterings(values)
      .map((clustering) => ({ clustering, marker: undefined, deletion, columns: new Map() }));
    return rows.length === 0 ? undefined : { ...empty, rows, tombstones: noTombstones };
  }
}
