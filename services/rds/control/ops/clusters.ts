/** DB clusters: create, restore, describe, change, delete. */
import type { ClusterRecord } from '../../model/control-records.ts';
import { clusterTable } from '../../model/control-tables.ts';
import { databaseOf, masterUserOf, retentionOf } from '../check.ts';
import { membersOf } from '../cluster-members.ts';
import { endCluster } from '../end-cluster.ts';
import { type EngineName, engineOf, engineVersions, versionOf } from '../engines.ts';
import { clusterNotFound, invalidClusterState, invalidCombination, rdsError } from '../errors.ts';
import { passes } from '../input.ts';
import { controlLimits } from '../limits.ts';
import { arnOf, identifierOf } from '../names.ts';
import { createCluster } from '../new-cluster.ts';
import { masterPasswordOf } from '../new-instance.ts';
import { change, look } from '../operation.ts';
import { readPage } from '../pages.ts';
import { clusterNamed, ownName, requireCluster, usableSnapshot } from '../records.ts';
import { masterSecretName } from '../secrets.ts';
import { newSnapshot, refuseSnapshotName } from '../snapshots.ts';
import { tagsOf, withTags } from '../tags.ts';
import { clusterView } from '../views/cluster.ts';
import { timeOf } from './restore-instance.ts';

const resources = { DBClusterIdentifier: 'cluster' } as const;

const create = change('CreateDBCluster', resources, async (call) => {
  const { input } = call;
  const engine = engineOf(input.required('Engine'));
  for (const member of ['ReplicationSourceIdentifier', 'GlobalClusterIdentifier', 'ScalingConfiguration'])
    if (input.has(member)) throw invalidCombination(`${member} is not supported.`);
  const mode = input.text('EngineMode') ?? 'provisioned';
  if (mode !== 'provisioned')
    throw invalidCombination(`The engine mode ${mode} you requested is currently unavailable.`);
  const row = await createCluster(call, {
    engine: versionOf(engine, input.text('EngineVersion')),
    masterUser: masterUserOf(input),
    ...masterPasswordOf(call),
    database: databaseOf(input, 'DatabaseName'),
    source: { kind: 'empty' },
    retentionDays: retentionOf(input, 1, 1),
    base: {},
    tags: tagsOf(input),
  });
  return { DBCluster: await clusterView(call, row) };
});

const restoreSnapshot = change(
  'RestoreDBClusterFromSnapshot',
  { ...resources, SnapshotIdentifier: 'cluster-snapshot' },
  async (call) => {
    const { input } = call;
    const asked = input.required('SnapshotIdentifier');
    const snapshot = await usableSnapshot(
      call,
      asked.includes(':snapshot:') ? 'snapshot' : 'cluster-snapshot',
      asked,
    );
    if (snapshot.state !== 'available')
      throw rdsError('InvalidDBClusterSnapshotStateFault', `The snapshot ${snapshot.name} is not available.`);
    const engine = engineOf(input.required('Engine'));
    const row = await createCluster(call, {
      engine: { engine, major: snapshot.major, version: engineVersions[snapshot.major] },
      masterUser: snapshot.masterUser,
      password: snapshot.password,
      managed: false,
      database: snapshot.database,
      source: { kind: 'snapshot', snapshot: snapshot.data },
      retentionDays: retentionOf(input, 1, 1),
      base: engine === snapshot.engine ? snapshot.settings : {},
      tags: withTags(snapshot.settings.CopyTagsToSnapshot === true ? snapshot.tags : [], tagsOf(input)),
    });
    return { DBCluster: await clusterView(call, row) };
  },
);

