/**
 * What calls functions while nobody waits, under SIGKILL: each event that was answered with 202, each object that was put, each message that
 * was sent runs at least once or is told to the queue of failures; what runs twice does so because something was killed between its two runs;
 * and messages of one group of a FIFO queue run first in their order. Processes of functions and the gateway are killed in turns, two and two.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { processTree } from '../../lib/process-tree.ts';
import type { Target } from '../../lib/target.ts';
import { type KillLoop, killOne, killUnderLoad, untilAnswered } from '../kill-loop.ts';
import { allRuns, type Run, takeFailed, type Witnesses, witnessesOf } from './runs.ts';
import { callerOf, callersOf, prepareWays, type Queues, type Way, ways } from './ways.ts';

/** Retries come one and two minutes after a failure. */
const settleLimitMs = 600_000;
const readyLimitMs = 120_000;
/** What a clock and a process that is being ended may be late. */
const slackMs = 3_000;

/** All is offered until something is killed. */
export function lambdaKillLoop(): KillLoop<Witnesses> {
  const accepted = new Set<string>();
  const failed = new Set<string>();
  const kills: number[] = [];
  const counts = { unanswered: 0, executorKills: 0, gatewayKills: 0, runs: 0, duplicates: 0 };
  let made = 0;
  let queues: Queues | undefined;
  let witnesses: Witnesses | undefined;

  const offer = async (way: Way, target: Target, group: string, load: Load): Promise<void> => {
    const caller = callerOf(way, target, queues!, group);
    try {
      while (!load.isOver) {
        made += 1;
        const id = `${way}-${group}-${String(made).padStart(6, '0')}`;
        try {
          await caller.offer(id);
          accepted.add(id);
          load.onAnswer();
        } catch {
          counts.unanswered += 1;
        }
      }
    } finally {
      caller.close();
    }
  };

  return {
    name: 'lambda',
    gateway: { env: { HYPERGATE_SERVICES: 'lambda,s3,sts' } },
    killAfterMsMin: 25,
    async prepare(target) {
      witnesses = witnessesOf(target);
      queues = await prepareWays(target, witnesses);
    },
    async loadAndKill({ number, target, killAfterMs }) {
      // Functions twice, then the gateway twice: what waits for its retry a minute later outlives both.
      const isGateway = (number - 1) % 4 >= 2;
      let load: Load | undefined;
      const begin = (onAnswer: () => void) => {
        const all: Load = { isOver: false, onAnswer };
        load = all;
        return ways.flatMap((way) =>
          Array.from({ length: callersOf[way] }, (_, at) => offer(way, target, `g${at}`, all)),
        );
      };
      let killed = 0;
      await killUnderLoad(begin, killAfterMs, async () => {
        load!.isOver = true;
        if (isGateway) {
          kills.push(Date.now());
          await target.kill();
          counts.gatewayKills += 1;
          return;
        }
        for (const { pid } of environmentsOf(target)) {
          kills.push(Date.now());
          killOne(pid);
          killed += 1;
        }
        counts.executorKills += killed;
      });
      const what = `${isGateway ? 'gateway' : `${killed} processes of functions`} killed after ${Math.round(killAfterMs)} ms`;
      return { what, isGatewayAlive: !isGateway };
    },
    async ready(target) {
      witnesses?.destroy();
      const fresh = witnessesOf(target);
      witnesses = fresh;
      await untilAnswered(
        () => fresh.s3.send(new CreateBucketCommand({ Bucket: `ready-${made}` })),
        readyLimitMs,
        'the gateway',
      );
      return fresh;
    },
    async verify() {
      return ways.map((way) => `${answered(way)} ${way}s`).join(', ');
    },
    async finish(_target, fault) {
      const { s3, sqs } = witnesses!;
      const deadline = performance.now() + settleLimitMs;
      let runs = await allRuns(s3);
      for (;;) {
        for (const id of await takeFailed(sqs, queues!.failed)) failed.add(id);
        const ran = new Set(runs.map(({ id }) => id));
        const missing = [...accepted].filter((id) => !ran.has(id) && !failed.has(id));
        if (missing.length === 0) break;
        if (performance.now() > deadline) {
          for (const id of missing) fault(`${id} was answered and never ran`);
          break;
        }
        await delay(1000);
        runs = await allRuns(s3);
      }
      counts.runs = runs.length;
      judgeDuplicates(runs, fault);
      judgeOrder(runs, fault);
    },
    async end(target) {
      witnesses?.destroy();
      await target.kill();
    },
    numbers: () => ({
      ...Object.fromEntries(ways.map((way) => [`${way}s`, answered(way)])),
      givenUp: failed.size,
      ...counts,
    }),
  };

  function answered(way: Way): number {
    return [...accepted].filter((id) => id.startsWith(`${way}-`)).length;
  }

  function judgeDuplicates(runs: readonly Run[], fault: (text: string) => void): void {
    const byId = Map.groupBy(runs, ({ id }) => id);
    for (const [id, all] of byId) {
      const times = all.map(({ atMs }) => atMs).sort((a, b) => a - b);
      for (let i = 1; i < times.length; i += 1) {
        counts.duplicates += 1;
        const [from, to] = [times[i - 1]! - slackMs, times[i]!];
        if (!kills.some((at) => at >= from && at <= to))
          fault(`${id} ran twice, and nothing was killed between`);
      }
      // Messages that come again are in another batch.
      if (/^(?:event|object)-/.test(id) && new Set(all.map(({ requestId }) => requestId)).size > 1)
        fault(`${id} ran under two request ids`);
    }
  }
}

interface Load {
  isOver: boolean;
  readonly onAnswer: () => void;
}

/** Ids of one group grow as they are sent: no message runs before one that was sent earlier has run. */
function judgeOrder(runs: readonly Run[], fault: (text: string) => void): void {
  const first = new Map<string, number>();
  for (const { id, atMs } of runs)
    if (id.startsWith('ordered-')) first.set(id, Math.min(first.get(id) ?? Number.POSITIVE_INFINITY, atMs));
  const byGroup = Map.groupBy([...first.keys()].sort(), (id) => id.slice(0, id.lastIndexOf('-')));
  for (const ids of byGroup.values())
    for (let at = 1; at < ids.length; at += 1) {
      const [before, after] = [ids[at - 1]!, ids[at]!];
      if (first.get(after)! < first.get(before)!) fault(`${after} ran before ${before}`);
    }
}

/** The processes that run handlers. */
function environmentsOf(target: Target): readonly { readonly pid: number }[] {
  return processTree(target.pid).filter(({ command }) => /bootstrap/.test(command));
}
