/** DROP FUNCTION and DROP AGGREGATE. */
import { invalid } from '../../errors.ts';
import { typeText } from '../../types/type-text.ts';
import { findOverload, withKeyspace, withoutOverload } from '../keyspace.ts';
import type { AggregateSchema, FunctionSchema, KeyspaceSchema, Schema } from '../model.ts';
import { type RawType, rawTypeText, resolveType } from '../raw-type.ts';
import { signatureText } from '../type-text.ts';
import { type Changed, changed, keyspaceToChange, unchanged } from './change.ts';
import { checkArgumentTypes } from './create-function.ts';

export interface DropFunction {
  readonly keyspace: string;
  readonly name: string;
  /** Undefined: the only one of that name. */
  readonly argumentTypes: readonly RawType[] | undefined;
  readonly ifExists: boolean;
}

export function dropFunction(schema: Schema, statement: DropFunction): Changed {
  const { keyspace: keyspaceName, name } = statement;
  const keyspace = keyspaceToChange(schema, keyspaceName, 'DROP', name);
  const found = find(keyspace, statement, 'FUNCTION', (each) => each.functions);
  if (keyspace === undefined || found === undefined) {
    if (statement.ifExists) return unchanged(schema);
    throw invalid(`Function '${textOf(statement)}' doesn't exist`);
  }
  const users = aggregatesUsing(keyspace, found);
  if (users.length > 0)
    throw invalid(
      `Function '${textOf(statement)}' is still referenced by aggregates ${users.map((each) => `${each.keyspace}.${each.name}`).join(', ')}`,
    );
  const functions = withoutOverload(keyspace.functions, found);
  return changed(withKeyspace(schema, { ...keyspace, functions }), {
    change: 'DROPPED',
    target: 'FUNCTION',
    keyspace: keyspaceName,
    name,
    argumentTypes: found.argumentTypes.map(typeText),
  });
}

export function dropAggregate(schema: Schema, statement: DropFunction): Changed {
  const { keyspace: keyspaceName, name } = statement;
  const keyspace = keyspaceToChange(schema, keyspaceName, 'DROP', name);
  const found = find(keyspace, statement, 'AGGREGATE', (each) => each.aggregates);
  if (keyspace === undefined || found === undefined) {
    if (statement.ifExists) return unchanged(schema);
    throw invalid(`Aggregate '${textOf(statement)}' doesn't exist`);
  }
  const aggregates = withoutOverload(keyspace.aggregates, found);
  return changed(withKeyspace(schema, { ...keyspace, aggregates }), {
    change: 'DROPPED',
    target: 'AGGREGATE',
    keyspace: keyspaceName,
    name,
    argumentTypes: found.argumentTypes.map(typeText),
  });
}

function textOf({ keyspace, name, argumentTypes }: DropFunction): string {
  const types = argumentTypes === undefined ? '' : `(${argumentTypes.map(rawTypeText).join(', ')})`;
  return `${keyspace}.${name}${types}`;
}

function find<T extends FunctionSchema | AggregateSchema>(
  keyspace: KeyspaceSchema | undefined,
  { name, argumentTypes }: DropFunction,
  word: string,
  all: (keyspace: KeyspaceSchema) => ReadonlyMap<string, readonly T[]>,
): T | undefined {
  if (keyspace === undefined) return undefined;
  // A function and an aggregate may share a name: both are meant while no arguments are named.
  const named = [...(keyspace.functions.get(name) ?? []), ...(keyspace.aggregates.get(name) ?? [])];
  if (named.length > 1 && argumentTypes === undefined)
    throw invalid(
      `'DROP ${word} ${name}' matches multiple function definitions; specify the argument types by issuing a statement ` +
        `like 'DROP ${word} ${name} (type, type, ...)'. You can use cqlsh 'DESCRIBE ${word} ${name}' command to find all overloads`,
    );
  const overloads = all(keyspace).get(name);
  if (argumentTypes === undefined) return overloads?.[0];
  checkArgumentTypes(argumentTypes);
  const types = argumentTypes.map((type) => resolveType(type, keyspace.name, keyspace.types));
  return findOverload(overloads, types);
}

function aggregatesUsing(keyspace: KeyspaceSchema, found: FunctionSchema): AggregateSchema[] {
  const signature = signatureText(found.argumentTypes);
  return [...keyspace.aggregates.values()]
    .flat()
    .filter(
      (each) =>
        (each.stateFunction === found.name &&
          signatureText([each.stateType, ...each.argumentTypes]) === signature) ||
        (each.finalFunction === found.name && signatureText([each.stateType]) === signature),
    );
}
