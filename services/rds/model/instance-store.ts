/** Where everything about one instance's data is kept, and under which term of its lease it may be written. */
import type { Fence } from '@hypergate/node/api';
import type { TableDomain, TableStore } from '@hypergate/table';

export interface InstanceStore {
  readonly tables: TableStore;
  readonly domain: TableDomain;
  /** Of every write. `StaleTerm` means that another gateway serves the instance: stop, and keep nothing. */
  readonly fence: Fence;
}

/** Of the lease, in the instance's domain. */
export const leaseResource = 'rds';
