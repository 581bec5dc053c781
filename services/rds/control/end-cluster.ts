/** The end of a cluster: its final snapshot, its members, its data, its record. Begun again after a crash. */
import { InstanceRefusal } from '../instance/api.ts';
import type { ClusterRecord } from '../model/control-records.ts';
import { clusterTable, instanceTable } from '../model/control-tables.ts';
import type { ControlContext } from './context.ts';
import { ownInstances } from './records.ts';
import { managedSecretName, masterSecretName } from './secrets.ts';
import { finishSnapshot } from './snapshots.ts';

export const clusterJob = (id: string): string => `cluster ${id}`;

export function endCluster(context: ControlContext, cluster: ClusterRecord): void {
  context.jobs.begin(clusterJob(cluster.id), () => end(context, cluster));
}

async function end(context: ControlContext, cluster: ClusterRecord): Promise<void> {
  const { store, events, secrets } = context;
  const snapshot = cluster.deleting?.snapshot;
  if (snapshot !== undefined && !(await finishSnapshot(context, 'cluster-snapshot', cluster, snapshot))) {
    const { deleting: _, ...back } = cluster;
    await store.write(store.put(clusterTable, back));
    const message = 'The final snapshot failed. The cluster stays as it was.';
    await events.add(cluster, 'db-cluster', cluster.name, 'failure', message);
    return;
  }
  for (const row of await ownInstances(context, cluster)) {
    if (row.cluster !== cluster.name) continue;
    await giveUp(context, row.id);
    await store.write(store.remove(instanceTable, row));
  }
  if (cluster.volume !== undefined) await giveUp(context, cluster.volume);
  await store.write(
    store.remove(clusterTable, cluster),
    secrets.remove(cluster, masterSecretName(cluster.id, cluster.masterUser)),
    secrets.remove(cluster, managedSecretName(cluster.id)),
  );
  await events.add(cluster, 'db-cluster', cluster.name, 'deletion', 'DB cluster deleted');
}

async function giveUp({ instances }: ControlContext, id: string): Promise<void> {
  if (instances.status(id) === undefined) return;
  try {
    await instances.delete(id);
  } catch (error) {
    if (!(error instanceof InstanceRefusal && error.reason === 'unknown')) throw error;
  }
}
