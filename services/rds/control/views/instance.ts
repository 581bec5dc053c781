/** A DB instance as answers show it: its record, and what its instance says of itself. */
import type { InstanceState } from '../../instance/api.ts';
import type { InstanceRecord } from '../../model/control-records.ts';
import type { ControlContext } from '../context.ts';
import { wantedParameters } from '../groups.ts';
import { arnOf } from '../names.ts';
import { jobOf, ownInstances } from '../records.ts';
import { secretArn } from '../secrets.ts';
import { logsOf } from '../settings.ts';
import { tagList } from '../tags.ts';
import { findSubnetGroup, subnetGroupView } from './subnet-group.ts';

const shown: Readonly<Record<InstanceState, string>> = {
  creating: 'creating',
  available: 'available',
  starting: 'starting',
  stopping: 'stopping',
  stopped: 'stopped',
  rebooting: 'rebooting',
  modifying: 'modifying',
  restoring: 'creating',
  promoting: 'modifying',
  deleting: 'deleting',
  failed: 'failed',
};

/** `DBInstanceStatus`. */
export function statusOf({ instances, jobs }: ControlContext, record: InstanceRecord): string {
  const { intent, id } = record;
  if (intent?.kind === 'delete') return 'deleting';
  const state = instances.status(id)?.state;
  if (state === undefined || intent?.kind === 'create') return 'creating';
  if (intent?.kind === 'stop') return 'stopping';
  if (state === 'available' && jobs.has(jobOf(id))) return 'backing-up';
  if (state === 'available' && intent !== undefined) return 'modifying';
  return shown[state];
}

export function sameParameters(
  told: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): boolean {
  const names = new Set([...Object.keys(told), ...Object.keys(wanted)]);
  return [...names].every((name) => told[name] === wanted[name]);
}

/** @param all of the record's account and region, if they are known already */
export async function instanceView(
  context: ControlContext,
  record: InstanceRecord,
  all?: readonly InstanceRecord[],
): Promise<Readonly<Record<string, unknown>>> {
  const neighbours = all ?? (await ownInstances(context, record));
  const status = context.instances.status(record.id);
  const isTold = sameParameters(record.parameters, await wantedParameters(context.store, record));
  const subnetGroup =
    record.subnetGroup === undefined
      ? undefined
      : await findSubnetGroup(context.store, record, record.subnetGroup);
  const replicas = neighbours.filter(({ replicaOf }) => replicaOf === record.name);
  const endpoint = status?.endpoint;
  return {
    ...record.settings,
    DBInstanceIdentifier: record.name,
    DBInstanceArn: arnOf(record, 'db', record.name),
    DbiResourceId: record.id,
    DBInstanceStatus: statusOf(context, record),
    Engine: record.engine,
    EngineVersion: record.version,
    MasterUsername: record.masterUser,
    DBName: record.database,
    ...(endpoint === undefined ? {} : { Endpoint: { Address: endpoint.address, Port: endpoint.port } }),
    DbInstancePort: 0,
    InstanceCreateTime: new Date(record.createdMs),
    BackupRetentionPeriod: record.retentionDays,
    DBSecurityGroups: [],
    VpcSecurityGroups: record.securityGroups.map((id) => ({ VpcSecurityGroupId: id, Status: 'active' })),
    DBParameterGroups: [
      {
        DBParameterGroupName: record.parameterGroup,
        ParameterApplyStatus: isTold ? 'in-sync' : 'pending-reboot',
      },
    ],
    ...(subnetGroup === undefined ? {} : { DBSubnetGroup: subnetGroupView(subnetGroup) }),
    PendingModifiedValues: pendingView(record),
    ...(status?.latestRestorableMs === undefined || record.retentionDays === 0
      ? {}
      : { LatestRestorableTime: new Date(status.latestRestorableMs) }),
    ...(record.replicaOf === undefined ? {} : { ReadReplicaSourceDBInstanceIdentifier: record.replicaOf }),
    ReadReplicaDBInstanceIdentifiers: replicas.map(({ name }) => name),
    ReadReplicaDBClusterIdentifiers: [],
    ...(record.replicaOf === undefined || status === undefined
      ? {}
      : { StatusInfos: [replication(status.replicaOf)] }),
    OptionGroupMemberships: [
      { OptionGroupName: `default:${record.engine}-${record.major}`, Status: 'in-sync' },
    ],
    ...(record.cluster === undefined ? {} : { DBClusterIdentifier: record.cluster }),
    IAMDatabaseAuthenticationEnabled: record.iamAuthentication,
    DeletionProtection: record.deletionProtection,
    DomainMemberships: [],
    AssociatedRoles: [],
    TagList: tagList(record.tags),
    ...(record.managedSecret === undefined
      ? {}
      : { MasterUserSecret: { SecretArn: secretArn(record, record.managedSecret), SecretStatus: 'active' } }),
    EnabledCloudwatchLogsExports: logsOf(record.settings),
    CertificateDetails: { CAIdentifier: record.settings.CACertificateIdentifier },
    ...(status?.progress === undefined ? {} : { PercentProgress: String(status.progress) }),
  };
}

/** A password that waits is not shown. */
function pendingView({ pending }: InstanceRecord): Readonly<Record<string, unknown>> {
  return 'MasterUserPassword' in pending ? { ...pending, MasterUserPassword: '****' } : pending;
}

function replication(source: string | undefined) {
  const isReplicating = source !== undefined;
  return {
    StatusType: 'read replication',
    Normal: isReplicating,
    Status: isReplicating ? 'replicating' : 'terminated',
  };
}
