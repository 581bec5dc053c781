/** Starts or stops the members of a cluster as its record says; those that are so already are left alone. */
import type { ClusterRecord } from '../model/control-records.ts';
import { membersOf } from './cluster-members.ts';
import type { ControlContext } from './context.ts';

export async function applyPower(context: ControlContext, cluster: ClusterRecord): Promise<void> {
  const { instances } = context;
  for (const { id } of await membersOf(context, cluster)) {
    const state = instances.status(id)?.state;
    if (cluster.stopped && state === 'available') await instances.stop(id);
    if (!cluster.stopped && state === 'stopped') await instances.start(id);
  }
}
