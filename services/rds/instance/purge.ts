/** Gives a domain up with everything that the parts of RDS keep in one. Resumable: what is gone is gone. */
import { DomainUnknown, type TableDomain, type TableStore } from '@hypergate/table';
import { removeAll } from '../checkpoint/snapshot.ts';
import { removeLog } from '../wal/remove-log.ts';

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
