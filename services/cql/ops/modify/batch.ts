/** BATCH, as a statement and as a message of the protocol. Behaviour and messages: Apache Cassandra 4.0, `cql3.statements.BatchStatement`. */
import type { Soon } from '../../engine/storage.ts';
import { invalid } from '../../errors.ts';
import type { Batch, Modification as ModificationSyntax } from '../../parser/ast.ts';
import type { Schema } from '../../schema/model.ts';
import { nativeType } from '../../types/type-text.ts';
import type { BoundValue, ColumnSpec, Executing, Need, Prepared, QueryOptions, Result } from '../api.ts';
import type { PreparedTerm } from '../terms/api.ts';
import { newTermContext } from '../terms/context.ts';
import { prepareTerm } from '../terms/terms.ts';
import type { ModifyContext } from './context.ts';
import { prepareDelete } from './delete.ts';
import { executeWrites, type Write } from './execute.ts';
import { executeConditional } from './execute-conditional.ts';
import { prepareInsert } from './insert.ts';
import { Modification } from './modification.ts';
import { prepareUpdate } from './update.ts';
import { boundTimestamp } from './using.ts';

export type BatchKind = Batch['type'];

export function prepareModification(
  statement: ModificationSyntax,
  schema: Schema,
  context: ModifyContext,
): Modification {
  switch (statement.kind) {
    case 'insert':
    case 'insertJson':
      return prepareInsert(statement, schema, context);
    case 'update':
      return prepareUpdate(statement, schema, context);
    case 'delete':
      return prepareDelete(statement, schema, context);
  }
}

export function prepareBatch(batch: Batch, schema: Schema, context: ModifyContext): Prepared {
  const statements = batch.statements.map((each) => prepareModification(each, schema, context));
  if (batch.using.timeToLive !== undefined)
    throw invalid('Global TTL on the BATCH statement is not supported.');
  const own = newTermContext(schema, '[batch]', context.functions, context.markers);
  const { timestamp } = batch.using;
  const term = timestamp === undefined ? undefined : prepareTerm(timestamp, batchTimestamp, own);
  checkTogether(batch.type, statements, term !== undefined);
  const specs = [own.variables.specs, ...statements.map(({ variables }) => variables)];
  return new PreparedBatch(batch.type, statements, term, {
    // Each knows its own markers, at their places among all.
    variables: context.markers.map((_, index) => specs.find((each) => each[index] !== undefined)![index]!),
    partitionKeyMarkers: isOneTable(statements) ? (statements[0]?.partitionKeyMarkers ?? []) : [],
  });
}

/** A statement of a message, with its values. */
export interface BatchItem {
  readonly prepared: Prepared;
  readonly values: readonly BoundValue[];
}

/** Its values come with its statements, so that those of its execution are not looked at. */
export function prepareBatchMessage(kind: BatchKind, items: readonly BatchItem[]): Prepared {
  const statements = items.map(({ prepared, values }) => {
    const markers = prepared.variables.length;
    if (values.length !== markers)
      throw invalid(`There were ${markers} markers(?) in CQL but ${values.length} bound variables`);
    if (!(prepared instanceof Modification))
      throw invalid('Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.');
    return prepared;
  });
  checkTogether(kind, statements, false);
  const values = items.map((item) => item.values);
  return new PreparedBatch(kind, statements, undefined, { variables: [], partitionKeyMarkers: [] }, values);
}

const batchTimestamp: ColumnSpec = {
  keyspace: '[batch]',
  table: '[batch]',
  name: '[timestamp]',
  type: nativeType('bigint')!,
};

function isOneTable(statements: readonly Modification[]): boolean {
  return statements.every(({ table }) => table.id === statements[0]!.table.id);
}

/** What statements of one batch may be together. */
function checkTogether(kind: BatchKind, statements: readonly Modification[], hasTimestamp: boolean): void {
  const isConditional = statements.some((statement) => statement.isConditional);
  if (hasTimestamp && isConditional) throw invalid('Cannot provide custom timestamp for conditional BATCH');
  if (hasTimestamp && kind === 'counter') throw invalid('Cannot provide custom timestamp for counter BATCH');
  if (hasTimestamp && statements.some(({ parts }) => parts.timestamp !== undefined))
    throw invalid('Timestamp must be set either on BATCH or individual statements');
  const hasCounters = statements.some(({ table }) => table.isCounter);
  const hasOthers = statements.some(({ table }) => !table.isCounter);
  if (hasTimestamp && hasCounters)
    throw invalid('Cannot provide custom timestamp for a BATCH containing counters');
  if (kind === 'counter' && hasOthers)
    throw invalid('Cannot include non-counter statement in a counter batch');
  if (hasCounters && hasOthers)
    throw invalid('Counter and non-counter mutations cannot exist in the same batch');
  if (kind === 'logged' && hasCounters) throw invalid('Cannot include a counter statement in a logged batch');
  checkVirtual(kind, statements, isConditional);
  if (isConditional && !isOneTable(statements))
    throw invalid('Batch with conditions cannot span multiple tables');
}

function checkVirtual(kind: BatchKind, statements: readonly Modification[], isConditional: boolean): void {
  const virtual = statements.filter(({ table }) => table.kind === 'virtual').length;
  if (virtual === 0) return;
  if (kind === 'logged') throw invalid('Cannot include a virtual table statement in a logged batch');
  if (virtual < statements.length)
    throw invalid('Mutations for virtual and regular tables cannot exist in the same batch');
  if (isConditional)
    throw invalid('Conditional BATCH statements cannot include mutations for virtual tables');
}

class PreparedBatch implements Prepared {
  readonly columns = undefined;
  readonly variables: readonly ColumnSpec[];
  readonly partitionKeyMarkers: readonly number[];
  readonly needs: readonly Need[];
  private readonly kind: BatchKind;
  private readonly statements: readonly Modification[];
  private readonly timestamp: PreparedTerm | undefined;
  /** Of each statement, if it is a message. */
  private readonly values: readonly (readonly BoundValue[])[] | undefined;

  constructor(
    kind: BatchKind,
    statements: readonly Modification[],
    timestamp: PreparedTerm | undefined,
    markers: Pick<Prepared, 'variables' | 'partitionKeyMarkers'>,
    values?: readonly (readonly BoundValue[])[],
  ) {
    this.kind = kind;
    this.statements = statements;
    this.timestamp = timestamp;
    this.variables = markers.variables;
    this.partitionKeyMarkers = markers.partitionKeyMarkers;
    this.values = values;
    const needs = new Map<string, Need>();
    for (const { needs: each } of statements) for (const need of each) needs.set(JSON.stringify(need), need);
    this.needs = [...needs.values()];
  }

  execute(options: QueryOptions, executing: Executing): Soon<Result> {
    if (this.statements.length === 0) return { kind: 'void' };
    const writes: Write[] = this.statements.map((statement, index) => ({
      statement,
      values: this.values?.[index] ?? options.values,
    }));
    if (this.statements.some(({ isConditional }) => isConditional))
      return executeConditional(writes, true, options, executing);
    const timestamp = boundTimestamp(this.timestamp, options.values);
    return executeWrites(writes, { isLogged: this.kind === 'logged', timestamp }, options, executing);
  }
}
