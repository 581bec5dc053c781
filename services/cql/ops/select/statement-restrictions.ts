/**
 * The WHERE of a SELECT as a whole: whether it may be answered, and how: partitions by key or a range of them, rows by slices, an
 * index, and what is left to be filtered. Rules and messages: Apache Cassandra 4.0, `StatementRestrictions`.
 */
import { invalid } from '../../errors.ts';
import type { Relation } from '../../parser/ast.ts';
import type { ColumnSchema, TableSchema } from '../../schema/model.ts';
import type { TermContext } from '../terms/api.ts';
import { type Indexed, indexedBy, refuseExpressions, refuseRelation } from './index-support.ts';
import { selectLimits } from './limits.ts';
import { columnRestriction, tupleRestriction } from './relations.ts';
import { firstColumn, lastColumn, type Restriction } from './restriction.ts';
import { RestrictionSet } from './restriction-set.ts';
import { type TokenRestriction, tokenRestriction } from './token-restriction.ts';

const requiresFiltering =
  'Cannot execute this query as it might involve data filtering and thus may have unpredictable performance. ' +
  'If you want to execute this query despite the performance unpredictability, use ALLOW FILTERING';

export class StatementRestrictions {
  readonly table: TableSchema;
  readonly partition = new RestrictionSet();
  readonly clustering = new RestrictionSet();
  /** Of statics and regular columns. */
  readonly others = new RestrictionSet();
  token: TokenRestriction | undefined;
  /** Partitions are scanned, not named. */
  isKeyRange = false;
  usesIndex = false;
  /** What is tested on rows that were read. */
  readonly filtered: Restriction[] = [];
  private readonly allowsFiltering: boolean;
  /** As Cassandra counts them: columns of the kinds of which some are filtered. */
  private filteredColumns = 0;

  constructor(
    relations: readonly Relation[],
    table: TableSchema,
    context: TermContext,
    allowsFiltering: boolean,
  ) {
    this.table = table;
    this.allowsFiltering = allowsFiltering;
    if (relations.length > selectLimits.relations)
      throw invalid(`WHERE has more than ${selectLimits.relations} relations`);
    for (const relation of relations) this.add(relation, context);
    refuseExpressions(relations, table);
    const hasClusteringIndex = this.hasIndex(this.clustering);
    const hasIndex = hasClusteringIndex || this.hasIndex(this.partition) || this.hasIndex(this.others);
    this.judgePartition(hasIndex);
    if (this.usesIndex || this.isPartitionFiltered) this.filter(this.partition, [...this.partition]);
    this.judgeClustering(hasIndex);
    if (this.isKeyRange && hasClusteringIndex) this.usesIndex = true;
    if (this.usesIndex || this.isClusteringFiltered) this.filter(this.clustering, this.filteredClustering());
    this.judgeOthers(hasIndex);
    if (this.usesIndex && this.partition.has('in'))
      throw invalid('Select on indexed columns and with IN clause for the PRIMARY KEY are not supported');
  }

  private add(relation: Relation, context: TermContext): void {
    refuseRelation(relation);
    switch (relation.kind) {
      case 'token': {
        const added = tokenRestriction(relation, this.table, context);
        this.token = this.token === undefined ? added : this.token.merge(added);
        return;
      }
      case 'columns':
      case 'columnsIn':
        this.addClustering(tupleRestriction(relation, this.table, context));
        return;
      case 'column':
      case 'in':
      case 'element': {
        const restriction = columnRestriction(relation, this.table, context);
        const { kind } = firstColumn(restriction);
        if (kind === 'partition_key') this.partition.add(restriction);
        else if (kind === 'clustering') this.addClustering(restriction);
        else this.others.add(restriction);
        return;
      }
      default:
    }
  }

  private addClustering(added: Restriction): void {
    const last = this.clustering.last();
    this.clustering.add(added);
    if (last === undefined || this.allowsFiltering) return;
    const lastStart = firstColumn(last);
    const start = firstColumn(added);
    if (last.kind === 'range' && start.position > lastStart.position)
      throw invalid(
        `Clustering column "${start.name}" cannot be restricted (preceding column "${lastStart.name}" is ` +
          'restricted by a non-EQ relation)',
      );
    if (start.position < lastStart.position && added.kind === 'range')
      throw invalid(
        `PRIMARY KEY column "${this.clustering.columnBehind(start).name}" cannot be restricted (preceding ` +
          `column "${start.name}" is restricted by a non-EQ relation)`,
      );
  }

