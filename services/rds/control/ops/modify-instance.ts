/**
 * ModifyDBInstance. Some changes are done at once whatever is asked for, others wait for the maintenance window unless
 * `ApplyImmediately` says otherwise (https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html).
 */
import type { InstanceRecord, Settings } from '../../model/control-records.ts';
import { checkPassword, checkWindows, instanceClassOf, portOf, retentionOf, storageOf } from '../check.ts';
import type { ControlCall } from '../context.ts';
import { undertake } from '../effects.ts';
import { type EngineName, versionOf } from '../engines.ts';
import { invalidCombination, invalidInstanceState, rdsError } from '../errors.ts';
import { followers } from '../followers.ts';
import { groupFor } from '../groups.ts';
import { identifierOf } from '../names.ts';
import { newPassword, refuseTakenName } from '../new-instance.ts';
import { change } from '../operation.ts';
import { withPending } from '../pending.ts';
import { requireInstance } from '../records.ts';
import { managedSecretName, masterSecretName } from '../secrets.ts';
import { refuseForeign, settingsOf } from '../settings.ts';
import { instanceView, statusOf } from '../views/instance.ts';
import { requireSubnetGroup } from '../views/subnet-group.ts';

/** Wait for the window, with the name they have there. */
const waiting = [
  'DBInstanceClass',
  'AllocatedStorage',
  'StorageType',
  'Iops',
  'StorageThroughput',
  'MultiAZ',
  'CACertificateIdentifier',
];

export const modifyInstance = change('ModifyDBInstance', { DBInstanceIdentifier: 'db' }, async (call) => {
  const { input, store, scope, events } = call;
  const before = await requireInstance(call);
  refuseState(call, before);
  refuseForeign(input);
  checkWindows(input);
  const password = await passwordChange(call, before);
  const pending = await pendingChanges(call, before);
  const group = input.text('DBParameterGroupName');
  const subnets = input.text('DBSubnetGroupName');
  const iam = input.flag('EnableIAMDatabaseAuthentication') ?? before.iamAuthentication;
  const retentionDays = retentionOf(input, before.retentionDays);
  const groups = input.texts('VpcSecurityGroupIds');
  const changed: InstanceRecord = {
    ...before,
    settings: directSettings(call, before),
    pending: { ...before.pending, ...pending },
    retentionDays,
    iamAuthentication: iam,
    deletionProtection: input.flag('DeletionProtection') ?? before.deletionProtection,
    securityGroups: groups === undefined ? before.securityGroups : [...groups],
    parameterGroup:
      group === undefined ? before.parameterGroup : (await groupFor(store, scope, 'db', group, before)).name,
    subnetGroup:
      subnets === undefined ? before.subnetGroup : (await requireSubnetGroup(store, scope, subnets)).name,
    managedSecret:
      password === undefined
        ? before.managedSecret
        : password.managed
          ? managedSecretName(before.id)
          : undefined,
  };
  const immediately = input.flag('ApplyImmediately') === true || 'Port' in pending;
  const { record, change: told } = immediately ? withPending(changed) : { record: changed, change: {} };
  const change = {
    ...told,
    ...(password === undefined ? {} : { masterPassword: password.value }),
    ...(retentionDays === before.retentionDays ? {} : { retentionDays }),
    ...(iam === before.iamAuthentication ? {} : { iamAuthentication: iam }),
  };
  if (record.name !== before.name) await refuseTakenName(call, record.name);
  const intended: InstanceRecord =
    Object.keys(change).length === 0 ? record : { ...record, intent: { kind: 'change', change } };
  const secrets = password === undefined ? [] : passwordWrites(call, before, changed, password.value);
  const done = await undertake(
    call,
    intended,
    before,
    ...secrets,
    ...(await renamedReplicas(call, before, record)),
  );
  await events.add(
    scope,
    'db-instance',
    done.name,
    'configuration change',
    'Finished updating the DB instance',
  );
  return { DBInstance: await instanceView(call, done) };
});

/** @throws AwsError */
function refuseState(call: ControlCall, record: InstanceRecord): void {
  const status = statusOf(call, record);
  if (!['available', 'backing-up', 'modifying', 'stopped'].includes(status)) {
    throw invalidInstanceState(`Database instance is not in available state. It is in the state ${status}.`);
  }
}

