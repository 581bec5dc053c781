/** Running a command while clients look on: those of MONITOR are shown it, those that track keys have read them. */
import type { Call } from './call.ts';
import type { CommandRow } from './command.ts';

/** @throws RedisError of the command */
export function runObserved(call: Call, row: CommandRow, args: readonly string[]): void {
  const { engine } = call;
  const isHidden = row.flags.includes('skip_monitor') || row.flags.includes('admin');
  // A script is shown before the commands it runs.
  if (engine.monitored && isHidden && row.group === 'scripting' && !call.inScript) {
    engine.monitors.show(call, row, args);
  }
  try {
    row.run!(call, args);
  } finally {
    // A command that waits is shown once, and has read nothing until it is run again.
    if (engine.monitored && !isHidden && !call.resumed) engine.monitors.show(call, row, args);
    if (engine.tracksReads && call.blockRequest === undefined) rememberReads(call, row, args);
  }
}

/**
 * For client-side caching. Of a script the keys it names are remembered along with those it reads, as Redis did before 7.2:
 * a client may have cached its answer under them.
 */
function rememberReads(call: Call, row: CommandRow, args: readonly string[]): void {
  if (!row.flags.includes('readonly') || row.group === 'scripting') return;
  const { tracking, running, runningArgs } = call.engine;
  const client = running ?? call.client;
  tracking.remember(client, row, args);
  if (call.inScript) tracking.remember(client, client.call.row, runningArgs);
}
