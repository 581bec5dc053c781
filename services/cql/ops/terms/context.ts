/** What is known while a statement is prepared: its markers, the schema, the functions it calls. */
import type { CqlFunction, Functions } from '../../functions/api.ts';
import { argumentText } from '../../functions/signature.ts';
import type { Marker } from '../../parser/ast.ts';
import type { Schema, TableSchema } from '../../schema/model.ts';
import type { CqlType } from '../../types/api.ts';
import type { ColumnSpec, Need } from '../api.ts';
import type { TermContext, Variables } from './api.ts';
import { columnSpec } from './specs.ts';

class StatementVariables implements Variables {
  readonly specs: ColumnSpec[] = [];
  /** As they were given, before a marker's own name. */
  private readonly targets: ColumnSpec[] = [];
  private readonly names: readonly (string | undefined)[];

  constructor(names: readonly (string | undefined)[]) {
    this.names = names;
  }

  set({ index }: Marker, spec: ColumnSpec): void {
    const name = this.names[index];
    this.targets[index] = spec;
    this.specs[index] = name === undefined ? spec : { ...spec, name };
  }

  partitionKeyMarkers(table: TableSchema): readonly number[] {
    const markers = table.partitionKey.map((column) => this.targets.lastIndexOf(columnSpec(table, column)));
    return markers.includes(-1) ? [] : markers;
  }
}

export function newTermContext(
  schema: Schema,
  keyspace: string,
  functions: Functions,
  markers: readonly (string | undefined)[],
): TermContext {
  return { schema, keyspace, functions, variables: new StatementVariables(markers), needs: [] };
}

/** Notes the permission that calling a function takes. */
export function noteCall(context: TermContext, called: CqlFunction): void {
  if (called.keyspace === undefined) return;
  noteExecute(context, called.keyspace, called);
  if (called.kind !== 'aggregate') return;
  for (const part of called.calls) noteExecute(context, part.keyspace, part);
}

function noteExecute(
  { needs }: TermContext,
  keyspace: string,
  { name, argumentTypes: types }: { readonly name: string; readonly argumentTypes: readonly CqlType[] },
): void {
  const argumentTypes = types.map(argumentText);
  const need: Need = { permission: 'EXECUTE', resource: { kind: 'function', keyspace, name, argumentTypes } };
  const text = JSON.stringify(need);
  if (!needs.some((other) => JSON.stringify(other) === text)) needs.push(need);
}
