/** What every operation works with. */
import type { Clock, RandomSource } from '@hypergate/kit';
import type { TableStore } from '@hypergate/table';
import type { BlobGuard } from './blob-guard.ts';
import type { Buckets } from './buckets.ts';
import type { KeyTurns } from './key-turns.ts';
import type { Outbox } from './outbox.ts';
import type { Sweeper } from './sweeper.ts';

export interface S3Context {
  readonly tables: TableStore;
  readonly buckets: Buckets;
  readonly guard: BlobGuard;
  readonly sweeper: Sweeper;
  readonly turns: KeyTurns;
  readonly outbox: Outbox;
  readonly clock: Clock;
  readonly random: RandomSource;
}
