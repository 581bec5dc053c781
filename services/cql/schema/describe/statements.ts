/** The statements that would make what is there, word for word as Cassandra 4.0 describes it. */

import { quoteFunctionName, quoteName, quoteText, quoteTypeName } from '../../types/quoting.ts';
import { typeText } from '../../types/type-text.ts';
import type {
  AggregateSchema,
  FunctionSchema,
  IndexSchema,
  KeyspaceSchema,
  TableSchema,
  UserType,
} from '../model.ts';
import { shortStrategy } from '../params/replication.ts';
import { tableName } from '../table.ts';
import { argumentTypeText } from '../type-text.ts';

export function keyspaceStatement(keyspace: KeyspaceSchema): string {
  const name = quoteName(keyspace.name);
  if (keyspace.isVirtual)
    return [
      '/*',
      `Warning: Keyspace ${name} is a virtual keyspace and cannot be recreated with CQL.`,
      'Structure, for reference:',
      `VIRTUAL KEYSPACE ${name};`,
      '*/',
    ].join('\n');
  const { class: className, ...options } = keyspace.replication;
  const replication = [
    `'class': ${quoteText(shortStrategy(className!))}`,
    ...Object.entries(options).map(([key, value]) => `${quoteText(key)}: ${quoteText(value)}`),
  ].join(', ');
  // The two spaces are Cassandra's.
  return `CREATE KEYSPACE ${name} WITH replication = {${replication}}  AND durable_writes = ${keyspace.durableWrites};`;
}

export function typeStatement(type: UserType): string {
  const fields = type.fields.map((field) => `    ${quoteName(field.name)} ${typeText(field.type)}`);
  return `CREATE TYPE ${quoteName(type.keyspace)}.${quoteTypeName(type.name)} (\n${fields.join(',\n')}\n);`;
}

export function indexStatement(table: TableSchema, index: IndexSchema): string {
  const { target, class_name: className, ...options } = index.options;
  const where = `${quoteName(index.name)} ON ${tableName(table)} (${target})`;
  if (index.kind !== 'CUSTOM') return `CREATE INDEX ${where};`;
  const rest = Object.keys(options).length === 0 ? '' : ` WITH OPTIONS = ${mapText(options)}`;
  return `CREATE CUSTOM INDEX ${where} USING ${quoteText(className!)}${rest};`;
}

/** A map of texts as CQL writes it, by key. */
export function mapText(map: Readonly<Record<string, string>>): string {
  const entries = Object.entries(map)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `${quoteText(key)}: ${quoteText(value)}`);
  return `{${entries.join(', ')}}`;
}

const functionName = ({ keyspace, name }: FunctionSchema | AggregateSchema) =>
  `${quoteName(keyspace)}.${quoteFunctionName(name)}`;

/** Between dollars, unless it has some that would end it. */
function bodyText(body: string): string {
  return body.includes('$$') || body.endsWith('$') ? quoteText(body) : `$$${body}$$`;
}

export function functionStatement(definition: FunctionSchema): string {
  const parameters = definition.argumentNames.map(
    (name, at) => `${quoteName(name)} ${argumentTypeText(definition.argumentTypes[at]!)}`,
  );
  return [
    `CREATE FUNCTION ${functionName(definition)}(${parameters.join(', ')})`,
    `    ${definition.calledOnNull ? 'CALLED' : 'RETURNS NULL'} ON NULL INPUT`,
    `    RETURNS ${argumentTypeText(definition.returnType)}`,
    `    LANGUAGE ${definition.language}`,
    `    AS ${bodyText(definition.body)};`,
  ].join('\n');
}

export function aggregateStatement(definition: AggregateSchema): string {
  const types = definition.argumentTypes.map(argumentTypeText).join(', ');
  const lines = [
    `CREATE AGGREGATE ${functionName(definition)}(${types})`,
    `    SFUNC ${quoteFunctionName(definition.stateFunction)}`,
    `    STYPE ${argumentTypeText(definition.stateType)}`,
  ];
  if (definition.finalFunction !== undefined)
    lines.push(`    FINALFUNC ${quoteFunctionName(definition.finalFunction)}`);
  if (definition.initialCondition !== undefined) lines.push(`    INITCOND ${definition.initialCondition}`);
  return `${lines.join('\n')};`;
}

/** `f(int, text)`: overloads are told apart by it. */
export function overloadName(definition: FunctionSchema | AggregateSchema, quoted: boolean): string {
  const name = quoted ? quoteFunctionName(definition.name) : definition.name;
  return `${name}(${definition.argumentTypes.map(argumentTypeText).join(', ')})`;
}
