/** DROP TYPE, while nothing uses it. */
import { invalid } from '../../errors.ts';
import type { CqlType } from '../../types/api.ts';
import { withKeyspace } from '../keyspace.ts';
import type { KeyspaceSchema, Schema } from '../model.ts';
import { columnsOf } from '../table.ts';
import { referencesUserType } from '../type-facts.ts';
import { type Changed, changed, keyspaceToChange, unchanged } from './change.ts';

export interface DropType {
  readonly keyspace: string;
  readonly name: string;
  readonly ifExists: boolean;
}

export function dropType(schema: Schema, statement: DropType): Changed {
  const { keyspace: keyspaceName, name } = statement;
  const keyspace = keyspaceToChange(schema, keyspaceName, 'DROP', name);
  if (keyspace === undefined || !keyspace.types.has(name)) {
    if (statement.ifExists) return unchanged(schema);
    throw invalid(`Type '${keyspaceName}.${name}' doesn't exist`);
  }
  for (const [what, users] of usersOf(keyspace, name))
    if (users.length > 0)
      throw invalid(
        `Cannot drop user type '${keyspaceName}.${name}' as it is still used by ${what} ${users.join(', ')}`,
      );
  const types = new Map(keyspace.types);
  types.delete(name);
  return changed(withKeyspace(schema, { ...keyspace, types }), {
    change: 'DROPPED',
    target: 'TYPE',
    keyspace: keyspaceName,
    name,
  });
}

function usersOf(keyspace: KeyspaceSchema, name: string): [what: string, users: string[]][] {
  const uses = (types: readonly CqlType[]) => types.some((type) => referencesUserType(type, name));
  const functions = [...keyspace.functions.values()]
    .flat()
    .filter((each) => uses([...each.argumentTypes, each.returnType]));
  const aggregates = [...keyspace.aggregates.values()]
    .flat()
    .filter((each) => uses([...each.argumentTypes, each.stateType, each.returnType]));
  const types = [...keyspace.types.values()].filter(
    (type) => type.name !== name && uses(type.fields.map((field) => field.type)),
  );
  const tables = [...keyspace.tables.values()].filter((table) =>
    uses(columnsOf(table).map((column) => column.type)),
  );
  return [
    ['functions', [...functions, ...aggregates].map((each) => `${each.keyspace}.${each.name}`)],
    ['user types', types.map((type) => type.name)],
    ['tables', tables.map((table) => table.name)],
  ];
}
