/** What all ways to a new cluster have in common, and the members that a Multi-AZ DB cluster has from the start. */
import type { ClusterRecord, RecordSource, Settings, Tag } from '../model/control-records.ts';
import { clusterTable } from '../model/control-tables.ts';
import { checkWindows, instanceClassOf, portOf } from './check.ts';
import { addMember, membersOf } from './cluster-members.ts';
import type { ControlCall, ControlContext } from './context.ts';
import type { EngineVersion } from './engines.ts';
import { invalidCombination, rdsError } from './errors.ts';
import { groupFor } from './groups.ts';
import { Input } from './input.ts';
import { controlLimits } from './limits.ts';
import { availabilityZones, identifierOf, resourceId } from './names.ts';
import { defaultSecurityGroup, refuseTakenName } from './new-instance.ts';
import { managedSecretName, masterSecretName } from './secrets.ts';
import { defaultSettings, refuseForeign, settingsOf } from './settings.ts';
import { requireSubnetGroup } from './views/subnet-group.ts';

/** A Multi-AZ DB cluster has one writer and two readers. */
const ownMembers = 3;

export interface NewCluster {
  readonly engine: EngineVersion;
  readonly masterUser: string;
  readonly password: string | undefined;
  readonly managed: boolean;
  readonly database: string | undefined;
  readonly source: RecordSource;
  readonly retentionDays: number;
  readonly base: Settings;
  readonly tags: readonly Tag[];
}

/** @throws AwsError */
export async function createCluster(call: ControlCall, wanted: NewCluster): Promise<ClusterRecord> {
  const { input, scope, store, clock, secrets, events } = call;
  refuseForeign(input);
  checkWindows(input);
  const member = 'DBClusterIdentifier';
  const name = identifierOf(input.required(member), member);
  if ((await store.get(clusterTable, scope, name)) !== undefined)
    throw rdsError('DBClusterAlreadyExistsFault', 'DB Cluster already exists');
  if ((await store.count(clusterTable, scope)) >= controlLimits.clustersMax)
    throw rdsError(
      'DBClusterQuotaExceededFault',
      `The limit of ${controlLimits.clustersMax} DB clusters is reached.`,
    );
  const settings = clusterSettings(call, wanted);
  const isOwn = wanted.engine.engine === 'postgres';
  if (isOwn) for (const own of ownNames(name)) await refuseTakenName(call, own);
  const group = await groupFor(
    store,
    scope,
    'cluster',
    input.text('DBClusterParameterGroupName'),
    wanted.engine,
  );
  const subnets = input.text('DBSubnetGroupName');
  const id = resourceId('cluster', call.random);
  const { masterUser, password } = wanted;
  const row: ClusterRecord = {
    ...scope,
    name,
    createdMs: clock.now(),
    tags: [...wanted.tags],
    id,
    ...wanted.engine,
    masterUser,
    database: wanted.database,
    port: portOf(input),
    parameterGroup: group.name,
    subnetGroup: subnets === undefined ? undefined : (await requireSubnetGroup(store, scope, subnets)).name,
    securityGroups: [...(input.texts('VpcSecurityGroupIds') ?? [defaultSecurityGroup])],
    availabilityZones: [...(input.texts('AvailabilityZones') ?? availabilityZones(scope.region))],
    retentionDays: wanted.retentionDays,
    iamAuthentication: input.flag('EnableIAMDatabaseAuthentication') ?? false,
    deletionProtection: input.flag('DeletionProtection') ?? false,
    httpEndpoint: input.flag('EnableHttpEndpoint') ?? false,
    managedSecret: wanted.managed ? managedSecretName(id) : undefined,
    settings,
    source: wanted.source,
    ownMembers: isOwn ? ownMembers : 0,
    stopped: false,
  };
  const names = [
    masterSecretName(id, masterUser),
    ...(row.managedSecret === undefined ? [] : [row.managedSecret]),
  ];
  const made =
    password === undefined
      ? []
      : names.map((one) =>
          secrets.put({
            ...scope,
            name: one,
            createdMs: row.createdMs,
            user: masterUser,
            password,
            resource: id,
          }),
        );
  await store.write(store.put(clusterTable, row), ...made);
  await events.add(scope, 'db-cluster', name, 'creation', 'DB cluster created');
  await completeMembers(call, row);
  return (await store.get(clusterTable, scope, name)) ?? row;
}

/** @throws AwsError */
function clusterSettings({ input, scope }: ControlCall, wanted: NewCluster): Settings {
  const isOwn = wanted.engine.engine === 'postgres';
  const defaults = isOwn
    ? { ...defaultSettings(scope.region), StorageType: 'io1' }
    : { ...defaultSettings(scope.region), StorageType: 'aurora', AllocatedStorage: 1 };
  const settings = settingsOf(input, { ...defaults, ...wanted.base });
  const instanceClass = input.text('DBClusterInstanceClass') ?? wanted.base.DBClusterInstanceClass;
  if (isOwn && (typeof instanceClass !== 'string' || settings.AllocatedStorage === undefined))
    throw invalidCombination('A Multi-AZ DB cluster needs DBClusterInstanceClass and AllocatedStorage.');
  if (!isOwn && input.has('DBClusterInstanceClass'))
    throw invalidCombination(
      'DBClusterInstanceClass is for Multi-AZ DB clusters; create the instances of an Aurora cluster with CreateDBInstance.',
    );
  if (typeof instanceClass === 'string')
    Object.assign(settings, {
      DBClusterInstanceClass: instanceClassOf(instanceClass),
      DBInstanceClass: instanceClass,
    });
  return settings;
}

const ownNames = (cluster: string): readonly string[] =>
  Array.from({ length: ownMembers }, (_, index) => `${cluster}-instance-${index + 1}`);

/** Makes members of a Multi-AZ DB cluster that are not there yet: also after a crash in the middle. */
export async function completeMembers(context: ControlContext, cluster: ClusterRecord): Promise<void> {
  if (cluster.ownMembers === 0 || cluster.deleting !== undefined || cluster.stopped) return;
  const scope = { account: cluster.account, region: cluster.region };
  for (const name of ownNames(cluster.name).slice(0, cluster.ownMembers)) {
    const now = (await context.store.get(clusterTable, scope, cluster.name)) ?? cluster;
    const members = await membersOf(context, now);
    if (members.some((row) => row.name === name) || members.length >= now.ownMembers) continue;
    await addMember({ ...context, scope, input: new Input({}) }, now, name);
  }
}
