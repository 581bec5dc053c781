/** Calls of one function, over connections of their own: how long each takes, how many there are in a second, and what they cost the gateway. */
import { LambdaCaller } from '../../lib/lambda-caller.ts';
import { readUsage } from '../../lib/process-usage.ts';
import type { Target } from '../../lib/target.ts';
import { median } from '../summary.ts';

export interface Load {
  readonly calls: number;
  readonly inFlight: number;
}

export interface InvokeFigures extends Readonly<Record<string, number>> {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly perSecond: number;
  /** Of the gateway's process, for one call. */
  readonly cpuMs: number;
}

export async function measureInvokes(
  target: Target,
  name: string,
  payload: Buffer,
  load: Load,
): Promise<InvokeFigures> {
  const before = readUsage(target.pid).cpuSeconds;
  const timed = await timeCalls(load, () => {
    const caller = new LambdaCaller(target);
    return {
      call: async () => {
        const { status, functionError, body } = await caller.invoke(name, payload);
        if (status !== 200 || functionError !== undefined || body.length !== payload.length)
          throw new Error(
            `an answer of another kind: ${status} ${functionError} ${body.toString().slice(0, 200)}`,
          );
      },
      close: () => caller.close(),
    };
  });
  return { ...timed, cpuMs: ((readUsage(target.pid).cpuSeconds - before) * 1000) / load.calls };
}

/** @param open a connection with calls one after the other */
export async function timeCalls(
  { calls, inFlight }: Load,
  open: () => { call(): Promise<void>; close(): void },
): Promise<{ readonly p50Ms: number; readonly p99Ms: number; readonly perSecond: number }> {
  const callers = Array.from({ length: inFlight }, open);
  const latencies: number[] = [];
  let left = calls;
  const begun = performance.now();
  const ends = await Promise.allSettled(
    callers.map(async ({ call }) => {
      while (left > 0) {
        left -= 1;
        const from = performance.now();
        await call();
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
  };
}
