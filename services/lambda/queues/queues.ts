/** The parts of a queue service together: `Queues` for others in the gateway, and what its operations ask for. */
import type { ResourceRef } from '@hypergate/kit';
import type { LambdaBase } from '../store/context.ts';
import type {
  OutgoingMessage,
  QueueFacts,
  Queues,
  ReceiptOutcome,
  ReceivedMessage,
  ReceiveOptions,
  SentMessage,
} from './api.ts';
import { countMessages, hasVisible, type MessageCounts } from './counts.ts';
import { queueMissing } from './errors.ts';
import { type ChangeOutcome, Holding, type VisibilityChange } from './holding.ts';
import { arnOf, parseArn, type QueueName } from './names.ts';
import { checkOutgoing } from './outgoing.ts';
import { Receiving } from './receiving.ts';
import { Sending } from './sending.ts';
import { FifoCounter, firstOf } from './sequences.ts';
import { QueueStore, type StoredQueue } from './store.ts';
import { Sweeping } from './sweeping.ts';
import { queueKey, queuesTable } from './tables.ts';
import { Waiting } from './waiting.ts';

/** By its ARN, its name, or as it was read just now. */
type Asked = string | QueueName | StoredQueue;

export class QueueService implements Queues {
  readonly base: LambdaBase;
  readonly store: QueueStore;
  readonly #waiting: Waiting;
  readonly #sending: Sending;
  readonly #receiving: Receiving;
  readonly #holding: Holding;
  readonly #sweeping: Sweeping;

