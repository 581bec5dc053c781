/**
 * One PostgreSQL server as a child process. On Linux the kernel tells it to end when the gateway dies (`PR_SET_PDEATHSIG`, set by
 * util-linux's setpriv where that is installed); what that misses, `orphans.ts` finds at the next start.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { closingDescriptors } from './closed-descriptors.ts';
import { serverEnvironment } from './command.ts';
import { EngineFailure } from './failure.ts';
import type { EngineIdentity } from './identity.ts';
import { pollMs } from './limits.ts';
import { removeOrphans } from './orphans.ts';
import { readPostmasterFile } from './processes.ts';
import { serverLog } from './server-log.ts';

export interface ServerExit {
  /** Undefined after a signal. */
  readonly code: number | undefined;
  /** What the server said last about why, if it did. */
  readonly complaint: string | undefined;
}

export interface ServerProcess {
  readonly pid: number;
  /** All its processes are gone. */
  readonly exited: Promise<ServerExit>;
  signal(signal: 'SIGHUP' | 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): void;
}

export interface SpawnOptions {
  readonly postgres: string;
  readonly dataDir: string;
  readonly configFile: string;
  readonly identity: EngineIdentity;
  readonly logger: Logger;
}

const deathWatch = '/usr/bin/setpriv';

export async function spawnServer(options: SpawnOptions): Promise<ServerProcess> {
  const { dataDir, identity } = options;
  const args = ['-D', dataDir, '-c', `config_file=${options.configFile}`, '-c', 'log_line_prefix=%b|'];
  const watched = process.platform === 'linux' && existsSync(deathWatch);
  const watch = watched ? [deathWatch, '--pdeathsig', 'SIGQUIT'] : [];
  const [program, ...rest] = closingDescriptors([...watch, options.postgres, ...args]);
  const child = spawn(program, rest, {
    ...identity.spawn,
    cwd: dataDir,
    env: serverEnvironment,
    stdio: ['ignore', 'ignore', 'pipe'],
    // A Ctrl-C at the gateway's terminal is the gateway's to handle.
    detached: true,
  });
  const log = serverLog(options.logger);
  child.stderr!.setEncoding('utf8').on('data', log.add);
  const endWithGateway = () => child.kill('SIGQUIT');
  process.once('exit', endWithGateway);
  const closed = once(child, 'exit') as Promise<[number | null]>;
  const exited = closed.then(async ([code]): Promise<ServerExit> => {
    process.off('exit', endWithGateway);
    // After a clean end there is none; a postmaster that was killed leaves its children a moment longer.
    await removeOrphans(dataDir);
    return { code: code ?? undefined, complaint: log.complaint() };
  });
  exited.catch(() => undefined);
  if (child.pid === undefined) {
    process.off('exit', endWithGateway);
    await closed;
  }
  return { pid: child.pid!, exited, signal: (signal) => child.kill(signal) };
}

/**
 * Until the server takes connections: as a writable server, or as a standby that reads may come to. (`standby` in its file means a
 * recovery that nobody may read.)
 * @throws EngineFailure start-failed, bad-parameter
 */
export async function untilReady(
  server: ServerProcess,
  dataDir: string,
  options: {
    readonly withinMs?: number;
    readonly signal?: AbortSignal;
  },
): Promise<void> {
  let exit: ServerExit | undefined;
  const noted = server.exited.then((result) => {
    exit = result;
  });
  const until = performance.now() + (options.withinMs ?? Number.POSITIVE_INFINITY);
  for (;;) {
    if (exit !== undefined) throw failureOf(exit);
    const file = readPostmasterFile(dataDir);
    if (file?.pid === server.pid && file.status === 'ready') return;
    if (options.signal?.aborted || performance.now() > until) {
      const why = options.signal?.aborted ? 'was given up' : 'took too long';
      throw new EngineFailure('start-failed', `The start of PostgreSQL ${why}.`);
    }
    await Promise.race([delay(pollMs), noted]);
  }
}

function failureOf({ code, complaint }: ServerExit): EngineFailure {
  const said = complaint ?? `exit code ${code ?? 'of a signal'}`;
  const isParameter = /parameter|invalid value|could not load|out of range|max_\w+/.test(said);
  return new EngineFailure(
    isParameter ? 'bad-parameter' : 'start-failed',
    `PostgreSQL did not start: ${said}.`,
  );
}
