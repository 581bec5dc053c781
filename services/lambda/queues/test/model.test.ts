/** Random histories of a standard and a FIFO queue against a plain model, by a clock that is given. */

import { CreateQueueCommand } from '@aws-sdk/client-sqs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { OutgoingMessage, QueueService } from '../index.ts';
import { arn, openWorld, type World } from './support/world.ts';

interface Kept {
  readonly body: string;
  readonly groupId: string | undefined;
  visibleMs: number;
  count: number;
  /** Of its newest delivery. */
  receipt: string | undefined;
}

/** A queue as an array, in the order of sending. */
class Model {
  readonly messages: Kept[] = [];
  readonly dead: string[] = [];
  readonly isFifo: boolean;
  readonly maxReceiveCount: number;

  constructor(isFifo: boolean, maxReceiveCount: number) {
    this.isFifo = isFifo;
    this.maxReceiveCount = maxReceiveCount;
  }

  send(body: string, groupId: string | undefined, visibleMs: number): void {
    this.messages.push({ body, groupId, visibleMs, count: 0, receipt: undefined });
  }

  /** Those that may be given out now, in order; dead letters leave first. */
  receivable(nowMs: number, max: number): Kept[] {
    const chosen: Kept[] = [];
    const blocked = new Set<string | undefined>();
    const order = this.isFifo
      ? this.messages
      : [...this.messages].sort((left, right) => left.visibleMs - right.visibleMs);
    for (const one of [...order]) {
      if (chosen.length === max) break;
      if (this.isFifo && blocked.has(one.groupId)) continue;
      if (one.visibleMs > nowMs) blocked.add(one.groupId);
      else chosen.push(one);
    }
    const fresh = chosen.filter(({ count }) => count < this.maxReceiveCount);
    for (const one of chosen) {
      if (fresh.includes(one)) continue;
      this.remove(one);
      this.dead.push(one.body);
    }
    // A receive that met dead letters only looks again.
    return chosen.length > 0 && fresh.length === 0 ? this.receivable(nowMs, max) : fresh;
  }

  remove(one: Kept): void {
    this.messages.splice(this.messages.indexOf(one), 1);
  }

  byReceipt(receipt: string): Kept | undefined {
    return this.messages.find((one) => one.receipt === receipt);
  }
}

type Step =
  | { readonly kind: 'send'; readonly groups: readonly number[]; readonly delayMs: number }
  | { readonly kind: 'receive'; readonly max: number; readonly visibilityMs: number }
  | { readonly kind: 'remove' | 'return'; readonly at: number; readonly visibilityMs: number }
  | { readonly kind: 'pass'; readonly ms: number }
  | { readonly kind: 'crash' };

const ms = fc.constantFrom(0, 1000, 2000, 5000);
const steps = fc.array(
  fc.oneof(
    {
      weight: 4,
      arbitrary: fc.record({
        kind: fc.constant('send' as const),
        groups: fc.array(fc.nat(2), { minLength: 1, maxLength: 4 }),
        delayMs: ms,
      }),
    },
    {
      weight: 6,
      arbitrary: fc.record({
        kind: fc.constant('receive' as const),
        max: fc.integer({ min: 1, max: 10 }),
        visibilityMs: ms,
      }),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constantFrom('remove' as const, 'return' as const),
        at: fc.nat(30),
        visibilityMs: ms,
      }),
    },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), ms }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const) }) },
  ),
  { minLength: 5, maxLength: 40 },
);

async function check(isFifo: boolean, history: readonly Step[]): Promise<void> {
  let world = await openWorld();
  try {
    await play(isFifo, history, {
      get world() {
        return world;
      },
      async crash() {
        world = await world.crash();
      },
    });
  } finally {
    await world.close();
  }
}

interface Stage {
  readonly world: World;
  crash(): Promise<void>;
}

