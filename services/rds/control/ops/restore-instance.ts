/** RestoreDBInstanceFromDBSnapshot, RestoreDBInstanceToPointInTime. */
import type { InstanceRecord, SnapshotRecord } from '../../model/control-records.ts';
import { databaseOf, portOf, retentionOf } from '../check.ts';
import type { ControlCall } from '../context.ts';
import { type EngineName, engineOf, engineVersions } from '../engines.ts';
import { instanceNotFound, invalidCombination, invalidValue, rdsError } from '../errors.ts';
import { createInstance, freeName } from '../new-instance.ts';
import { change } from '../operation.ts';
import { instanceById, instanceNamed, usableSnapshot } from '../records.ts';
import { masterSecretName } from '../secrets.ts';
import { tagsOf, withTags } from '../tags.ts';
import { instanceView } from '../views/instance.ts';

export const restoreFromSnapshot = change(
  'RestoreDBInstanceFromDBSnapshot',
  { DBInstanceIdentifier: 'db', DBSnapshotIdentifier: 'snapshot' },
  async (call) => {
    const { input, events } = call;
    const name = await freeName(call);
    if (databaseOf(input, 'DBName') !== undefined)
      throw invalidCombination('DBName is not supported when a postgres snapshot is restored.');
    const snapshot = await snapshotOf(call);
    const record = await createInstance(call, {
      name,
      engine: engineFor(call, snapshot),
      masterUser: snapshot.masterUser,
      source: { kind: 'snapshot', snapshot: snapshot.data },
      password: snapshot.password,
      database: snapshot.database,
      port: portOf(input),
      retentionDays: retentionOf(input, 1),
      base: snapshot.settings,
      tags: withTags(snapshot.settings.CopyTagsToSnapshot === true ? snapshot.tags : [], tagsOf(input)),
      iamAuthentication: snapshot.iamAuthentication,
    });
    await events.add(call.scope, 'db-instance', name, 'restoration', 'Restored from snapshot');
    return { DBInstance: await instanceView(call, record) };
  },
);

/** @throws AwsError */
async function snapshotOf(call: ControlCall): Promise<SnapshotRecord> {
  const { input } = call;
  const ofCluster = input.text('DBClusterSnapshotIdentifier');
  const kind = ofCluster === undefined ? 'snapshot' : 'cluster-snapshot';
  const snapshot = await usableSnapshot(call, kind, ofCluster ?? input.required('DBSnapshotIdentifier'));
  if (snapshot.state === 'available') return snapshot;
  const code = kind === 'snapshot' ? 'InvalidDBSnapshotState' : 'InvalidDBClusterSnapshotStateFault';
  throw rdsError(code, `The snapshot ${snapshot.name} is not available.`);
}

/** @throws AwsError */
function engineFor({ input }: ControlCall, from: SnapshotRecord | InstanceRecord) {
  const engine = engineOf(input.text('Engine') ?? 'postgres');
  if (engine !== 'postgres')
    throw invalidCombination(`An instance cannot be restored to the engine ${engine}.`);
  return { engine: engine as EngineName, major: from.major, version: engineVersions[from.major] };
}

export const restoreToTime = change(
  'RestoreDBInstanceToPointInTime',
  { TargetDBInstanceIdentifier: 'db', SourceDBInstanceIdentifier: 'db' },
  async (call) => {
    const { input, scope, secrets, events } = call;
    const name = await freeName(call, 'TargetDBInstanceIdentifier');
    const source = await sourceOf(call);
    const secret = await secrets.find(scope, masterSecretName(source.id, source.masterUser));
    const record = await createInstance(call, {
      name,
      engine: engineFor(call, source),
      masterUser: source.masterUser,
      source: { kind: 'time', instance: source.id, atMs: timeOf(call, source.id, source.retentionDays) },
      password: secret?.password,
      database: source.database,
      port: portOf(input),
      retentionDays: retentionOf(input, source.retentionDays),
      base: source.settings,
      tags: withTags(source.settings.CopyTagsToSnapshot === true ? source.tags : [], tagsOf(input)),
      iamAuthentication: source.iamAuthentication,
      parameterGroup: source.parameterGroup,
    });
    await events.add(scope, 'db-instance', name, 'restoration', 'Restored from a point in time');
    return { DBInstance: await instanceView(call, record) };
  },
);

/** @throws AwsError */
async function sourceOf(call: ControlCall): Promise<InstanceRecord> {
  const { input, scope } = call;
  const named = input.text('SourceDBInstanceIdentifier');
  if (named !== undefined) return instanceNamed(call, named);
  const id = input.text('SourceDbiResourceId');
  if (id === undefined)
    throw invalidCombination('SourceDBInstanceIdentifier or SourceDbiResourceId is required.');
  const found = await instanceById(call, id);
  if (found === undefined || found.account !== scope.account || found.region !== scope.region)
    throw instanceNotFound(id);
  return found;
}

/** @throws AwsError */
export function timeOf(
  call: ControlCall,
  instance: string,
  retentionDays: number,
  member = 'RestoreTime',
): number | 'latest' {
  const { input, instances } = call;
  const atMs = input.time(member);
  const isLatest = input.flag('UseLatestRestorableTime') === true;
  if (isLatest === (atMs !== undefined))
    throw invalidCombination(`Either ${member} or UseLatestRestorableTime must be specified, and not both.`);
  if (retentionDays === 0)
    throw rdsError('PointInTimeRestoreNotEnabled', 'Automated backups are not enabled for the source.');
  if (atMs === undefined) return 'latest';
  const { earliestRestorableMs: from, latestRestorableMs: to } = instances.status(instance) ?? {};
  if (from === undefined || to === undefined || atMs < from || atMs > to) {
    const shown = (ms: number | undefined) => (ms === undefined ? 'none' : new Date(ms).toISOString());
    throw invalidValue(
      `The specified instance cannot be restored to this time. The earliest time is ${shown(from)}, the latest ${shown(to)}.`,
    );
  }
  return atMs;
}
