/** What is on offer: versions, classes, certificates, option groups, quotas. Nothing of it is an account's own. */
import {
  clusterTable,
  parameterGroupTable,
  snapshotTable,
  subnetGroupTable,
} from '../../model/control-tables.ts';
import type { ControlCall } from '../context.ts';
import { allVersions, defaultMajor, engineOf, familyOf, instanceClasses } from '../engines.ts';
import { rdsError } from '../errors.ts';
import { passes } from '../input.ts';
import { controlLimits } from '../limits.ts';
import { arnOf, availabilityZones } from '../names.ts';
import { look } from '../operation.ts';
import { pageOf } from '../pages.ts';
import { ownInstances, requireInstance } from '../records.ts';

const certificate = 'rds-ca-rsa2048-g1';

const engineVersionsOperation = look('DescribeDBEngineVersions', {}, async ({ input }) => {
  const filters = input.filters([
    'db-parameter-group-family',
    'engine',
    'engine-mode',
    'engine-version',
    'status',
  ]);
  const engine = input.text('Engine');
  const version = input.text('EngineVersion');
  const family = input.text('DBParameterGroupFamily');
  const all = allVersions
    .filter((one) => engine === undefined || one.engine === engine)
    .filter((one) => version === undefined || one.version === version || String(one.major) === version)
    .filter((one) => family === undefined || familyOf(one.engine, one.major) === family)
    .filter(
      (one) => input.flag('DefaultOnly') !== true || version !== undefined || one.major === defaultMajor,
    )
    .filter((one) =>
      passes(filters, (name) => {
        if (name === 'engine') return [one.engine];
        if (name === 'engine-version') return [one.version];
        if (name === 'db-parameter-group-family') return [familyOf(one.engine, one.major)];
        return name === 'status' ? ['available'] : ['provisioned'];
      }),
    )
    .map(({ engine: name, major, version: shown }) => ({
      Engine: name,
      EngineVersion: shown,
      MajorEngineVersion: String(major),
      DBParameterGroupFamily: familyOf(name, major),
      DBEngineDescription: name === 'postgres' ? 'PostgreSQL' : 'Aurora PostgreSQL',
      DBEngineVersionDescription: `PostgreSQL ${shown}`,
      ValidUpgradeTarget: [],
      ExportableLogTypes: [],
      SupportsLogExportsToCloudwatchLogs: false,
      SupportsReadReplica: true,
      SupportedEngineModes: ['provisioned'],
      SupportedFeatureNames: [],
      Status: 'available',
      SupportsParallelQuery: false,
      SupportsGlobalDatabases: false,
      TagList: [],
      SupportsBabelfish: false,
      SupportsCertificateRotationWithoutRestart: true,
      SupportedCACertificateIdentifiers: [certificate],
    }));
  const page = pageOf(input, 'DescribeDBEngineVersions', all, (one) => `${one.Engine} ${one.EngineVersion}`);
  return { Marker: page.marker, DBEngineVersions: page.items };
});

const orderable = look('DescribeOrderableDBInstanceOptions', {}, async ({ input, scope }) => {
  const engine = engineOf(input.required('Engine'));
  const version = input.text('EngineVersion');
  const instanceClass = input.text('DBInstanceClass');
  const types = engine === 'postgres' ? ['gp2', 'gp3', 'io1'] : ['aurora'];
  const all = allVersions
    .filter((one) => one.engine === engine && (version === undefined || one.version === version))
    .flatMap((one) => instanceClasses.flatMap((name) => types.map((type) => ({ ...one, name, type }))))
    .filter(({ name }) => instanceClass === undefined || name === instanceClass)
    .map((one) => ({
      Engine: engine,
      EngineVersion: one.version,
      DBInstanceClass: one.name,
      LicenseModel: 'postgresql-license',
      AvailabilityZones: availabilityZones(scope.region).map((Name) => ({ Name })),
      MultiAZCapable: engine === 'postgres',
      ReadReplicaCapable: engine === 'postgres',
      Vpc: true,
      SupportsStorageEncryption: true,
      StorageType: one.type,
      SupportsIops: one.type !== 'gp2',
      SupportsStorageThroughput: one.type === 'gp3',
      SupportsEnhancedMonitoring: false,
      SupportsIAMDatabaseAuthentication: true,
      SupportsPerformanceInsights: false,
      ...(engine === 'postgres'
        ? { MinStorageSize: controlLimits.storageMin, MaxStorageSize: controlLimits.storageMax }
        : {}),
      SupportedEngineModes: ['provisioned'],
      SupportsStorageAutoscaling: engine === 'postgres',
      SupportsKerberosAuthentication: false,
      OutpostCapable: false,
      SupportedNetworkTypes: ['IPV4'],
      SupportsGlobalDatabases: false,
      SupportsClusters: true,
      SupportsDedicatedLogVolume: false,
      SupportsHttpEndpoint: true,
    }));
  const nameOf = (one: (typeof all)[number]) =>
    `${one.EngineVersion} ${one.DBInstanceClass} ${one.StorageType}`;
  const page = pageOf(input, 'DescribeOrderableDBInstanceOptions', all, nameOf);
  return { Marker: page.marker, OrderableDBInstanceOptions: page.items };
});

