/**
 * The gateway's side of `commit`: collects transactions while a batch is on its way to the disk, signs them as one batch,
 * and answers each when the batch is applied. At most one batch is being ordered; the one before is applied meanwhile.
 */
import {
  type ChunkRef,
  type CommitOptions,
  type CommitResult,
  mainLog,
  NodeError,
  nodeLimits,
  type SignedBatch,
  type Transaction,
} from '../api/index.ts';
import type { SigningKey } from '../crypto/ed25519.ts';
import {
  asBuffer,
  type BatchEffects,
  batchMessage,
  bodyRoom,
  bodyShare,
  encodeBatchBody,
  encodeTransaction,
  malformed,
  sha256,
  windowIsWellFormed,
} from '../hypergraph/index.ts';
import type { ChunkStore } from '../store/chunk-store-port.ts';
import type { ChunkPins } from './chunk-pins.ts';
import type { Lifecycle } from './lifecycle.ts';
import { embeddedLimits } from './limits.ts';
import type { DurableBatch } from './log-ordering.ts';
import { translateStorageError } from './storage-errors.ts';

export interface BatchingWriterModules {
  readonly writerKey: SigningKey;
  readonly chunks: ChunkStore;
  readonly pins: ChunkPins;
  readonly lifecycle: Lifecycle;
  /** Outcome of an id that was applied and is remembered. */
  known(id: Uint8Array): CommitResult | undefined;
  /** The same with the batch of its position, if that is still in the log. */
  withBatch(result: CommitResult, id: Uint8Array): Promise<CommitResult>;
  /** @param isAlone nothing else waits for anything */
  order(
    batch: SignedBatch,
    bodyHash: Buffer,
    named: readonly ChunkRef[],
    isAlone: boolean,
  ): Promise<DurableBatch>;
  apply(batch: DurableBatch): BatchEffects;
  /** Resolves when the state has room for another batch. @throws NodeError `storage-full` */
  room(): Promise<void> | undefined;
  /** Calls once the events at hand were handled, so that they share a batch. */
  defer(callback: () => void): void;
}

interface Pending {
  readonly idText: string;
  readonly bytes: Buffer;
  readonly chunks: readonly ChunkRef[];
  /** Somebody who waits for it asked for the batch. */
  withBatch: boolean;
  readonly promise: Promise<CommitResult>;
  resolve(result: CommitResult | Promise<CommitResult>): void;
  reject(error: unknown): void;
}

const noChunks: readonly ChunkRef[] = [];

export class BatchingWriter {
  readonly #modules: BatchingWriterModules;
  /** Accepted and not answered, by id. */
  readonly #pending = new Map<string, Pending>();
  #queue: Pending[] = [];
  /** Their chunks wait for a sync that they share. */
  readonly #unsynced: Pending[] = [];
  #syncing = false;
  #queuedBytes = 0;
  #ordering = false;
  #scheduled = false;
  #idle: (() => void)[] = [];

  constructor(modules: BatchingWriterModules) {
    this.#modules = modules;
  }

