/** What a session is made with. */
import type { LocalNodePorts } from '@hypergate/node/api';
import type { TableDomain, TableStore } from '@hypergate/table';
import type { Logger } from 'pino';
import type { RedisMetrics } from '../metrics.ts';

export interface SessionModules {
  readonly node: LocalNodePorts;
  readonly tables: TableStore;
  readonly domain: TableDomain;
  readonly logger: Logger;
  readonly clock: { now(): number };
  readonly delay: (ms: number) => Promise<void>;
  /** The session is over, not by `stop`. */
  readonly onEnded: (reason: string) => void;
  readonly metrics: RedisMetrics;
}
