/** BullMQ 5 on the gateway: its Lua scripts, blocking markers, delayed sets and streams of events. */
import {
  FlowProducer,
  type Job,
  Queue,
  QueueEvents,
  type QueueOptions,
  Worker,
  type WorkerOptions,
} from 'bullmq';
import { beforeEach, expect, it } from 'vitest';
import { redisSuite } from './suite.ts';

const suite = redisSuite();
beforeEach(() => suite.connect().flushall());

function queueOf(name: string, options: Partial<QueueOptions> = {}): Queue {
  const queue = new Queue(name, { connection: suite.connect(), ...options });
  // Each job that is waited for listens to its queue.
  queue.setMaxListeners(100);
  suite.later(() => queue.close());
  return queue;
}

function work(
  name: string,
  run: (job: Job, token?: string) => Promise<unknown>,
  options: Partial<WorkerOptions> = {},
): Worker {
  const worker = new Worker(name, run, { connection: suite.connect(), drainDelay: 1, ...options });
  worker.on('error', () => undefined);
  suite.later(() => worker.close(true));
  return worker;
}

async function eventsOf(name: string): Promise<QueueEvents> {
  const events = new QueueEvents(name, { connection: suite.connect() });
  events.setMaxListeners(100);
  suite.later(() => events.close());
  await events.waitUntilReady();
  return events;
}

it('does jobs, and tells their results and progress', async () => {
  const queue = queueOf('plain');
  const events = await eventsOf('plain');
  const progress: unknown[] = [];
  events.on('progress', ({ data }) => progress.push(data));
  work('plain', async (job) => {
    await job.updateProgress(50);
    await job.log('half way');
    return { sum: job.data.a + job.data.b };
  });
  const jobs = await queue.addBulk(
    Array.from({ length: 50 }, (_, i) => ({ name: 'add', data: { a: i, b: 1 } })),
  );
  const results = await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
  expect(results).toEqual(Array.from({ length: 50 }, (_, i) => ({ sum: i + 1 })));
  expect(progress).toHaveLength(50);
  expect((await queue.getJobLogs(jobs[0]!.id as string)).logs).toEqual(['half way']);
  expect(await queue.getJobCounts('completed', 'failed', 'waiting')).toMatchObject({
    completed: 50,
    failed: 0,
    waiting: 0,
  });
});

it('keeps order, priorities and delays', async () => {
  const queue = queueOf('order');
  const events = await eventsOf('order');
  await queue.pause();
  const [late] = await Promise.all([
    queue.add('late', {}, { delay: 600_000 }),
    queue.add('third', {}, { priority: 9 }),
    queue.add('second', {}, { priority: 2 }),
    queue.add('first', {}),
  ]);
  expect(await queue.getDelayedCount()).toBe(1);
  const done: string[] = [];
  work('order', async ({ name }) => done.push(name));
  await queue.resume();
  await expect.poll(() => done).toHaveLength(3);
  // Due only now: a job that becomes due goes before those of lower priority.
  await late.changeDelay(50);
  await late.waitUntilFinished(events);
  expect(done).toEqual(['first', 'second', 'third', 'late']);
});

it('retries with a backoff until it works, or gives up', async () => {
  const queue = queueOf('retries');
  const events = await eventsOf('retries');
  work('retries', async (job) => {
    if (job.name === 'never' || job.attemptsMade < 2) throw new Error(`attempt ${job.attemptsMade + 1}`);
    return job.attemptsMade;
  });
  const options = { attempts: 3, backoff: { type: 'exponential', delay: 20 } };
  const [works, never] = await Promise.all([
    queue.add('works', {}, options),
    queue.add('never', {}, options),
  ]);
  expect(await works.waitUntilFinished(events)).toBe(2);
  await expect(never.waitUntilFinished(events)).rejects.toThrow('attempt 3');
  const [failed] = await queue.getFailed();
  expect([failed?.attemptsMade, failed?.stacktrace?.length]).toEqual([3, 3]);
  const again = new Promise((resolve) =>
    events.on('waiting', ({ jobId }) => jobId === never.id && resolve(jobId)),
  );
  await failed?.retry();
  expect(await again).toBe(never.id);
});