  /** Accepted and not answered. */
  get load(): { readonly transactions: number; readonly bytes: number } {
    return { transactions: this.#pending.size, bytes: this.#queuedBytes };
  }

  commit(transaction: Transaction, options?: CommitOptions): Promise<CommitResult> {
    try {
      return this.#accept(transaction, options?.withBatch === true);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Resolves when everything accepted was answered. */
  async drained(): Promise<void> {
    while (this.#pending.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  #accept(transaction: Transaction, withBatch: boolean): Promise<CommitResult> {
    const { lifecycle, known } = this.#modules;
    lifecycle.requireRunning();
    const bytes = encodeTransaction(transaction);
    if (!windowIsWellFormed(transaction)) throw malformed('the validity window is not well-formed');
    const idText = asBuffer(transaction.id).toString('latin1');
    const same = this.#pending.get(idText);
    if (same !== undefined) {
      same.withBatch ||= withBatch;
      return same.promise;
    }
    const outcome = known(transaction.id);
    if (outcome !== undefined)
      return withBatch ? this.#modules.withBatch(outcome, transaction.id) : Promise.resolve(outcome);
    const full =
      this.#pending.size >= nodeLimits.queuedTransactionsMax ||
      (this.#queuedBytes > 0 && this.#queuedBytes + bytes.length > nodeLimits.queuedBytesMax);
    if (full) throw new NodeError('overloaded', 'too many transactions wait for the log');
    const entry: Pending = {
      idText,
      bytes,
      chunks: chunksOf(transaction),
      withBatch,
      ...Promise.withResolvers<CommitResult>(),
    };
    this.#pending.set(idText, entry);
    this.#queuedBytes += bytes.length;
    if (entry.chunks.length === 0) this.#enqueue(entry);
    else this.#prepareChunks(entry);
    return entry.promise;
  }

  /** Syncs chunks before the transaction joins a batch, so that large data never holds up small writes. */
  #prepareChunks(entry: Pending): void {
    const { chunks, pins, lifecycle } = this.#modules;
    pins.pin(entry.chunks);
    if (!entry.chunks.every((chunk) => chunks.has(chunk))) {
      this.#refuse(entry, new NodeError('chunk-unknown', 'a chunk of the transaction is not here'));
      return;
    }
    const isSmall = entry.chunks.every(({ length }) => length <= embeddedLimits.groupSyncBytesMax);
    if (!isSmall) {
      this.#syncChunks([entry]).catch((error) => lifecycle.fail(error));
      return;
    }
    this.#unsynced.push(entry);
    if (this.#syncing) return;
    this.#syncing = true;
    this.#syncGroups().catch((error) => lifecycle.fail(error));
  }

  /** Small chunks that are written together are synced together, one group after the other. */
  async #syncGroups(): Promise<void> {
    while (this.#unsynced.length > 0) {
      // Those whose chunks were staged together come in the same turn of the event loop.
      await new Promise<void>((resolve) => this.#modules.defer(resolve));
      await this.#syncChunks(this.#unsynced.splice(0));
    }
    this.#syncing = false;
  }

  async #syncChunks(entries: readonly Pending[]): Promise<void> {
    try {
      await this.#modules.chunks.sync(entries.flatMap((entry) => entry.chunks));
    } catch (error) {
      if (entries.length === 1) {
        this.#refuse(entries[0]!, this.#answerTo(error));
        return;
      }
      // Whose chunk it is that failed, each finds out by itself.
      for (const entry of entries) await this.#syncChunks([entry]);
      return;
    }
    for (const entry of entries) this.#enqueue(entry);
  }

  #enqueue(entry: Pending): void {
    this.#queue.push(entry);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#ordering || this.#scheduled) return;
    this.#scheduled = true;
    this.#modules.defer(() => {
      this.#scheduled = false;
      this.#next();
    });
  }

  #next(): void {
    if (this.#ordering || this.#queue.length === 0) return;
    this.#ordering = true;
    this.#turn(this.#take()).catch((error) => this.#modules.lifecycle.fail(error));
  }

  /** Transactions from the head of the queue that fit into one batch. */
  #take(): Pending[] {
    let count = 0;
    let room = bodyRoom;
    while (count < this.#queue.length && count < nodeLimits.batchTransactionsMax) {
      room -= bodyShare((this.#queue[count] as Pending).bytes);
      if (room < 0) break;
      count++;
    }
    if (count === this.#queue.length) {
      const all = this.#queue;
      this.#queue = [];
      return all;
    }
    return this.#queue.splice(0, count);
  }

  async #turn(entries: readonly Pending[]): Promise<void> {
    const { lifecycle, room } = this.#modules;
    let durable: DurableBatch;
    try {
      const waiting = room();
      if (waiting !== undefined) await waiting;
      lifecycle.requireRunningOrClosing();
      durable = await this.#order(entries);
    } catch (error) {
      this.#failed(entries, error);
      this.#ordering = false;
      this.#schedule();
      return;
    }
    this.#ordering = false;
    // The next batch is on its way to the disk while this one is applied.
    this.#next();
    this.#finish(entries, durable);
  }

  #order(entries: readonly Pending[]): Promise<DurableBatch> {
    const { writerKey, order } = this.#modules;
    const body = encodeBatchBody(entries.map((entry) => entry.bytes));
    const bodyHash = sha256(body);
    const signature = writerKey.sign(batchMessage(mainLog, bodyHash));
    const chunks = entries.flatMap((entry) => entry.chunks);
    return order(
      { writer: writerKey.publicKey, body, signature },
      bodyHash,
      chunks,
      this.#pending.size === 1,
    );
  }

