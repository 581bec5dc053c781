/**
 * Keywords of CQL, and what a keyword may be besides. Specification: appendix A of the CQL 3.4.5 reference, and the lists of
 * unreserved keywords in Apache Cassandra's grammar, version 4.1. Few that are keywords only in later versions are any here,
 * and those may be names.
 */

/** What a token may stand for; bits of `Token.uses`. */
export const uses = {
  /** A name of a keyspace, table, column, field, alias or role. */
  name: 1,
  /** A name of a function. */
  function: 2,
  /** A name of a user type. */
  type: 4,
  /** A native type. */
  nativeType: 8,
} as const;

const { name, type, nativeType } = uses;
const functionName = uses.function;

const basic = name | functionName | type;
const native = name | functionName | nativeType;

const reserved = [
  ...['ADD', 'ALLOW', 'ALTER', 'AND', 'APPLY', 'ASC', 'AUTHORIZE', 'BATCH', 'BEGIN', 'BY', 'COLUMNFAMILY'],
  ...['CREATE', 'DELETE', 'DESC', 'DESCRIBE', 'DROP', 'ENTRIES', 'EXECUTE', 'FROM', 'FULL', 'GRANT', 'IF'],
  ...['IN', 'INDEX', 'INSERT', 'INTO', 'IS', 'KEYSPACE', 'LIMIT', 'MATERIALIZED', 'MODIFY', 'NORECURSIVE'],
  ...['NOT', 'NULL', 'OF', 'ON', 'OR', 'ORDER', 'PRIMARY', 'RENAME', 'REVOKE', 'SCHEMA', 'SELECT', 'SET'],
  ...['TO', 'TRUNCATE', 'UNLOGGED', 'UPDATE', 'USE', 'USING', 'VIEW', 'WHERE', 'WITH'],
] as const;

/** Names of anything. */
const unreserved = [
  ...['ACCESS', 'AGGREGATE', 'AGGREGATES', 'ALL', 'AS', 'CALLED', 'CLUSTER', 'CLUSTERING', 'COMPACT'],
  ...['CONTAINS', 'CUSTOM', 'DATACENTERS', 'DEFAULT', 'EXISTS', 'FILTERING', 'FINALFUNC', 'FROZEN'],
  ...['FUNCTION', 'FUNCTIONS', 'GROUP', 'HASHED', 'INITCOND', 'INPUT', 'INTERNALS', 'KEYS', 'KEYSPACES'],
  ...['LANGUAGE', 'LIKE', 'LIST', 'LOGIN', 'MAP', 'MBEAN', 'MBEANS', 'NOLOGIN', 'NOSUPERUSER', 'ONLY'],
  ...['OPTIONS', 'PARTITION', 'PASSWORD', 'PER', 'PERMISSION', 'PERMISSIONS', 'REPLACE', 'RETURNS', 'ROLE'],
  ...['ROLES', 'SFUNC', 'STATIC', 'STORAGE', 'STYPE', 'SUPERUSER', 'TABLES', 'TRIGGER', 'TUPLE', 'TYPE'],
  ...['TYPES', 'UNSET', 'USER', 'USERS', 'VALUES'],
] as const;

/** Names, but not of functions or types, as they begin expressions of their own. */
const expressions = ['CAST', 'DISTINCT', 'JSON', 'TTL', 'WRITETIME'] as const;

/** Keywords of version 5 only: names wherever there were any before. */
const later = ['ANN', 'MAXWRITETIME', 'VECTOR'] as const;

const nativeTypes = [
  ...['ASCII', 'BIGINT', 'BLOB', 'BOOLEAN', 'COUNTER', 'DATE', 'DECIMAL', 'DOUBLE', 'DURATION', 'FLOAT'],
  ...['INET', 'INT', 'SMALLINT', 'TEXT', 'TIME', 'TIMESTAMP', 'TIMEUUID', 'TINYINT', 'UUID', 'VARCHAR'],
  'VARINT',
] as const;

export type Keyword =
  | (typeof reserved)[number]
  | (typeof unreserved)[number]
  | (typeof expressions)[number]
  | (typeof later)[number]
  | (typeof nativeTypes)[number]
  | ('KEY' | 'COUNT' | 'TOKEN' | 'POSITIVE_NAN' | 'NEGATIVE_NAN')
  | ('POSITIVE_INFINITY' | 'NEGATIVE_INFINITY');

export interface KeywordEntry {
  readonly kind: Keyword | 'BOOLEAN_LITERAL';
  readonly uses: number;
}

/** By the word in lower case. */
export const keywords: ReadonlyMap<string, KeywordEntry> = new Map<string, KeywordEntry>([
  ...reserved.map((kind) => [kind.toLowerCase(), { kind, uses: 0 }] as const),
  ...unreserved.map((kind) => [kind.toLowerCase(), { kind, uses: basic }] as const),
  ...expressions.map((kind) => [kind.toLowerCase(), { kind, uses: name }] as const),
  ...nativeTypes.map((kind) => [kind.toLowerCase(), { kind, uses: native }] as const),
  ...later.map((kind) => [kind.toLowerCase(), { kind, uses: basic }] as const),
  ['key', { kind: 'KEY', uses: name | type }],
  ['count', { kind: 'COUNT', uses: name | functionName }],
  ['token', { kind: 'TOKEN', uses: functionName }],
  ['table', { kind: 'COLUMNFAMILY', uses: 0 }],
  ['columnfamilies', { kind: 'TABLES', uses: basic }],
  ['nan', { kind: 'POSITIVE_NAN', uses: 0 }],
  ['infinity', { kind: 'POSITIVE_INFINITY', uses: 0 }],
  ['true', { kind: 'BOOLEAN_LITERAL', uses: 0 }],
  ['false', { kind: 'BOOLEAN_LITERAL', uses: 0 }],
]);

/** Keywords that may stand where an older grammar wants what is no keyword. */
export const laterKeywords: ReadonlySet<string> = new Set(later);

/**
 * Whether a word in lower case has to be quoted to be a name. `true` and `false` need it too: Cassandra's own list forgets them, and
 * what it prints can then not be read.
 */
export function isReserved(word: string): boolean {
  const entry = keywords.get(word);
  return entry !== undefined && (entry.uses & name) === 0;
}
