/**
 * Events a second that are accepted, alone and while they are carried out, over a node on the disk. The function answers at once: what is
 * measured is what the queue costs.
 *
 *   node services/lambda/events/test/bench/throughput.ts [events]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { account, region, targetOf } from '../../../invoke/test/support/world.ts';
import { createQueues } from '../../../queues/index.ts';
import { createEventQueue } from '../../index.ts';
import { openDisk } from '../support/disk.ts';
import { ModelInvoker } from '../support/model-invoker.ts';

const count = Number(process.argv[2] ?? 2000);
const folder = await mkdtemp(join(tmpdir(), 'hypergate-events-'));
const { base, node, close } = await openDisk(folder);
const target = targetOf();
const invoker = new ModelInvoker();
const events = createEventQueue({
  base,
  node,
  invoker,
  queues: createQueues(base),
  functions: { resolve: async () => target, access: async () => ({ arn: target.invokedArn }) },
});
const payload = Buffer.from(JSON.stringify({ text: 'x'.repeat(1000) }));
let requests = 0;
const put = () =>
  events.put({
    scope: { account, region },
    functionName: 'hello',
    qualifier: undefined,
    requestId: `request-${++requests}`,
    payload,
    traceId: 'Root=1-5759e988-bd862e3fe1be46a994272793',
  });

async function accept(writers: number, total: number): Promise<number> {
  const startMs = performance.now();
  let left = total;
  const one = async () => {
    while (left-- > 0) await put();
  };
  await Promise.all(Array.from({ length: writers }, one));
  return total / ((performance.now() - startMs) / 1000);
}

const show = (name: string, rate: number) => process.stdout.write(`${name}: ${Math.round(rate)}/s\n`);
await accept(16, 200);
show('accepted, one after the other', await accept(1, Math.min(count, 500)));
for (const writers of [16, 64]) show(`accepted, ${writers} at once`, await accept(writers, count));
const backlog = requests;
const startMs = performance.now();
events.start();
const allRun = async (total: number) => {
  while (invoker.runs.size < total || events.underWay > 0)
    await new Promise((resolve) => setTimeout(resolve, 5));
};
await allRun(backlog);
show('carried out of a backlog', backlog / ((performance.now() - startMs) / 1000));
const both = performance.now();
await accept(64, count);
show('accepted, 64 at once, while they are carried out', count / ((performance.now() - both) / 1000));
await allRun(backlog + count);
show('accepted and carried out', count / ((performance.now() - both) / 1000));
await events.stop(AbortSignal.abort());
await close();
await rm(folder, { recursive: true });