it('repeats jobs by a scheduler until it is removed', async () => {
  const queue = queueOf('repeat');
  let enough = () => {};
  const three = new Promise<void>((resolve) => {
    enough = resolve;
  });
  let runs = 0;
  work('repeat', async () => {
    runs += 1;
    if (runs === 3) enough();
  });
  await queue.upsertJobScheduler('tick', { every: 60 }, { name: 'tick', data: { n: 1 } });
  await three;
  expect((await queue.getJobSchedulers()).map(({ key, every }) => [key, Number(every)])).toEqual([
    ['tick', 60],
  ]);
  expect(await queue.removeJobScheduler('tick')).toBe(true);
  expect(await queue.getJobSchedulersCount()).toBe(0);
});

it('runs a flow: the parent after its children, with their results', async () => {
  queueOf('flow');
  const flows = new FlowProducer({ connection: suite.connect() });
  suite.later(() => flows.close());
  const events = await eventsOf('flow');
  work(
    'flow',
    async (job) => {
      if (job.name !== 'sum') return job.data.n;
      return Object.values(await job.getChildrenValues<number>()).reduce((a, b) => a + b, 0);
    },
    { concurrency: 4 },
  );
  const child = (n: number) => ({ name: 'part', queueName: 'flow', data: { n } });
  const { job } = await flows.add({
    name: 'sum',
    queueName: 'flow',
    children: [child(1), child(2), { name: 'sum', queueName: 'flow', children: [child(10), child(20)] }],
  });
  expect(await job.waitUntilFinished(events)).toBe(33);
});

it('keeps to a rate limit', async () => {
  const queue = queueOf('limited');
  const events = await eventsOf('limited');
  const begin = Date.now();
  work('limited', async () => undefined, { limiter: { max: 2, duration: 150 }, concurrency: 5 });
  const jobs = await queue.addBulk(Array.from({ length: 6 }, (_, i) => ({ name: 'x', data: { i } })));
  await Promise.all(jobs.map((job) => job.waitUntilFinished(events)));
  // Two whole windows lie before the last pair; the clock counts milliseconds.
  expect(Date.now() - begin).toBeGreaterThanOrEqual(2 * 150 - 2);
});

it('gives a job whose worker vanished to another', async () => {
  const queue = queueOf('stalled');
  const events = await eventsOf('stalled');
  const stalled: string[] = [];
  events.on('stalled', ({ jobId }) => stalled.push(jobId));
  const job = await queue.add('held', {});
  const vanished = new Worker('stalled', null, {
    connection: suite.connect(),
    lockDuration: 100,
    skipStalledCheck: true,
  });
  suite.later(() => vanished.close(true));
  // Taken, and neither finished nor renewed.
  expect((await vanished.getNextJob('a token'))?.id).toBe(job.id);
  work('stalled', async () => 'rescued', { stalledInterval: 100 });
  expect(await job.waitUntilFinished(events)).toBe('rescued');
  expect(stalled).toEqual([job.id]);
});

it('deduplicates, drains and obliterates', async () => {
  const queue = queueOf('tidy');
  const [a, b] = [
    await queue.add('x', {}, { deduplication: { id: 'same' } }),
    await queue.add('x', {}, { deduplication: { id: 'same' } }),
  ];
  expect(b.id).toBe(a.id);
  await queue.addBulk(Array.from({ length: 500 }, () => ({ name: 'y', data: {} })));
  await queue.drain();
  expect(await queue.count()).toBe(0);
  await queue.obliterate({ force: true });
  expect(await suite.connect().keys('bull:tidy:*')).toEqual([]);
});