  private hasIndex(set: RestrictionSet): boolean {
    return [...set].some((restriction) => indexedBy(restriction, this.table) !== undefined);
  }

  private filter(set: RestrictionSet, restrictions: readonly Restriction[]): void {
    this.filteredColumns += set.size;
    this.filtered.push(...restrictions);
  }

  /** Not all of the key is given. */
  private get isPartitionFiltered(): boolean {
    const { partition } = this;
    if (partition.size === 0) return false;
    return (
      partition.size < this.table.partitionKey.length || partition.has('range') || partition.has('contains')
    );
  }

  private judgePartition(hasIndex: boolean): void {
    const { partition, token } = this;
    // With all of the key, tokens only sort out some keys.
    if (token !== undefined && partition.size < this.table.partitionKey.length) this.isKeyRange = true;
    if (token === undefined && partition.size === 0) {
      this.isKeyRange = true;
      this.usesIndex = hasIndex;
    }
    if (!this.isPartitionFiltered) return;
    if (!this.allowsFiltering && !hasIndex) throw invalid(requiresFiltering);
    if (partition.has('in'))
      throw invalid('IN restrictions are not supported when the query involves filtering');
    this.isKeyRange = true;
    this.usesIndex = hasIndex;
  }

  /** Which restrictions of clustering columns slices do not express, with those that an index answers. */
  private filteredClustering(): Restriction[] {
    return this.clusteringBehindSlices((restriction) => indexedBy(restriction, this.table) !== undefined);
  }

  private clusteringBehindSlices(isFiltered: (restriction: Restriction) => boolean): Restriction[] {
    let position = 0;
    return [...this.clustering].filter((restriction) => {
      if (restriction.kind === 'contains' || firstColumn(restriction).position !== position) return true;
      if (isFiltered(restriction)) return true;
      if (restriction.kind !== 'range') position = lastColumn(restriction).position + 1;
      return false;
    });
  }

  private get isClusteringFiltered(): boolean {
    return this.clusteringBehindSlices(() => false).length > 0;
  }

  private judgeClustering(hasIndex: boolean): void {
    if (this.clustering.has('contains') && !hasIndex && !this.allowsFiltering)
      throw invalid(
        'Clustering columns can only be restricted with CONTAINS with a secondary index or filtering',
      );
    if (!this.isClusteringFiltered) return;
    if (hasIndex) this.usesIndex = true;
    else if (!this.allowsFiltering) {
      this.clustering.columns.forEach((column, index) => {
        const expected = this.table.clustering[index]!;
        if (column !== expected)
          throw invalid(
            `PRIMARY KEY column "${column.name}" cannot be restricted as preceding column "${expected.name}" is ` +
              'not restricted',
          );
      });
    }
  }

  private judgeOthers(hasIndex: boolean): void {
    if (this.others.size === 0) return;
    if (hasIndex) this.usesIndex = true;
    else if (!this.allowsFiltering) throw invalid(requiresFiltering);
    this.filter(this.others, [...this.others]);
  }

  /** Called last, as Cassandra does. */
  checkFiltering(): void {
    if (this.allowsFiltering || !(this.isKeyRange || this.usesIndex)) return;
    const count = this.filteredColumns;
    const hasMultipleContains = [...this.others].some(
      (each) => each.kind === 'contains' && each.values.length + each.keys.length + each.entries.length > 1,
    );
    if (count > 1 || (count === 0 && this.clustering.size > 0) || (count !== 0 && hasMultipleContains))
      throw invalid(requiresFiltering);
  }

  /** The index to read through. */
  get indexed(): Indexed | undefined {
    if (!this.usesIndex) return undefined;
    for (const restriction of this.filtered) {
      const found = indexedBy(restriction, this.table);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  get keyIsIn(): boolean {
    return this.partition.has('in');
  }

  get isPartitionRestricted(): boolean {
    return this.partition.size > 0 || this.token !== undefined;
  }

  isEqual(column: ColumnSchema): boolean {
    const set =
      column.kind === 'partition_key'
        ? this.partition
        : column.kind === 'clustering'
          ? this.clustering
          : this.others;
    return set.of(column)?.kind === 'equal';
  }

  /** Rows are asked for as such: a partition without any does not show its statics. */
  get restrictsRows(): boolean {
    return this.clustering.size > 0 || this.others.columns.some(({ kind }) => kind === 'regular');
  }
}
