/** Gives a domain up with everything that the parts of RDS keep in one. Resumable: what is gone is gone. */
import { DomainUnknown, type TableDomain, type TableStore } from '@hypergate/table';
import { removeAll } from '../checkpoint/snapshot.ts';
import { timelinesPartition, timelinesTable } from '../model/wal-tables.ts';
import { removeLog } from '../wal/remove-log.ts';

/** Whether anything of an instance's write-ahead log was ever in it. */
export async function hasData(domain: TableDomain): Promise<boolean> {
  return (await domain.scan(timelinesTable, timelinesPartition, { limit: 1 })).length > 0;
}

/** @param address of a domain that nobody serves; it may be gone */
export async function purgeDomain(tables: TableStore, address: Uint8Array): Promise<void> {
  let domain: TableDomain;
  try {
    domain = await tables.openDomain(address);
  } catch (error) {
    if (error instanceof DomainUnknown) return;
    throw error;
  }
  const store = { tables, domain };
  await removeAll(store);
  await removeLog(store);
  await tables.transact([{ kind: 'remove-domain', domain }]);
}
