/** Snapshots as answers show them. */
import type { SnapshotRecord } from '../../model/control-records.ts';
import { arnOf } from '../names.ts';
import { tagList } from '../tags.ts';
import { vpcId } from './subnet-group.ts';

function common(row: SnapshotRecord) {
  return {
    SnapshotCreateTime: new Date(row.finishedMs ?? row.createdMs),
    Engine: row.engine,
    EngineVersion: row.version,
    LicenseModel: 'postgresql-license',
    SnapshotType: 'manual',
    Status: row.state,
    PercentProgress: row.state === 'available' ? 100 : 0,
    Port: row.port ?? 5432,
    VpcId: vpcId,
    MasterUsername: row.masterUser,
    IAMDatabaseAuthenticationEnabled: row.iamAuthentication,
    AllocatedStorage: row.settings.AllocatedStorage,
    StorageType: row.settings.StorageType,
    TagList: tagList(row.tags),
  };
}

export function snapshotView(row: SnapshotRecord): Readonly<Record<string, unknown>> {
  return {
    ...common(row),
    DBSnapshotIdentifier: row.name,
    DBSnapshotArn: arnOf(row, 'snapshot', row.name),
    DBInstanceIdentifier: row.source,
    DbiResourceId: row.sourceId,
    InstanceCreateTime: new Date(row.instanceCreatedMs),
    OriginalSnapshotCreateTime: new Date(row.createdMs),
    AvailabilityZone: row.settings.AvailabilityZone,
    Iops: row.settings.Iops,
    StorageThroughput: row.settings.StorageThroughput,
    OptionGroupName: `default:${row.engine}-${row.major}`,
    // Everything that is kept is encrypted.
    Encrypted: true,
    SnapshotTarget: 'region',
    ProcessorFeatures: [],
    ...(row.copyOf === undefined ? {} : { SourceDBSnapshotIdentifier: row.copyOf, SourceRegion: row.region }),
    ...(row.bytes === undefined ? {} : { FullSnapshotSizeInBytes: row.bytes }),
  };
}

export function clusterSnapshotView(row: SnapshotRecord): Readonly<Record<string, unknown>> {
  return {
    ...common(row),
    DBClusterSnapshotIdentifier: row.name,
    DBClusterSnapshotArn: arnOf(row, 'cluster-snapshot', row.name),
    DBClusterIdentifier: row.source,
    DbClusterResourceId: row.sourceId,
    ClusterCreateTime: new Date(row.instanceCreatedMs),
    EngineMode: 'provisioned',
    StorageEncrypted: true,
    ...(row.copyOf === undefined ? {} : { SourceDBClusterSnapshotArn: row.copyOf }),
  };
}
