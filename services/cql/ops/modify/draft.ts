/** A modification while it is prepared: its parts come together, and are checked against one another. */
import { invalid } from '../../errors.ts';
import type { ColumnCondition, QualifiedName, Relation, Using } from '../../parser/ast.ts';
import type { ColumnSchema, Schema, TableSchema } from '../../schema/model.ts';
import { layoutOf } from '../../store/layouts.ts';
import type { TermContext } from '../terms/api.ts';
import { newTermContext } from '../terms/context.ts';
import { type PreparedCondition, prepareCondition } from './conditions.ts';
import { type ModifyContext, needsOf, tableNamed } from './context.ts';
import { KeyPlan } from './key-plan.ts';
import { prepareRelation } from './key-relations.ts';
import { type KeyRestriction, RestrictionSet } from './key-restrictions.ts';
import { type Conditions, Modification } from './modification.ts';
import type { Operation } from './operations.ts';
import { prepareTimestamp, TimeToLive } from './using.ts';

type StatementName = 'INSERT' | 'UPDATE' | 'DELETE';

export class Draft {
  readonly table: TableSchema;
  readonly terms: TermContext;
  private readonly statement: StatementName;
  private readonly schema: Schema;
  private readonly context: ModifyContext;
  private readonly partition = new RestrictionSet();
  private readonly clustering = new RestrictionSet();
  private readonly others: ColumnSchema[] = [];
  private readonly regulars: Operation[] = [];
  private readonly statics: Operation[] = [];

  constructor(statement: StatementName, name: QualifiedName, schema: Schema, context: ModifyContext) {
    this.statement = statement;
    this.schema = schema;
    this.context = context;
    this.table = tableNamed(name, schema, context);
    this.terms = newTermContext(schema, this.table.keyspace, context.functions, context.markers);
  }

  addOperation(operation: Operation): void {
    (operation.column.kind === 'static' ? this.statics : this.regulars).push(operation);
  }

  restrict(restriction: KeyRestriction): void {
    if (restriction.columns[0]!.kind === 'partition_key') this.partition.addAlone(restriction);
    else this.clustering.addClustering(restriction, this.table.clustering);
  }

  addRelations(relations: readonly Relation[]): void {
    for (const relation of relations) {
      const prepared = prepareRelation(this.table, relation, this.statement, this.terms);
      if ('columns' in prepared) this.restrict(prepared);
      else if (!this.others.includes(prepared)) this.others.push(prepared);
    }
  }

  conditions(conditions: readonly ColumnCondition[]): Conditions {
    if (conditions.length === 0) return { kind: 'none' };
    const regulars: PreparedCondition[] = [];
    const statics: PreparedCondition[] = [];
    for (const condition of conditions) {
      const prepared = prepareCondition(this.table, condition, this.terms);
      (prepared.column.kind === 'static' ? statics : regulars).push(prepared);
    }
    return { kind: 'columns', regulars, statics };
  }

  finish(using: Using, conditions: Conditions): Modification {
    const { table, terms, statement, regulars, statics } = this;
    const timestamp = prepareTimestamp(using, table, terms);
    const timeToLive = statement === 'DELETE' ? undefined : new TimeToLive(table, using, terms);
    const isConditional = conditions.kind !== 'none';
    const hasTimeToLive = timeToLive?.isGiven === true;
    checkStatement(table, isConditional, timestamp !== undefined, hasTimeToLive);
    const layout = layoutOf(table);
    const isStatic = this.isStatic(conditions);
    const { partition, clustering, others } = this;
    const plan = new KeyPlan({ table, layout, statement, partition, clustering, others, isStatic });
    if (statement === 'DELETE') this.checkDeletion(plan, conditions);
    const { variables } = terms;
    return new Modification({
      statement,
      table,
      layout,
      plan,
      regulars,
      statics,
      conditions,
      isStatic,
      timestamp,
      timeToLive,
      effects: this.context.effects.of(table),
      place: this.context.functions.clock.timeUuid().subarray(8),
      variables: variables.specs,
      partitionKeyMarkers: variables.partitionKeyMarkers(table),
      needs: [...needsOf(table, this.schema, isConditional), ...terms.needs],
    });
  }

  /** Neither what it changes nor its conditions are about rows. An INSERT may name the row nevertheless. */
  private isStatic(conditions: Conditions): boolean {
    const { statement, regulars, statics, clustering } = this;
    const columns = conditions.kind === 'columns' ? conditions : { regulars: [], statics: [] };
    if (this.changesRegulars || columns.regulars.length > 0) return false;
    if (statement === 'INSERT' && clustering.all.length > 0) return false;
    return statics.length > 0 || (regulars.length === 0 && columns.statics.length > 0);
  }

  private get changesRegulars(): boolean {
    const { statement, regulars, statics } = this;
    return regulars.length > 0 || (statement === 'DELETE' && statics.length === 0);
  }

  private checkDeletion(plan: KeyPlan, conditions: Conditions): void {
    const { table, regulars, statics } = this;
    if (conditions.kind !== 'none' && !plan.isWhole) {
      const all =
        'DELETE statements must restrict all PRIMARY KEY columns with equality relations in order to';
      if (this.changesRegulars) throw invalid(`${all} delete non static columns`);
      if (conditions.kind === 'columns' && conditions.regulars.length > 0)
        throw invalid(`${all} use IF condition on non static columns`);
    }
    const isPartition = !plan.hasClustering && table.clustering.length > 0;
    if ((plan.isRange && regulars.length + statics.length > 0) || (isPartition && regulars.length > 0))
      throw invalid('Range deletions are not supported for specific columns');
  }
}

function checkStatement(
  table: TableSchema,
  isConditional: boolean,
  hasTimestamp: boolean,
  hasTimeToLive: boolean,
): void {
  if (isConditional && table.isCounter)
    throw invalid('Conditional updates are not supported on counter tables');
  if (isConditional && hasTimestamp) throw invalid('Cannot provide custom timestamp for conditional updates');
  if (table.isCounter && hasTimestamp) throw invalid('Cannot provide custom timestamp for counter updates');
  if (table.isCounter && hasTimeToLive) throw invalid('Cannot provide custom TTL for counter updates');
  if (table.kind === 'view') throw invalid('Cannot directly modify a materialized view');
  if (table.kind !== 'virtual') return;
  if (hasTimestamp) throw invalid('Custom timestamp is not supported by virtual tables');
  if (hasTimeToLive) throw invalid('Expiring columns are not supported by virtual tables');
  if (isConditional) throw invalid('Conditional updates are not supported by virtual tables');
}
