/** StartDBInstance, StopDBInstance, RebootDBInstance. */
import type { InstanceRecord } from '../../model/control-records.ts';
import type { ControlCall } from '../context.ts';
import { undertake } from '../effects.ts';
import { invalidCombination, invalidInstanceState } from '../errors.ts';
import { wantedParameters } from '../groups.ts';
import { controlLimits } from '../limits.ts';
import { identifierOf } from '../names.ts';
import { change } from '../operation.ts';
import { ownInstances, requireInstance } from '../records.ts';
import { newSnapshot, refuseSnapshotName } from '../snapshots.ts';
import { instanceView, sameParameters, statusOf } from '../views/instance.ts';

export const startInstance = change('StartDBInstance', { DBInstanceIdentifier: 'db' }, async (call) => {
  const before = await requireInstance(call);
  refuseMember(before);
  requireState(call, before, ['stopped']);
  const record = await withGroupParameters(call, before);
  await call.instances.start(record.id);
  return { DBInstance: await instanceView(call, record) };
});

export const stopInstance = change('StopDBInstance', { DBInstanceIdentifier: 'db' }, async (call) => {
  const { input, scope } = call;
  const before = await requireInstance(call);
  refuseMember(before);
  requireState(call, before, ['available']);
  const hasReplicas = (await ownInstances(call, scope)).some(({ replicaOf }) => replicaOf === before.name);
  if (hasReplicas || before.replicaOf !== undefined)
    throw invalidInstanceState('Cannot stop or start a read replica, or an instance that has one.');
  const given = input.text('DBSnapshotIdentifier');
  if (given === undefined) {
    await call.instances.stop(before.id);
    return { DBInstance: await instanceView(call, before) };
  }
  const snapshot = identifierOf(given, 'DBSnapshotIdentifier', controlLimits.snapshotIdentifierCharsMax);
  await refuseSnapshotName(call, 'snapshot', scope, snapshot);
  await newSnapshot(call, before, before.id, snapshot, []);
  const record = await undertake(call, { ...before, intent: { kind: 'stop', snapshot } }, before);
  return { DBInstance: await instanceView(call, record) };
});

export const rebootInstance = change('RebootDBInstance', { DBInstanceIdentifier: 'db' }, async (call) => {
  const { input, events, scope } = call;
  const before = await requireInstance(call);
  requireState(call, before, ['available']);
  const failover = input.flag('ForceFailover') === true;
  if (failover && before.settings.MultiAZ !== true)
    throw invalidCombination(
      'ForceFailover cannot be specified since the instance is not configured for MultiAZ',
    );
  const record = await withGroupParameters(call, before);
  await call.instances.reboot(record.id, failover);
  if (failover)
    await events.add(
      scope,
      'db-instance',
      record.name,
      'failover',
      'A user requested a failover of the DB instance.',
    );
  return { DBInstance: await instanceView(call, record) };
});

/** Parameters that wait for a reboot are told now. */
export async function withGroupParameters(
  call: ControlCall,
  before: InstanceRecord,
): Promise<InstanceRecord> {
  const parameters = await wantedParameters(call.store, before);
  if (sameParameters(before.parameters, parameters)) return before;
  return undertake(
    call,
    { ...before, parameters, intent: { kind: 'change', change: { parameters } } },
    before,
  );
}

/** @throws AwsError */
function requireState(call: ControlCall, record: InstanceRecord, states: readonly string[]): void {
  const status = statusOf(call, record);
  if (!states.includes(status)) {
    throw invalidInstanceState(
      `Instance ${record.name} is not in ${states.join(' or ')} state. It is in the state ${status}.`,
    );
  }
}

/** @throws AwsError */
function refuseMember(record: InstanceRecord): void {
  if (record.cluster !== undefined)
    throw invalidCombination(
      `The instance belongs to the cluster ${record.cluster}: start and stop the cluster.`,
    );
}
