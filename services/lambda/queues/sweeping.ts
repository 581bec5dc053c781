/**
 * Removes what nobody asks for any more: messages beyond their retention, deduplication ids beyond their time, and what purges and deleted
 * queues left. Several gateways may do so at once: removing twice is removing once.
 */
import {
  type AnyTable,
  type DomainWrite,
  type IndexCursor,
  numberBytes,
  type RecordKey,
} from '@hypergate/table';
import type { LambdaBase } from '../store/context.ts';
import { queueLimits } from './limits.ts';
import type { QueueStore } from './store.ts';
import {
  type ChoreRow,
  choreKey,
  choresTable,
  fifoHeadKey,
  fifoHeadsTable,
  messagesTable,
  onceIndex,
  onceTable,
  readHint,
} from './tables.ts';

const none = Buffer.alloc(0);

export class Sweeping {
  readonly #base: LambdaBase;
  readonly #store: QueueStore;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #isOver = false;

  constructor(base: LambdaBase, store: QueueStore) {
    this.#base = base;
    this.#store = store;
  }

  start(): void {
    this.#timer = setInterval(() => this.#sweepBehind(), queueLimits.sweepEveryMs).unref();
    this.#sweepBehind();
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#timer);
    await this.#running;
  }

  /** What a transaction writes so that this will be removed. */
  chore(row: ChoreRow): DomainWrite {
    const { domain, random } = this.#base;
    const key = choreKey(Buffer.from(random.bytes(16)));
    return { kind: 'put', domain, table: choresTable, key, row, condition: 'absent' };
  }

  /** All that is due now. Resolves when it is removed. @param what `chores`: only what purges and deleted queues left */
  async run(what: 'all' | 'chores' = 'all'): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    const running = this.#sweep(what);
    // Whoever waits for its end is not the one who hears of its failure.
    this.#running = running.catch(() => undefined);
    try {
      await running;
    } finally {
      this.#running = undefined;
    }
  }

  #sweepBehind(): void {
    if (this.#running !== undefined || this.#isOver) return;
    this.run().catch((error: unknown) => {
      this.#base.logger.error({ err: error }, 'queues could not be swept');
    });
  }

  async #sweep(what: 'all' | 'chores'): Promise<void> {
    const { domain, clock } = this.#base;
    for (const { sort } of await domain.scan(choresTable, none, {})) await this.#do(Buffer.from(sort));
    if (what === 'chores') return;
    for (const name of await this.#store.all()) {
      if (this.#isOver) return;
      const row = (await this.#store.get(name))?.row;
      if (row === undefined) continue;
      const partition = Buffer.from(row.id, 'hex');
      const nowMs = clock.now();
      const oldestMs = nowMs - row.retentionSeconds * 1000;
      // In the order of sending: what follows the first that is young enough is younger.
      await this.#removeAll(messagesTable, partition, domain.cursor(messagesTable, partition, {}), {
        while: (entry) => readHint(entry.projection).sentMs <= oldestMs,
      });
      const until = domain.cursorSecondary(onceIndex, partition, { lt: numberBytes(nowMs + 1) });
      await this.#removeAll(onceTable, partition, until, { keyOf: (sort) => sort.subarray(8) });
    }
  }

  async #do(id: Buffer): Promise<void> {
    const { domain, tables } = this.#base;
    const chore = await domain.get(choresTable, choreKey(id));
    if (chore === undefined) return;
    const { queueId, below } = chore.row;
    const partition = Buffer.from(queueId, 'hex');
    const options = below === undefined ? {} : { lt: Buffer.from(below, 'hex') };
    await this.#removeAll(messagesTable, partition, domain.cursor(messagesTable, partition, options));
    const writes: DomainWrite[] = [{ kind: 'remove', domain, table: choresTable, key: choreKey(id) }];
    if (below === undefined) {
      const rest = domain.cursorSecondary(onceIndex, partition, {});
      await this.#removeAll(onceTable, partition, rest, { keyOf: (sort) => sort.subarray(8) });
      writes.push({ kind: 'remove', domain, table: fifoHeadsTable, key: fifoHeadKey(queueId) });
    }
    if (!this.#isOver) await tables.transact(writes);
  }

  async #removeAll(
    table: AnyTable,
    partition: Buffer,
    cursor: IndexCursor,
    options: {
      readonly while?: (entry: { readonly projection: Uint8Array }) => boolean;
      readonly keyOf?: (sort: Buffer) => Buffer;
    } = {},
  ): Promise<void> {
    const { while: isDue = () => true, keyOf = (sort: Buffer) => sort } = options;
    let keys: RecordKey[] = [];
    for (let entry = await cursor.next(); entry !== undefined && isDue(entry); entry = await cursor.next()) {
      keys.push({ partition, sort: Buffer.from(keyOf(Buffer.from(entry.sort))) });
      if (keys.length < queueLimits.sweepBatch) continue;
      await this.#remove(table, keys);
      keys = [];
      if (this.#isOver) return;
    }
    await this.#remove(table, keys);
  }

  async #remove(table: AnyTable, keys: readonly RecordKey[]): Promise<void> {
    if (keys.length === 0) return;
    const { domain, tables } = this.#base;
    await tables.transact(keys.map((key) => ({ kind: 'remove', domain, table, key })));
  }
}
