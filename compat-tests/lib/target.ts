/**
 * A server under test in its own process: how it is started, found, measured, killed and started again on the same data.
 * `gateway.ts` makes ours; `s3rver.ts` makes the peer that the benchmark compares with and that proves the harness.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SigningIdentity } from './sigv4.ts';

export interface Target {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  /** `http://127.0.0.1:port`. */
  readonly endpoint: string;
  readonly identity: SigningIdentity;
  readonly dataDir: string;
  readonly pid: number;
  /** PEM of the certificate to trust, when the server speaks TLS. */
  readonly ca?: string;
  /** Sends SIGKILL and waits until the process is gone. Idempotent. */
  kill(): Promise<void>;
  /** Sends SIGTERM and waits; gives the exit code (null after a signal). */
  stop(): Promise<number | null>;
  /** Resolves with code or signal when the process ends, by whatever cause. */
  readonly exited: Promise<number | string>;
  /** Starts the same program on the same data directory and port. */
  restart(): Promise<Target>;
  /** Everything the process printed, its last 64 KiB. */
  output(): string;
  /** Kills the process if it runs and removes the data directory. */
  dispose(): Promise<void>;
}

export interface LaunchPlan {
  readonly name: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Another user than this process's. */
  readonly uid?: number;
  readonly gid?: number;
  /** Leads a process group of its own: `process.kill(-pid)` reaches what it started, too. */
  readonly ownGroup?: boolean;
  readonly env: Readonly<Record<string, string>>;
  readonly port: number;
  readonly identity: SigningIdentity;
  readonly dataDir: string;
  readonly scheme: 'http' | 'https';
  /** True once the server takes requests; throws or gives false before. */
  isReady(): Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** Told as soon as the process exists, long before it is ready. */
  onSpawn?(pid: number): void;
  /** Reads the certificate to trust once the server is ready. */
  readCa?(): Promise<string>;
}

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
// A soak or benchmark that is ended leaves no server behind, least of all a stopped one. Workers of tests are their runner's.
if (process.env.VITEST === undefined) {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.once(signal, () => process.exit(128 + constants.signals[signal]));
}

/** Starts the plan's process and waits until it is ready; throws with its output when it ends or is late. */
export async function launch(plan: LaunchPlan): Promise<Target> {
  mkdirSync(plan.dataDir, { recursive: true });
  const logPath = `${plan.dataDir}.log`;
  const log = openSync(logPath, 'a');
  const child = spawn(plan.command[0] as string, plan.command.slice(1), {
    cwd: plan.cwd,
    env: plan.env,
    stdio: ['ignore', log, log],
    ...(plan.uid === undefined ? {} : { uid: plan.uid }),
    ...(plan.gid === undefined ? {} : { gid: plan.gid }),
    detached: plan.ownGroup === true,
  });
  closeSync(log);
  running.add(child);
  if (child.pid !== undefined) plan.onSpawn?.(child.pid);
  let ended: number | string | undefined;
  const exited = new Promise<number | string>((resolve) => {
    const end = (how: number | string) => {
      ended ??= how;
      running.delete(child);
      resolve(ended);
    };
    child.once('exit', (code, signal) => end(code ?? signal ?? 'unknown'));
    child.once('error', (error) => end(error.message));
  });
  const output = () => readFileSync(logPath, 'utf8').slice(-65_536);
  const kill = async () => {
    if (ended === undefined) child.kill('SIGKILL');
    await exited;
  };
  await waitReady(plan, () => ended, output, kill);
  const ca = await plan.readCa?.();
  return {
    name: plan.name,
    host: '127.0.0.1',
    port: plan.port,
    endpoint: `${plan.scheme}://127.0.0.1:${plan.port}`,
    identity: plan.identity,
    dataDir: plan.dataDir,
    pid: child.pid as number,
    ...(ca === undefined ? {} : { ca }),
    kill,
    exited,
    output,
    async stop() {
      if (ended === undefined) child.kill('SIGTERM');
      const how = await exited;
      return typeof how === 'number' ? how : null;
    },
    async restart() {
      await kill();
      return launch(plan);
    },
    async dispose() {
      await kill();
      rmSync(plan.dataDir, { recursive: true, force: true });
      rmSync(logPath, { force: true });
    },
  };
}

async function waitReady(
  plan: LaunchPlan,
  ended: () => number | string | undefined,
  output: () => string,
  kill: () => Promise<void>,
): Promise<void> {
  const deadline = performance.now() + plan.readyTimeoutMs;
  for (;;) {
    if (ended() !== undefined) throw new Error(`${plan.name} ended at start (${ended()}):\n${output()}`);
    if (await plan.isReady().catch(() => false)) return;
    if (performance.now() > deadline) {
      await kill();
      throw new Error(`${plan.name} was not ready after ${plan.readyTimeoutMs} ms:\n${output()}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}

export function freshDirectory(prefix: string): string {
  return mkdtempSync(join(tmpdir(), `hypergate-${prefix}-`));
}

/** This process's environment without what could steer a server or a client under test. */
export function cleanEnvironment(extra: Readonly<Record<string, string>>): Record<string, string> {
  const out: Record<string, string> = {};
  for (const [name, value] of Object.entries(process.env)) {
    if (value !== undefined && !/^(HYPERGATE_|AWS_|RCLONE_|VITEST|NODE_OPTIONS|NODE_ENV|INIT_CWD)/.test(name))
      out[name] = value;
  }
  return { ...out, ...extra };
}
