/** Empties the control plane (developer mode only). What the instances hold is given up by themselves. */
import type { DomainWrite } from '@hypergate/table';
import {
  clusterParameterGroupTable,
  clusterSnapshotTable,
  clusterTable,
  eventTable,
  instanceTable,
  nameKey,
  noteTable,
  parameterGroupTable,
  type Scope,
  scopePartition,
  secretTable,
  snapshotTable,
  subnetGroupTable,
} from '../model/control-tables.ts';
import type { ControlContext } from './context.ts';

const named = [
  instanceTable,
  clusterTable,
  snapshotTable,
  clusterSnapshotTable,
  parameterGroupTable,
  clusterParameterGroupTable,
  subnetGroupTable,
  secretTable,
];
const writesMax = 500;
const nothing = Buffer.alloc(0);

/** @param scope whose events are removed even if it has nothing else */
export async function resetControl({ store, line, jobs }: ControlContext, scope: Scope): Promise<void> {
  await jobs.settled();
  await line.run(async () => {
    const { domain } = store;
    const writes: DomainWrite[] = [];
    const scopes = new Map([[scopePartition(scope).toString(), scope]]);
    for (const table of named) {
      for await (const row of store.all<Scope & { readonly name: string }>(table as never)) {
        scopes.set(scopePartition(row).toString(), row);
        writes.push({ kind: 'remove', domain, table, key: nameKey(row, row.name) });
      }
    }
    for (const each of scopes.values()) {
      const partition = scopePartition(each);
      for (const { sort } of await domain.scan(eventTable, partition, {})) {
        writes.push({ kind: 'remove', domain, table: eventTable, key: { partition, sort } });
      }
    }
    for (const { sort } of await domain.scan(noteTable, nothing, {})) {
      writes.push({ kind: 'remove', domain, table: noteTable, key: { partition: nothing, sort } });
    }
    while (writes.length > 0) await store.write(...writes.splice(0, writesMax));
  });
}
