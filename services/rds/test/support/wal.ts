/** A log over a store in memory, with what a test wants to know of it. */
import { setTimeout as delay } from 'node:timers/promises';
import type { InstanceStore } from '../../model/instance-store.ts';
import type { Lsn } from '../../model/lsn.ts';
import type { TimelineHistory } from '../../wal/timelines.ts';
import { WalLog, type WalLogOptions } from '../../wal/wal-log.ts';

export interface LogFacts {
  lost: boolean;
  readonly failures: unknown[];
  readonly failing: boolean[];
  readonly upkeep: unknown[];
  now: number;
}

export function logFacts(): LogFacts {
  return { lost: false, failures: [], failing: [], upkeep: [], now: 1_800_000_000_000 };
}

export function openLog(store: InstanceStore, facts = logFacts(), options?: WalLogOptions): Promise<WalLog> {
  const modules = {
    clock: { now: () => facts.now },
    delay: () => delay(1),
    onLost: () => {
      facts.lost = true;
    },
    onFailed: (error: unknown) => facts.failures.push(error),
    onFailing: (failing: boolean) => facts.failing.push(failing),
    onUpkeepFailed: (error: unknown) => facts.upkeep.push(error),
  };
  return WalLog.open(store, modules, options);
}

export async function readAll(
  log: WalLog,
  from: Lsn,
  to: Lsn,
  history: TimelineHistory = log.history(),
): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of log.read(history, from, to)) parts.push(part);
  return Buffer.concat(parts);
}
