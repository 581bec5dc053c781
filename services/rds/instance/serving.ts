/** An engine that clients can be led to: of an instance with data of its own, or of a replica. */
import type { RunningEngine } from '../engine/api.ts';
import type { Lsn } from '../model/lsn.ts';

export interface Serving {
  readonly engine: RunningEngine;
  /** Resolves with why, when it ended by itself. */
  readonly failed: Promise<string>;
  /** Resolves when everything up to there is certified. */
  certified(lsn: Lsn): Promise<void>;
  certifiedLsn(): Lsn | undefined;
  /** Milliseconds since 1970; undefined where there is nothing to restore from. */
  earliestRestorableMs(): number | undefined;
  latestRestorableMs(): number | undefined;
  /** Everything is handed over, so that the next one may go on from the directory. */
  stop(): Promise<void>;
  /** At once; the next one restores. */
  kill(): Promise<void>;
}
