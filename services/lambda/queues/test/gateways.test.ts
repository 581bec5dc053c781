/** A store that outlives its gateway, and one that several use. */
import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { ReceivedMessage } from '../api.ts';
import { messagesTable, onceIndex } from '../tables.ts';
import { arn, openWorld, type World } from './support/world.ts';

let world: World;

beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.close());

const create = (QueueName: string, Attributes: Record<string, string> = {}) =>
  world.client().send(new CreateQueueCommand({ QueueName, Attributes }));
const message = (body: string) => ({ body, senderId: 'me' });
const bodies = (messages: readonly ReceivedMessage[]) => messages.map(({ body }) => body);

it('gives out after a crash what was not deleted, and never what was', async () => {
  await create('q');
  const large = 'x'.repeat(100_000);
  await world.queues.send(arn('q'), ['deleted', 'held', large].map(message));
  const [deleted, held] = await world.queues.receive(arn('q'), { max: 2 });
  expect(await world.queues.remove(arn('q'), [deleted!.receipt])).toEqual(['done']);
  world = await world.crash();
  const now = await world.queues.receive(arn('q'), { max: 10 });
  expect(bodies(now)).toEqual([large]);
  // Whoever held a message before the crash still holds it.
  expect(await world.queues.returnTo(arn('q'), [held!.receipt], 0)).toEqual(['done']);
  const [again] = await world.queues.receive(arn('q'), { max: 10 });
  expect([again!.body, again!.system.ApproximateReceiveCount]).toEqual(['held', '2']);
});

it('goes on after a crash with what a deleted queue left', async () => {
  await create('q');
  await world.queues.send(arn('q'), [{ ...message('m'), onceKey: 'k' }]);
  const { row } = await world.queues.store.require({
    account: '000000000000',
    region: 'eu-central-1',
    name: 'q',
  });
  const partition = Buffer.from(row.id, 'hex');
  const deleting = world.queues.delete(row);
  // The process dies once the queue is gone, before or while its messages are removed.
  await world.queues.stop();
  await deleting;
  world = await world.crash();
  await world.queues.sweep();
  expect(await world.base.domain.cursorSecondary(onceIndex, partition, {}).next()).toBeUndefined();
  expect(await world.base.domain.scan(messagesTable, partition, {})).toEqual([]);
});

it('gives a message to one of two gateways, and lets each delete what the other gave out', async () => {
  await create('q');
  const other = world.beside();
  const sent = Array.from({ length: 60 }, (_, at) => `m${at}`);
  await world.queues.send(arn('q'), sent.slice(0, 30).map(message));
  await other.send(arn('q'), sent.slice(30).map(message));
  const got: ReceivedMessage[] = [];
  const drain = async (queues: typeof other) => {
    for (;;) {
      const page = await queues.receive(arn('q'), { max: 10 });
      if (page.length === 0) return;
      got.push(...page);
    }
  };
  await Promise.all([drain(world.queues), drain(other), drain(world.queues), drain(other)]);
  while (got.length < sent.length) await drain(other);
  expect(bodies(got).sort()).toEqual([...sent].sort());
  const receipts = got.map(({ receipt }) => receipt);
  const outcomes = [
    ...(await world.queues.remove(arn('q'), receipts.slice(0, 30))),
    ...(await other.remove(arn('q'), receipts.slice(30))),
  ];
  expect(new Set(outcomes)).toEqual(new Set(['done']));
});

it('keeps one order in a FIFO queue that two gateways send to and receive from', async () => {
  await create('q.fifo', { FifoQueue: 'true' });
  const gateways = [world.queues, world.beside()];
  const name = arn('q.fifo');
  const sendAll = async (who: number) => {
    for (let at = 0; at < 15; at += 1)
      await gateways[who]!.send(name, [
        { body: `${who}:${at}`, groupId: 'g', deduplicationId: `${who}-${at}`, senderId: 'me' },
      ]);
  };
  await Promise.all([sendAll(0), sendAll(1)]);
  const got: string[] = [];
  let turn = 0;
  while (got.length < 30) {
    const pages = await Promise.all(gateways.map((one) => one.receive(name, { max: 3 })));
    // A group is with one receiver at a time.
    expect(pages.filter((page) => page.length > 0).length).toBeLessThanOrEqual(1);
    for (const page of pages) {
      got.push(...bodies(page));
      turn += 1;
      await gateways[turn % 2]!.remove(
        name,
        page.map(({ receipt }) => receipt),
      );
    }
  }
  for (const who of ['0', '1'])
    expect(got.filter((body) => body.startsWith(who))).toEqual(
      Array.from({ length: 15 }, (_, at) => `${who}:${at}`),
    );
});

it('takes what is sent with one key once within an hour, by whichever gateway', async () => {
  await create('q');
  const one = { ...message('event'), onceKey: 'bucket/key/1' };
  const other = world.beside();
  const sent = await Promise.all([world.queues.send(arn('q'), [one]), other.send(arn('q'), [one])]);
  expect(sent[0]).toEqual(sent[1]);
  world = await world.crash();
  world.clock.ms += 3_599_999;
  expect(await world.queues.send(arn('q'), [one])).toEqual(sent[0]);
  expect(bodies(await world.queues.receive(arn('q'), { max: 10 }))).toEqual(['event']);
  world.clock.ms += 1;
  expect(await world.queues.send(arn('q'), [one])).not.toEqual(sent[0]);
});

it('sends nothing to a queue that was deleted or made anew meanwhile', async () => {
  await create('q');
  const { row } = await world.queues.store.require({
    account: '000000000000',
    region: 'eu-central-1',
    name: 'q',
  });
  const [sent] = await Promise.allSettled([
    world.queues.send(arn('q'), [message('m')]),
    world.beside().delete(row),
  ]);
  await world.queues.sweep();
  if (sent.status === 'rejected') expect(sent.reason).toMatchObject({ code: 'QueueDoesNotExist' });
  expect(await world.base.domain.scan(messagesTable, Buffer.from(row.id, 'hex'), {})).toEqual([]);
});
