/**
 * Signals and the last resort. The first SIGTERM or SIGINT drains and ends with 0; a second one ends at once. npm passes a
 * terminal's Ctrl-C on to a process that had it already, so what follows within `signalRepeatMs` is the same press.
 */
import { constants } from 'node:os';
import type { Logger } from 'pino';
import { serverLimits } from '../limits.ts';

export interface ShutdownModules {
  readonly logger: Logger;
  /** Milliseconds of a clock that never goes back. */
  readonly monotonicMs: () => number;
  readonly exit: (code: number) => void;
  readonly after: (ms: number, run: () => void) => void;
}

export interface Shutdown {
  /** Runs the closing once, whoever asks; resolves never, for the process ends. */
  begin(reason: string): void;
  /** Handler of a signal. */
  onSignal(signal: NodeJS.Signals): void;
}

/** @param close drains and closes everything within the given signal; must settle soon after it fires */
export function createShutdown(
  close: (signal: AbortSignal) => Promise<void>,
  modules: ShutdownModules,
): Shutdown {
  let firstAt: number | undefined;
  const begin = (reason: string) => {
    if (firstAt !== undefined) return;
    firstAt = modules.monotonicMs();
    modules.logger.info({ reason }, 'stopping');
    const hurry = new AbortController();
    modules.after(serverLimits.drainMs - serverLimits.closeReserveMs, () => hurry.abort());
    modules.after(serverLimits.drainMs, () => {
      // Everything acknowledged is durable; what was cut off is replayed from the log at the next start.
      modules.logger.warn('closing took too long; ending without it');
      modules.exit(0);
    });
    close(hurry.signal).then(
      () => modules.exit(0),
      (error: unknown) => {
        modules.logger.error({ err: error }, 'closing failed');
        modules.exit(1);
      },
    );
  };
  return {
    begin,
    onSignal(signal) {
      if (firstAt === undefined) return begin(signal);
      if (modules.monotonicMs() - firstAt < serverLimits.signalRepeatMs) return;
      modules.logger.warn({ signal }, 'second signal: ending at once');
      modules.exit(128 + constants.signals[signal]);
    },
  };
}

/** Better stopped than lying: an error that nobody handled may have left anything half done. */
export function installLastResort(logger: Logger, target: NodeJS.Process = process): void {
  const die = (kind: string) => (error: unknown) => {
    try {
      logger.fatal({ err: error }, kind);
    } finally {
      target.exit(1);
    }
  };
  target.on('uncaughtException', die('uncaught exception'));
  target.on('unhandledRejection', die('unhandled rejection'));
}
