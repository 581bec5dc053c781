/** Calls of one kind against a started gateway: how long each takes alone, how many there are in a second with some in flight, and what they cost. */
import { custodianPids } from '../../lib/custodians.ts';
import { KmsCaller } from '../../lib/kms-caller.ts';
import { readUsage } from '../../lib/process-usage.ts';
import type { Target } from '../../lib/target.ts';
import { median } from '../summary.ts';

export type Call = (caller: KmsCaller) => Promise<void>;

export interface Figures extends Readonly<Record<string, number>> {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** Of gateway and custodians together, for one call. */
  readonly cpuMs: number;
}

/** CPU seconds of gateway and custodians so far. */
export function cpuOf(target: Target): number {
  const pids = [target.pid, ...custodianPids(target.pid).values()];
  return pids.reduce((sum, pid) => sum + readUsage(pid).cpuSeconds, 0);
}

/** @param inFlight callers that each keep one call in flight, over a connection of their own */
export async function measureCalls(
  target: Target,
  call: Call,
  { calls, inFlight }: { readonly calls: number; readonly inFlight: number },
): Promise<Figures> {
  const callers = Array.from({ length: inFlight }, () => new KmsCaller(target));
  const latencies: number[] = [];
  let left = calls;
  const before = cpuOf(target);
  const begun = performance.now();
  const ends = await Promise.allSettled(
    callers.map(async (caller) => {
      while (left > 0) {
        left -= 1;
        const from = performance.now();
        await call(caller);
        latencies.push(performance.now() - from);
      }
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  for (const caller of callers) caller.close();
  for (const end of ends) if (end.status === 'rejected') throw end.reason;
  latencies.sort((left, right) => left - right);
  return {
    p50Ms: median(latencies),
    p99Ms: latencies[Math.floor(latencies.length * 0.99)]!,
    perSecond: calls / seconds,
    cpuMs: ((cpuOf(target) - before) * 1000) / calls,
  };
}
