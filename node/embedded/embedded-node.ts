/** The ports over the parts that `openEmbeddedNode` put together. */
import type {
  AppliedBatch,
  Atom,
  Bytes,
  ChunkRef,
  CommitOptions,
  CommitResult,
  DomainAddress,
  DomainConfig,
  DomainUsage,
  JobRequest,
  Lease,
  LeaseOptions,
  Position,
  ProofRequest,
  ReadOptions,
  Slot,
  SlotKey,
  Transaction,
  TransactionId,
} from '../api/index.ts';
import { mainLog, NodeError, nodeLimits } from '../api/index.ts';
import {
  atomKey,
  chunkCountKey,
  decodeAtom,
  decodeDomain,
  decodeUsage,
  domainKey,
  keyRange,
  malformed,
  prefix,
  sizes,
  usageKey,
} from '../hypergraph/index.ts';
import type { JobRunner } from '../jobs/index.ts';
import type { Prover, ProverStatus } from '../proving/prover.ts';
import type { CollectOptions } from '../store/chunk-store-port.ts';
import type { CommitLog } from '../store/commit-log-port.ts';
import type { AppliedFeed } from './applied-feed.ts';
import type { Applier } from './applier.ts';
import type { BatchingWriter } from './batching-writer.ts';
import type { Checkpointer } from './checkpointer.ts';
import type { ChunkPins } from './chunk-pins.ts';
import { acquireLease } from './leases.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { LogOrdering } from './log-ordering.ts';
import { followLog, scanDomain } from './log-reader.ts';
import type { EmbeddedNode, EmbeddedNodeModules, NodeChunkStore, NodeStatus } from './modules.ts';
import { emptyState, markReset } from './reset.ts';
import { onlyAdds, type SpaceReserve } from './space-reserve.ts';
import type { StateStore } from './state-store.ts';
import { isStorageFull, translateStorageError } from './storage-errors.ts';
import { storedBytes } from './stored-bytes.ts';

export interface OpenNodeParts extends EmbeddedNodeModules {
  readonly lifecycle: Lifecycle;
  readonly store: StateStore;
  readonly log: CommitLog;
  readonly chunks: NodeChunkStore;
  readonly pins: ChunkPins;
  readonly feed: AppliedFeed;
  readonly applier: Applier;
  readonly checkpointer: Checkpointer;
  readonly ordering: LogOrdering;
  readonly writer: BatchingWriter;
  known(id: TransactionId): CommitResult | undefined;
  readonly reserve: SpaceReserve | undefined;
  readonly prover: Prover | undefined;
  readonly jobs: JobRunner;
  /** Position of the last reset. */
  readonly emptied: { at: Position };
  readonly replayed: number;
}

export class OpenNode implements EmbeddedNode {
  readonly #parts: OpenNodeParts;
  #closing: Promise<void> | undefined;

  constructor(parts: OpenNodeParts) {
    this.#parts = parts;
  }

  async stage(source: Bytes | AsyncIterable<Bytes>, signal?: AbortSignal): Promise<ChunkRef> {
    const { lifecycle, chunks, reserve } = this.#parts;
    lifecycle.requireRunning();
    try {
      const stage = (): Promise<ChunkRef> => chunks.stage(source, signal);
      return await (reserve === undefined ? stage() : reserve.staging(stage));
    } catch (error) {
      throw translateStorageError(error);
    }
  }

  unstage(chunks: readonly ChunkRef[]): void {
    const { lifecycle, chunks: store } = this.#parts;
    // A node that closes forgets what was staged anyway.
    if (lifecycle.state === 'running') store.unstage?.(chunks);
  }

  async fetch(chunk: ChunkRef, offset: number, length: number): Promise<Bytes> {
    const { lifecycle, chunks } = this.#parts;
    lifecycle.requireReadable();
    const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (!whole || offset + length > chunk.length) throw malformed('the range is outside the chunk');
    return chunks.read(chunk, offset, length);
  }

  commit(transaction: Transaction, options?: CommitOptions): Promise<CommitResult> {
    const { writer, reserve } = this.#parts;
    if (reserve === undefined || !onlyAdds(transaction)) return writer.commit(transaction, options);
    return reserve.requireRoom().then(() => writer.commit(transaction, options));
  }

  async outcome(id: TransactionId): Promise<CommitResult | undefined> {
    this.#parts.lifecycle.requireReadable();
    if (id.length !== sizes.id) throw malformed('a transaction id has 16 bytes');
    return this.#parts.known(id);
  }

  async read(slots: readonly SlotKey[], { at }: ReadOptions): Promise<(Atom | undefined)[]> {
    const { lifecycle, feed } = this.#parts;
    lifecycle.requireReadable();
    if (slots.length > nodeLimits.readSlotsMax) throw malformed(`${slots.length} slots are too many`);
    if (at !== 'linearizable' && at > feed.position) {
      lifecycle.requireRunning();
      await feed.reached(at);
      lifecycle.requireReadable();
    }
    // Without a pause between the slots, so that all show one position.
    return slots.map((slot) => this.readSync(slot));
  }

  readSync({ domain, slot }: SlotKey): Atom | undefined {
    const { lifecycle, store } = this.#parts;
    lifecycle.requireReadable();
    if (domain.length !== sizes.domain || slot.length !== sizes.slot) {
      throw malformed('a slot key has 32 and 24 bytes');
    }
    const value = store.get(atomKey(domain, slot));
    return value === undefined ? undefined : decodeAtom(value);
  }

  async position(): Promise<Position> {
    this.#parts.lifecycle.requireReadable();
    return this.#parts.feed.position;
  }

