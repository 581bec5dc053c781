/** What an earlier process left half done, at the start: each record's intent is carried out, or taken back. */
import { InstanceRefusal } from '../instance/api.ts';
import type { InstanceRecord } from '../model/control-records.ts';
import { clusterSnapshotTable, clusterTable, instanceTable, snapshotTable } from '../model/control-tables.ts';
import { applyPower } from './cluster-power.ts';
import type { ControlContext } from './context.ts';
import { carryOut } from './effects.ts';
import { endCluster } from './end-cluster.ts';
import { completeMembers } from './new-cluster.ts';
import { findInstance, type SnapshotKind, snapshotTableOf } from './records.ts';
import { removeSnapshot, retakeSnapshot, snapshotJob } from './snapshots.ts';
import { collect } from './store.ts';

export async function reconcile(context: ControlContext): Promise<void> {
  const finals = new Set<string>();
  const instances = await collect(context.store.all(instanceTable));
  const clusters = await collect(context.store.all(clusterTable));
  for (const { intent, account, region } of instances) {
    if ((intent?.kind === 'delete' || intent?.kind === 'stop') && intent.snapshot !== undefined)
      finals.add(snapshotJob('snapshot', { account, region, name: intent.snapshot }));
  }
  for (const { deleting, account, region } of clusters) {
    if (deleting?.snapshot !== undefined)
      finals.add(snapshotJob('cluster-snapshot', { account, region, name: deleting.snapshot }));
  }
  await renewFinals(context, finals);
  for (const row of instances) await takeUp(context, row);
  for (const row of clusters) {
    if (row.deleting !== undefined) endCluster(context, row);
    else
      await guarded(context, `the cluster ${row.name}`, () =>
        completeMembers(context, row).then(() => applyPower(context, row)),
      );
  }
  await takeUpSnapshots(context, finals);
  await warnOfOrphans(context);
}

/** A final snapshot is taken by the job that waits for it; what was begun of it is given up here. */
async function renewFinals(context: ControlContext, finals: ReadonlySet<string>): Promise<void> {
  for (const kind of ['snapshot', 'cluster-snapshot'] as const) {
    for (const row of await collect(context.store.all(snapshotTableOf(kind)))) {
      if (row.state !== 'creating' || !finals.has(snapshotJob(kind, row))) continue;
      await guarded(context, `the snapshot ${row.name}`, () => context.instances.deleteSnapshot(row.data));
    }
  }
}

async function takeUp(context: ControlContext, row: InstanceRecord): Promise<void> {
  const { store, events } = context;
  if (row.intent === undefined) return;
  try {
    if (
      row.intent.kind === 'delete' &&
      row.intent.snapshot === undefined &&
      context.instances.status(row.id) === undefined
    ) {
      await findInstance(context, row, row.name);
      return;
    }
    await carryOut(context, row);
  } catch (error) {
    if (!(error instanceof InstanceRefusal)) throw error;
    const { intent, ...back } = row;
    const isNew = intent.kind === 'create';
    await store.write(isNew ? store.remove(instanceTable, row) : store.put(instanceTable, back));
    await events.add(
      row,
      'db-instance',
      row.name,
      'failure',
      `Could not be finished after a restart: ${error.message}`,
    );
  }
}

async function takeUpSnapshots(context: ControlContext, finals: ReadonlySet<string>): Promise<void> {
  const tables = [
    ['snapshot', snapshotTable],
    ['cluster-snapshot', clusterSnapshotTable],
  ] as const;
  for (const [kind, table] of tables) {
    for (const row of await collect(context.store.all(table))) {
      const job = snapshotJob(kind satisfies SnapshotKind, row);
      if (row.state === 'deleting') await removeSnapshot(context, kind, row);
      if (row.state === 'creating' && !finals.has(job))
        context.jobs.begin(job, () => retakeSnapshot(context, kind, row));
    }
  }
}

/** Data without a record is nobody's: it is not removed, as nothing says that it may be. */
async function warnOfOrphans({ store, instances, logger }: ControlContext): Promise<void> {
  const known = new Set((await collect(store.all(instanceTable))).map(({ id }) => id));
  for (const { volume } of await collect(store.all(clusterTable)))
    if (volume !== undefined) known.add(volume);
  for (const { id } of instances.list())
    if (!known.has(id)) logger.warn({ instance: id }, 'an instance has no record in the control plane');
}

async function guarded({ logger }: ControlContext, what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof InstanceRefusal)) throw error;
    logger.warn({ err: error }, `${what} could not be finished after a restart`);
  }
}
