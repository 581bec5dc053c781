/** SELECT: checked against a schema, then executed any number of times. Rules and messages: Apache Cassandra 4.0, `SelectStatement`. */

import type { RowOrder } from '../../engine/order.ts';
import { isPromise } from '../../engine/soon.ts';
import type { PartitionRange, ReadOptions, Soon } from '../../engine/storage.ts';
import { invalid } from '../../errors.ts';
import type { Functions } from '../../functions/api.ts';
import type { Select } from '../../parser/ast.ts';
import type { Schema, TableSchema } from '../../schema/model.ts';
import { layoutOf } from '../../store/layouts.ts';
import type {
  BoundValue,
  ColumnSpec,
  Executing,
  Need,
  Prepared,
  QueryOptions,
  Result,
  RowsResult,
} from '../api.ts';
import type { PreparedTerm } from '../terms/api.ts';
import { requireValue } from '../terms/bound.ts';
import { newTermContext } from '../terms/context.ts';
import { limitSpec, perPartitionLimitSpec } from '../terms/specs.ts';
import { prepareTerm } from '../terms/terms.ts';
import { Execution } from './execution.ts';
import { findTable } from './find-table.ts';
import { type Grouping, prepareGrouping } from './grouping.ts';
import type { IndexCondition, IndexReader } from './index-reader.ts';
import type { Indexed } from './index-support.ts';
import { selectLimits } from './limits.ts';
import { isReversed, orderingColumns, rowComparator, type SortColumn } from './ordering.ts';
import { decodePlace, encodePlace, type Place, statementDigest } from './paging-state.ts';
import { partitionKeys } from './partition-keys.ts';
import { PointRead } from './point-read.ts';
import { rowFilter } from './row-filter.ts';
import { limitOf } from './row-limits.ts';
import { checkDistinct, prepareSelection, type ResultRow, type Selection, withHidden } from './selection.ts';
import { checkCombinations, clusteringSlices, slicesBehind } from './slices.ts';
import { empty, keyScan, keysScan, type OpenRange, type Resume, rangeScan } from './sources.ts';
import { StatementRestrictions } from './statement-restrictions.ts';
import { tokenRange } from './token-restriction.ts';

/** What a statement is prepared with. */
export interface SelectContext {
  /** The keyspace of USE. */
  readonly keyspace: string | undefined;
  readonly functions: Functions;
  /** As `ParsedStatement.markers`. */
  readonly markers: readonly (string | undefined)[];
  /** Without it what an index would answer is scanned for. */
  readonly indexes?: IndexReader | undefined;
}

const anyConsistency = 0;
const none = Number.POSITIVE_INFINITY;

function tableNeed(table: TableSchema): Need {
  const name = table.view?.baseTable ?? table.name;
  return { permission: 'SELECT', resource: { kind: 'table', keyspace: table.keyspace, table: name } };
}

interface Parts {
  readonly statement: Select;
  readonly table: TableSchema;
  readonly selection: Selection;
  readonly restrictions: StatementRestrictions;
  /** Of the table's rows. */
  readonly order: RowOrder;
  readonly grouping: Grouping | undefined;
  readonly orderings: readonly SortColumn[];
  readonly isReversed: boolean;
  readonly limit: PreparedTerm | undefined;
  readonly perPartitionLimit: PreparedTerm | undefined;
  readonly indexes: IndexReader | undefined;
}

