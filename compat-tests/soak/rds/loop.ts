/**
 * The SIGKILL loop of RDS: writers and a reader over one default database, and a kill at a seeded moment: of the gateway's whole
 * process group, of everything it started, or of PostgreSQL alone; after some of them PostgreSQL's directory is deleted, too. Then
 * everything is read back: what was answered must be there, whole, and nothing that was once read may be gone.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@hypergate/node/sim/ports';
import type { Client } from 'pg';
import { startGateway } from '../../lib/gateway.ts';
import { connectPostgres } from '../../lib/postgres-server.ts';
import { processTree } from '../../lib/process-tree.ts';
import { SeededRandom } from '../../lib/random.ts';
import { freshDirectory, type Target } from '../../lib/target.ts';
import { makeWriters, prepareTables, verifyWriters, type Writer, watch, write } from './writers.ts';

export interface RdsLoopOptions {
  readonly loops: number;
  readonly seed: string;
  readonly killAfterMsMax: number;
  /** Of data beside what the writers write. */
  readonly megabytes: number;
  readonly keepData: boolean;
  readonly report: (line: string) => void;
}

const kills = ['group', 'all', 'engine', 'group, directory deleted'] as const;
type Kill = (typeof kills)[number];

export interface RdsLoopResult {
  readonly seed: string;
  readonly loops: number;
  readonly kills: Readonly<Record<Kill, number>>;
  readonly answered: number;
  readonly unansweredApplied: number;
  /** From the start of the gateway, or from the kill of the engine, to the first answered query. */
  readonly readyMsMedian: number;
  readonly readyMsMax: number;
  readonly lost: number;
  readonly faults: readonly string[];
}

const writers = 8;
const killAfterMsMin = 20;
const readyMsLimit = 120_000;

export async function runRdsLoops(options: RdsLoopOptions): Promise<RdsLoopResult> {
  const random = new SeededRandom(`rds loop ${options.seed}`);
  const work = freshDirectory('rds-soak');
  const [port, postgresPort] = [await freePort(), await freePort()];
  const start = () =>
    startGateway({
      dataDir: join(work, 'data'),
      port,
      custodians: 0,
      ownGroup: true,
      env: { HYPERGATE_POSTGRES_PORT: String(postgresPort), HYPERGATE_FRAME_INTERVAL: '2s' },
    });
  const all = makeWriters(writers);
  const faults: string[] = [];
  const readyMs: number[] = [];
  const counts = Object.fromEntries(kills.map((kill) => [kill, 0])) as Record<Kill, number>;
  let unansweredApplied = 0;
  let target = await start();
  try {
    const first = await connectReady(postgresPort);
    await prepareTables(first, all, options.megabytes);
    await first.end();
    for (let loop = 1; loop <= options.loops; loop += 1) {
      const killAfter = random.logBetween(killAfterMsMin, options.killAfterMsMax);
      const kind = random.pick(kills);
      await load(all, postgresPort, `${options.seed} loop ${loop}`, killAfter, () => killBy(kind, target));
      counts[kind] += 1;
      const before = performance.now();
      if (kind !== 'engine') target = await start();
      const client = await connectReady(postgresPort);
      readyMs.push(performance.now() - before);
      unansweredApplied += await verifyWriters(all, client, (text) => faults.push(`loop ${loop}: ${text}`));
      await client.end();
      options.report(
        `loop ${loop}/${options.loops}: ${kind} killed after ${killAfter} ms, ready in ${Math.round(readyMs.at(-1)!)} ms, ` +
          `${answeredBy(all)} answered, ${faults.length} faults`,
      );
      if (faults.length > 100) break;
    }
  } finally {
    await killBy('all', target);
  }
  if (options.keepData || faults.length > 0) options.report(`data and the gateway's log are kept in ${work}`);
  else rmSync(work, { recursive: true, force: true });
  readyMs.sort((a, b) => a - b);
  return {
    seed: options.seed,
    loops: readyMs.length,
    kills: counts,
    answered: answeredBy(all),
    unansweredApplied,
    readyMsMedian: Math.round(readyMs[readyMs.length >> 1] ?? 0),
    readyMsMax: Math.round(readyMs.at(-1) ?? 0),
    lost: faults.length,
    faults: faults.slice(0, 50),
  };
}

function answeredBy(all: readonly Writer[]): number {
  return all.reduce((sum, { answered }) => sum + answered, 0);
}

async function killBy(kind: Kill, target: Target): Promise<void> {
  const tree = processTree(target.pid);
  const engine = tree.find(({ command }) => /postgres\S* -D /.test(command));
  if (kind === 'engine') {
    if (engine !== undefined) process.kill(engine.pid, 'SIGKILL');
    return;
  }
  if (kind === 'all') for (const { pid } of tree) killOne(pid);
  else killOne(-target.pid);
  await target.exited;
  if (kind !== 'group, directory deleted' || engine === undefined) return;
  // What is still written by a server that outlived its gateway must not come back into the directory.
  for (const { pid } of tree) killOne(pid);
  const directory = / -D (\S+)/.exec(engine.command)![1]!;
  rmSync(directory, { recursive: true, force: true, maxRetries: 10 });
}

function killOne(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}

/** Resolves when the server was killed and every connection has noticed. */
async function load(
  all: readonly Writer[],
  port: number,
  seed: string,
  killAfterMs: number,
  kill: () => Promise<void>,
): Promise<void> {
  const clients = await Promise.all(all.map(() => connectPostgres({ port })));
  const reader = await connectPostgres({ port });
  const first = Promise.withResolvers<void>();
  const work = all.map((writer, index) =>
    write(writer, clients[index]!, new SeededRandom(`${seed} writer ${writer.id}`), first.resolve),
  );
  work.push(watch(all, reader));
  await first.promise;
  await delay(killAfterMs);
  await kill();
  await Promise.all(work);
  await Promise.all([...clients, reader].map((client) => client.end().catch(() => undefined)));
}

async function connectReady(port: number): Promise<Client> {
  const deadline = performance.now() + readyMsLimit;
  for (;;) {
    try {
      const client = await connectPostgres({ port });
      await client.query('select 1');
      return client;
    } catch (error) {
      if (performance.now() > deadline) throw new Error('the database did not come back', { cause: error });
      await delay(20);
    }
  }
}
