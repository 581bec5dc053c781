/** Members that are kept as asked for and shown again: there is one machine and one network, so they change nothing else. */
import type { Settings } from '../model/control-records.ts';
import { instanceClassOf, storageOf } from './check.ts';
import { invalidCombination, invalidValue } from './errors.ts';
import type { Input } from './input.ts';
import { availabilityZones } from './names.ts';

/** From a request's members to those of DescribeDBInstances. */
const kept: Readonly<Record<string, string>> = {
  AutoMinorVersionUpgrade: 'AutoMinorVersionUpgrade',
  AvailabilityZone: 'AvailabilityZone',
  BackupTarget: 'BackupTarget',
  CACertificateIdentifier: 'CACertificateIdentifier',
  CopyTagsToSnapshot: 'CopyTagsToSnapshot',
  DatabaseInsightsMode: 'DatabaseInsightsMode',
  DedicatedLogVolume: 'DedicatedLogVolume',
  EnablePerformanceInsights: 'PerformanceInsightsEnabled',
  EngineLifecycleSupport: 'EngineLifecycleSupport',
  Iops: 'Iops',
  KmsKeyId: 'KmsKeyId',
  MaxAllocatedStorage: 'MaxAllocatedStorage',
  MonitoringInterval: 'MonitoringInterval',
  MonitoringRoleArn: 'MonitoringRoleArn',
  MultiAZ: 'MultiAZ',
  NetworkType: 'NetworkType',
  PerformanceInsightsKMSKeyId: 'PerformanceInsightsKMSKeyId',
  PerformanceInsightsRetentionPeriod: 'PerformanceInsightsRetentionPeriod',
  PreferredBackupWindow: 'PreferredBackupWindow',
  PreferredMaintenanceWindow: 'PreferredMaintenanceWindow',
  PromotionTier: 'PromotionTier',
  PubliclyAccessible: 'PubliclyAccessible',
  StorageThroughput: 'StorageThroughput',
  StorageType: 'StorageType',
};

/** What other engines have. */
const foreign = [
  'CharacterSetName',
  'CustomIamInstanceProfile',
  'DBSystemId',
  'Domain',
  'DomainFqdn',
  'MultiTenant',
  'NcharCharacterSetName',
  'TdeCredentialArn',
  'Timezone',
];

export const storageTypes = ['standard', 'gp2', 'gp3', 'io1', 'io2', 'aurora', 'aurora-iopt1'];

/** @throws AwsError */
export function refuseForeign(input: Input): void {
  for (const name of foreign) {
    if (input.has(name) && input.flag(name) !== false)
      throw invalidCombination(`${name} is not supported for the postgres engine.`);
  }
  if (input.texts('DBSecurityGroups')?.length) {
    throw invalidCombination('DB security groups are of instances outside of a VPC, and there are none.');
  }
}

export function defaultSettings(region: string): Settings {
  return {
    AutoMinorVersionUpgrade: true,
    AvailabilityZone: availabilityZones(region)[0]!,
    BackupTarget: 'region',
    CACertificateIdentifier: 'rds-ca-rsa2048-g1',
    CopyTagsToSnapshot: false,
    CustomerOwnedIpEnabled: false,
    DedicatedLogVolume: false,
    LicenseModel: 'postgresql-license',
    MonitoringInterval: 0,
    MultiAZ: false,
    NetworkType: 'IPV4',
    PerformanceInsightsEnabled: false,
    PreferredBackupWindow: '03:00-03:30',
    PreferredMaintenanceWindow: 'sun:04:00-sun:04:30',
    PubliclyAccessible: false,
    // Everything that is kept is encrypted.
    StorageEncrypted: true,
    StorageType: 'gp2',
  };
}

/** Members of a request over what stands already. @throws AwsError */
export function settingsOf(input: Input, base: Settings): Settings {
  const settings: Settings = { ...base };
  for (const [member, name] of Object.entries(kept)) {
    const value = input.scalar(member);
    if (value !== undefined) settings[name] = value;
  }
  const instanceClass = input.text('DBInstanceClass');
  if (instanceClass !== undefined) settings.DBInstanceClass = instanceClassOf(instanceClass);
  const storage = storageOf(input);
  if (storage !== undefined) settings.AllocatedStorage = storage;
  if (input.has('Iops') && !input.has('StorageType') && base.StorageType === 'gp2')
    settings.StorageType = 'io1';
  if (!storageTypes.includes(String(settings.StorageType)))
    throw invalidValue(`Invalid storage type: ${settings.StorageType}`);
  const logs = input.texts('EnableCloudwatchLogsExports');
  if (logs !== undefined) settings.logs = logs.join(',');
  if (settings.MultiAZ === true && input.has('AvailabilityZone')) {
    throw invalidCombination('Requesting a specific availability zone is not valid for Multi-AZ instances.');
  }
  return settings;
}

export function logsOf(settings: Settings): readonly string[] | undefined {
  return typeof settings.logs === 'string' && settings.logs !== '' ? settings.logs.split(',') : undefined;
}
