/** What statements without bind markers have in common. */
import type { Soon } from '../../engine/storage.ts';
import { invalid } from '../../errors.ts';
import type { ColumnSpec, Executing, Need, Prepared, QueryOptions, Result } from '../api.ts';

const none: readonly never[] = [];

export interface PlainStatement {
  readonly columns?: readonly ColumnSpec[];
  readonly needs?: readonly Need[];
  execute(executing: Executing, options: QueryOptions): Soon<Result>;
}

export function plainStatement({ columns, needs = none, execute }: PlainStatement): Prepared {
  return {
    variables: none,
    partitionKeyMarkers: none,
    columns,
    needs,
    execute: (options, executing) => execute(executing, options),
  };
}

/** @throws CqlError `invalid` */
export function keyspaceOr(given: string | undefined, inUse: string | undefined): string {
  const keyspace = given ?? inUse;
  if (keyspace !== undefined) return keyspace;
  throw invalid('No keyspace has been specified. USE a keyspace, or explicitly specify keyspace.tablename');
}

export const voidResult: Result = { kind: 'void' };