  async domain(
    address: DomainAddress,
  ): Promise<(DomainConfig & { readonly usage: DomainUsage }) | undefined> {
    const { lifecycle, store } = this.#parts;
    lifecycle.requireReadable();
    if (address.length !== sizes.domain) throw malformed('an app address has 32 bytes');
    const value = store.get(domainKey(address));
    const domain = value === undefined ? undefined : decodeDomain(value);
    if (domain?.state !== 'open') return undefined;
    const usage = store.get(usageKey(address));
    if (usage === undefined) throw new Error('an open domain has no usage record');
    const { atoms, bytes } = decodeUsage(usage);
    return { ...domain.config, usage: { atoms, bytes } };
  }

  async *follow(log: Bytes, from: Position, signal: AbortSignal): AsyncGenerator<AppliedBatch> {
    this.#parts.lifecycle.requireReadable();
    if (Buffer.compare(log, mainLog) !== 0) throw malformed('an embedded node has one log');
    if (!Number.isSafeInteger(from) || from < 0) throw malformed('a position is a safe integer');
    yield* followLog(from, signal, this.#parts);
  }

  async *scan(domain: DomainAddress): AsyncGenerator<{ readonly slot: Slot; readonly atom: Atom }> {
    this.#parts.lifecycle.requireReadable();
    if (domain.length !== sizes.domain) throw malformed('an app address has 32 bytes');
    yield* scanDomain(domain, this.#parts.store);
  }

  async *domains(): AsyncGenerator<DomainAddress> {
    const { lifecycle, store } = this.#parts;
    lifecycle.requireReadable();
    for await (const [key, value] of store.entries(keyRange(prefix.domain))) {
      if (decodeDomain(value).state === 'open') yield Buffer.from(key.subarray(1));
    }
  }

  lease(options: LeaseOptions): Promise<Lease> {
    const { clock, random, store, feed } = this.#parts;
    const commit = (transaction: Transaction): Promise<CommitResult> => this.commit(transaction);
    return acquireLease(options, { clock, random, state: store, feed, commit });
  }

  async prove(request: ProofRequest, signal?: AbortSignal): Promise<Bytes> {
    const { lifecycle, prover } = this.#parts;
    lifecycle.requireReadable();
    if (prover === undefined) throw new NodeError('not-supported', 'this node has no prover');
    return prover.prove(request, signal);
  }

  nextFrame(): number | undefined {
    return this.#parts.prover?.nextFrame();
  }

  onFrame(listener: (frame: number) => void): () => void {
    return this.#parts.prover?.onFrame(listener) ?? (() => undefined);
  }

  proofStatus(): ProverStatus | undefined {
    return this.#parts.prover?.status();
  }

  async job(request: JobRequest): Promise<Bytes> {
    this.#parts.lifecycle.requireReadable();
    return this.#parts.jobs.run(request);
  }

  onApplied(listener: (batch: AppliedBatch) => void): () => void {
    return this.#parts.feed.listen(listener);
  }

  retainFrom(name: string, position: Position): void {
    this.#parts.lifecycle.requireReadable();
    this.#parts.checkpointer.retainFrom(name, position);
  }

  status(): NodeStatus {
    const { lifecycle, feed, ordering, log, checkpointer, applier, writer, store, chunks } = this.#parts;
    return {
      state: lifecycle.state,
      reason: lifecycle.reason,
      storageFull: isStorageFull(store.failure) || (this.#parts.reserve?.isShort ?? false),
      position: feed.position,
      durable: ordering.head.position,
      logFirst: log.first,
      checkpoint: checkpointer.last,
      replayed: this.#parts.replayed,
      ...applier.counts,
      waitingTransactions: writer.load.transactions,
      waitingBytes: writer.load.bytes,
      unwrittenBytes: store.unwrittenBytes,
      rememberedOutcomes: store.memory.size,
      chunks: chunks.usage(),
    };
  }

  async checkpoint(): Promise<void> {
    this.#parts.lifecycle.requireRunningOrClosing();
    await this.#parts.checkpointer.run();
  }

  async collect(options: CollectOptions = {}): Promise<number> {
    this.#parts.lifecycle.requireRunning();
    return this.#parts.chunks.collect(options);
  }

  storedBytes(domains: readonly DomainAddress[]): Promise<readonly number[]> {
    this.#parts.lifecycle.requireReadable();
    return storedBytes(domains, this.#parts.store);
  }

  isNamed({ hash }: ChunkRef): boolean {
    return this.#parts.store.get(chunkCountKey(hash)) !== undefined;
  }

  async reset(): Promise<void> {
    const { lifecycle, kv, store, chunks, feed, writer, prover, emptied } = this.#parts;
    lifecycle.requireRunning();
    lifecycle.move('closing');
    try {
      await writer.drained();
      prover?.emptying();
      await this.checkpoint();
      await markReset(kv);
      await emptyState(kv, chunks, feed.position);
      store.clear();
      feed.clearRecent();
      emptied.at = feed.position;
      prover?.reset();
    } catch (error) {
      lifecycle.fail(error);
      throw error;
    }
    lifecycle.move('running');
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Everything is closed, whatever fails; the first failure is told. */
  async #close(): Promise<void> {
    const { lifecycle, store, writer, feed, checkpointer, chunks, log, kv, prover, jobs } = this.#parts;
    lifecycle.move('closing');
    await writer.drained();
    const failures: unknown[] = [];
    const steps = [
      () => jobs.close(),
      () => prover?.close() ?? Promise.resolve(),
      () => (lifecycle.state === 'closing' ? checkpointer.run() : Promise.resolve()),
      () => store.flushed(),
      () => chunks.close(),
      () => log.close(),
      () => kv.close(),
    ];
    for (const step of steps) {
      try {
        await step();
      } catch (error) {
        failures.push(error);
      }
    }
    lifecycle.move('closed');
    feed.end();
    if (failures.length > 0) throw failures[0];
  }
}
