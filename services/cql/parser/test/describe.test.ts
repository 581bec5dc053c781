import { expect, test } from 'vitest';
import type { DescribeTarget } from '../ast.ts';
import { qualified, statementOf } from './support.ts';

test.each<[string, DescribeTarget]>([
  ['CLUSTER', { kind: 'cluster' }],
  ['KEYSPACES', { kind: 'keyspaces' }],
  ['TABLES', { kind: 'tables' }],
  ['TYPES', { kind: 'types' }],
  ['FUNCTIONS', { kind: 'functions' }],
  ['AGGREGATES', { kind: 'aggregates' }],
  ['SCHEMA', { kind: 'schema', full: false }],
  ['FULL SCHEMA', { kind: 'schema', full: true }],
  ['KEYSPACE', { kind: 'keyspace', keyspace: undefined, only: false }],
  ['KEYSPACE Ks', { kind: 'keyspace', keyspace: 'ks', only: false }],
  ['ONLY KEYSPACE "Ks"', { kind: 'keyspace', keyspace: 'Ks', only: true }],
  ['TABLE ks.t', { kind: 'table', name: qualified('t', 'ks') }],
  ['INDEX i', { kind: 'index', name: qualified('i') }],
  ['MATERIALIZED VIEW v', { kind: 'view', name: qualified('v') }],
  ['TYPE ks.u', { kind: 'type', name: qualified('u', 'ks') }],
  ['FUNCTION f', { kind: 'function', name: qualified('f') }],
  ['AGGREGATE g', { kind: 'aggregate', name: qualified('g') }],
  ['type', { kind: 'any', name: qualified('type') }],
  ['only', { kind: 'any', name: qualified('only') }],
  ['"Ks"."T"', { kind: 'any', name: qualified('T', 'Ks') }],
])('%s', (text, target) => {
  expect(statementOf(`DESCRIBE ${text}`)).toEqual({ kind: 'describe', target, withInternals: false });
  expect(statementOf(`DESC ${text} WITH INTERNALS;`)).toEqual({
    kind: 'describe',
    target,
    withInternals: true,
  });
});
