/** ALTER TYPE: fields are added or get other names; all that uses the type follows. */
import { invalid } from '../../errors.ts';
import { withKeyspace } from '../keyspace.ts';
import { schemaLimits } from '../limits.ts';
import type { KeyspaceSchema, Schema, UserType } from '../model.ts';
import { checkIdentifier } from '../names.ts';
import { rawTypeText, resolveType, userTypeName, userTypeOf } from '../raw-type.ts';
import { columnsOf, tableName, withColumns } from '../table.ts';
import { referencesUserType, typeNodes, withUserType } from '../type-facts.ts';
import type { Rename } from './alter-table.ts';
import { type Changed, changed, keyspaceToChange, unchanged } from './change.ts';
import { checkFieldCount, checkFieldType, type NewField } from './create-type.ts';

export interface AlterType {
  readonly keyspace: string;
  readonly name: string;
  readonly ifExists: boolean;
  readonly change: TypeChange;
}

export type TypeChange =
  | { readonly kind: 'add'; readonly ifNotExists: boolean; readonly field: NewField }
  | { readonly kind: 'rename'; readonly ifExists: boolean; readonly renames: readonly Rename[] }
  | { readonly kind: 'alterType' };

export function alterType(schema: Schema, statement: AlterType): Changed {
  const { keyspace: keyspaceName, name, change } = statement;
  const keyspace = keyspaceToChange(schema, keyspaceName, 'ALTER', name);
  const type = keyspace?.types.get(name);
  if (keyspace === undefined || type === undefined) {
    if (statement.ifExists) return unchanged(schema);
    throw invalid(`Type ${keyspaceName}.${name} doesn't exist`);
  }
  const altered = alter(keyspace, type, change);
  if (altered === type) return unchanged(schema);
  const next = withAlteredType(keyspace, altered);
  for (const each of next.types.values())
    if (typeNodes(userTypeOf(each, true), schemaLimits.typeNodes) > schemaLimits.typeNodes)
      throw invalid(
        `Type ${userTypeName(each)} would be too large: more than ${schemaLimits.typeNodes} parts with its user types`,
      );
  return changed(withKeyspace(schema, next), {
    change: 'UPDATED',
    target: 'TYPE',
    keyspace: keyspaceName,
    name,
  });
}

function alter(keyspace: KeyspaceSchema, type: UserType, change: TypeChange): UserType {
  switch (change.kind) {
    case 'add':
      if (change.ifNotExists && type.fields.some(({ name }) => name === change.field.name)) return type;
      return addField(keyspace, type, change.field);
    case 'rename':
      return renameFields(keyspace, type, change.renames, change.ifExists);
    case 'alterType':
      throw invalid('Altering field types is no longer supported');
  }
}

function addField(keyspace: KeyspaceSchema, type: UserType, field: NewField): UserType {
  checkFieldType(field.type);
  checkIdentifier(field.name);
  checkFieldCount(type.fields.length + 1);
  if (type.fields.some(({ name }) => name === field.name))
    throw invalid(
      `Cannot add field ${field.name} to type ${userTypeName(type)}: a field with name ${field.name} already exists`,
    );
  const added = resolveType(field.type, keyspace.name, keyspace.types);
  const what = `Cannot add new field ${field.name} of type ${rawTypeText(field.type)} to user type ${userTypeName(type)}`;
  if (referencesUserType(added, type.name)) throw invalid(`${what} as it would create a circular reference`);
  const tables = [...keyspace.tables.values()].filter((table) =>
    table.partitionKey.some((column) => referencesUserType(column.type, type.name)),
  );
  if (tables.length > 0)
    throw invalid(
      `${what} as the type is being used in partition key by the following tables: ${tables.map(tableName).join(', ')}`,
    );
  return { ...type, fields: [...type.fields, { name: field.name, type: added }] };
}

function renameFields(
  keyspace: KeyspaceSchema,
  type: UserType,
  renames: readonly Rename[],
  ifExists: boolean,
): UserType {
  const aggregates = [...keyspace.aggregates.values()]
    .flat()
    .filter((each) => each.initialCondition !== undefined && referencesUserType(each.stateType, type.name))
    .map((each) => `${each.keyspace}.${each.name}`);
  if (aggregates.length > 0)
    throw invalid(
      `Cannot alter user type ${userTypeName(type)} as it is still used in INITCOND by aggregates ${aggregates.join(', ')}`,
    );
  const names = type.fields.map(({ name }) => name);
  const next = [...names];
  for (const { from, to } of renames) {
    const at = names.indexOf(from);
    if (at < 0 && ifExists) continue;
    // Spelled like this, and with the keyspace in the type's place, by Cassandra 4.0.
    if (at < 0) throw invalid(`Unkown field ${from} in user type ${keyspace.name}`);
    checkIdentifier(to);
    next[at] = to;
  }
  for (const [at, name] of next.entries())
    if (next.indexOf(name) !== at) throw invalid(`Duplicate field name ${name} in type ${keyspace.name}`);
  return { ...type, fields: type.fields.map((field, at) => ({ name: next[at]!, type: field.type })) };
}

/** The keyspace with the type replaced wherever it is used. */
function withAlteredType(keyspace: KeyspaceSchema, altered: UserType): KeyspaceSchema {
  const mapValues = <K, V>(map: ReadonlyMap<K, V>, change: (value: V) => V) =>
    new Map([...map].map(([key, value]) => [key, change(value)]));
  const update = <T extends Parameters<typeof withUserType>[0]>(type: T) => withUserType(type, altered);
  return {
    ...keyspace,
    tables: mapValues(keyspace.tables, (table) => {
      if (!columnsOf(table).some(({ type }) => referencesUserType(type, altered.name))) return table;
      return withColumns(
        table,
        columnsOf(table).map((column) => ({ ...column, type: update(column.type) })),
      );
    }),
    types: mapValues(keyspace.types, (type) =>
      type.name === altered.name
        ? altered
        : { ...type, fields: type.fields.map(({ name, type: each }) => ({ name, type: update(each) })) },
    ),
    functions: mapValues(keyspace.functions, (overloads) =>
      overloads.map((each) => ({
        ...each,
        argumentTypes: each.argumentTypes.map(update),
        returnType: update(each.returnType),
      })),
    ),
    aggregates: mapValues(keyspace.aggregates, (overloads) =>
      overloads.map((each) => ({
        ...each,
        argumentTypes: each.argumentTypes.map(update),
        stateType: update(each.stateType),
        returnType: update(each.returnType),
      })),
    ),
  };
}