  constructor(base: LambdaBase) {
    this.base = base;
    const { domain, clock, logger } = base;
    this.store = new QueueStore(base);
    this.#waiting = new Waiting({
      clock,
      hasMessages: (queueId) => hasVisible(domain, queueId, clock.now()),
      onFailure: (error) => logger.error({ err: error }, 'queues could not be looked at for those who wait'),
    });
    const wake = (queueId: string, count: number) => this.#waiting.wake(queueId, count);
    this.#sending = new Sending(base, this.store, wake);
    this.#receiving = new Receiving(base, this.store, wake);
    this.#holding = new Holding(base, wake);
    this.#sweeping = new Sweeping(base, this.store);
  }

  /** Sweeps from now on. */
  start(): void {
    this.#sweeping.start();
  }

  /** Whoever waits for messages is answered. */
  async stop(): Promise<void> {
    this.#waiting.stop();
    await this.#sweeping.stop();
  }

  /** Does now what is done a few times a second. */
  look(): Promise<void> {
    return this.#waiting.look();
  }

  /** Deletes all queues of all accounts with what is in them. */
  async reset(): Promise<void> {
    for (const name of await this.store.all()) {
      if ((await this.store.get(name)) !== undefined)
        await this.store.remove(name, ({ id }) => [this.#sweeping.chore({ queueId: id })]);
    }
    await this.#sweeping.run('chores');
  }

  /** Removes now what is due. */
  sweep(): Promise<void> {
    return this.#sweeping.run();
  }

  async find(arn: string): Promise<QueueFacts | undefined> {
    const found = await this.store.find(arn);
    if (found === undefined) return undefined;
    const { account, region, name, isFifo, visibilitySeconds } = found.row;
    return { arn, account, region, name, isFifo, visibilityMs: visibilitySeconds * 1000 };
  }

  async accessOf(arn: string): Promise<ResourceRef> {
    const name = parseArn(arn);
    return name === undefined ? { arn } : this.access(name);
  }

  async access(name: QueueName): Promise<ResourceRef> {
    return this.accessTo(name, await this.store.get(name));
  }

  accessTo(name: QueueName, found: StoredQueue | undefined): ResourceRef {
    const arn = arnOf(name);
    if (found === undefined) return { arn };
    const { account: ownerAccountId, policy } = found.row;
    return { arn, ownerAccountId, ...(policy === undefined ? {} : { policy }) };
  }

  async send(asked: Asked, messages: readonly OutgoingMessage[]): Promise<readonly SentMessage[]> {
    const queue = await this.#queue(asked);
    for (const message of messages) checkOutgoing(queue.row, message);
    return this.#sending.send(queue, messages);
  }

  async receive(
    asked: Asked,
    { max, visibilityMs, waitMs, signal }: ReceiveOptions,
  ): Promise<readonly ReceivedMessage[]> {
    const queue = await this.#queue(asked);
    const { row } = queue;
    const take = (known?: StoredQueue) => this.#receiving.take(row, { max, visibilityMs, signal }, known);
    const forMs = waitMs ?? row.waitSeconds * 1000;
    const waiter = forMs > 0 ? this.#waiting.enter(row.id, forMs) : undefined;
    if (waiter === undefined) return take(queue);
    try {
      for (let known: StoredQueue | undefined = queue; ; known = undefined) {
        waiter.isWoken = false;
        const taken = await take(known);
        if (taken.length > 0 || this.#waiting.isDone(waiter, signal)) return taken;
        await this.#waiting.next(waiter, signal);
      }
    } finally {
      this.#waiting.leave(waiter);
    }
  }

  async remove(asked: Asked, receipts: readonly string[]): Promise<readonly ReceiptOutcome[]> {
    return this.#holding.remove((await this.#queue(asked)).row, receipts);
  }

  async returnTo(
    asked: Asked,
    receipts: readonly string[],
    visibilityMs: number,
  ): Promise<readonly ReceiptOutcome[]> {
    const changes = receipts.map((receipt) => ({ receipt, visibilityMs }));
    const outcomes = await this.change(asked, changes);
    return outcomes.map((outcome) => (outcome === 'beyond' || outcome === 'visible' ? 'stale' : outcome));
  }

  async change(asked: Asked, changes: readonly VisibilityChange[]): Promise<readonly ChangeOutcome[]> {
    return this.#holding.change((await this.#queue(asked)).row, changes);
  }

  async counts(name: QueueName): Promise<MessageCounts> {
    const { row } = await this.store.require(name);
    return countMessages(this.base.domain, row.id, this.base.clock.now());
  }

  /** Its messages are gone for callers at once, and for the disk soon. */
  async delete(name: QueueName): Promise<void> {
    await this.store.remove(name, ({ id }) => [this.#sweeping.chore({ queueId: id })]);
    this.#sweeping.run('chores').catch((error: unknown) => this.#sweepFailed(error));
  }

  /** Resolves when what was sent before is removed, or the signal comes: the rest goes on behind. */
  async purge(name: QueueName, signal: AbortSignal): Promise<void> {
    const { row, revision } = await this.store.require(name);
    const { tables, domain, clock } = this.base;
    const below = row.isFifo
      ? (await FifoCounter.open(domain, row.id)).bound
      : firstOf(Math.max(clock.now(), row.createdMs) + 1);
    await tables.transact([
      { kind: 'check', domain, table: queuesTable, key: queueKey(name), condition: { revision } },
      this.#sweeping.chore({ queueId: row.id, below: below.toString('hex') }),
    ]);
    const left = Promise.withResolvers<void>();
    const onAbort = () => left.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    const swept = this.#sweeping.run('chores').catch((error: unknown) => this.#sweepFailed(error));
    await Promise.race([swept, left.promise]);
    signal.removeEventListener('abort', onAbort);
  }

  #sweepFailed(error: unknown): void {
    this.base.logger.error({ err: error }, 'messages of a queue could not be removed yet');
  }

  /** @throws AwsError QueueDoesNotExist */
  async #queue(asked: Asked): Promise<StoredQueue> {
    if (typeof asked !== 'string') return 'row' in asked ? asked : this.store.require(asked);
    const found = await this.store.find(asked);
    if (found === undefined) throw queueMissing();
    return found;
  }
}
