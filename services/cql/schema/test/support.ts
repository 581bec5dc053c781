/** Statements in short, for tests. */
import { CqlError } from '../../errors.ts';
import {
  type ChangeContext,
  type Changed,
  type CreateTable,
  type CreateView,
  createKeyspace,
  createTable,
  createType,
  createView,
  emptySchema,
  type Properties,
  type PropertyMap,
  type RawType,
  type Schema,
  type ViewRelation,
} from '../index.ts';
import { parseTypeText } from '../type-text.ts';

export const type = (text: string): RawType => parseTypeText(text);

export function context(id = 1): ChangeContext {
  return {
    now: 1_700_000_000_000_000n,
    newTableId: id.toString(16).padStart(32, '0'),
    cluster: { dataCentres: ['datacenter1'], nodes: 1 },
  };
}

export const map = (record: Record<string, string>): PropertyMap => new Map(Object.entries(record));
export const properties = (record: Record<string, string | Record<string, string>>): Properties =>
  new Map(
    Object.entries(record).map(([name, value]) => [name, typeof value === 'string' ? value : map(value)]),
  );

export const simpleReplication = { class: 'SimpleStrategy', replication_factor: '1' };

export function withTestKeyspace(schema: Schema = emptySchema, name = 'ks'): Schema {
  return createKeyspace(
    schema,
    { keyspace: name, properties: properties({ replication: simpleReplication }), ifNotExists: false },
    context(),
  ).schema;
}

const names = (text = '') =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

/** `columns`: `name type [static]` with semicolons between; `key`: `a, b / c`. */
export function tableStatement(
  name: string,
  columns: string,
  key: string,
  more: Partial<CreateTable> = {},
): CreateTable {
  const [partition, clustering] = key.split('/');
  return {
    keyspace: 'ks',
    name,
    columns: columns.split(';').map((column) => {
      const [, columnName, text, isStatic] = /^\s*(\S+) (.+?)( static)?\s*$/.exec(column)!;
      return { name: columnName!, type: type(text!), isStatic: isStatic !== undefined };
    }),
    primaryKeys: [{ partition: names(partition), clustering: names(clustering) }],
    clusteringOrder: [],
    compactStorage: false,
    properties: new Map(),
    ifNotExists: false,
    ...more,
  };
}

let tables = 0;

/** Each with an id of its own. */
export function withTable(
  schema: Schema,
  name: string,
  columns: string,
  key: string,
  more: Partial<CreateTable> = {},
): Schema {
  tables += 1;
  return createTable(schema, tableStatement(name, columns, key, more), context(1000 + tables)).schema;
}

export function withType(schema: Schema, name: string, fields: string): Schema {
  return createType(schema, {
    keyspace: 'ks',
    name,
    fields: fields.split(';').map((field) => {
      const [, fieldName, text] = /^\s*(\S+) (.+?)\s*$/.exec(field)!;
      return { name: fieldName!, type: type(text!) };
    }),
    ifNotExists: false,
  }).schema;
}

/** `key` as of tables; all its columns IS NOT NULL, and what else stands in `relations`. */
export function viewStatement(
  name: string,
  baseTable: string,
  key: string,
  more: Partial<CreateView> & { relations?: readonly ViewRelation[] } = {},
): CreateView {
  const [partition, clustering] = key.split('/');
  const primaryKey = { partition: names(partition), clustering: names(clustering) };
  const notNull = [...primaryKey.partition, ...primaryKey.clustering];
  const { relations, ...rest } = more;
  return {
    keyspace: 'ks',
    name,
    baseTable,
    selected: undefined,
    where: {
      text: notNull.map((column) => `${column} IS NOT NULL`).join(' AND '),
      relations: relations ?? notNull.map((column) => ({ kind: 'notNull', columns: [column] })),
    },
    primaryKey,
    clusteringOrder: [],
    properties: new Map(),
    ifNotExists: false,
    ...rest,
  };
}

export function withView(schema: Schema, ...statement: Parameters<typeof viewStatement>): Schema {
  tables += 1;
  return createView(schema, viewStatement(...statement), context(1000 + tables)).schema;
}

export const tableOf = (schema: Schema, name: string) => schema.keyspaces.get('ks')!.tables.get(name)!;

/** Code and message of what is thrown; a test fails when nothing is. */
export function problem(run: () => Changed | unknown): string {
  try {
    run();
  } catch (error) {
    if (error instanceof CqlError) return `${error.code}: ${error.message}`;
    throw error;
  }
  throw new Error('nothing was thrown');
}
