/** Taking a snapshot: its record first, then the data, which may take long. */
import { InstanceRefusal } from '../instance/api.ts';
import type { ClusterRecord, InstanceRecord, SnapshotRecord } from '../model/control-records.ts';
import { type Scope, snapshotsByData } from '../model/control-tables.ts';
import type { ControlContext } from './context.ts';
import { rdsError } from './errors.ts';
import { controlLimits } from './limits.ts';
import { type SnapshotKind, snapshotTableOf } from './records.ts';
import { masterSecretName } from './secrets.ts';

export function randomId(context: Pick<ControlContext, 'random'>): string {
  return Buffer.from(context.random.bytes(16)).toString('hex');
}

/** Of an instance, or of a cluster. */
export type SnapshotSource = InstanceRecord | ClusterRecord;

/** @throws AwsError when the name is taken, or there are too many */
export async function refuseSnapshotName(
  { store }: ControlContext,
  kind: SnapshotKind,
  scope: Scope,
  name: string,
): Promise<void> {
  const table = snapshotTableOf(kind);
  const isOfInstance = kind === 'snapshot';
  if ((await store.get(table, scope, name)) !== undefined) {
    throw isOfInstance
      ? rdsError(
          'DBSnapshotAlreadyExists',
          `Cannot create the snapshot because a snapshot with the identifier ${name} already exists.`,
        )
      : rdsError(
          'DBClusterSnapshotAlreadyExistsFault',
          `A cluster snapshot with the identifier ${name} already exists.`,
        );
  }
  const { manualSnapshotsMax, clusterSnapshotsMax } = controlLimits;
  const max = isOfInstance ? manualSnapshotsMax : clusterSnapshotsMax;
  if ((await store.count(table, scope)) >= max)
    throw rdsError('SnapshotQuotaExceeded', `Cannot create more than ${max} snapshots.`);
}

export async function newSnapshot(
  context: ControlContext,
  of: SnapshotSource,
  instance: string,
  name: string,
  tags: SnapshotRecord['tags'],
): Promise<SnapshotRecord> {
  const { store, secrets, clock, instances } = context;
  const secret = await secrets.find(of, masterSecretName(of.id, of.masterUser));
  const now = clock.now();
  const port = of.port ?? instances.status(instance)?.endpoint?.port;
  const row: SnapshotRecord = {
    account: of.account,
    region: of.region,
    name,
    createdMs: now,
    tags,
    source: of.name,
    sourceId: of.id,
    instance,
    data: randomId(context),
    state: 'creating',
    engine: of.engine,
    major: of.major,
    version: of.version,
    masterUser: of.masterUser,
    iamAuthentication: of.iamAuthentication,
    instanceCreatedMs: of.createdMs,
    sharedWith: [],
    settings: of.settings,
    ...(secret === undefined ? {} : { password: secret.password }),
    ...(of.database === undefined ? {} : { database: of.database }),
    ...(port === undefined ? {} : { port }),
  };
  const kind: SnapshotKind = 'ownMembers' in of ? 'cluster-snapshot' : 'snapshot';
  await store.write(store.put(snapshotTableOf(kind), row));
  return row;
}

export const snapshotJob = (
  kind: SnapshotKind,
  { account, region, name }: Scope & { name: string },
): string => `${kind} ${account}/${region}/${name}`;

/** Takes what its record announces, if it is not taken yet. @returns whether it is there in the end */
export async function finishSnapshot(
  context: ControlContext,
  kind: SnapshotKind,
  scope: Scope,
  name: string,
): Promise<boolean> {
  const { store, instances, clock, events } = context;
  const table = snapshotTableOf(kind);
  const row = await store.get(table, scope, name);
  if (row === undefined) return false;
  if (row.state !== 'creating') return row.state === 'available';
  const type = kind === 'snapshot' ? 'db-snapshot' : 'db-cluster-snapshot';
  try {
    const { bytes } = await instances.snapshot(row.instance, row.data);
    const done: SnapshotRecord = { ...row, state: 'available', finishedMs: clock.now(), bytes };
    await store.write(store.put(table, done));
    const category = kind === 'snapshot' ? 'creation' : 'backup';
    await events.add(row, type, name, category, 'Manual snapshot created');
    return true;
  } catch (error) {
    if (!(error instanceof InstanceRefusal)) throw error;
    const failed: SnapshotRecord = { ...row, state: 'failed' };
    await store.write(store.put(table, failed));
    if (kind === 'snapshot') await events.add(row, type, name, 'failure', error.message);
    return false;
  }
}

/** What an earlier process began to take may be there in part: it is given up under its name, and taken under another. */
export async function retakeSnapshot(
  context: ControlContext,
  kind: SnapshotKind,
  row: SnapshotRecord,
): Promise<void> {
  const { store } = context;
  const again = { ...row, data: randomId(context) };
  await store.write(store.put(snapshotTableOf(kind), again));
  await giveUpData(context, row.data);
  await finishSnapshot(context, kind, again, again.name);
}

/** Removes the record, and the data when it was the last that has it. */
export async function removeSnapshot(
  context: ControlContext,
  kind: SnapshotKind,
  row: SnapshotRecord,
): Promise<void> {
  const { store, events } = context;
  const table = snapshotTableOf(kind);
  const ending: SnapshotRecord = { ...row, state: 'deleting' };
  await store.write(store.put(table, ending));
  if ((await store.entries(snapshotsByData, row.data)) === 1) await giveUpData(context, row.data);
  await store.write(store.remove(table, row));
  if (kind === 'snapshot')
    await events.add(row, 'db-snapshot', row.name, 'deletion', 'Deleted user snapshot');
}

async function giveUpData({ instances }: ControlContext, data: string): Promise<void> {
  try {
    await instances.deleteSnapshot(data);
  } catch (error) {
    if (!(error instanceof InstanceRefusal && error.reason === 'unknown')) throw error;
  }
}
