/**
 * The SIGKILL loop of Redis: writers with many requests under way, a reader that remembers what it saw, and a kill at a seeded
 * moment, of the whole gateway or of the engine's process alone. Then everything is read back: what was answered must be
 * there, of what was not answered a first part may be, and nothing that was once read may be gone.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '@hypergate/node/sim/ports';
import { Redis } from 'ioredis';
import { startGateway } from '../lib/gateway.ts';
import { SeededRandom } from '../lib/random.ts';
import { engineOf } from '../lib/redis-engine.ts';
import { freshDirectory } from '../lib/target.ts';
import { emptyState, explain, randomStep, readState, type Step, type WriterState } from './redis-model.ts';

export interface RedisLoopOptions {
  readonly loops: number;
  readonly seed: string;
  readonly killAfterMsMax: number;
  readonly keepData: boolean;
  readonly report: (line: string) => void;
}

export interface RedisLoopResult {
  readonly seed: string;
  readonly loops: number;
  readonly killsOfGateway: number;
  readonly killsOfEngine: number;
  readonly answered: number;
  readonly unanswered: number;
  readonly unansweredApplied: number;
  readonly readyMsMedian: number;
  readonly readyMsMax: number;
  readonly lost: number;
  readonly faults: readonly string[];
}

const writers = 16;
const inFlightMax = 16;
const killAfterMsMin = 20;
const engineKillShare = 0.4;
const readyMsLimit = 60_000;

interface Writer {
  readonly id: number;
  serial: number;
  /** What the answered steps made. */
  state: WriterState;
  unanswered: Step[];
  answered: number;
  /** Highest value of the counter that any reader saw. */
  seen: number;
}

export async function runRedisLoops(options: RedisLoopOptions): Promise<RedisLoopResult> {
  const random = new SeededRandom(`redis loop ${options.seed}`);
  const work = freshDirectory('redis-soak');
  const [port, redisPort] = [await freePort(), await freePort()];
  const start = () =>
    startGateway({
      dataDir: join(work, 'data'),
      port,
      env: { HYPERGATE_REDIS_PORT: String(redisPort), HYPERGATE_FRAME_INTERVAL: '2s' },
    });
  const all: Writer[] = Array.from({ length: writers }, (_, id) => ({
    id,
    serial: 0,
    state: emptyState(),
    unanswered: [],
    answered: 0,
    seen: 0,
  }));
  const faults: string[] = [];
  const readyMs: number[] = [];
  const sums = { gateway: 0, engine: 0, unanswered: 0, applied: 0 };
  let target = await start();
  try {
    for (let loop = 1; loop <= options.loops; loop += 1) {
      const killAfter = random.logBetween(killAfterMsMin, options.killAfterMsMax);
      const onlyEngine = random.next() < engineKillShare;
      const kill = async () => {
        if (onlyEngine) process.kill(engineOf(target.pid), 'SIGKILL');
        else await target.kill();
      };
      await load(all, redisPort, `${options.seed} loop ${loop}`, killAfter, kill);
      const before = performance.now();
      if (onlyEngine) sums.engine += 1;
      else {
        sums.gateway += 1;
        target = await start();
      }
      const client = await connectReady(redisPort);
      readyMs.push(performance.now() - before);
      for (const writer of all) {
        sums.unanswered += writer.unanswered.length;
        const applied = await verifyWriter(writer, client, (text) => faults.push(`loop ${loop}: ${text}`));
        sums.applied += applied;
      }
      client.disconnect();
      options.report(
        `loop ${loop}/${options.loops}: ${onlyEngine ? 'engine' : 'gateway'} killed after ${killAfter} ms, ready in ` +
          `${Math.round(readyMs.at(-1) as number)} ms, ${answeredBy(all)} answered, ${faults.length} faults`,
      );
      if (faults.length > 100) break;
    }
  } finally {
    await target.kill();
  }
  if (options.keepData || faults.length > 0) options.report(`data and the gateway's log are kept in ${work}`);
  else rmSync(work, { recursive: true, force: true });
  readyMs.sort((a, b) => a - b);
  return {
    seed: options.seed,
    loops: readyMs.length,
    killsOfGateway: sums.gateway,
    killsOfEngine: sums.engine,
    answered: answeredBy(all),
    unanswered: sums.unanswered,
    unansweredApplied: sums.applied,
    readyMsMedian: Math.round(readyMs[readyMs.length >> 1] ?? 0),
    readyMsMax: Math.round(readyMs.at(-1) ?? 0),
    lost: faults.length,
    faults: faults.slice(0, 50),
  };
}