/** As long as the authority of RDS that has this name: the port's own certificate is the gateway's. */
const certificates = look('DescribeCertificates', {}, async ({ input, scope }) => {
  const asked = input.text('CertificateIdentifier');
  if (asked !== undefined && asked !== certificate)
    throw rdsError('CertificateNotFound', `Certificate ${asked} not found.`);
  return {
    DefaultCertificateForNewLaunches: certificate,
    Certificates: [
      {
        CertificateIdentifier: certificate,
        CertificateType: 'CA',
        ValidFrom: new Date(Date.UTC(2021, 4, 21)),
        ValidTill: new Date(Date.UTC(2061, 4, 21)),
        CertificateArn: `arn:aws:rds:${scope.region}::cert:${certificate}`,
        CustomerOverride: false,
      },
    ],
  };
});

const optionGroups = look('DescribeOptionGroups', { OptionGroupName: 'og' }, async ({ input, scope }) => {
  const engine = input.text('EngineName');
  const major = input.text('MajorEngineVersion');
  const asked = input.text('OptionGroupName');
  const all = allVersions
    .map((one) => ({ ...one, name: `default:${one.engine}-${one.major}` }))
    .filter((one) => engine === undefined || one.engine === engine)
    .filter((one) => major === undefined || String(one.major) === major)
    .filter((one) => asked === undefined || one.name === asked);
  if (asked !== undefined && all.length === 0)
    throw rdsError('OptionGroupNotFoundFault', `Specified OptionGroupName: ${asked} not found.`);
  const page = pageOf(input, 'DescribeOptionGroups', all, (one) => one.name);
  return {
    Marker: page.marker,
    OptionGroupsList: page.items.map((one) => ({
      OptionGroupName: one.name,
      OptionGroupDescription: `Default option group for ${one.engine} ${one.major}`,
      EngineName: one.engine,
      MajorEngineVersion: String(one.major),
      Options: [],
      AllowsVpcAndNonVpcInstanceMemberships: true,
      OptionGroupArn: arnOf(scope, 'og', one.name),
    })),
  };
});

const accountAttributes = look('DescribeAccountAttributes', {}, async (call: ControlCall) => {
  const { store, scope } = call;
  const instances = await ownInstances(call, scope);
  const storage = instances.reduce((sum, { settings }) => sum + Number(settings.AllocatedStorage ?? 0), 0);
  const quotas: readonly [name: string, used: number, max: number][] = [
    ['DBInstances', instances.length, controlLimits.instancesMax],
    ['AllocatedStorage', storage, controlLimits.storageTotalMax],
    ['ManualSnapshots', await store.count(snapshotTable, scope), controlLimits.manualSnapshotsMax],
    ['DBParameterGroups', await store.count(parameterGroupTable, scope), controlLimits.parameterGroupsMax],
    ['DBSubnetGroups', await store.count(subnetGroupTable, scope), controlLimits.subnetGroupsMax],
    ['DBClusters', await store.count(clusterTable, scope), controlLimits.clustersMax],
    ['ReadReplicasPerMaster', mostReplicas(instances), controlLimits.replicasMax],
  ];
  return { AccountQuotas: quotas.map(([AccountQuotaName, Used, Max]) => ({ AccountQuotaName, Used, Max })) };
});

function mostReplicas(instances: readonly { readonly replicaOf?: string | undefined }[]): number {
  const counts = new Map<string, number>();
  for (const { replicaOf } of instances)
    if (replicaOf !== undefined) counts.set(replicaOf, (counts.get(replicaOf) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

/** The programs come with the gateway: there is nothing to install later. */
const maintenance = look('DescribePendingMaintenanceActions', {}, async () => ({
  PendingMaintenanceActions: [],
}));

/** What the engines write is in the gateway's own log, and not for customers to read. */
const logFiles = look('DescribeDBLogFiles', { DBInstanceIdentifier: 'db' }, async (call) => {
  await requireInstance(call);
  return { DescribeDBLogFiles: [] };
});

export const offerOperations = [
  engineVersionsOperation,
  orderable,
  certificates,
  optionGroups,
  accountAttributes,
  maintenance,
  logFiles,
];
