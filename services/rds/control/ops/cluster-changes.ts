/** ModifyDBCluster, the HTTP endpoint, start, stop, reboot and failover of clusters. */
import type { ClusterRecord, InstanceRecord } from '../../model/control-records.ts';
import { clusterTable, instanceTable } from '../../model/control-tables.ts';
import { checkPassword, checkWindows, portOf, retentionOf } from '../check.ts';
import { failOver, membersOf } from '../cluster-members.ts';
import { applyPower } from '../cluster-power.ts';
import type { ControlCall } from '../context.ts';
import { carryOut } from '../effects.ts';
import { type EngineName, versionOf } from '../engines.ts';
import { invalidClusterState, invalidCombination, rdsError } from '../errors.ts';
import { groupFor } from '../groups.ts';
import { identifierOf } from '../names.ts';
import { newPassword } from '../new-instance.ts';
import { change } from '../operation.ts';
import { clusterNamed, ownName, requireCluster } from '../records.ts';
import { managedSecretName, masterSecretName } from '../secrets.ts';
import { refuseForeign, settingsOf } from '../settings.ts';
import { clusterStatus, clusterView } from '../views/cluster.ts';
import { withGroupParameters } from './instance-power.ts';

const resources = { DBClusterIdentifier: 'cluster' } as const;

const modify = change('ModifyDBCluster', resources, async (call) => {
  const { input, scope, store, events } = call;
  const before = await requireCluster(call);
  await requireStatus(call, before, ['available', 'stopped']);
  refuseForeign(input);
  checkWindows(input);
  const password = passwordOf(call, before);
  const group = input.text('DBClusterParameterGroupName');
  const version = input.text('EngineVersion');
  if (version !== undefined && versionOf(before.engine as EngineName, version).major !== before.major)
    throw invalidCombination(`Cannot upgrade ${before.engine} from ${before.version} to ${version}`);
  const groups = input.texts('VpcSecurityGroupIds');
  const after: ClusterRecord = {
    ...before,
    name: await newName(call, before),
    settings: settingsOf(input, before.settings),
    port: portOf(input) ?? before.port,
    retentionDays: retentionOf(input, before.retentionDays, 1),
    iamAuthentication: input.flag('EnableIAMDatabaseAuthentication') ?? before.iamAuthentication,
    deletionProtection: input.flag('DeletionProtection') ?? before.deletionProtection,
    httpEndpoint: input.flag('EnableHttpEndpoint') ?? before.httpEndpoint,
    securityGroups: groups === undefined ? before.securityGroups : [...groups],
    parameterGroup:
      group === undefined
        ? before.parameterGroup
        : (await groupFor(store, scope, 'cluster', group, before)).name,
    managedSecret:
      password === undefined
        ? before.managedSecret
        : password.managed
          ? managedSecretName(before.id)
          : undefined,
  };
  const members = (await membersOf(call, before)).map((row) =>
    memberAfter(row, before, after, password?.value),
  );
  const renamed = after.name === before.name ? [] : [store.remove(clusterTable, before)];
  await store.write(
    store.put(clusterTable, after),
    ...renamed,
    ...members.map((row) => store.put(instanceTable, row)),
    ...(password === undefined ? [] : secretWrites(call, before, after, password.value)),
  );
  for (const row of members) await carryOut(call, row);
  await events.add(
    scope,
    'db-cluster',
    after.name,
    'configuration change',
    'Finished updating the DB cluster',
  );
  return { DBCluster: await clusterView(call, after) };
});

function memberAfter(
  row: InstanceRecord,
  before: ClusterRecord,
  after: ClusterRecord,
  password: string | undefined,
): InstanceRecord {
  const isWriter = row.id === before.volume;
  const change = {
    ...(isWriter && password !== undefined ? { masterPassword: password } : {}),
    ...(isWriter && after.port !== before.port && after.port !== undefined
      ? { port: after.port, restart: true }
      : {}),
    ...(isWriter && after.retentionDays !== before.retentionDays
      ? { retentionDays: after.retentionDays }
      : {}),
    ...(after.iamAuthentication === before.iamAuthentication
      ? {}
      : { iamAuthentication: after.iamAuthentication }),
  };
  return {
    ...row,
    cluster: after.name,
    iamAuthentication: after.iamAuthentication,
    retentionDays: isWriter ? after.retentionDays : row.retentionDays,
    port: isWriter ? after.port : row.port,
    ...(Object.keys(change).length === 0 ? {} : { intent: { kind: 'change', change } }),
  };
}

