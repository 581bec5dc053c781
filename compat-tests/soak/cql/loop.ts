/**
 * The SIGKILL loop of CQL: writers over one gateway, and a kill of its process group at a seeded moment. Then everything is read back: what was
 * answered must be there, batches whole or not at all, and counters exact but for increments that nobody answered.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@hypergate/node/sim/ports';
import { connectCql } from '../../lib/cql-client.ts';
import { startGateway } from '../../lib/gateway.ts';
import { SeededRandom } from '../../lib/random.ts';
import { freshDirectory, type Target } from '../../lib/target.ts';
import { makeWriters, prepareTables, verifyWriters, type Writer, write } from './writers.ts';

export interface CqlLoopOptions {
  readonly loops: number;
  readonly seed: string;
  readonly killAfterMsMax: number;
  readonly keepData: boolean;
  readonly report: (line: string) => void;
}

export interface CqlLoopResult {
  readonly seed: string;
  readonly loops: number;
  readonly answered: number;
  readonly unansweredApplied: number;
  /** From the start of the gateway to the first answered query. */
  readonly readyMsMedian: number;
  readonly readyMsMax: number;
  readonly lost: number;
  readonly faults: readonly string[];
}

const writers = 16;
const killAfterMsMin = 20;

export async function runCqlLoops(options: CqlLoopOptions): Promise<CqlLoopResult> {
  const random = new SeededRandom(`cql loop ${options.seed}`);
  const work = freshDirectory('cql-soak');
  const [port, cqlPort] = [await freePort(), await freePort()];
  const start = () =>
    startGateway({
      dataDir: join(work, 'data'),
      port,
      custodians: 0,
      ownGroup: true,
      env: { HYPERGATE_CQL_PORT: String(cqlPort), HYPERGATE_FRAME_INTERVAL: '2s' },
    });
  const all = makeWriters(writers);
  const faults: string[] = [];
  const readyMs: number[] = [];
  let unansweredApplied = 0;
  let answered = 0;
  let target = await start();
  try {
    const first = await connectCql(cqlPort);
    await prepareTables(first, all);
    await first.shutdown();
    for (let loop = 1; loop <= options.loops; loop += 1) {
      const killAfter = random.logBetween(killAfterMsMin, options.killAfterMsMax);
      answered += await load(all, cqlPort, `${options.seed} loop ${loop}`, killAfter, () => kill(target));
      const before = performance.now();
      target = await start();
      const client = await connectCql(cqlPort);
      readyMs.push(performance.now() - before);
      unansweredApplied += await verifyWriters(all, client, (text) => faults.push(`loop ${loop}: ${text}`));
      await client.shutdown();
      options.report(
        `loop ${loop}/${options.loops}: killed after ${killAfter} ms, ready in ${Math.round(readyMs.at(-1)!)} ms, ` +
          `${answered} answered, ${faults.length} faults`,
      );
      if (faults.length > 100) break;
    }
  } finally {
    await kill(target);
  }
  if (options.keepData || faults.length > 0) options.report(`data and the gateway's log are kept in ${work}`);
  else rmSync(work, { recursive: true, force: true });
  readyMs.sort((a, b) => a - b);
  return {
    seed: options.seed,
    loops: readyMs.length,
    answered,
    unansweredApplied,
    readyMsMedian: Math.round(readyMs[readyMs.length >> 1] ?? 0),
    readyMsMax: Math.round(readyMs.at(-1) ?? 0),
    lost: faults.length,
    faults: faults.slice(0, 50),
  };
}

async function kill(target: Target): Promise<void> {
  try {
    process.kill(-target.pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
  await target.exited;
}

/** Resolves when the server was killed and every connection has noticed. @returns statements that were answered */
async function load(
  all: readonly Writer[],
  port: number,
  seed: string,
  killAfterMs: number,
  killServer: () => Promise<void>,
): Promise<number> {
  const client = await connectCql(port);
  const first = Promise.withResolvers<void>();
  let answered = 0;
  const work = all.map((writer) =>
    write(writer, client, new SeededRandom(`${seed} writer ${writer.id}`), () => {
      answered += 1;
      first.resolve();
    }),
  );
  await Promise.race([first.promise, Promise.all(work)]);
  await delay(killAfterMs);
  await killServer();
  await Promise.all(work);
  await client.shutdown().catch(() => undefined);
  return answered;
}
