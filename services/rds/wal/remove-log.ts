/** Removes an instance's write-ahead log as a whole, for an instance that is given up. */
import type { AnyTable, DomainWrite, TableDomain, TableStore } from '@hypergate/table';
import {
  placesPartition,
  segmentsTable,
  timelineBytes,
  timelinesPartition,
  timelinesTable,
  walTable,
} from '../model/wal-tables.ts';
import { walLimits } from './limits.ts';

export interface RemovableLog {
  readonly tables: TableStore;
  readonly domain: TableDomain;
}

/** Resumable: timelines, by which the rest is found, go last. */
export async function removeLog(store: RemovableLog): Promise<void> {
  const timelines = await store.domain.scan(timelinesTable, timelinesPartition, {});
  for (const { sort } of timelines) {
    const partition = timelineBytes(Buffer.from(sort).readUInt32BE(0));
    await removeSegments(store, partition);
  }
  await removeRows(store, walTable, placesPartition);
  await removeRows(store, timelinesTable, timelinesPartition);
}

async function removeRows(
  { tables, domain }: RemovableLog,
  table: AnyTable,
  partition: Buffer,
): Promise<void> {
  for (;;) {
    const found = await domain.scan(table, partition, { limit: walLimits.rowRemovalsPerTransaction });
    if (found.length === 0) return;
    const writes = found.map(({ sort }): DomainWrite => {
      return { kind: 'remove', domain, table, key: { partition, sort } };
    });
    await tables.transact(writes);
  }
}

/** One at a time: a blob's chunks may fill a transaction. */
async function removeSegments({ tables, domain }: RemovableLog, partition: Buffer): Promise<void> {
  for (const { sort } of await domain.scan(segmentsTable, partition, {})) {
    const key = { partition, sort };
    const segment = await domain.get(segmentsTable, key);
    if (segment === undefined) continue;
    await tables.transact([
      { kind: 'remove', domain, table: segmentsTable, key },
      { kind: 'remove-blob', domain, blob: segment.row.blob },
    ]);
  }
}
