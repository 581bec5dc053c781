/** `hypergate start`: the gateway in the foreground until a signal. */
import { bannerText } from '../boot/banner.ts';
import { createLogger } from '../boot/logger.ts';
import { createShutdown, installLastResort } from '../boot/shutdown.ts';
import type { Flags } from './main.ts';
import { commandSettings } from './settings.ts';

export async function runStart(flags: Flags): Promise<void> {
  const { settings, folder } = commandSettings(flags);
  const logger = createLogger(settings.values.logLevel);
  installLastResort(logger);
  for (const warning of settings.warnings) logger.warn(warning);
  // A signal during the start ends at once: nothing is acknowledged yet, and the log is replayed anyway.
  const exitAtOnce = () => process.exit(0);
  process.once('SIGTERM', exitAtOnce).once('SIGINT', exitAtOnce);
  // Everything else is loaded once the settings are good.
  const { startGateway } = await import('../main.ts');
  const gateway = await startGateway(
    { settings, folder },
    { logger, say: (line) => process.stdout.write(`${line}\n`) },
  );
  const shutdown = createShutdown((signal) => gateway.close(signal), {
    logger,
    monotonicMs: () => performance.now(),
    exit: (code) => process.exit(code),
    after: (ms, run) => setTimeout(run, ms).unref(),
  });
  process.off('SIGTERM', exitAtOnce).off('SIGINT', exitAtOnce);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => shutdown.onSignal(signal));
  process.stdout.write(bannerText(gateway.facts));
}