export function prepareSelect(statement: Select, schema: Schema, context: SelectContext): Prepared {
  const table = findTable(schema, statement.table, context.keyspace);
  const terms = newTermContext(schema, table.keyspace, context.functions, context.markers);
  const selected = prepareSelection(statement, table, terms);
  const allowsFiltering = statement.allowFiltering || table.kind === 'virtual';
  const restrictions = new StatementRestrictions(statement.where, table, terms, allowsFiltering);
  const orderings = orderingColumns(statement.orderBy, restrictions);
  const sortedBy = restrictions.keyIsIn ? orderings.map(({ column }) => column) : [];
  const selection = withHidden(selected, sortedBy, table);
  if (statement.isDistinct) checkDistinct(statement, selection, restrictions);
  const grouping = prepareGrouping(
    statement.groupBy,
    selection.isAggregate,
    statement.isDistinct,
    restrictions,
  );
  if (grouping?.isWhole && statement.perPartitionLimit !== undefined)
    throw invalid('PER PARTITION LIMIT is not allowed with aggregate queries.');
  const reversed = isReversed(orderings, restrictions);
  restrictions.checkFiltering();
  const parts: Parts = {
    statement,
    table,
    selection,
    restrictions,
    order: layoutOf(table).rows,
    grouping,
    orderings,
    isReversed: reversed,
    limit: statement.limit && prepareTerm(statement.limit, limitSpec(table), terms),
    perPartitionLimit:
      statement.perPartitionLimit &&
      prepareTerm(statement.perPartitionLimit, perPartitionLimitSpec(table), terms),
    indexes: context.indexes,
  };
  const { variables, needs } = terms;
  return new PreparedSelect(parts, variables.specs, variables.partitionKeyMarkers(table), [
    tableNeed(table),
    ...needs,
  ]);
}

class PreparedSelect implements Prepared {
  readonly variables: readonly ColumnSpec[];
  readonly partitionKeyMarkers: readonly number[];
  readonly columns: readonly ColumnSpec[];
  readonly needs: readonly Need[];
  private readonly parts: Parts;
  private readonly point: PointRead | undefined;
  private readonly indexed: Indexed | undefined;
  private knownDigest: Buffer | undefined;

  constructor(
    parts: Parts,
    variables: readonly ColumnSpec[],
    partitionKeyMarkers: readonly number[],
    needs: readonly Need[],
  ) {
    const { statement, selection, restrictions, grouping } = parts;
    this.parts = parts;
    this.variables = variables;
    this.partitionKeyMarkers = partitionKeyMarkers;
    this.columns = selection.specs;
    this.needs = needs;
    this.indexed = restrictions.indexed;
    const isPlain =
      grouping === undefined &&
      !statement.isDistinct &&
      !selection.isJson &&
      statement.limit === undefined &&
      statement.perPartitionLimit === undefined;
    this.point = isPlain ? PointRead.of(restrictions, selection) : undefined;
  }

  execute(options: QueryOptions, executing: Executing): Soon<Result> {
    if (options.consistency === anyConsistency)
      throw invalid('ANY ConsistencyLevel is only supported for writes');
    const now = options.nowSeconds ?? Math.floor(executing.now() / 1000);
    if (this.point !== undefined && options.pagingState === undefined) {
      const rows = this.point.read(executing.storage, options.values, now);
      return isPromise(rows) ? rows.then((read) => this.result(read)) : this.result(rows);
    }
    return this.executeScan(options, executing, now);
  }

  private result(rows: ResultRow[]): RowsResult {
    return { kind: 'rows', columns: this.columns, rows };
  }

  private get digest(): Buffer {
    this.knownDigest ??= statementDigest(this.parts.statement, this.parts.table);
    return this.knownDigest;
  }

  private executeScan(options: QueryOptions, executing: Executing, now: number): Soon<Result> {
    const { statement, table, selection, grouping, restrictions, orderings } = this.parts;
    const { values, pagingState } = options;
    const limit = limitOf(this.parts.limit, values);
    const perPartitionLimit = limitOf(this.parts.perPartitionLimit, values);
    const isPaged = options.pageSize !== undefined && options.pageSize > 0;
    const isSorted = restrictions.keyIsIn && orderings.length > 0;
    if (grouping !== undefined) this.warnOfAggregation(executing);
    if (isPaged && isSorted)
      throw invalid(
        'Cannot page queries with both ORDER BY and a IN restriction on the partition key; you must either ' +
          'remove the ORDER BY or the IN and sort client side, or disable paging for this query',
      );
    const place =
      pagingState === undefined
        ? undefined
        : decodePlace(executing.paging.open(pagingState), this.digest, table);
    const pageSize = isPaged && !grouping?.isWhole ? options.pageSize! : none;
    const rowsHint = Math.min(limit, perPartitionLimit, pageSize, selectLimits.rowsHintMax);
    const execution = new Execution({
      table,
      selection,
      grouping,
      filter: rowFilter(restrictions.filtered, values),
      source: this.source(values, executing, place, statement.isDistinct ? 1 : rowsHint),
      values,
      isDistinct: statement.isDistinct,
      showsStatics: !restrictions.restrictsRows,
      now,
      limit: isSorted || grouping?.isWhole ? none : (place?.remaining ?? limit),
      perPartitionLimit,
      pageSize,
      resumed: place?.kind === 'partition' ? undefined : place,
    });
    const finish = () => this.finished(execution, executing, isSorted ? limit : none);
    const running = execution.run();
    return isPromise(running) ? running.then(finish) : finish();
  }

