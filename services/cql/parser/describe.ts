/** DESCRIBE, as servers answer it since version 4.0. Most of its words may be names as well. */
import type { Describe, DescribeTarget } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { functionName, isName, name, tableName, userTypeName } from './names.ts';
import type { Kind } from './tokens.ts';

type Plural = 'cluster' | 'keyspaces' | 'tables' | 'types' | 'functions' | 'aggregates';

const plurals: ReadonlyMap<Kind, Plural> = new Map<Kind, Plural>([
  ['CLUSTER', 'cluster'],
  ['KEYSPACES', 'keyspaces'],
  ['TABLES', 'tables'],
  ['TYPES', 'types'],
  ['FUNCTIONS', 'functions'],
  ['AGGREGATES', 'aggregates'],
]);

export function describe(cursor: Cursor): Describe {
  cursor.take();
  const target = describeTarget(cursor);
  const withInternals = cursor.accept('WITH');
  if (withInternals) cursor.expect('INTERNALS');
  return { kind: 'describe', target, withInternals };
}

function describeTarget(cursor: Cursor): DescribeTarget {
  const plural = plurals.get(cursor.kind);
  if (plural !== undefined) {
    cursor.take();
    return { kind: plural };
  }
  switch (cursor.kind) {
    case 'FULL':
    case 'SCHEMA': {
      const full = cursor.accept('FULL');
      cursor.expect('SCHEMA');
      return { kind: 'schema', full };
    }
    case 'ONLY':
      if (cursor.peek(1).kind === 'KEYSPACE') return keyspace(cursor);
      break;
    case 'KEYSPACE':
      return keyspace(cursor);
    case 'COLUMNFAMILY':
      cursor.take();
      return { kind: 'table', name: tableName(cursor) };
    case 'INDEX':
      cursor.take();
      return { kind: 'index', name: tableName(cursor) };
    case 'MATERIALIZED':
      cursor.expectAll('MATERIALIZED', 'VIEW');
      return { kind: 'view', name: tableName(cursor) };
    case 'TYPE':
      if (!isName(cursor.peek(1))) break;
      cursor.take();
      return { kind: 'type', name: userTypeName(cursor) };
    case 'FUNCTION':
      if (!isName(cursor.peek(1))) break;
      cursor.take();
      return { kind: 'function', name: functionName(cursor) };
    case 'AGGREGATE':
      if (!isName(cursor.peek(1))) break;
      cursor.take();
      return { kind: 'aggregate', name: functionName(cursor) };
    default:
  }
  const first = name(cursor);
  if (!cursor.accept('.')) return { kind: 'any', name: { keyspace: undefined, name: first } };
  return { kind: 'any', name: { keyspace: first, name: name(cursor) } };
}

function keyspace(cursor: Cursor): DescribeTarget {
  const only = cursor.accept('ONLY');
  cursor.expect('KEYSPACE');
  return { kind: 'keyspace', keyspace: isName(cursor.token) ? name(cursor) : undefined, only };
}
