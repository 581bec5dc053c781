/** Records that name an instance: they follow when it gets another name. */
import { instanceTable } from '../model/control-tables.ts';
import type { ControlCall } from './context.ts';
import { ownInstances } from './records.ts';
import type { ControlWrite } from './store.ts';

export async function followers(call: ControlCall, before: string, after: string): Promise<ControlWrite[]> {
  const rows = await ownInstances(call, call.scope);
  return rows
    .filter(({ replicaOf }) => replicaOf === before)
    .map((row) => call.store.put(instanceTable, { ...row, replicaOf: after }));
}
