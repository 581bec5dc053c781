import type { Clock, ServiceModules } from '@hypergate/kit';
import type { NodePorts } from '@hypergate/node/api';
import type { TableDomain, TableStore } from '@hypergate/table';

/** What operations work with. */
export interface MpcContext {
  readonly node: Pick<NodePorts, 'job'>;
  readonly tables: TableStore;
  readonly domain: TableDomain;
  readonly clock: Clock;
  readonly logger: ServiceModules['logger'];
}
