import { expect, test } from 'vitest';
import type { Describe } from '../../../parser/ast.ts';
import { parse } from '../../../parser/index.ts';
import type { Schema } from '../../../schema/model.ts';
import { withTable, withTestKeyspace } from '../../../schema/test/support.ts';
import { pagingSeal } from '../../../session/paging-seal.ts';
import { mapEntries } from '../../../types/collections.ts';
import type { Executing, RowsResult } from '../../api.ts';
import { prepareDescribe } from '../describe.ts';

const schema = withTable(withTable(withTestKeyspace(), 'a', 'k int', 'k'), 'b', 'k int', 'k');

async function run(
  text: string,
  more: { pageSize?: number; pagingState?: Uint8Array; schema?: Schema; keyspace?: string } = {},
) {
  const now = more.schema ?? schema;
  const prepared = prepareDescribe(parse(text).statement as Describe, schema, more.keyspace, {
    endpoint: () => '/10.0.0.1:7000',
  });
  const executing: Pick<Executing, 'schema' | 'paging' | 'keyspace'> = {
    schema: () => now,
    paging: pagingSeal(Buffer.alloc(32)),
    keyspace: more.keyspace,
  };
  const options = {
    values: [],
    consistency: 1,
    serialConsistency: undefined,
    timestamp: undefined,
    nowSeconds: undefined,
    pageSize: more.pageSize,
    pagingState: more.pagingState,
  };
  return (await prepared.execute(options, executing as Executing)) as RowsResult;
}

const shown = ({ rows }: RowsResult) => rows.map((row) => row.map((value) => Buffer.from(value!).toString()));

test('columns are known before, and belong to no table that there is', async () => {
  const { columns } = await run('DESCRIBE TABLES');
  expect(columns.map(({ name }) => name)).toEqual(['keyspace_name', 'type', 'name']);
  expect(columns[0]).toMatchObject({ keyspace: 'system', table: 'describe' });
});

test('pages of any size are the whole', async () => {
  const whole = shown(await run('DESCRIBE KEYSPACE ks'));
  expect(whole).toHaveLength(3);
  for (const pageSize of [1, 2, 3, 4]) {
    const rows: string[][] = [];
    let pagingState: Uint8Array | undefined;
    do {
      const page = await run('DESCRIBE KEYSPACE ks', { pageSize, ...(pagingState && { pagingState }) });
      rows.push(...shown(page));
      pagingState = page.pagingState;
    } while (pagingState !== undefined);
    expect(rows).toEqual(whole);
  }
});

test('a page of another schema is refused', async () => {
  const { pagingState } = await run('DESCRIBE KEYSPACE ks', { pageSize: 1 });
  const changed = withTable(schema, 'c', 'k int', 'k');
  await expect(run('DESCRIBE KEYSPACE ks', { pagingState: pagingState!, schema: changed })).rejects.toThrow(
    'The schema has changed since the previous page of the DESCRIBE statement result. Please retry the DESCRIBE statement.',
  );
});

test('the cluster has one node with the one range', async () => {
  const { rows } = await run('DESCRIBE CLUSTER', { keyspace: 'ks' });
  const [cluster, partitioner, snitch, ranges] = rows[0]!;
  expect([cluster, partitioner, snitch].map((value) => Buffer.from(value!).toString())).toEqual([
    'Hypergate',
    'Murmur3Partitioner',
    'SimpleSnitch',
  ]);
  const [end, addresses] = mapEntries(ranges!);
  expect(Buffer.from(end!).toString()).toBe('-9223372036854775808');
  expect(Buffer.from(addresses!).toString()).toContain('/10.0.0.1:7000');
});
