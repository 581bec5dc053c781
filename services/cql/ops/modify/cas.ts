/**
 * Conditional statements: conditions on rows of one partition, and what is written if they hold, in one step (`Storage.decide`).
 * Behaviour: Apache Cassandra 4.0, `cql3.statements.CQL3CasRequest`. Times of writing are the clock's, and later than anything that
 * the rows have had and than what hides them: what is written is what is read.
 */
import { isRowLive } from '../../engine/liveness.ts';
import type { Mutation, Row } from '../../engine/model.ts';
import type { TableLayout } from '../../engine/order.ts';
import type { Decision, Reader, Soon } from '../../engine/storage.ts';
import { invalid } from '../../errors.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import type { BoundValue, Executing, QueryOptions, RowsResult } from '../api.ts';
import { applied, refused } from './cas-result.ts';
import { keyText, MutationCollector } from './collect.ts';
import { columnIds } from './column-ids.ts';
import type { RowTest } from './conditions.ts';
import type { Before } from './effects.ts';
import { extended, secondsNow, type Write } from './execute.ts';
import { ListPaths } from './list-paths.ts';
import type { Modification } from './modification.ts';
import { NewestTime } from './newest-time.ts';
import { eachRow, joinSlices, pointSlice, readRows, rowAt } from './read-rows.ts';
import { after } from './soon.ts';

type RowCondition =
  | { readonly kind: 'exists' | 'notExists' }
  | { readonly kind: 'columns'; readonly tests: RowTest[] };

interface RowConditions {
  readonly clustering: readonly Value[];
  condition: RowCondition;
}

export class CasRequest {
  readonly table: TableSchema;
  readonly layout: TableLayout;
  private readonly key: Value;
  private readonly writes: readonly Write[];
  private readonly isBatch: boolean;
  private readonly now: number;
  private readonly serverNow: number;
  private readonly executing: Executing;
  private statics: RowCondition | undefined;
  private readonly rows = new Map<string, RowConditions>();
  /** Columns of conditions, as they come; undefined: all are shown. */
  private shown: ColumnSchema[] | undefined = [];

  constructor(
    key: Value,
    writes: readonly Write[],
    isBatch: boolean,
    options: QueryOptions,
    executing: Executing,
  ) {
    const { statement } = writes[0]!;
    this.table = statement.table;
    this.layout = statement.parts.layout;
    this.key = key;
    this.writes = writes;
    this.isBatch = isBatch;
    this.now = secondsNow(options, executing);
    this.serverNow = Math.floor(executing.now() / 1000);
    this.executing = executing;
    for (const write of writes) this.addConditions(write);
  }

  private addConditions({ statement, values }: Write): void {
    const { conditions, isStatic, plan } = statement.parts;
    if (conditions.kind === 'none') return;
    if (conditions.kind !== 'columns') {
      this.shown = undefined;
      if (isStatic && !plan.hasClustering) this.addStatic({ kind: conditions.kind });
      else this.addRow(plan.clusterings(values)[0]!, { kind: conditions.kind });
      return;
    }
    const { regulars, statics } = conditions;
    this.shown?.push(...[...regulars, ...statics].map(({ column }) => column));
    if (regulars.length > 0) this.addRow(plan.clusterings(values)[0]!, columnTests(regulars, values));
    if (statics.length > 0) this.addStatic(columnTests(statics, values));
  }

  private addStatic(condition: RowCondition): void {
    this.statics = this.statics === undefined ? condition : together(this.statics, condition);
  }

  private addRow(clustering: readonly Value[], condition: RowCondition): void {
    const text = clustering.map((value) => `${value.length}:${keyText(value)}`).join('');
    const known = this.rows.get(text);
    if (known === undefined) this.rows.set(text, { clustering, condition });
    else known.condition = together(known.condition, condition);
  }

  execute(): Promise<RowsResult> {
    return this.executing.storage.decide((reader) => this.decide(reader));
  }

  private decide(reader: Reader): Soon<Decision<RowsResult>> {
    const clusterings = [
      ...[...this.rows.values()].map(({ clustering }) => clustering),
      ...this.writes.flatMap(({ statement, values }) => statement.clusterings(values)),
    ];
    const slices = joinSlices(clusterings.map(pointSlice), this.layout);
    return after(readRows(reader, this.table, this.key, slices), (before) => {
      if (!this.holds(before)) return this.refuse(reader, before);
      const newest = new NewestTime();
      newest.seeBefore(before, clusterings);
      return after(this.seeDeleted(reader, newest), () => this.apply(reader, before, newest));
    });
  }

  /** Rows that are deleted with a range, so that they are; and what deletes them already. */
  private seeDeleted(reader: Reader, newest: NewestTime): Soon<void> {
    const ranges = this.writes.flatMap(({ statement, values }) => statement.rangesToDelete(values));
    if (ranges.length === 0) return;
    const slices = joinSlices(ranges, this.layout);
    return after(reader.read(this.table, this.key, { slices }), (opened) => {
      if (opened === undefined) return;
      for (const slice of slices) newest.see(opened.latestIn(slice)?.timestamp);
      return eachRow(opened, (row) => {
        newest.seeRow(row);
        return false;
      });
    });
  }

