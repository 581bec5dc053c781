/**
 * Where the walls of functions are built: by root on the machine itself, or by whoever the gateway runs as in a user namespace, in which it may
 * do what root may to namespaces that belong to it, and to nothing else (user_namespaces(7)).
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { executorLimits } from '../limits.ts';
import { hold } from './holder.ts';
import { type Tools, toolsPath } from './tools.ts';

const countScript = fileURLToPath(new URL('count.sh', import.meta.url));

export interface Ground {
  readonly kind: 'root' | 'user';
  /** Processes are counted by user namespace, so that a limit of one environment is not used up by another or by the gateway. */
  readonly countsProcesses: boolean;
  /** Begins commands that build there. It may be followed by namespaces to enter. */
  enter(...namespaces: readonly string[]): readonly string[];
  close(): Promise<void>;
}

/** @throws ExecutorUnavailable where the kernel, or what watches over it, does not allow it */
export async function takeGround(tools: Tools): Promise<Ground> {
  if (process.getuid?.() === 0) {
    const enter = (...namespaces: readonly string[]) =>
      namespaces.length === 0 ? [] : [tools.nsenter, ...namespaces];
    return { kind: 'root', countsProcesses: false, enter, close: async () => undefined };
  }
  const holder = await hold('a user namespace for functions', [
    ...[tools.unshare, '--user', '--map-root-user'],
    ...[tools.sh, '-c', 'echo ready && exec cat'],
  ]);
  const enter = (...namespaces: readonly string[]) => [
    ...[tools.nsenter, `--user=/proc/${holder.pid}/ns/user`, '--preserve-credentials', ...namespaces],
  ];
  return { kind: 'user', countsProcesses: await countsProcesses(tools, enter()), enter, close: holder.close };
}

/** Found out by trying: kernels before 5.14 count all processes of a user together. */
async function countsProcesses(tools: Tools, enter: readonly string[]): Promise<boolean> {
  const [program, ...args] = [...enter, tools.unshare, '--user', '--map-root-user', tools.sh, countScript];
  try {
    await promisify(execFile)(program!, args, {
      env: { PATH: toolsPath },
      timeout: executorLimits.prepareMs,
      killSignal: 'SIGKILL',
    });
    return true;
  } catch {
    return false;
  }
}
