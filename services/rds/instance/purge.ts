/** Gives a domain up with everything that the parts of RDS keep in one. Resumable: what is gone is gone. */
import type { LocalNodePorts } from '@hypergate/node/api';
import { DomainUnknown, type TableDomain, type TableStore } from '@hypergate/table';
import { removeAll } from '../checkpoint/snapshot.ts';
import { leaseResource } from '../model/instance-store.ts';
import { timelinesPartition, timelinesTable } from '../model/wal-tables.ts';
import { removeRecords } from '../projection/index.ts';
import { removeLog } from '../wal/remove-log.ts';
import { instanceLimits } from './limits.ts';

/** Whether anything of an instance's write-ahead log was ever in it. */
export async function hasData(domain: TableDomain): Promise<boolean> {
  return (await domain.scan(timelinesTable, timelinesPartition, { limit: 1 })).length > 0;
}

export interface PurgeModules {
  readonly node: LocalNodePorts;
  readonly tables: TableStore;
  /** Of the lease: whoever still serves the instance loses it. */
  readonly holder: Uint8Array;
}

/** @param address of an instance's or a snapshot's domain; it may be gone */
export async function purgeDomain(modules: PurgeModules, address: Uint8Array): Promise<void> {
  const { node, tables, holder } = modules;
  let domain: TableDomain;
  try {
    domain = await tables.openDomain(address);
  } catch (error) {
    if (error instanceof DomainUnknown) return;
    throw error;
  }
  const { leaseMs: durationMs } = instanceLimits;
  const lease = await node.lease({ domain: address, resource: leaseResource, holder, durationMs });
  const store = { tables, domain, fence: { domain: address, resource: leaseResource, term: lease.term } };
  try {
    await removeAll(store);
    await removeRecords(store);
    await removeLog(store);
  } finally {
    await lease.release();
  }
  await tables.transact([{ kind: 'remove-domain', domain }]);
}