  private holds(before: Before): boolean {
    const { now } = this;
    if (this.statics !== undefined && !isMet(this.statics, live(before.statics, now, this.table), now))
      return false;
    for (const { clustering, condition } of this.rows.values())
      if (!isMet(condition, live(rowAt(before.rows, clustering, this.layout), now, this.table), now))
        return false;
    return true;
  }

  private apply(reader: Reader, before: Before, newest: NewestTime): Soon<Decision<RowsResult>> {
    const { clock } = this.executing;
    const timestamp = newest.orLater(clock.next());
    const paths = new ListPaths(clock, this.writes[0]!.statement.parts.place);
    const collector = new MutationCollector();
    const seen = { ...before, statics: live(before.statics, this.now, this.table) };
    for (const { statement, values } of this.writes) {
      // Also of statements in a batch that have a time of their own.
      const stamp = statement.stamp(values, timestamp, this.now, this.serverNow).at(timestamp);
      const mutation = statement.mutation(this.key, values, stamp, paths, seen);
      if (mutation !== undefined) collector.add(mutation, this.layout);
    }
    return after(this.extended(collector.mutations(), reader), (mutations) => ({
      mutations,
      result: applied(this.table),
    }));
  }

  private extended(mutations: readonly Mutation[], reader: Reader): Soon<readonly Mutation[]> {
    return extended(mutations, this.writes, reader, this.now);
  }

  private refuse(reader: Reader, before: Before): Soon<Decision<RowsResult>> {
    const { table, key, now, shown, isBatch, layout } = this;
    const statics = this.shownStatics();
    const result = (rows: readonly Row[]) => ({
      mutations: [],
      result: refused({ table, key, now, shown, isBatch, statics, staticRow: before.statics }, rows),
    });
    if (this.rows.size > 0) {
      const rows = [...this.rows.values()]
        .map(({ clustering }) => live(rowAt(before.rows, clustering, layout), now, table))
        .filter((row) => row !== undefined)
        .sort((left, right) => layout.rows(left.clustering, right.clustering));
      return result(rows);
    }
    // Whether there is any row tells a partition without statics from none at all.
    const isLive = (row: Row) => isRowLive(row, now, columnIds(table));
    return after(readRows(reader, table, key, undefined, isLive), ({ rows }) => {
      const last = rows.at(-1);
      return result(last !== undefined && isLive(last) ? [last] : []);
    });
  }

  /** Which of them are read: all if any is written, else those with conditions. */
  private shownStatics(): ReadonlySet<number> {
    const conditional = this.writes.filter(({ statement }) => statement.isConditional);
    if (conditional.some(({ statement }) => statement.parts.statics.length > 0))
      return new Set(this.table.statics.map(({ id }) => id));
    const columns = conditional.flatMap(({ statement: { parts } }) =>
      parts.conditions.kind === 'columns' ? parts.conditions.statics : [],
    );
    return new Set(columns.map(({ column }) => column.id));
  }
}

function columnTests(
  conditions: readonly { bind(values: readonly BoundValue[]): RowTest }[],
  values: readonly BoundValue[],
): RowCondition {
  return { kind: 'columns', tests: conditions.map((condition) => condition.bind(values)) };
}

/** Of one row, of two statements of a batch. */
function together(one: RowCondition, other: RowCondition): RowCondition {
  if (one.kind === 'columns' && other.kind === 'columns')
    return { kind: 'columns', tests: [...one.tests, ...other.tests] };
  if (one.kind === other.kind) return one;
  if (one.kind !== 'columns' && other.kind !== 'columns')
    throw invalid('Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row');
  // Cassandra's words differ by the order.
  const isNot = one.kind === 'columns' ? other.kind === 'notExists' : true;
  throw invalid(`Cannot mix IF conditions and IF ${isNot ? 'NOT ' : ''}EXISTS for the same row`);
}

function isMet(condition: RowCondition, row: Row | undefined, now: number): boolean {
  switch (condition.kind) {
    case 'exists':
      return row !== undefined;
    case 'notExists':
      return row === undefined;
    case 'columns':
      return condition.tests.every((test) => test(row, now));
  }
}

function live(row: Row | undefined, now: number, table: TableSchema): Row | undefined {
  return row !== undefined && isRowLive(row, now, columnIds(table)) ? row : undefined;
}

/** The partition that all of them are for. */
export function partitionOf(writes: readonly Write[], isBatch: boolean): Value {
  let key: Value | undefined;
  for (const { statement, values } of writes) {
    const keys = statement.keys(values);
    checkIn(statement, isBatch);
    const [first] = keys;
    if (key === undefined) key = first!;
    else if (Buffer.compare(key, first!) !== 0)
      throw invalid('Batch with conditions cannot span multiple partitions');
  }
  return key!;
}

function checkIn({ parts: { plan, statement } }: Modification, isBatch: boolean): void {
  const what = statement === 'UPDATE' ? 'updates' : 'deletions';
  if (plan.hasPartitionIn)
    throw invalid(
      isBatch
        ? 'Batch with conditions cannot span multiple partitions (you cannot use IN on the partition key)'
        : `IN on the partition key is not supported with conditional ${what}`,
    );
  if (plan.hasClusteringIn)
    throw invalid(`IN on the clustering key columns is not supported with conditional ${what}`);
}
