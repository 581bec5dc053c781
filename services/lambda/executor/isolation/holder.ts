/** A process that does nothing but be in namespaces, so that others can enter them. It ends with the gateway: its standard input is a pipe of ours. */
import { type ChildProcess, spawn } from 'node:child_process';
import { ExecutorUnavailable } from '../api.ts';
import { executorLimits } from '../limits.ts';
import { toolsPath } from './tools.ts';

/** Pipes of processes have these two; their types do not tell. */
interface Unheld {
  ref?(): void;
  unref?(): void;
}

export interface Holder {
  readonly pid: number;
  close(): Promise<void>;
}

/** @param command ends in a shell script that says `ready` and goes on as `cat` */
export async function hold(what: string, [program, ...rest]: readonly string[]): Promise<Holder> {
  const child = spawn(program!, rest, { stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: toolsPath } });
  const gone = new Promise<void>((resolve) => {
    child.once('close', () => resolve());
    child.once('error', () => resolve());
  });
  const close = async () => {
    // Whoever ends it waits for its end.
    for (const stream of [child, ...child.stdio]) (stream as Unheld | null)?.ref?.();
    child.kill('SIGKILL');
    await gone;
  };
  try {
    await ready(what, child);
  } catch (error) {
    await close();
    throw error;
  }
  child.stdout!.resume();
  child.stderr!.resume();
  for (const stream of [child, ...child.stdio]) (stream as Unheld | null)?.unref?.();
  return { pid: child.pid!, close };
}

function ready(what: string, child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = '';
    let complaint = '';
    const timer = setTimeout(
      () => reject(new ExecutorUnavailable(`${what} took too long to prepare`)),
      executorLimits.prepareMs,
    );
    const fail = (reason: string) => {
      clearTimeout(timer);
      reject(new ExecutorUnavailable(`${what} could not be prepared: ${reason}`));
    };
    child.once('error', (error) => fail(error.message));
    child.once('close', (code) => fail(complaint.trim() || `exit code ${code}`));
    child.stdin!.on('error', () => undefined);
    child.stderr!.on('data', (bytes: Buffer) => {
      if (complaint.length < 1000) complaint += bytes.toString('utf8');
    });
    child.stdout!.on('data', (bytes: Buffer) => {
      if (said.length < 100) said += bytes.toString('latin1');
      if (!said.includes('ready')) return;
      clearTimeout(timer);
      resolve();
    });
  });
}
