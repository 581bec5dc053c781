/**
 * What a record still has to tell its instance (`intent`), and that it was told. The record comes first, so whatever a crash
 * leaves is begun again from it; doing something twice must then be as doing it once.
 */
import type { InstanceChange, InstanceSource, InstanceSpec } from '../instance/api.ts';
import { InstanceRefusal } from '../instance/api.ts';
import type { InstanceRecord } from '../model/control-records.ts';
import { instanceTable } from '../model/control-tables.ts';
import type { ControlContext } from './context.ts';
import { jobOf } from './records.ts';
import { finishSnapshot } from './snapshots.ts';
import type { ControlWrite } from './store.ts';

/**
 * Writes the record with its intent, and carries it out. What the instance refuses leaves the records as they were.
 * @param before what stood there; undefined for a new one
 * @throws InstanceRefusal
 */
export async function undertake(
  context: ControlContext,
  record: InstanceRecord,
  before: InstanceRecord | undefined,
  ...also: readonly ControlWrite[]
): Promise<InstanceRecord> {
  const { store } = context;
  const renamed =
    before !== undefined && before.name !== record.name ? [store.remove(instanceTable, before)] : [];
  await store.write(store.put(instanceTable, record), ...renamed, ...also);
  try {
    return await carryOut(context, record);
  } catch (error) {
    if (!(error instanceof InstanceRefusal)) throw error;
    const undo =
      before === undefined ? store.remove(instanceTable, record) : store.put(instanceTable, before);
    const named = renamed.length === 0 ? [] : [store.remove(instanceTable, record)];
    await store.write(undo, ...named);
    throw error;
  }
}

/** @throws InstanceRefusal */
export async function carryOut(context: ControlContext, record: InstanceRecord): Promise<InstanceRecord> {
  const { instances, store } = context;
  const { intent, id } = record;
  switch (intent?.kind) {
    case undefined:
      return record;
    case 'create':
      if (instances.status(id) === undefined)
        await instances.create(specOf(record), intent.source as InstanceSource);
      break;
    case 'change':
      await instances.modify(id, defined(intent.change));
      break;
    case 'promote': {
      if (instances.status(id)?.replicaOf !== undefined) await instances.promote(id);
      await instances.modify(id, { retentionDays: intent.retentionDays });
      break;
    }
    case 'stop':
    case 'delete':
      context.jobs.begin(jobOf(id), () => endInstance(context, record));
      return record;
  }
  const { intent: _, ...done } = record;
  await store.write(store.put(instanceTable, done));
  return done;
}

/** Members that are undefined are not there. */
function defined(change: Readonly<Record<string, unknown>>): InstanceChange {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
}

/** Stops or deletes, after the snapshot that was asked for. */
async function endInstance(context: ControlContext, record: InstanceRecord): Promise<void> {
  const { instances, store, events } = context;
  const { id, intent } = record;
  if (intent?.kind !== 'stop' && intent?.kind !== 'delete') return;
  const { snapshot } = intent;
  const { intent: _, ...back } = record;
  if (snapshot !== undefined && !(await finishSnapshot(context, 'snapshot', record, snapshot))) {
    await store.write(store.put(instanceTable, back));
    const message = 'The final snapshot failed. The instance stays as it was.';
    await events.add(record, 'db-instance', record.name, 'failure', message);
    return;
  }
  if (intent.kind === 'delete' && !intent.keepsData) {
    await releaseReplicas(context, record);
    await unlessThere(() => instances.delete(id));
    return;
  }
  await unlessThere(() => instances.stop(id));
  const keeps =
    intent.kind === 'delete' ? store.remove(instanceTable, record) : store.put(instanceTable, back);
  await store.write(keeps);
}

/** Read replicas of an instance that is deleted go on as instances of their own. */
async function releaseReplicas(context: ControlContext, source: InstanceRecord): Promise<void> {
  const { store, instances } = context;
  for await (const row of store.list(instanceTable, source)) {
    if (row.replicaOf !== source.name || row.intent?.kind === 'delete') continue;
    if (instances.status(row.id)?.replicaOf !== undefined) await unlessThere(() => instances.promote(row.id));
    const { replicaOf: _, ...promoted } = row;
    await store.write(store.put(instanceTable, promoted));
  }
}

/** It may be gone, or stopped, already: what was begun before a crash is begun again. */
async function unlessThere(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const isDone = error instanceof InstanceRefusal && ['unknown', 'wrong-state'].includes(error.reason);
    if (!isDone) throw error;
  }
}

export function specOf(record: InstanceRecord): InstanceSpec {
  const { intent } = record;
  const password = intent?.kind === 'create' ? intent.password : undefined;
  return {
    id: record.id,
    name: record.name,
    major: record.major,
    masterUser: record.masterUser,
    ...(password === undefined ? {} : { masterPassword: password }),
    ...(record.database === undefined ? {} : { database: record.database }),
    ...(record.port === undefined ? {} : { port: record.port }),
    parameters: record.parameters,
    iamAuthentication: record.iamAuthentication,
    retentionDays: record.retentionDays,
  };
}
