/** Time that passes, unless something ends it. */
import type { Timers } from '../invoke/timers.ts';

export async function pause(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const takeBack = timers.later(ms, resolve);
  const onAbort = () => resolve();
  signal.addEventListener('abort', onAbort, { once: true });
  await promise;
  takeBack();
  signal.removeEventListener('abort', onAbort);
}
