/** The gateway as its users start it, in a process of its own, on ports that the system chooses. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const entry = fileURLToPath(new URL('../hypergate.mjs', import.meta.url));
export const repository = fileURLToPath(new URL('../../../', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export interface StartedGateway {
  readonly child: ChildProcess;
  readonly banner: string;
  readonly port: number;
  readonly endpoint: string;
  readonly adminEndpoint: string;
  readonly ended: Promise<Ended>;
}

export function cleanEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    ([name, value]) => value !== undefined && !/^(?:HYPERGATE_|npm_|INIT_CWD$)/.test(name),
  );
  return { ...(Object.fromEntries(inherited) as Record<string, string>), ...extra };
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Instead of Node with the entry. */
  readonly command?: readonly [string, ...string[]];
}

function launch(args: readonly string[], { env, cwd, command }: RunOptions) {
  const [program, ...head] = command ?? [process.execPath, entry];
  const child = spawn(program, [...head, ...args], {
    cwd: cwd ?? repository,
    env: cleanEnvironment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let error = '';
  child.stdout.setEncoding('utf8').on('data', (piece) => (out += piece));
  child.stderr.setEncoding('utf8').on('data', (piece) => (error += piece));
  const ended = once(child, 'close').then(([code]): Ended => {
    return { code: code as number | null, out, error };
  });
  // Files of a worker share this module: a hook of the module would be that of the first one alone.
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, output: () => out };
}

/** Runs a command to its end. */
export function run(args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  return launch(args, options).ended;
}

const quickStart = { HYPERGATE_VDF_SHARE: '0', HYPERGATE_CUSTODIANS: '0' };

/** Starts and waits for the banner. @throws when the process ends before it is ready */
export async function start(args: readonly string[], options: RunOptions = {}): Promise<StartedGateway> {
  const { child, ended, output } = launch(
    [...(options.command === undefined ? ['start'] : []), '--port', '0', '--admin-port', '0', ...args],
    // The delay function and the processes that hold keys would take a start more CPU than all else together.
    { ...options, env: { HYPERGATE_LOG_LEVEL: 'warn', ...quickStart, ...options.env } },
  );
  const ready = new Promise<void>((resolve) => {
    child.stdout!.on('data', () => {
      if (output().endsWith('\nready\n')) resolve();
    });
  });
  const early = await Promise.race([ready, ended]);
  if (early !== undefined) throw new Error(`ended with ${early.code}: ${early.error}${early.out}`);
  const banner = output();
  const endpoint = /^ +endpoint +(\S+)$/m.exec(banner)![1]!;
  const adminEndpoint = /^ +admin +(\S+)$/m.exec(banner)![1]!;
  return { child, banner, ended, endpoint, adminEndpoint, port: Number(new URL(endpoint).port) };
}