function answeredBy(all: readonly Writer[]): number {
  return all.reduce((sum, { answered }) => sum + answered, 0);
}

/** Resolves when the server was killed and every connection has noticed. */
async function load(
  all: readonly Writer[],
  port: number,
  seed: string,
  killAfterMs: number,
  kill: () => Promise<void>,
): Promise<void> {
  const clients = all.map(() => openClient(port));
  const reader = openClient(port);
  const first = Promise.withResolvers<void>();
  const work = all.map((writer, index) =>
    write(writer, clients[index]!, new SeededRandom(`${seed} writer ${writer.id}`), first.resolve),
  );
  work.push(watch(all, reader));
  await first.promise;
  await delay(killAfterMs);
  await kill();
  await Promise.all(work);
  for (const client of [...clients, reader]) client.disconnect();
}

function openClient(port: number): Redis {
  const client = new Redis({ port, host: '127.0.0.1', retryStrategy: () => null, maxRetriesPerRequest: 0 });
  // Every connection of the loop breaks; the requests tell.
  client.on('error', () => undefined);
  return client;
}

/** Keeps requests under way until the connection breaks. */
async function write(
  writer: Writer,
  client: Redis,
  random: SeededRandom,
  onAnswer: () => void,
): Promise<void> {
  const { promise: broken, resolve: breakOff } = Promise.withResolvers<void>();
  let isBroken = false;
  let room = Promise.withResolvers<void>();
  void broken.then(() => {
    isBroken = true;
    room.resolve();
  });
  client.once('close', breakOff);
  const pending: Promise<void>[] = [];
  while (!isBroken) {
    if (writer.unanswered.length >= inFlightMax) {
      room = Promise.withResolvers<void>();
      await room.promise;
      continue;
    }
    const step = randomStep(writer.id, writer.serial++, random);
    writer.unanswered.push(step);
    const answers = step.commands.map(([name, ...args]) => client.call(name!, ...args));
    pending.push(
      Promise.all(answers).then(
        () => {
          if (writer.unanswered[0] !== step) throw new Error('answers came out of order');
          writer.unanswered.shift();
          step.apply(writer.state);
          writer.answered += 1;
          onAnswer();
          room.resolve();
        },
        () => breakOff(),
      ),
    );
  }
  await Promise.all(pending);
}

/** Reads counters all the time. */
async function watch(all: readonly Writer[], client: Redis): Promise<void> {
  try {
    for (;;) {
      const found = (await client.mget(all.map(({ id }) => `w${id}:counter`))) as (string | null)[];
      for (const [index, value] of found.entries()) {
        const writer = all[index]!;
        writer.seen = Math.max(writer.seen, Number(value ?? 0));
      }
    }
  } catch {
    // The connection broke: the loop is over.
  }
}

async function verifyWriter(writer: Writer, client: Redis, fault: (text: string) => void): Promise<number> {
  const call = (name: string, ...args: string[]) => client.call(name, ...args);
  const found = await readState(writer.id, call as (...command: string[]) => Promise<unknown>);
  const applied = explain(writer.state, writer.unanswered, found);
  if (applied === undefined) {
    fault(
      `writer ${writer.id}: lost or torn, answered ${JSON.stringify(writer.state).slice(0, 300)}, found ${JSON.stringify(found).slice(0, 300)}`,
    );
  }
  if (found.counter < writer.seen)
    fault(`writer ${writer.id}: ${writer.seen} was read and is lost, ${found.counter} found`);
  writer.state = found;
  writer.unanswered = [];
  writer.seen = found.counter;
  return applied ?? 0;
}

async function connectReady(port: number): Promise<Redis> {
  const deadline = performance.now() + readyMsLimit;
  for (;;) {
    const client = openClient(port);
    try {
      await client.ping();
      return client;
    } catch (error) {
      client.disconnect();
      if (performance.now() > deadline) throw new Error('Redis did not come back', { cause: error });
      await delay(20);
    }
  }
}
