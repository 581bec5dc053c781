/** Removes the records of all databases, for an instance that is given up. */
import type { InstanceStore } from '../model/instance-store.ts';
import { watermarksTable } from '../model/row-tables.ts';
import { DatabaseProjector } from './database-projector.ts';

const none = Buffer.alloc(0);

/** Resumable: a database's watermark, by which the rest is found, goes last. */
export async function removeRecords(store: InstanceStore): Promise<void> {
  for (const { sort } of await store.domain.scan(watermarksTable, none, {})) {
    const name = Buffer.from(sort);
    const stored = await store.domain.get(watermarksTable, { partition: none, sort: name });
    if (stored === undefined) continue;
    const database = await DatabaseProjector.open(store, stored.row.databaseOid, name.toString());
    await database.remove(false);
  }
}
