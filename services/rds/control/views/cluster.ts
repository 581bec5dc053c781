/** A DB cluster as answers show it. */
import type { ClusterRecord } from '../../model/control-records.ts';
import { membersOf } from '../cluster-members.ts';
import type { ControlContext } from '../context.ts';
import { arnOf } from '../names.ts';
import { secretArn } from '../secrets.ts';
import { logsOf } from '../settings.ts';
import { tagList } from '../tags.ts';
import { statusOf } from './instance.ts';

export async function clusterStatus(context: ControlContext, cluster: ClusterRecord): Promise<string> {
  const members = await membersOf(context, cluster);
  if (cluster.deleting !== undefined) return 'deleting';
  const states = members.map((row) => statusOf(context, row));
  if (cluster.stopped) return states.every((state) => state === 'stopped') ? 'stopped' : 'stopping';
  if (states.includes('starting')) return 'starting';
  const isMaking =
    cluster.ownMembers > members.length || (cluster.ownMembers > 0 && states.includes('creating'));
  return isMaking ? 'creating' : 'available';
}

export async function clusterView(
  context: ControlContext,
  cluster: ClusterRecord,
): Promise<Readonly<Record<string, unknown>>> {
  const members = await membersOf(context, cluster);
  const volume = cluster.volume === undefined ? undefined : context.instances.status(cluster.volume);
  const reader = members.find(({ id }) => id !== cluster.volume);
  const readerEndpoint =
    (reader === undefined ? undefined : context.instances.status(reader.id)?.endpoint) ?? volume?.endpoint;
  const dated = (ms: number | undefined) =>
    ms === undefined || cluster.retentionDays === 0 ? undefined : new Date(ms);
  return {
    ...cluster.settings,
    DBClusterIdentifier: cluster.name,
    DBClusterArn: arnOf(cluster, 'cluster', cluster.name),
    DbClusterResourceId: cluster.id,
    Status: await clusterStatus(context, cluster),
    Engine: cluster.engine,
    EngineVersion: cluster.version,
    EngineMode: 'provisioned',
    DatabaseName: cluster.database,
    MasterUsername: cluster.masterUser,
    Endpoint: volume?.endpoint?.address,
    ReaderEndpoint: readerEndpoint?.address,
    Port: volume?.endpoint?.port ?? cluster.port ?? 5432,
    CustomEndpoints: [],
    AvailabilityZones: cluster.availabilityZones,
    MultiAZ: members.length > 1,
    BackupRetentionPeriod: cluster.retentionDays,
    ClusterCreateTime: new Date(cluster.createdMs),
    EarliestRestorableTime: dated(volume?.earliestRestorableMs),
    LatestRestorableTime: dated(volume?.latestRestorableMs),
    DBClusterParameterGroup: cluster.parameterGroup,
    DBSubnetGroup: cluster.subnetGroup ?? 'default',
    DBClusterMembers: members.map((row) => ({
      DBInstanceIdentifier: row.name,
      IsClusterWriter: row.id === cluster.volume,
      DBClusterParameterGroupStatus: 'in-sync',
      PromotionTier: row.settings.PromotionTier ?? 1,
    })),
    VpcSecurityGroups: cluster.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    ReadReplicaIdentifiers: [],
    AssociatedRoles: [],
    DomainMemberships: [],
    StorageEncrypted: true,
    IAMDatabaseAuthenticationEnabled: cluster.iamAuthentication,
    DeletionProtection: cluster.deletionProtection,
    HttpEndpointEnabled: cluster.httpEndpoint,
    CrossAccountClone: false,
    ActivityStreamStatus: 'stopped',
    EnabledCloudwatchLogsExports: logsOf(cluster.settings),
    TagList: tagList(cluster.tags),
    ...(cluster.managedSecret === undefined
      ? {}
      : {
          MasterUserSecret: { SecretArn: secretArn(cluster, cluster.managedSecret), SecretStatus: 'active' },
        }),
  };
}
