/** AddTagsToResource, RemoveTagsFromResource, ListTagsForResource. */
import type { TableDefinition } from '@hypergate/table';
import type { Tag } from '../../model/control-records.ts';
import {
  clusterParameterGroupTable,
  clusterSnapshotTable,
  clusterTable,
  instanceTable,
  parameterGroupTable,
  type Scope,
  snapshotTable,
  subnetGroupTable,
} from '../../model/control-tables.ts';
import type { ControlCall } from '../context.ts';
import { invalidValue, rdsError } from '../errors.ts';
import { parseArn, type ResourceKind } from '../names.ts';
import { change, look } from '../operation.ts';
import { findInstance } from '../records.ts';
import { tagList, tagsOf, withTags } from '../tags.ts';

type Tagged = Scope & { readonly name: string; readonly tags: Tag[] };

// biome-ignore lint/suspicious/noExplicitAny: tables of different rows, which all have tags
const tables: Readonly<Partial<Record<ResourceKind, readonly [table: TableDefinition<any>, error: string]>>> =
  {
    db: [instanceTable, 'DBInstanceNotFound'],
    cluster: [clusterTable, 'DBClusterNotFoundFault'],
    snapshot: [snapshotTable, 'DBSnapshotNotFound'],
    'cluster-snapshot': [clusterSnapshotTable, 'DBClusterSnapshotNotFoundFault'],
    pg: [parameterGroupTable, 'DBParameterGroupNotFound'],
    'cluster-pg': [clusterParameterGroupTable, 'DBClusterParameterGroupNotFound'],
    subgrp: [subnetGroupTable, 'DBSubnetGroupNotFoundFault'],
  };

/** @throws AwsError */
async function taggedOf(call: ControlCall) {
  const { input, scope, store } = call;
  const text = input.required('ResourceName');
  const arn = parseArn(text);
  if (arn === undefined || arn.account !== scope.account || arn.region !== scope.region)
    throw invalidValue(`Invalid resource name: ${text.slice(0, 300)}`);
  const [table, error] = tables[arn.kind] ?? [];
  const row: Tagged | undefined =
    table === undefined
      ? undefined
      : arn.kind === 'db'
        ? await findInstance(call, scope, arn.name)
        : await store.get(table, scope, arn.name);
  if (table === undefined || row === undefined)
    throw rdsError(error ?? 'InvalidParameterValue', `The resource ${text} is not found.`);
  return { table, row };
}

const add = change('AddTagsToResource', { ResourceName: 'db' }, async (call) => {
  const { table, row } = await taggedOf(call);
  const tags = withTags(row.tags, tagsOf(call.input));
  await call.store.write(call.store.put(table, { ...row, tags }));
  return {};
});

const remove = change('RemoveTagsFromResource', { ResourceName: 'db' }, async (call) => {
  const { table, row } = await taggedOf(call);
  const keys = call.input.texts('TagKeys') ?? [];
  const tags = row.tags.filter(({ key }) => !keys.includes(key));
  await call.store.write(call.store.put(table, { ...row, tags }));
  return {};
});

const list = look('ListTagsForResource', { ResourceName: 'db' }, async (call) => {
  const { row } = await taggedOf(call);
  return { TagList: tagList(row.tags) };
});

export const tagOperations = [add, remove, list];
