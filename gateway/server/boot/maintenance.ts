/** Work that is done from time to time behind everything else, one run at a time, and that ends before its parts close. */
import type { Logger } from 'pino';

export interface Maintenance {
  /** No further run; resolves when the one under way has ended. */
  stop(): Promise<void>;
}

export interface MaintenanceModules {
  readonly logger: Logger;
  /** Calls once after the delay, unless the returned function was called before. */
  readonly timer: (delayMs: number, run: () => void) => () => void;
}

export interface MaintenanceOptions {
  /** What is done, for the log: `collecting garbage`. */
  readonly what: string;
  readonly firstMs: number;
  /** From the end of a run to the beginning of the next. */
  readonly everyMs: number;
}

/** A failed run is logged and the next one tries again. @param run ends early when its signal is aborted */
export function startMaintenance(
  { what, firstMs, everyMs }: MaintenanceOptions,
  run: (signal: AbortSignal) => Promise<void>,
  { logger, timer }: MaintenanceModules,
): Maintenance {
  const stopped = new AbortController();
  let underWay: Promise<void> = Promise.resolve();
  let cancel = timer(firstMs, next);
  return {
    async stop() {
      stopped.abort();
      cancel();
      await underWay;
    },
  };

  function next(): void {
    underWay = guarded().then(() => {
      if (!stopped.signal.aborted) cancel = timer(everyMs, next);
    });
  }

  async function guarded(): Promise<void> {
    try {
      await run(stopped.signal);
    } catch (error) {
      logger.error({ err: error }, `${what} failed`);
    }
  }
}

/**
 * A pause to put between steps of such work: it lasts `restShare` times as long as the step before it took, so that the
 * work is spread and requests find the disk and the event loop free.
 */
export function pacedPause(
  restShare: () => number,
  monotonicMs: () => number,
  timer: MaintenanceModules['timer'],
): () => Promise<void> {
  let resumedAt = monotonicMs();
  return () =>
    new Promise((resolve) => {
      timer(Math.ceil((monotonicMs() - resumedAt) * restShare()), () => {
        resumedAt = monotonicMs();
        resolve();
      });
    });
}

export function systemTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs).unref();
  return () => clearTimeout(timer);
}