async function play(isFifo: boolean, history: readonly Step[], stage: Stage): Promise<void> {
  const { world } = stage;
  const [queue, dead] = isFifo ? ['q.fifo', 'dead.fifo'] : ['q', 'dead'];
  const { clock } = world;
  const fifo: Record<string, string> = isFifo ? { FifoQueue: 'true' } : {};
  const maxReceiveCount = 3;
  const RedrivePolicy = JSON.stringify({ deadLetterTargetArn: arn(dead), maxReceiveCount });
  const client = world.client();
  await client.send(new CreateQueueCommand({ QueueName: dead, Attributes: fifo }));
  await client.send(new CreateQueueCommand({ QueueName: queue, Attributes: { ...fifo, RedrivePolicy } }));
  const model = new Model(isFifo, maxReceiveCount);
  const receipts: string[] = [];
  let sent = 0;
  // Two gateways take turns, so that nothing may hang on what one of them remembers.
  let gateways: QueueService[] = [world.queues, world.beside()];
  for (const [at, step] of history.entries()) {
    const queues = gateways[at % 2]!;
    // What two gateways send in one millisecond has no order.
    if (step.kind === 'send') clock.ms += 1;
    const nowMs = clock.ms;
    if (step.kind === 'pass') clock.ms += step.ms;
    else if (step.kind === 'crash') {
      await stage.crash();
      gateways = [stage.world.queues, stage.world.beside()];
    } else if (step.kind === 'send') {
      const messages = step.groups.map((group): OutgoingMessage => {
        const body = `m${sent++}`;
        const placed = isFifo ? { groupId: `g${group}`, deduplicationId: body } : { delayMs: step.delayMs };
        return { body, senderId: 'me', ...placed };
      });
      await queues.send(arn(queue), messages);
      for (const { body, groupId, delayMs = 0 } of messages) model.send(body, groupId, nowMs + delayMs);
    } else if (step.kind === 'receive') {
      const expected = model.receivable(nowMs, step.max);
      const got = await queues.receive(arn(queue), {
        max: step.max,
        visibilityMs: step.visibilityMs,
        waitMs: 0,
      });
      expect(got.map(({ body }) => body)).toEqual(expected.map(({ body }) => body));
      for (const { body, receipt, system } of got) {
        const one = model.messages.find((kept) => kept.body === body)!;
        one.count += 1;
        expect(system.ApproximateReceiveCount).toBe(String(one.count));
        one.visibleMs = nowMs + step.visibilityMs;
        one.receipt = receipt;
        receipts.push(receipt);
      }
    } else {
      const receipt = receipts[step.at];
      if (receipt === undefined) continue;
      const one = model.byReceipt(receipt);
      const isHeld = one !== undefined && one.visibleMs > nowMs;
      if (step.kind === 'remove') {
        const [outcome] = await queues.remove(arn(queue), [receipt]);
        const isDone = isFifo ? isHeld : one !== undefined;
        expect(outcome === 'done').toBe(isDone);
        if (isDone) model.remove(one!);
      } else {
        const [outcome] = await queues.returnTo(arn(queue), [receipt], step.visibilityMs);
        expect(outcome === 'done').toBe(isHeld);
        if (isHeld) one!.visibleMs = nowMs + step.visibilityMs;
      }
    }
  }
  const nowMs = clock.ms;
  const name = { account: '000000000000', region: 'eu-central-1', name: queue };
  const { visible, inFlight, delayed } = await gateways[0]!.counts(name);
  const isOut = (one: Kept) => one.visibleMs > nowMs && one.receipt !== undefined;
  expect({ visible, inFlight, delayed }).toEqual({
    visible: model.messages.filter((one) => one.visibleMs <= nowMs).length,
    inFlight: model.messages.filter(isOut).length,
    delayed: model.messages.filter((one) => one.visibleMs > nowMs && !isOut(one)).length,
  });
  expect(await allOf(gateways[0]!, arn(dead))).toEqual([...model.dead].sort());
}

async function allOf(queues: QueueService, queue: string): Promise<string[]> {
  const found: string[] = [];
  for (;;) {
    const page = await queues.receive(queue, { max: 10, waitMs: 0 });
    if (page.length === 0) return found.sort();
    found.push(...page.map(({ body }) => body));
  }
}

it('a standard queue does what the model does', async () => {
  await fc.assert(
    fc.asyncProperty(steps, (history) => check(false, history)),
    { numRuns: 12 },
  );
});

it('a FIFO queue does what the model does', async () => {
  await fc.assert(
    fc.asyncProperty(steps, (history) => check(true, history)),
    { numRuns: 12 },
  );
});