  #finish(entries: readonly Pending[], durable: DurableBatch): void {
    const { lifecycle, apply } = this.#modules;
    let effects: BatchEffects;
    try {
      if (lifecycle.state === 'failed') throw lifecycle.closedError();
      effects = apply(durable);
    } catch (error) {
      lifecycle.fail(error);
      for (const entry of entries) this.#refuse(entry, lifecycle.closedError());
      return;
    }
    const { certificate, batch } = durable;
    effects.results.forEach(({ position, outcome, repeated }, index) => {
      const entry = entries[index] as Pending;
      this.#settle(entry);
      const earlier = repeated ? this.#earlier(entry) : undefined;
      const result = { position, outcome, certificate };
      entry.resolve(earlier ?? (entry.withBatch ? { ...result, batch, indexInBatch: index } : result));
    });
  }

  /** The first result of an id that was applied after this repeat of it was accepted. */
  #earlier({ idText, withBatch }: Pending): CommitResult | Promise<CommitResult> | undefined {
    const id = Buffer.from(idText, 'latin1');
    const found = this.#modules.known(id);
    return found !== undefined && withBatch ? this.#modules.withBatch(found, id) : found;
  }

  /** Nothing of the batch was ordered, unless the disk failed: then nobody knows, and the node stops. */
  #failed(entries: readonly Pending[], error: unknown): void {
    const { chunks } = this.#modules;
    const code = error instanceof NodeError ? error.code : undefined;
    if (code === 'chunk-unknown') {
      for (const entry of entries) {
        if (entry.chunks.every((chunk) => chunks.has(chunk))) this.#queue.push(entry);
        else this.#refuse(entry, error);
      }
      return;
    }
    const answer = this.#answerTo(error);
    for (const entry of entries) this.#refuse(entry, answer);
  }

  /** What a caller is told. A failure that the ports do not know ends the node: nobody knows what is on the disk. */
  #answerTo(error: unknown): unknown {
    const { lifecycle } = this.#modules;
    const known = translateStorageError(error);
    const code = known instanceof NodeError ? known.code : undefined;
    if (code === 'storage-full' || code === 'chunk-unknown') return known;
    lifecycle.fail(error);
    return lifecycle.closedError();
  }

  #refuse(entry: Pending, error: unknown): void {
    this.#settle(entry);
    entry.reject(error);
  }

  #settle(entry: Pending): void {
    this.#pending.delete(entry.idText);
    this.#queuedBytes -= entry.bytes.length;
    if (entry.chunks.length > 0) this.#modules.pins.unpin(entry.chunks);
    if (this.#pending.size > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}

function chunksOf({ operations }: Transaction): readonly ChunkRef[] {
  let chunks: ChunkRef[] | undefined;
  for (const operation of operations) {
    if (operation.kind !== 'add-vertex' || operation.chunks === undefined) continue;
    for (const { hash, length } of operation.chunks) {
      chunks ??= [];
      chunks.push({ hash: Buffer.from(hash), length });
    }
  }
  return chunks ?? noChunks;
}
