/** Finds records by what a caller wrote: a name, or an ARN. */
import { ConditionFailed } from '@hypergate/table';
import type { ClusterRecord, InstanceRecord, SnapshotRecord } from '../model/control-records.ts';
import {
  clusterSnapshotTable,
  clusterTable,
  instancesById,
  instanceTable,
  nameKey,
  type Scope,
  snapshotTable,
} from '../model/control-tables.ts';
import type { ControlCall, ControlContext } from './context.ts';
import { clusterNotFound, instanceNotFound, rdsError } from './errors.ts';
import { parseArn, type ResourceKind } from './names.ts';
import { masterSecretName } from './secrets.ts';

/** @returns the name of a resource of the caller's, undefined when it names somebody else's */
export function ownName({ scope }: ControlCall, text: string, kind: ResourceKind): string | undefined {
  const arn = parseArn(text);
  if (arn === undefined) return text.toLowerCase();
  const isOwn = arn.kind === kind && arn.account === scope.account && arn.region === scope.region;
  return isOwn ? arn.name : undefined;
}

/** The record, unless it is one that was deleted and whose instance is gone by now: that ends here. */
export async function findInstance(
  context: ControlContext,
  scope: Scope,
  name: string,
): Promise<InstanceRecord | undefined> {
  const { store, instances, jobs } = context;
  const found = await store.record(instanceTable, nameKey(scope, name));
  if (found === undefined) return undefined;
  const { row, revision } = found;
  const isGone =
    row.intent?.kind === 'delete' && !jobs.has(jobOf(row.id)) && instances.status(row.id) === undefined;
  if (!isGone) return row;
  try {
    await store.write(
      {
        kind: 'remove',
        domain: store.domain,
        table: instanceTable,
        key: nameKey(scope, name),
        condition: { revision },
      },
      ...secretsOf(context, row),
    );
    await context.events.add(scope, 'db-instance', name, 'deletion', 'DB instance deleted');
  } catch (error) {
    // Somebody else ended it, or a new one has the name.
    if (!(error instanceof ConditionFailed)) throw error;
    return store.get(instanceTable, scope, name);
  }
  return undefined;
}

/** One job of an instance at a time. */
export const jobOf = (id: string): string => `instance ${id}`;

function secretsOf({ secrets }: ControlContext, row: InstanceRecord) {
  if (row.cluster !== undefined) return [];
  const names = [masterSecretName(row.id, row.masterUser)];
  if (row.managedSecret !== undefined) names.push(row.managedSecret);
  return names.map((name) => secrets.remove(row, name));
}

/** @throws AwsError */
export async function requireInstance(
  call: ControlCall,
  member = 'DBInstanceIdentifier',
): Promise<InstanceRecord> {
  return instanceNamed(call, call.input.required(member));
}

/** @throws AwsError */
export async function instanceNamed(call: ControlCall, text: string): Promise<InstanceRecord> {
  const name = ownName(call, text, 'db');
  const found = name === undefined ? undefined : await findInstance(call, call.scope, name);
  if (found === undefined) throw instanceNotFound(name ?? text);
  return found;
}

export async function instanceById(
  { store }: ControlContext,
  id: string,
): Promise<InstanceRecord | undefined> {
  for await (const row of store.indexed(instanceTable, instancesById, id)) return row;
  return undefined;
}

/** Of the caller's account and region, without those that are gone. */
export async function ownInstances(context: ControlContext, scope: Scope): Promise<InstanceRecord[]> {
  const found: InstanceRecord[] = [];
  for await (const { name } of context.store.list(instanceTable, scope)) {
    const row = await findInstance(context, scope, name);
    if (row !== undefined) found.push(row);
  }
  return found;
}

/** @throws AwsError */
export async function requireCluster(
  call: ControlCall,
  member = 'DBClusterIdentifier',
): Promise<ClusterRecord> {
  return clusterNamed(call, call.input.required(member));
}

/** @throws AwsError */
export async function clusterNamed(call: ControlCall, text: string): Promise<ClusterRecord> {
  const name = ownName(call, text, 'cluster');
  const found = name === undefined ? undefined : await call.store.get(clusterTable, call.scope, name);
  if (found === undefined) throw clusterNotFound(name ?? text);
  return found;
}

export type SnapshotKind = 'snapshot' | 'cluster-snapshot';

export const snapshotTableOf = (kind: SnapshotKind) =>
  kind === 'snapshot' ? snapshotTable : clusterSnapshotTable;

export const snapshotNotFound = (kind: SnapshotKind, name: string) =>
  kind === 'snapshot'
    ? rdsError('DBSnapshotNotFound', `DBSnapshot ${name} not found.`)
    : rdsError('DBClusterSnapshotNotFoundFault', `DBClusterSnapshot ${name} not found.`);

/** @throws AwsError */
export async function ownSnapshot(
  call: ControlCall,
  kind: SnapshotKind,
  text: string,
): Promise<SnapshotRecord> {
  const name = ownName(call, text, kind);
  const found =
    name === undefined ? undefined : await call.store.get(snapshotTableOf(kind), call.scope, name);
  if (found === undefined) throw snapshotNotFound(kind, name ?? text);
  return found;
}

/** One of the caller's, or one that its owner shares with the caller, by its ARN. @throws AwsError */
export async function usableSnapshot(
  call: ControlCall,
  kind: SnapshotKind,
  text: string,
): Promise<SnapshotRecord> {
  const arn = parseArn(text);
  const { account, region } = call.scope;
  if (arn === undefined || (arn.account === account && arn.region === region))
    return ownSnapshot(call, kind, text);
  const found = arn.kind === kind ? await call.store.get(snapshotTableOf(kind), arn, arn.name) : undefined;
  const isShared = found?.sharedWith.some((who) => who === 'all' || who === account) ?? false;
  if (found === undefined || !isShared || arn.region !== region) throw snapshotNotFound(kind, text);
  return found;
}
