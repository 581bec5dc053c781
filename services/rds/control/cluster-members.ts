/**
 * Members of clusters. One instance has the cluster's data (`volume`), the others are its read replicas. A failover exchanges what
 * two members stand for: the data moves to a new term where it is, and the name of the target is now that of the writer. When the
 * last member goes, its instance stays, stopped, until there is another one.
 */
import { InstanceRefusal } from '../instance/api.ts';
import type { ClusterRecord, InstanceRecord, Settings } from '../model/control-records.ts';
import { clusterTable, instanceTable } from '../model/control-tables.ts';
import type { ControlCall, ControlContext } from './context.ts';
import { carryOut } from './effects.ts';
import type { EngineName } from './engines.ts';
import { invalidClusterState, invalidCombination, rdsError } from './errors.ts';
import { controlLimits } from './limits.ts';
import { resourceId } from './names.ts';
import { createInstance } from './new-instance.ts';
import { ownInstances } from './records.ts';
import { masterSecretName } from './secrets.ts';
import { defaultSettings } from './settings.ts';
import type { ControlWrite } from './store.ts';
import { tagsOf } from './tags.ts';

/** Those that are deleted no longer count. */
export async function membersOf(context: ControlContext, cluster: ClusterRecord): Promise<InstanceRecord[]> {
  const all = await ownInstances(context, cluster);
  return all.filter((row) => row.cluster === cluster.name && row.intent?.kind !== 'delete');
}

/** The first member gets the cluster's data, the others follow it. @throws AwsError InstanceRefusal */
export async function addMember(
  call: ControlCall,
  cluster: ClusterRecord,
  name: string,
): Promise<InstanceRecord> {
  const { input, store, instances } = call;
  if (cluster.deleting !== undefined)
    throw invalidClusterState(`The cluster ${cluster.name} is being deleted.`);
  if (cluster.stopped) throw invalidClusterState(`The cluster ${cluster.name} is stopped.`);
  for (const member of [
    'AllocatedStorage',
    'MasterUsername',
    'MasterUserPassword',
    'DBName',
    'ManageMasterUserPassword',
  ]) {
    if (input.has(member) && cluster.ownMembers === 0)
      throw invalidCombination(
        `The requested DB Instance will be a member of a DB Cluster. Set ${member} for the DB Cluster.`,
      );
  }
  const members = await membersOf(call, cluster);
  if (members.length >= controlLimits.clusterMembersMax)
    throw rdsError(
      'InstanceQuotaExceeded',
      `A cluster has at most ${controlLimits.clusterMembersMax} instances.`,
    );
  const volume =
    cluster.volume !== undefined && instances.status(cluster.volume) !== undefined
      ? cluster.volume
      : undefined;
  const isWriter = members.length === 0;
  const id = isWriter ? (volume ?? resourceId('db', call.random)) : resourceId('db', call.random);
  const secret = await call.secrets.find(cluster, masterSecretName(cluster.id, cluster.masterUser));
  const source = isWriter ? cluster.source : ({ kind: 'replica', of: cluster.volume! } as const);
  const also: ControlWrite[] =
    isWriter && volume === undefined ? [store.put(clusterTable, { ...cluster, volume: id })] : [];
  const base: Settings = { ...defaultSettings(cluster.region), PromotionTier: 1, ...cluster.settings };
  // Storage is the cluster's.
  delete base.AllocatedStorage;
  try {
    const record = await createInstance(
      call,
      {
        name,
        id,
        engine: { engine: cluster.engine as EngineName, major: cluster.major, version: cluster.version },
        masterUser: cluster.masterUser,
        source,
        password: secret?.password,
        database: cluster.database,
        port: isWriter ? cluster.port : undefined,
        retentionDays: isWriter ? cluster.retentionDays : 0,
        base,
        tags: tagsOf(input),
        iamAuthentication: cluster.iamAuthentication,
        cluster: cluster.name,
      },
      ...also,
    );
    if (volume === id) await wake(call, record);
    return record;
  } catch (error) {
    if (error instanceof InstanceRefusal && also.length > 0)
      await store.write(store.put(clusterTable, cluster));
    throw error;
  }
}

/** The data of a cluster that had no member for a while. */
async function wake({ instances }: ControlCall, { id, name }: InstanceRecord): Promise<void> {
  await instances.modify(id, { name });
  if (instances.status(id)?.state === 'stopped') await instances.start(id);
}

export interface Leave {
  /** As the record is to be deleted: with another instance, where another member takes over. */
  readonly record: InstanceRecord;
  readonly keepsData: boolean;
  readonly writes: readonly ControlWrite[];
}

/** What it means for its cluster that an instance is deleted. @throws AwsError */
export async function leaveCluster(call: ControlCall, record: InstanceRecord): Promise<Leave> {
  const cluster =
    record.cluster === undefined ? undefined : await call.store.get(clusterTable, record, record.cluster);
  if (cluster === undefined) return { record, keepsData: false, writes: [] };
  if (cluster.ownMembers > 0)
    throw rdsError(
      'InvalidDBInstanceState',
      `The instance belongs to the Multi-AZ DB cluster ${cluster.name}, and is deleted with it.`,
    );
  if (record.id !== cluster.volume) return { record, keepsData: false, writes: [] };
  const [heir] = (await membersOf(call, cluster)).filter(({ name }) => name !== record.name).sort(byTier);
  if (heir === undefined) return { record, keepsData: true, writes: [] };
  const { store } = call;
  return {
    record: { ...record, id: heir.id },
    keepsData: false,
    writes: [store.put(instanceTable, { ...heir, id: record.id, retentionDays: record.retentionDays })],
  };
}

/** The target becomes the writer. @throws AwsError InstanceRefusal */
export async function failOver(
  call: ControlCall,
  cluster: ClusterRecord,
  target: string | undefined,
): Promise<void> {
  const { store, instances, events } = call;
  const members = await membersOf(call, cluster);
  const writer = members.find(({ id }) => id === cluster.volume);
  const readers = members.filter(({ id }) => id !== cluster.volume).sort(byTier);
  const heir = target === undefined ? readers[0] : readers.find(({ name }) => name === target);
  if (writer === undefined || heir === undefined) {
    throw invalidClusterState(
      target === undefined
        ? `The cluster ${cluster.name} has no reader that could become its writer.`
        : `The instance ${target} is not a reader of the cluster ${cluster.name}.`,
    );
  }
  const change = (row: InstanceRecord, other: InstanceRecord): InstanceRecord => ({
    ...row,
    id: other.id,
    retentionDays: other.retentionDays,
    parameters: other.parameters,
    intent: { kind: 'change', change: { name: row.name } },
  });
  const exchanged = [change(writer, heir), change(heir, writer)];
  await store.write(...exchanged.map((row) => store.put(instanceTable, row)));
  for (const row of exchanged) await carryOut(call, row);
  await instances.reboot(writer.id, true);
  const message = `Completed failover to DB instance: ${heir.name}`;
  await events.add(cluster, 'db-cluster', cluster.name, 'failover', message);
}

function byTier(a: InstanceRecord, b: InstanceRecord): number {
  return (
    Number(a.settings.PromotionTier ?? 1) - Number(b.settings.PromotionTier ?? 1) ||
    (a.name < b.name ? -1 : 1)
  );
}