  private warnOfAggregation(executing: Executing): void {
    const { restrictions } = this.parts;
    if (!restrictions.isPartitionRestricted) executing.warn('Aggregation query used without partition key');
    else if (restrictions.keyIsIn)
      executing.warn('Aggregation query used on multiple partition keys (IN restriction)');
  }

  private finished({ rows, place }: Execution, executing: Executing, limit: number): RowsResult {
    const { selection, orderings } = this.parts;
    let sorted: ResultRow[] = rows;
    // Rows of a single partition have been read in this order.
    if (selection.selectors.length > selection.shown) {
      const { length } = selection.specs;
      rows.sort(rowComparator(orderings, length));
      sorted = rows.slice(0, limit).map((row) => row.slice(0, length));
    }
    const result = this.result(sorted);
    if (place === undefined) return result;
    return { ...result, pagingState: executing.paging.seal(encodePlace(place, this.digest)) };
  }

  private source(
    values: readonly BoundValue[],
    executing: Executing,
    place: Place | undefined,
    rowsHint: number,
  ) {
    const { table, restrictions, order, isReversed: reversed, statement } = this.parts;
    const { storage } = executing;
    const slices = clusteringSlices(restrictions.clustering, values, order);
    const direction = { isReversed: reversed && !statement.isDistinct, rowsHint };
    const options: ReadOptions = slices === undefined ? direction : { slices, ...direction };
    const resume: Resume | undefined = place && {
      key: place.key,
      options:
        place.kind === 'partition'
          ? undefined
          : { slices: slicesBehind(slices, place.prefix, direction.isReversed, order), ...direction },
    };
    const open = this.opener(values, executing);
    if (restrictions.isKeyRange) {
      const range = tokenRange(restrictions.token?.bind(values) ?? { lower: undefined, upper: undefined });
      return range === undefined || slices?.length === 0 ? empty : rangeScan(open, range, options, resume);
    }
    const keys = partitionKeys(restrictions, values);
    if (slices?.length === 0) return empty;
    checkCombinations(keys.length, slices?.length ?? 1);
    const [key] = keys;
    if (this.indexed === undefined || key === undefined)
      return keysScan(storage, table, keys, options, resume);
    return keyScan(open, key, options, resume);
  }

  /** Through an index where there is one. */
  private opener(values: readonly BoundValue[], { storage }: Executing): OpenRange {
    const { table, indexes } = this.parts;
    const { indexed } = this;
    const scan: OpenRange = (range, options) => storage.scan(table, range, options);
    if (indexed === undefined || indexes === undefined) return scan;
    const condition = conditionOf(indexed, values);
    return (range: PartitionRange, options: ReadOptions) =>
      indexes.search(storage, table, indexed.index, condition, range, options) ?? scan(range, options);
  }
}

function conditionOf(
  { operator, restriction, column, terms }: Indexed,
  values: readonly BoundValue[],
): IndexCondition {
  const sought = (value: BoundValue) => {
    const found = requireValue(value, column.name);
    // Longer values are in no index: to look for one there would find nothing, where a filter may.
    if (found.length > selectLimits.indexedBytes)
      throw invalid('Index expression values may not be larger than 64K');
    return found;
  };
  if (terms !== undefined) {
    const value = sought(terms.value.bind(values));
    if (operator !== 'entry') return { operator, value };
    return { operator, key: sought(terms.key!.bind(values)), value };
  }
  if (restriction.kind !== 'equal' || operator === 'entry')
    throw new Error('an index answers equality alone');
  return { operator, value: sought(restriction.bind(values)[restriction.columns.indexOf(column)]!) };
}