const restoreTime = change(
  'RestoreDBClusterToPointInTime',
  { ...resources, SourceDBClusterIdentifier: 'cluster' },
  async (call) => {
    const { input, scope, secrets } = call;
    const source = await clusterNamed(call, input.required('SourceDBClusterIdentifier'));
    const type = input.text('RestoreType') ?? 'full-copy';
    if (type !== 'full-copy' && type !== 'copy-on-write')
      throw invalidCombination(`Invalid RestoreType: ${type}`);
    if (source.volume === undefined) throw invalidClusterState(`The cluster ${source.name} has no data yet.`);
    const secret = await secrets.find(scope, masterSecretName(source.id, source.masterUser));
    // A clone is of now.
    const atMs =
      type === 'copy-on-write'
        ? ('latest' as const)
        : timeOf(call, source.volume, source.retentionDays, 'RestoreToTime');
    const row = await createCluster(call, {
      engine: { engine: source.engine as EngineName, major: source.major, version: source.version },
      masterUser: source.masterUser,
      password: secret?.password,
      managed: false,
      database: source.database,
      source: { kind: 'time', instance: source.volume, atMs },
      retentionDays: retentionOf(input, source.retentionDays, 1),
      base: source.settings,
      tags: tagsOf(input),
    });
    return { DBCluster: await clusterView(call, row) };
  },
);

const filterNames = ['clone-group-id', 'db-cluster-id', 'db-cluster-resource-id', 'domain', 'engine'];

const describe = look('DescribeDBClusters', resources, async (call) => {
  const { input, scope, store } = call;
  const filters = input.filters(filterNames);
  const asked = input.text('DBClusterIdentifier');
  if (asked !== undefined && filters.length === 0)
    return { DBClusters: [await clusterView(call, await clusterNamed(call, asked))] };
  const name = asked === undefined ? undefined : ownName(call, asked, 'cluster');
  if (asked !== undefined && name === undefined) throw clusterNotFound(asked);
  const isShown = (row: ClusterRecord) =>
    (name === undefined || row.name === name) &&
    passes(filters, (filter) => {
      if (filter === 'engine') return [row.engine];
      if (filter === 'db-cluster-resource-id') return [row.id];
      return filter === 'db-cluster-id' ? [row.name, arnOf(row, 'cluster', row.name)] : [];
    });
  const page = await readPage(
    input,
    'DescribeDBClusters',
    (after) => store.list(clusterTable, scope, after),
    (row) => row.name,
    (row) => (isShown(row) ? clusterView(call, row) : undefined),
  );
  return { Marker: page.marker, DBClusters: page.items };
});

const remove = change('DeleteDBCluster', resources, async (call) => {
  const { input, scope, store } = call;
  const cluster = await requireCluster(call);
  if (cluster.deletionProtection)
    throw invalidCombination(
      'Cannot delete protected Cluster, please disable deletion protection and try again.',
    );
  if (cluster.deleting !== undefined)
    throw invalidClusterState(`Cluster ${cluster.name} is already being deleted.`);
  if (cluster.ownMembers === 0 && (await membersOf(call, cluster)).length > 0)
    throw invalidClusterState(
      'Cluster cannot be deleted, it still contains DB instances in non-deleting state.',
    );
  const member = 'FinalDBSnapshotIdentifier';
  const given = input.text(member);
  const skips = input.flag('SkipFinalSnapshot') === true;
  if (skips && given !== undefined)
    throw invalidCombination(
      `${member} cannot be specified when deleting a cluster with SkipFinalSnapshot enabled`,
    );
  if (!skips && given === undefined)
    throw invalidCombination(`${member} is required unless SkipFinalSnapshot is specified.`);
  const hasData = cluster.volume !== undefined && call.instances.status(cluster.volume) !== undefined;
  let snapshot: string | undefined;
  if (given !== undefined && hasData) {
    snapshot = identifierOf(given, member, controlLimits.snapshotIdentifierCharsMax);
    await refuseSnapshotName(call, 'cluster-snapshot', scope, snapshot);
    await newSnapshot(
      call,
      cluster,
      cluster.volume!,
      snapshot,
      cluster.settings.CopyTagsToSnapshot === true ? cluster.tags : [],
    );
  }
  const deleting: ClusterRecord = { ...cluster, deleting: { snapshot } };
  await store.write(store.put(clusterTable, deleting));
  const view = await clusterView(call, deleting);
  endCluster(call, deleting);
  return { DBCluster: { ...view, Status: 'deleting' } };
});

export const clusterOperations = [create, restoreSnapshot, restoreTime, describe, remove];
