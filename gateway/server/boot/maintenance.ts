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

/** A failed run is logged and the next one tries again. */
export function startMaintenance(
  what: string,
  everyMs: number,
  run: () => Promise<void>,
  { logger, timer }: MaintenanceModules,
): Maintenance {
  let stopped = false;
  let underWay: Promise<void> = Promise.resolve();
  let cancel = timer(everyMs, next);
  return {
    async stop() {
      stopped = true;
      cancel();
      await underWay;
    },
  };

  function next(): void {
    underWay = guarded().then(() => {
      if (!stopped) cancel = timer(everyMs, next);
    });
  }

  async function guarded(): Promise<void> {
    try {
      await run();
    } catch (error) {
      logger.error({ err: error }, `${what} failed`);
    }
  }
}

export function systemTimer(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs).unref();
  return () => clearTimeout(timer);
}
