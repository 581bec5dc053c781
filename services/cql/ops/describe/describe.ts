/** DESCRIBE: rows of the schema's description, page by page. A page that belongs to another schema is refused, as in Cassandra. */
import { invalid } from '../../errors.ts';
import type { Describe } from '../../parser/ast.ts';
import { type Description, describe } from '../../schema/describe/index.ts';
import type { Schema } from '../../schema/model.ts';
import { clusterName, onlyToken } from '../../system/node-facts.ts';
import type { Value } from '../../types/api.ts';
import { encodeList, encodeMap } from '../../types/collections.ts';
import type { ColumnSpec, Executing, Prepared, QueryOptions, RowsResult } from '../api.ts';
import { plainStatement } from '../misc/statement.ts';

export interface DescribeModules {
  /** The node that has the range, as DESCRIBE CLUSTER shows it. */
  readonly endpoint: () => string;
}

export function prepareDescribe(
  statement: Describe,
  schema: Schema,
  keyspace: string | undefined,
  { endpoint }: DescribeModules,
): Prepared {
  const describeIn = (of: Schema, inUse: string | undefined) =>
    describe(of, statement, {
      keyspace: inUse,
      clusterName,
      ranges: new Map([[onlyToken, [endpoint()]]]),
    });
  const columns = specsOf(describeIn(schema, keyspace));
  return plainStatement({
    columns,
    execute: (executing, options) =>
      pageOf(columns, describeIn(executing.schema(), executing.keyspace), executing, options),
  });
}

function specsOf({ columns }: Description): ColumnSpec[] {
  return columns.map(({ name, type }) => ({ keyspace: 'system', table: 'describe', name, type }));
}

function pageOf(
  columns: readonly ColumnSpec[],
  { rows }: Description,
  { schema, paging }: Executing,
  { pageSize, pagingState }: QueryOptions,
): RowsResult {
  const { version } = schema();
  const start = pagingState === undefined ? 0 : startOf(paging.open(pagingState), version);
  const end = pageSize === undefined ? rows.length : Math.min(rows.length, start + pageSize);
  const page = rows
    .slice(start, end)
    .map((row) => columns.map((_, at) => (row[at] === undefined ? undefined : encode(row[at]))));
  if (end >= rows.length) return { kind: 'rows', columns, rows: page };
  return { kind: 'rows', columns, rows: page, pagingState: paging.seal(Buffer.from(`${version} ${end}`)) };
}

function startOf(state: Uint8Array, version: string): number {
  const [of, start] = Buffer.from(state).toString().split(' ');
  if (of === version && start !== undefined) return Number(start);
  throw invalid(
    'The schema has changed since the previous page of the DESCRIBE statement result. Please retry the DESCRIBE statement.',
  );
}

type Shown = string | ReadonlyMap<string, readonly string[]>;

function encode(shown: Shown): Value {
  if (typeof shown === 'string') return Buffer.from(shown);
  const entries = [...shown].flatMap(([end, addresses]): Value[] => [
    Buffer.from(end),
    encodeList(addresses.map((address) => Buffer.from(address))),
  ]);
  return encodeMap(entries);
}
