/**
 * Mixed calls while one custodian after the other is killed: each answer is checked, and a custodian that is killed has to come back by
 * itself. At most one is away at a time: the next one is killed when all processes have been there for a while.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { untilCustodians } from '../../lib/custodians.ts';
import { startGateway } from '../../lib/gateway.ts';
import { readUsage } from '../../lib/process-usage.ts';
import { SeededRandom } from '../../lib/random.ts';
import type { Target } from '../../lib/target.ts';
import { countingClient, type Tally } from './caller.ts';
import { makeWork, pickWork } from './work.ts';

export interface KmsSoakOptions {
  readonly calls: number;
  readonly seed: string;
  readonly killEveryMs: number;
  readonly workers: number;
  readonly report: (line: string) => void;
}

export interface KmsSoakResult {
  readonly seed: string;
  readonly calls: number;
  readonly seconds: number;
  readonly kills: number;
  readonly wrongAnswers: number;
  /** Calls whose first attempt failed, and how many of a hundred that is. */
  readonly visibleFailures: number;
  readonly visiblePercent: number;
  readonly visibleByOperation: Readonly<Record<string, number>>;
  readonly failedCalls: number;
  readonly slowestMs: number;
  readonly works: Readonly<Record<string, number>>;
  readonly gatewayMiB: { readonly afterWarmUp: number; readonly peak: number; readonly end: number };
  readonly faults: readonly string[];
}

const custodians = 4;
const warmUpShare = 0.1;
/** Of the time between two kills: at least so long all processes are there. */
const catchUpShare = 0.6;
const MiB = 1 << 20;

export async function runKmsSoak(options: KmsSoakOptions): Promise<KmsSoakResult> {
  const { seed, report } = options;
  const target = await startGateway({ custodians });
  try {
    await untilCustodians(target.pid, custodians);
    return await soak(target, new SeededRandom(`kms ${seed}`), options);
  } catch (error) {
    report(target.output().slice(-4000));
    throw error;
  } finally {
    await target.dispose();
  }
}

async function soak(
  target: Target,
  random: SeededRandom,
  { calls, seed, killEveryMs, workers, report }: KmsSoakOptions,
): Promise<KmsSoakResult> {
  const tally: Tally = { calls: 0, visible: new Map(), failed: 0, slowestMs: 0 };
  const client = countingClient(target, tally);
  const work = await makeWork(client, random);
  const works: Record<string, number> = {};
  const faults: string[] = [];
  const gatewayMiB = { afterWarmUp: 0, peak: 0, end: 0 };
  let wrongAnswers = 0;
  const before = tally.calls;
  const begun = performance.now();
  const ending = new AbortController();
  const killing = killInTurn(target, random, killEveryMs, ending.signal);

  const look = (): void => {
    const rss = readUsage(target.pid).rssBytes / MiB;
    if (gatewayMiB.afterWarmUp === 0 && tally.calls - before >= calls * warmUpShare)
      gatewayMiB.afterWarmUp = rss;
    gatewayMiB.peak = Math.max(gatewayMiB.peak, rss);
    gatewayMiB.end = rss;
  };
  const worker = async (): Promise<void> => {
    while (tally.calls - before < calls) {
      const { name, run } = pickWork(work, random);
      works[name] = (works[name] ?? 0) + 1;
      try {
        await run();
      } catch (error) {
        if (error instanceof Error && error.message.startsWith('wrong answer')) wrongAnswers += 1;
        faults.push(`${name}: ${error}`);
      }
      look();
    }
  };
  const reporting = setInterval(() => {
    const visible = sum(tally.visible);
    report(`${tally.calls - before} calls, ${visible} failed visibly, ${wrongAnswers} wrong answers`);
  }, 10_000);
  try {
    await Promise.all(Array.from({ length: workers }, worker));
  } finally {
    clearInterval(reporting);
    ending.abort();
  }
  const kills = await killing;
  client.destroy();
  const seconds = (performance.now() - begun) / 1000;
  for (const line of target.output().match(/^\{"level":[56]0.*$/gm) ?? [])
    faults.push(`the log: ${sentenceOf(line)}`);
  const done = tally.calls - before;
  const visibleFailures = sum(tally.visible);
  return {
    seed,
    calls: done,
    seconds,
    kills,
    wrongAnswers,
    visibleFailures,
    visiblePercent: (100 * visibleFailures) / done,
    visibleByOperation: Object.fromEntries(tally.visible),
    failedCalls: tally.failed,
    slowestMs: tally.slowestMs,
    works,
    gatewayMiB,
    faults,
  };
}

/** @returns how many were killed */
async function killInTurn(
  target: Target,
  random: SeededRandom,
  everyMs: number,
  signal: AbortSignal,
): Promise<number> {
  let kills = 0;
  let killedAt = performance.now();
  for (;;) {
    // All are there again, or the launcher does not do its part; and the last one has had time to learn what it missed.
    await untilCustodians(target.pid, custodians);
    const restMs = Math.max(everyMs * catchUpShare, everyMs - (performance.now() - killedAt));
    await sleep(restMs, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return kills;
    const pids = await untilCustodians(target.pid, custodians);
    process.kill(pids.get(random.between(1, custodians))!, 'SIGKILL');
    killedAt = performance.now();
    kills += 1;
  }
}

/** Of a line of the log what happened, without where in the code. */
function sentenceOf(line: string): string {
  const { msg, task, err } = JSON.parse(line) as { msg: string; task?: string; err?: { message: string } };
  return [msg, task, err?.message].filter((part) => part !== undefined).join(': ');
}

const sum = (counts: ReadonlyMap<string, number>): number =>
  [...counts.values()].reduce((total, count) => total + count, 0);
