/** What connections share. */
import type { Login } from '../auth/login.ts';
import type { Events } from '../session/events.ts';
import type { Executor } from '../session/executor.ts';
import type { PreparedCache } from '../session/prepared-cache.ts';
import type { Tracing } from '../session/tracing.ts';
import type { Connection } from './connection.ts';
import type { LogUnexpected } from './failures.ts';

export interface ConnectionModules {
  readonly executor: Pick<Executor, 'query' | 'execute' | 'batch'>;
  readonly statements: Pick<PreparedCache, 'prepare'>;
  readonly login: Pick<Login, 'logIn'>;
  readonly events: Events;
  readonly tracing: Tracing;
  readonly logUnexpected: LogUnexpected;
}

export interface ConnectionHost extends ConnectionModules {
  /** Milliseconds that only grow. */
  elapsed(): number;
  /** It has logged in, or ends. */
  guestLeft(connection: Connection): void;
  closed(connection: Connection): void;
  /** So many bytes more, or less, are in memory. @returns whether that is too much */
  holds(change: number): boolean;
}