/** @throws AwsError */
async function newName(call: ControlCall, before: ClusterRecord): Promise<string> {
  const member = 'NewDBClusterIdentifier';
  const asked = call.input.text(member);
  if (asked === undefined) return before.name;
  const name = identifierOf(asked, member);
  if (name !== before.name && (await call.store.get(clusterTable, call.scope, name)) !== undefined)
    throw rdsError('DBClusterAlreadyExistsFault', 'DB Cluster already exists');
  return name;
}

/** @throws AwsError */
function passwordOf(
  call: ControlCall,
  before: ClusterRecord,
): { readonly value: string; readonly managed: boolean } | undefined {
  const { input } = call;
  const given = input.text('MasterUserPassword');
  const manage = input.flag('ManageMasterUserPassword');
  const isManaged = before.managedSecret !== undefined;
  if (input.flag('RotateMasterUserPassword') === true) {
    if (!isManaged)
      throw invalidCombination('RotateMasterUserPassword is for managed master user passwords only.');
    return { value: newPassword(call), managed: true };
  }
  if (manage === true && given === undefined && !isManaged)
    return { value: newPassword(call), managed: true };
  if (given === undefined) return undefined;
  if (manage === true || (isManaged && manage !== false))
    throw invalidCombination("You can't specify MasterUserPassword for a managed master user password.");
  checkPassword(given);
  return { value: given, managed: false };
}

function secretWrites(call: ControlCall, before: ClusterRecord, after: ClusterRecord, password: string) {
  const { secrets, scope, clock } = call;
  const names = [
    masterSecretName(before.id, before.masterUser),
    ...(after.managedSecret === undefined ? [] : [after.managedSecret]),
  ];
  const puts = names.map((name) =>
    secrets.put({
      ...scope,
      name,
      createdMs: clock.now(),
      user: before.masterUser,
      password,
      resource: before.id,
    }),
  );
  const ended = before.managedSecret !== undefined && after.managedSecret === undefined;
  return ended ? [...puts, secrets.remove(scope, before.managedSecret!)] : puts;
}

const start = change('StartDBCluster', resources, async (call) => {
  const cluster = await requireCluster(call);
  if (!cluster.stopped) throw invalidClusterState(`DbCluster ${cluster.name} is not in stopped state.`);
  const started = { ...cluster, stopped: false };
  await call.store.write(call.store.put(clusterTable, started));
  await applyPower(call, started);
  return { DBCluster: await clusterView(call, started) };
});

const stop = change('StopDBCluster', resources, async (call) => {
  const cluster = await requireCluster(call);
  await requireStatus(call, cluster, ['available']);
  if ((await membersOf(call, cluster)).length === 0)
    throw invalidClusterState(`DbCluster ${cluster.name} has no instance that could be stopped.`);
  const stopped = { ...cluster, stopped: true };
  await call.store.write(call.store.put(clusterTable, stopped));
  await applyPower(call, stopped);
  return { DBCluster: await clusterView(call, stopped) };
});

const reboot = change('RebootDBCluster', resources, async (call) => {
  const cluster = await requireCluster(call);
  await requireStatus(call, cluster, ['available']);
  for (const row of await membersOf(call, cluster)) {
    const { id } = await withGroupParameters(call, row);
    await call.instances.reboot(id, false);
  }
  return { DBCluster: await clusterView(call, cluster) };
});

const failover = change('FailoverDBCluster', resources, async (call) => {
  const { input } = call;
  const cluster = await requireCluster(call);
  await requireStatus(call, cluster, ['available']);
  const target = input.text('TargetDBInstanceIdentifier');
  await failOver(call, cluster, target === undefined ? undefined : ownName(call, target, 'db'));
  return { DBCluster: await clusterView(call, cluster) };
});

const httpEndpoint = (name: string, isEnabled: boolean) =>
  change(name, { ResourceArn: 'cluster' }, async (call) => {
    const ResourceArn = call.input.required('ResourceArn');
    const cluster = await clusterNamed(call, ResourceArn);
    await call.store.write(call.store.put(clusterTable, { ...cluster, httpEndpoint: isEnabled }));
    return { ResourceArn, HttpEndpointEnabled: isEnabled };
  });

/** @throws AwsError */
async function requireStatus(
  call: ControlCall,
  cluster: ClusterRecord,
  states: readonly string[],
): Promise<void> {
  const status = await clusterStatus(call, cluster);
  if (!states.includes(status))
    throw invalidClusterState(
      `DbCluster ${cluster.name} is not in ${states.join(' or ')} state. It is in the state ${status}.`,
    );
}

export const clusterChangeOperations = [
  modify,
  start,
  stop,
  reboot,
  failover,
  httpEndpoint('EnableHttpEndpoint', true),
  httpEndpoint('DisableHttpEndpoint', false),
];
