/**
 * As much of reading and writing data as tests of what stands around it need: rows by equality, whole rows written. The statements that
 * users get are in ops/select and ops/modify.
 */
import type { Mutation } from '../../engine/model.ts';
import { invalid } from '../../errors.ts';
import type { BoundValue, ColumnSpec, Executing, Prepared, QueryOptions, Result } from '../../ops/api.ts';
import { keyspaceOr, voidResult } from '../../ops/misc/statement.ts';
import type { PreparedTerm } from '../../ops/terms/api.ts';
import { newTermContext } from '../../ops/terms/context.ts';
import { columnSpec } from '../../ops/terms/specs.ts';
import { prepareTerm } from '../../ops/terms/terms.ts';
import type { Modification, QualifiedName, Select } from '../../parser/ast.ts';
import type { Schema, TableSchema } from '../../schema/model.ts';
import type { BoundStatement, DataStatements, PrepareContext } from '../../session/statements.ts';
import { type RowValues, readRows, removal, rowMutation, scanRows } from '../../system/table-rows.ts';
import type { Value } from '../../types/api.ts';

function tableOf(name: QualifiedName, schema: Schema, inUse: string | undefined): TableSchema {
  const keyspace = schema.keyspaces.get(keyspaceOr(name.keyspace, inUse));
  const table = keyspace?.tables.get(name.name);
  if (table === undefined) throw invalid(`table ${name.name} does not exist`);
  return table;
}

interface Terms {
  readonly byColumn: ReadonlyMap<string, PreparedTerm>;
  readonly variables: readonly ColumnSpec[];
  readonly partitionKeyMarkers: readonly number[];
}

type Given = readonly (readonly [column: string, term: Parameters<typeof prepareTerm>[0]])[];

function prepareTerms(table: TableSchema, given: Given, context: PrepareContext): Terms {
  const terms = newTermContext(context.schema, table.keyspace, context.functions, context.markers);
  const byColumn = new Map(
    given.map(([name, term]) => {
      const column = table.columns.get(name);
      if (column === undefined) throw invalid(`Undefined column name ${name}`);
      return [name, prepareTerm(term, columnSpec(table, column), terms)] as const;
    }),
  );
  const { specs } = terms.variables;
  return { byColumn, variables: specs, partitionKeyMarkers: terms.variables.partitionKeyMarkers(table) };
}

function bind({ byColumn }: Terms, values: readonly BoundValue[]): Record<string, Value | null> {
  const bound: Record<string, Value | null> = {};
  for (const [name, term] of byColumn) {
    const value = term.bind(values);
    if (value !== 'unset') bound[name] = value;
  }
  return bound;
}

const need = (permission: 'SELECT' | 'MODIFY', { keyspace, name }: TableSchema) =>
  ({ permission, resource: { kind: 'table', keyspace, table: name } }) as const;

const equal = (left: Value | null | undefined, right: Value | null | undefined) =>
  left != null && right != null && Buffer.compare(left, right) === 0;

function select(statement: Select, context: PrepareContext): Prepared {
  const table = tableOf(statement.table, context.schema, context.keyspace);
  const given: Given = statement.where.map((relation) => {
    if (relation.kind !== 'column' || relation.operator !== '=') throw invalid('Only equality here');
    return [relation.column, relation.value] as const;
  });
  const terms = prepareTerms(table, given, context);
  const names = statement.selectors?.map(({ selector }) => {
    if (selector.kind !== 'column') throw invalid('Only columns here');
    return selector.name;
  }) ?? [...table.columns.keys()];
  const columns = names.map((name): ColumnSpec => {
    const column = table.columns.get(name);
    if (column === undefined) throw invalid(`Undefined column name ${name} in table`);
    return columnSpec(table, column);
  });
  return {
    variables: terms.variables,
    partitionKeyMarkers: terms.partitionKeyMarkers,
    columns,
    needs: [need('SELECT', table)],
    execute: async (options, { storage, now, paging }) => {
      const wanted = bind(terms, options.values);
      const hasKey = table.partitionKey.every(({ name }) => wanted[name] != null);
      const seconds = Math.floor(now() / 1000);
      const all = hasKey
        ? await readRows(storage, table, wanted, seconds)
        : await scanRows(storage, table, seconds);
      const found = all.filter((row) =>
        Object.entries(wanted).every(([name, value]) => equal(row[name], value)),
      );
      return page(columns, found, options, paging);
    },
  };
}

function page(
  columns: readonly ColumnSpec[],
  found: readonly RowValues[],
  { pageSize = found.length, pagingState }: QueryOptions,
  paging: Executing['paging'],
): Result {
  const start = pagingState === undefined ? 0 : Buffer.from(paging.open(pagingState)).readUInt32BE();
  const rows = found
    .slice(start, start + pageSize)
    .map((row) => columns.map(({ name }) => row[name] ?? undefined));
  if (start + pageSize >= found.length) return { kind: 'rows', columns, rows };
  const next = Buffer.alloc(4);
  next.writeUInt32BE(start + pageSize);
  return { kind: 'rows', columns, rows, pagingState: paging.seal(next) };
}

type Mutate = (values: readonly BoundValue[], executing: Executing) => Mutation;
const mutators = new WeakMap<Prepared, Mutate>();

function modify(statement: Modification, context: PrepareContext): Prepared {
  const table = tableOf(statement.table, context.schema, context.keyspace);
  if (statement.kind !== 'insert' && statement.kind !== 'delete') throw invalid('Not here');
  const given: Given =
    statement.kind === 'insert'
      ? statement.columns.map((name, at) => [name, statement.values[at]!] as const)
      : statement.where.map((relation) => {
          if (relation.kind !== 'column' || relation.operator !== '=') throw invalid('Only equality here');
          return [relation.column, relation.value] as const;
        });
  const terms = prepareTerms(table, given, context);
  const mutate: Mutate = (values, { clock, now }) => {
    const time = { timestamp: clock.next(), now: Math.floor(now() / 1000) };
    const bound = bind(terms, values);
    return statement.kind === 'insert' ? rowMutation(table, bound, time) : removal(table, bound, time);
  };
  const prepared: Prepared = {
    variables: terms.variables,
    partitionKeyMarkers: terms.partitionKeyMarkers,
    columns: undefined,
    needs: [need('MODIFY', table)],
    execute: async ({ values }, executing) => {
      await executing.storage.write([mutate(values, executing)]);
      return voidResult;
    },
  };
  mutators.set(prepared, mutate);
  return prepared;
}

function batchOf(statements: readonly BoundStatement[]): Prepared {
  return {
    variables: [],
    partitionKeyMarkers: [],
    columns: undefined,
    needs: statements.flatMap(({ prepared }) => prepared.needs),
    execute: async (_options, executing) => {
      const mutations = statements.map(({ prepared, values }) => mutators.get(prepared)!(values, executing));
      await executing.storage.write(mutations);
      return voidResult;
    },
  };
}

export const plainData: DataStatements = {
  select,
  modify,
  batch: ({ statements }, context) =>
    batchOf(statements.map((statement) => ({ prepared: modify(statement, context), values: [] }))),
  truncate: ({ table: name }, context) => {
    const table = tableOf(name, context.schema, context.keyspace);
    return {
      variables: [],
      partitionKeyMarkers: [],
      columns: undefined,
      needs: [need('MODIFY', table)],
      execute: async (_options, { storage }) => {
        await storage.truncate(table);
        return voidResult;
      },
    };
  },
  batchMessage: (_kind, statements) => batchOf(statements),
};