/** What is done at once. */
function directSettings({ input }: ControlCall, before: InstanceRecord): Settings {
  const all = settingsOf(input, before.settings);
  for (const name of waiting) {
    const value = before.settings[name];
    if (value === undefined) delete all[name];
    else all[name] = value;
  }
  return all;
}

/** @throws AwsError */
async function pendingChanges(call: ControlCall, before: InstanceRecord): Promise<Settings> {
  const { input } = call;
  const pending: Settings = {};
  const effective = { ...before.settings, ...before.pending };
  const set = (name: string, value: Settings[string] | undefined) => {
    if (value !== undefined && value !== effective[name]) pending[name] = value;
  };
  const instanceClass = input.text('DBInstanceClass');
  set('DBInstanceClass', instanceClass === undefined ? undefined : instanceClassOf(instanceClass));
  set('AllocatedStorage', storageOf(input, Number(before.settings.AllocatedStorage ?? 0)));
  for (const name of waiting.slice(2)) set(name, settingsOf(input, before.settings)[name]);
  const port = portOf(input, 'DBPortNumber');
  const status = call.instances.status(before.id);
  if (port !== undefined && port !== (before.port ?? status?.endpoint?.port)) pending.Port = port;
  const renamed = input.text('NewDBInstanceIdentifier');
  if (renamed !== undefined) {
    const name = identifierOf(renamed, 'NewDBInstanceIdentifier');
    if (name !== before.name) {
      await refuseTakenName(call, name);
      pending.DBInstanceIdentifier = name;
    }
  }
  const version = input.text('EngineVersion');
  if (version !== undefined) checkVersion(before, version);
  return pending;
}

/** There is one minor version of each major one, and no way yet from one major version to the next. @throws AwsError */
function checkVersion(before: InstanceRecord, asked: string): void {
  const { major, version } = versionOf(before.engine as EngineName, asked);
  if (major !== before.major)
    throw invalidCombination(`Cannot upgrade ${before.engine} from ${before.version} to ${version}`);
}

interface PasswordChange {
  readonly value: string;
  readonly managed: boolean;
}

/** @throws AwsError */
async function passwordChange(
  call: ControlCall,
  before: InstanceRecord,
): Promise<PasswordChange | undefined> {
  const { input } = call;
  const given = input.text('MasterUserPassword');
  const manage = input.flag('ManageMasterUserPassword');
  const isManaged = before.managedSecret !== undefined;
  const isAsked =
    given !== undefined || manage !== undefined || input.flag('RotateMasterUserPassword') === true;
  if (!isAsked) return undefined;
  if (before.cluster !== undefined)
    throw invalidCombination('The master user of a cluster is changed with ModifyDBCluster.');
  if (before.replicaOf !== undefined)
    throw rdsError('InvalidDBInstanceState', 'The master user of a read replica is that of its source.');
  if (input.flag('RotateMasterUserPassword') === true) {
    if (!isManaged)
      throw invalidCombination('RotateMasterUserPassword is for managed master user passwords only.');
    return { value: newPassword(call), managed: true };
  }
  if (manage === true && given === undefined)
    return isManaged ? undefined : { value: newPassword(call), managed: true };
  if (given === undefined) {
    if (!isManaged) return undefined;
    throw invalidCombination('A MasterUserPassword is required when ManageMasterUserPassword is ended.');
  }
  if (manage === true || (isManaged && manage !== false))
    throw invalidCombination("You can't specify MasterUserPassword for a managed master user password.");
  checkPassword(given);
  return { value: given, managed: false };
}

function passwordWrites(call: ControlCall, before: InstanceRecord, after: InstanceRecord, password: string) {
  const { secrets, scope, clock } = call;
  const { id, masterUser } = before;
  const names = [masterSecretName(id, masterUser)];
  if (after.managedSecret !== undefined) names.push(after.managedSecret);
  const puts = names.map((name) =>
    secrets.put({ ...scope, name, createdMs: clock.now(), user: masterUser, password, resource: id }),
  );
  const ended = before.managedSecret !== undefined && after.managedSecret === undefined;
  return ended ? [...puts, secrets.remove(scope, before.managedSecret!)] : puts;
}

/** Others name it as their source, or as their member. */
async function renamedReplicas(call: ControlCall, before: InstanceRecord, after: InstanceRecord) {
  if (before.name === after.name) return [];
  return followers(call, before.name, after.name);
}
