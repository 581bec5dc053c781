/** DeleteDBInstance, with the final snapshot unless it is said that none is wanted. */
import type { InstanceRecord } from '../../model/control-records.ts';
import { leaveCluster } from '../cluster-members.ts';
import type { ControlCall } from '../context.ts';
import { undertake } from '../effects.ts';
import { invalidCombination, invalidInstanceState } from '../errors.ts';
import { controlLimits } from '../limits.ts';
import { identifierOf } from '../names.ts';
import { change } from '../operation.ts';
import { requireInstance } from '../records.ts';
import { newSnapshot, refuseSnapshotName } from '../snapshots.ts';
import { instanceView, statusOf } from '../views/instance.ts';

export const deleteInstance = change('DeleteDBInstance', { DBInstanceIdentifier: 'db' }, async (call) => {
  const before = await requireInstance(call);
  const { name } = before;
  if (before.deletionProtection)
    throw invalidInstanceState(
      'Cannot delete protected DB Instance, please disable deletion protection and try again.',
    );
  const status = statusOf(call, before);
  if (status === 'deleting') throw invalidInstanceState(`Instance ${name} is already being deleted.`);
  const snapshot = finalSnapshotName(call, before);
  const { record, keepsData, writes } = await leaveCluster(call, before);
  if (snapshot !== undefined) {
    if (!['available', 'backing-up', 'stopped'].includes(status))
      throw invalidInstanceState(
        `Cannot create a snapshot because the database instance ${name} is not currently in the available state.`,
      );
    await refuseSnapshotName(call, 'snapshot', call.scope, snapshot);
    const tags = before.settings.CopyTagsToSnapshot === true ? before.tags : [];
    await newSnapshot(call, before, before.id, snapshot, tags);
  }
  const intended: InstanceRecord = { ...record, intent: { kind: 'delete', snapshot, keepsData } };
  const done = await undertake(call, intended, before, ...writes);
  return { DBInstance: await instanceView(call, done) };
});

/** @throws AwsError */
function finalSnapshotName({ input }: ControlCall, record: InstanceRecord): string | undefined {
  const member = 'FinalDBSnapshotIdentifier';
  const given = input.text(member);
  const skips = input.flag('SkipFinalSnapshot') === true;
  const kind =
    record.replicaOf !== undefined ? 'replica' : record.cluster !== undefined ? 'cluster' : undefined;
  if (kind !== undefined) {
    if (given !== undefined)
      throw invalidCombination(`${member} can not be specified when deleting a ${kind} instance`);
    return undefined;
  }
  if (skips && given !== undefined)
    throw invalidCombination(`${member} can not be specified when SkipFinalSnapshot is true`);
  if (skips) return undefined;
  if (given === undefined)
    throw invalidCombination(`${member} is required unless SkipFinalSnapshot is specified.`);
  return identifierOf(given, member, controlLimits.snapshotIdentifierCharsMax);
}
