/** What all ways to a new instance have in common: from nothing, a snapshot, a time, another instance, a cluster. */
import type { InstanceRecord, RecordSource, Settings, Tag } from '../model/control-records.ts';
import { checkPassword, checkWindows, portOf } from './check.ts';
import type { ControlCall } from './context.ts';
import { undertake } from './effects.ts';
import type { EngineVersion } from './engines.ts';
import { invalidCombination, invalidValue, rdsError } from './errors.ts';
import { groupFor, wantedParameters } from './groups.ts';
import { controlLimits } from './limits.ts';
import { identifierOf, resourceId } from './names.ts';
import { findInstance, ownInstances } from './records.ts';
import { managedSecretName, masterSecretName } from './secrets.ts';
import { refuseForeign, settingsOf } from './settings.ts';
import type { ControlWrite } from './store.ts';
import { requireSubnetGroup } from './views/subnet-group.ts';

export const defaultSecurityGroup = 'sg-00000000';

export interface NewInstance {
  readonly name: string;
  /** The instance is there already, as what a cluster keeps. */
  readonly id?: string;
  readonly engine: EngineVersion;
  readonly masterUser: string;
  readonly source: RecordSource;
  /** Of an empty one; of others what is known of it, for its secret. */
  readonly password: string | undefined;
  readonly database: string | undefined;
  readonly port: number | undefined;
  readonly retentionDays: number;
  /** Settings of the source, over which the request's stand. */
  readonly base: Settings;
  readonly tags: readonly Tag[];
  readonly iamAuthentication?: boolean;
  readonly parameterGroup?: string;
  readonly replicaOf?: string;
  readonly cluster?: string;
  readonly managed?: boolean;
}

/** The name of an instance that is not there yet. @throws AwsError */
export async function freeName(call: ControlCall, member = 'DBInstanceIdentifier'): Promise<string> {
  const name = identifierOf(call.input.required(member), member);
  await refuseTakenName(call, name);
  return name;
}

/** @throws AwsError */
export async function refuseTakenName(call: ControlCall, name: string): Promise<void> {
  if ((await findInstance(call, call.scope, name)) !== undefined)
    throw rdsError('DBInstanceAlreadyExists', 'DB instance already exists');
}

/** @throws AwsError InstanceRefusal */
export async function createInstance(
  call: ControlCall,
  wanted: NewInstance,
  ...also: readonly ControlWrite[]
): Promise<InstanceRecord> {
  const { input, scope, store, clock, secrets, events } = call;
  refuseForeign(input);
  checkWindows(input);
  const settings = settingsOf(input, wanted.base);
  await refuseBeyondQuota(call, settings);
  const groupName = input.text('DBParameterGroupName') ?? wanted.parameterGroup;
  const group = await groupFor(store, scope, 'db', groupName, wanted.engine);
  const subnets = input.text('DBSubnetGroupName');
  const subnetGroup = subnets === undefined ? undefined : await requireSubnetGroup(store, scope, subnets);
  const id = wanted.id ?? resourceId('db', call.random);
  const { source, password, masterUser } = wanted;
  const record: InstanceRecord = {
    ...scope,
    name: wanted.name,
    createdMs: clock.now(),
    tags: [...wanted.tags],
    id,
    ...wanted.engine,
    masterUser,
    database: wanted.database,
    port: portOf(input) ?? wanted.port,
    parameterGroup: group.name,
    parameters: await wantedParameters(store, {
      ...scope,
      cluster: wanted.cluster,
      parameterGroup: group.name,
    }),
    subnetGroup: subnetGroup?.name,
    securityGroups: [...(input.texts('VpcSecurityGroupIds') ?? [defaultSecurityGroup])],
    retentionDays: wanted.retentionDays,
    iamAuthentication: input.flag('EnableIAMDatabaseAuthentication') ?? wanted.iamAuthentication ?? false,
    deletionProtection: input.flag('DeletionProtection') ?? false,
    cluster: wanted.cluster,
    replicaOf: wanted.replicaOf,
    managedSecret: wanted.managed === true ? managedSecretName(id) : undefined,
    settings,
    pending: {},
    intent: { kind: 'create', source, password: source.kind === 'empty' ? password : undefined },
  };
  const names = wanted.cluster === undefined ? [masterSecretName(id, masterUser)] : [];
  if (record.managedSecret !== undefined) names.push(record.managedSecret);
  const made =
    password === undefined
      ? []
      : names.map((name) =>
          secrets.put({
            ...scope,
            name,
            createdMs: record.createdMs,
            user: masterUser,
            password,
            resource: id,
          }),
        );
  const done = await undertake(call, record, undefined, ...made, ...also);
  await events.add(scope, 'db-instance', record.name, 'creation', 'DB instance creation began');
  return done;
}

/** @throws AwsError */
async function refuseBeyondQuota(call: ControlCall, settings: Settings): Promise<void> {
  const all = await ownInstances(call, call.scope);
  const { instancesMax, storageTotalMax } = controlLimits;
  if (all.length >= instancesMax)
    throw rdsError('InstanceQuotaExceeded', `The limit of ${instancesMax} DB instances is reached.`);
  const total = [settings, ...all.map((one) => one.settings)].reduce(
    (sum, { AllocatedStorage }) => sum + Number(AllocatedStorage ?? 0),
    0,
  );
  if (total > storageTotalMax)
    throw rdsError('StorageQuotaExceeded', `The limit of ${storageTotalMax} GiB of storage is exceeded.`);
}

/** The master user's password as asked for, or one that is made for a managed secret. @throws AwsError */
export function masterPasswordOf(call: ControlCall): {
  readonly password: string;
  readonly managed: boolean;
} {
  const { input } = call;
  const password = input.text('MasterUserPassword');
  if (input.flag('ManageMasterUserPassword') === true) {
    if (password !== undefined)
      throw invalidCombination(
        "You can't specify MasterUserPassword when you specify ManageMasterUserPassword.",
      );
    return { password: newPassword(call), managed: true };
  }
  if (input.has('MasterUserSecretKmsKeyId'))
    throw invalidCombination('MasterUserSecretKmsKeyId is for managed master user passwords only.');
  if (password === undefined)
    throw invalidValue('The parameter MasterUserPassword must be provided and must not be blank.');
  checkPassword(password);
  return { password, managed: false };
}

export const newPassword = ({ random }: Pick<ControlCall, 'random'>): string =>
  Buffer.from(random.bytes(24)).toString('base64url');
