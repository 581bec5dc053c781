/** What operations work with. */
import type { Clock, RandomSource, ServiceModules } from '@hypergate/kit';
import type { CustodyPort } from '@hypergate/node/api';
import type { TableDomain, TableStore } from '@hypergate/table';
import type { ControlView } from '../engine/view.ts';
import type { ControlLine } from './control.ts';
import type { KeyQuota } from './key-quota.ts';
import type { KmsMetrics } from './metrics.ts';
import type { Outcomes } from './outcomes.ts';

export interface KmsContext {
  readonly tables: TableStore;
  readonly domain: TableDomain;
  readonly custody: CustodyPort;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: ServiceModules['logger'];
  /** The one region of this deployment: custodians check calls of no other. */
  readonly region: string;
  readonly rootAccountId: string;
  /** Keys are hot: what is asked again is answered from memory. */
  readonly view: ControlView;
  readonly metrics: KmsMetrics;
  readonly outcomes: Outcomes;
  readonly line: ControlLine;
  readonly quota: KeyQuota;
}
