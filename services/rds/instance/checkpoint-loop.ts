/** Takes checkpoints of a running instance when they are due, and gives up what the window of points in time no longer needs. */
import type { Clock } from '@hypergate/kit';
import type { Logger } from 'pino';
import { Checkpointer } from '../checkpoint/checkpointer.ts';
import type { RunningEngine } from '../engine/api.ts';
import type { InstanceStore } from '../model/instance-store.ts';
import type { Lsn } from '../model/lsn.ts';
import type { WalLog } from '../wal/wal-log.ts';
import { instanceLimits } from './limits.ts';

export interface CheckpointLoopParts {
  readonly store: InstanceStore;
  readonly log: WalLog;
  readonly engine: RunningEngine;
  readonly certified: (lsn: Lsn, signal?: AbortSignal) => Promise<void>;
  readonly clock: Clock;
  readonly delay: (ms: number, signal?: AbortSignal) => Promise<void>;
  readonly logger: Logger;
  readonly windowMs: number;
}

export class CheckpointLoop {
  readonly checkpointer: Checkpointer;
  windowMs: number;
  /** Write-ahead log from there on is needed besides. */
  alsoNeeded: () => Lsn = () => Number.MAX_SAFE_INTEGER;
  private readonly parts: CheckpointLoopParts;
  private readonly stopping = new AbortController();
  private readonly openedMs: number;
  private readonly off: () => void;
  private readonly timer: ReturnType<typeof setInterval>;
  private work: Promise<void> | undefined;

  private constructor(checkpointer: Checkpointer, parts: CheckpointLoopParts) {
    this.checkpointer = checkpointer;
    this.parts = parts;
    this.windowMs = parts.windowMs;
    this.openedMs = parts.clock.now();
    this.off = parts.log.onCertified((lsn) => {
      if (this.work === undefined && checkpointer.newest !== undefined && this.isDue(lsn)) this.begin();
    });
    this.timer = setInterval(() => this.work ?? this.begin(), instanceLimits.retentionCheckMs);
  }

  static async open(parts: CheckpointLoopParts): Promise<CheckpointLoop> {
    const { store, certified: waitCertified, clock } = parts;
    const checkpointer = await Checkpointer.open({ store, waitCertified, now: () => clock.now() });
    return new CheckpointLoop(checkpointer, parts);
  }

  /** Without it a new instance cannot be restored, so nobody may write to it before. */
  async takeFirst(signal: AbortSignal): Promise<void> {
    await this.checkpointer.take(this.parts.engine, 'first', AbortSignal.any([signal, this.stopping.signal]));
  }

  /** What is under way is given up. */
  async stop(): Promise<void> {
    this.off();
    clearInterval(this.timer);
    this.stopping.abort(new Error('the instance stops'));
    await this.work;
  }

  private isDue(lsn: Lsn): boolean {
    const { clock } = this.parts;
    return this.checkpointer.isDue(lsn) && clock.now() - this.openedMs >= instanceLimits.checkpointFromMs;
  }

  private begin(): void {
    this.work = this.turn().finally(() => {
      this.work = undefined;
    });
  }

  private async turn(): Promise<void> {
    const { checkpointer, parts, stopping } = this;
    const { signal } = stopping;
    try {
      if (this.isDue(parts.log.certified)) {
        const began = parts.clock.now();
        const { row, layer } = await checkpointer.take(parts.engine, 'log', signal);
        const facts = { kind: row.kind, bytes: layer.blob.length, ms: parts.clock.now() - began };
        parts.logger.info(facts, 'checkpoint');
      }
      await checkpointer.retain(this.windowMs);
      const needed = checkpointer.oldestNeeded();
      if (needed !== undefined) await parts.log.trim(Math.min(needed, this.alsoNeeded()));
    } catch (error) {
      if (signal.aborted) return;
      parts.logger.error({ err: error }, 'a checkpoint failed; trying again');
      await parts.delay(instanceLimits.checkpointRetryMs, signal).catch(() => undefined);
    }
  }
}
