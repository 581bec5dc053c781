/**
 * Events under SIGKILL: each that was answered with 202 runs at least once or is told to the queue of failures, and what runs twice does so
 * because something was killed between its two runs. Gateway and processes of functions are killed in turns.
 */

import { setTimeout as delay } from 'node:timers/promises';
import { PutFunctionEventInvokeConfigCommand } from '@aws-sdk/client-lambda';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { CreateQueueCommand, GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import { LambdaCaller } from '../../lib/lambda-caller.ts';
import { createFunctionCommand, lambdaClient } from '../../lib/lambda-functions.ts';
import { processTree } from '../../lib/process-tree.ts';
import type { Target } from '../../lib/target.ts';
import { type KillLoop, killOne, killUnderLoad, untilAnswered } from '../kill-loop.ts';
import {
  allRuns,
  failedQueue,
  handlerSource,
  runsBucket,
  takeFailed,
  type Witnesses,
  witnessesOf,
} from './runs.ts';

const workers = 8;
const functionName = 'records-runs';
/** Retries come one and two minutes after a failure. */
const settleLimitMs = 600_000;
const readyLimitMs = 120_000;
/** What a clock and a process that is being ended may be late. */
const slackMs = 3_000;

/** @param eventsPerLoop offered in each loop; those that are not answered any more count for the next */
export function lambdaKillLoop(eventsPerLoop: number): KillLoop<Witnesses> {
  const accepted = new Set<string>();
  const failed = new Set<string>();
  const kills: number[] = [];
  const counts = { unanswered: 0, executorKills: 0, gatewayKills: 0, runs: 0, duplicates: 0 };
  let made = 0;
  let queueUrl = '';
  let witnesses: Witnesses | undefined;

  const offer = async (target: Target, onAnswer: () => void, until: { done: boolean }): Promise<void> => {
    const caller = new LambdaCaller(target);
    try {
      for (let count = 0; count < eventsPerLoop / workers && !until.done; count += 1) {
        made += 1;
        const id = String(made).padStart(6, '0');
        const answered = await caller
          .invoke(functionName, Buffer.from(JSON.stringify({ id })), 'Event')
          .catch(() => undefined);
        if (answered?.status === 202) {
          accepted.add(id);
          onAnswer();
        } else {
          counts.unanswered += 1;
          if (until.done) return;
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
      const { s3, sqs } = witnesses;
      await s3.send(new CreateBucketCommand({ Bucket: runsBucket }));
      const { QueueUrl = '' } = await sqs.send(new CreateQueueCommand({ QueueName: failedQueue }));
      queueUrl = QueueUrl;
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['QueueArn'] }),
      );
      const lambda = lambdaClient(target);
      await lambda.send(createFunctionCommand(functionName, handlerSource, { Timeout: 30, MemorySize: 256 }));
      await lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: functionName,
          DestinationConfig: { OnFailure: { Destination: Attributes?.QueueArn } },
        }),
      );
      lambda.destroy();
    },
    async loadAndKill({ number, target, killAfterMs }) {
      const until = { done: false };
      const isGateway = number % 2 === 1;
      const begin = (onAnswer: () => void) =>
        Array.from({ length: workers }, () => offer(target, onAnswer, until));
      let killed = 0;
      await killUnderLoad(begin, killAfterMs, async () => {
        if (isGateway) {
          until.done = true;
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
      return `${accepted.size} events answered`;
    },
    async finish(_target, fault) {
      const { s3, sqs } = witnesses!;
      const deadline = performance.now() + settleLimitMs;
      let runs = await allRuns(s3);
      for (;;) {
        for (const id of await takeFailed(sqs, queueUrl)) failed.add(id);
        const ran = new Set(runs.map(({ id }) => id));
        const missing = [...accepted].filter((id) => !ran.has(id) && !failed.has(id));
        if (missing.length === 0) break;
        if (performance.now() > deadline) {
          for (const id of missing) fault(`event ${id} was answered and never ran`);
          break;
        }
        await delay(1000);
        runs = await allRuns(s3);
      }
      counts.runs = runs.length;
      judgeDuplicates(runs, fault);
    },
    async end(target) {
      witnesses?.destroy();
      await target.kill();
    },
    numbers: () => ({ events: accepted.size, givenUp: failed.size, ...counts }),
  };

  function judgeDuplicates(runs: Awaited<ReturnType<typeof allRuns>>, fault: (text: string) => void): void {
    const byId = Map.groupBy(runs, ({ id }) => id);
    for (const [id, all] of byId) {
      const times = all.map(({ atMs }) => atMs).sort((a, b) => a - b);
      for (let i = 1; i < times.length; i += 1) {
        counts.duplicates += 1;
        const [from, to] = [times[i - 1]! - slackMs, times[i]!];
        if (!kills.some((at) => at >= from && at <= to))
          fault(`event ${id} ran twice, and nothing was killed between`);
      }
      if (new Set(all.map(({ requestId }) => requestId)).size > 1)
        fault(`event ${id} ran under two request ids`);
    }
  }
}

/** The processes that run handlers. */
function environmentsOf(target: Target): readonly { readonly pid: number }[] {
  return processTree(target.pid).filter(({ command }) => /bootstrap/.test(command));
}
