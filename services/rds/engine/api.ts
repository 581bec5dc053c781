/** A PostgreSQL server process as the other parts see it. */
import type { Client } from 'pg';
import type { Lsn, Timeline } from '../model/lsn.ts';

export const engineMajors = [15, 16, 17, 18] as const;
export type EngineMajor = (typeof engineMajors)[number];

export type EngineEnd =
  /**
   * Asked for, and everything was written down and sent to the standby that was attached. The last record ends at `endLsn`: who has
   * certified up to there has everything. Of a standby server: it had replayed up to about there.
   */
  | { readonly kind: 'clean'; readonly endLsn: Lsn; readonly timeline: Timeline }
  | { readonly kind: 'unclean'; readonly reason: string };

export interface RunningEngine {
  readonly major: EngineMajor;
  /** `15.18` */
  readonly version: string;
  /** Of the postmaster. */
  readonly pid: number;
  readonly dataDir: string;
  /** Folder of the unix socket; what `host` is to the package pg. */
  readonly socketDir: string;
  /** Number in the socket's name; what `port` is to the package pg. */
  readonly port: number;
  /** Random, new at every start. Never logged. */
  readonly adminPassword: string;
  /** A connection as the superuser `rdsadmin`, for the gateway alone. Whoever opens it ends it. */
  connect(database?: string): Promise<Client>;
  readonly ended: Promise<EngineEnd>;
  /**
   * `fast`: cuts clients, writes a last checkpoint, sends all of it to the standby, which must be attached, and ends.
   * `immediate`: ends; the data directory is worthless.
   */
  stop(mode: 'fast' | 'immediate'): Promise<EngineEnd>;
  /** Reads the settings' files again. */
  reload(parameters: Readonly<Record<string, string>>): Promise<void>;
}
