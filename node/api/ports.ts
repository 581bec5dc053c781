/**
 * The ports of the node, on which every service is built (ARCHITECTURE.md, section "The one write path").
 * All arguments and results are serialisable: the contract suite runs in the process and across a socket.
 */
import type {
  AppliedBatch,
  Atom,
  AtomKind,
  Bytes,
  ChunkRef,
  CommitResult,
  DomainAddress,
  DomainConfig,
  DomainUsage,
  Position,
  Slot,
  Transaction,
  TransactionId,
} from './types.ts';

export interface SlotKey {
  readonly domain: DomainAddress;
  readonly slot: Slot;
}

export interface CommitOptions {
  /**
   * The result brings the signed batch along: evidence that the transaction stands in the log. A repeat of an id brings the batch of
   * its first commit, as long as the log keeps it: the result of an older one has none.
   */
  readonly withBatch?: boolean;
}

export interface ReadOptions {
  /** A position that must have been applied before the read, or the latest. */
  readonly at: Position | 'linearizable';
}

export interface LeaseOptions {
  readonly domain: DomainAddress;
  readonly resource: string;
  readonly holder: Bytes;
  readonly durationMs: number;
  /** Gives up waiting for another holder. */
  readonly signal?: AbortSignal;
}

/** The right to serve a resource. Serving stops when `lost` is aborted. */
export interface Lease {
  readonly term: number;
  /** Aborted at sending time of the last renewal + duration - clock drift bound, or when a higher term was seen. */
  readonly lost: AbortSignal;
  /** Milliseconds until `lost` unless renewed, on the holder's clock; 0 when lost. */
  left(): number;
  /** Stops renewing and lets the lease run out: for a holder that may not hear at once that it stopped. */
  abandon(): void;
  /** Stops renewing; the next holder need not wait for a term it can see released. */
  release(): Promise<void>;
}

/** A slot and the kind of atom that is asked for there: what is live in it, or that no such atom is. */
export interface ProofItem extends SlotKey {
  readonly kind: AtomKind;
}

export interface ProofRequest {
  /** 1 to `proofItemsMax`, none twice; all are proven at one frame. */
  readonly items: readonly ProofItem[];
  /** With the output of the delay function: evidence of time, half a kilobyte more. */
  readonly delay?: boolean;
}

export interface JobRequest {
  readonly kind: string;
  readonly payload: Bytes;
}

export interface NodePorts {
  /**
   * Writes ciphertext to a chunk file as it arrives; nothing names it yet. It survives `stagedLifetimeMs` unnamed.
   * A single buffer is the fast path; an iterable is read with back-pressure.
   * @throws NodeError `chunk-too-large`, `storage-full`, `aborted`
   */
  stage(source: Bytes | AsyncIterable<Bytes>, signal?: AbortSignal): Promise<ChunkRef>;
  /** Bytes [offset, offset + length) of a chunk, in memory that is the caller's alone. @throws NodeError `chunk-unknown`, `corrupt` */
  fetch(chunk: ChunkRef, offset: number, length: number): Promise<Bytes>;
  /**
   * Orders, makes durable, certifies and applies one transaction. Resolves when it is applied and durable, with the
   * outcome (also a refusal). Idempotent by id inside the validity window.
   * @throws NodeError `storage-full`, `chunk-unknown`, `overloaded`, `closed`, `malformed` (nothing was applied)
   */
  commit(transaction: Transaction, options?: CommitOptions): Promise<CommitResult>;
  /** Outcome of an id inside the validity window, else undefined. */
  outcome(id: TransactionId): Promise<CommitResult | undefined>;
  /** Live atoms of the slots, in order; undefined where none is live. At most `readSlotsMax` slots. */
  read(slots: readonly SlotKey[], options: ReadOptions): Promise<(Atom | undefined)[]>;
  /** Last applied position of the log, the base for a transaction's validity window. */
  position(): Promise<Position>;
  domain(address: DomainAddress): Promise<(DomainConfig & { readonly usage: DomainUsage }) | undefined>;
  /**
   * Applied batches from a position on, without end until the signal.
   * @throws NodeError `compacted` when `from` is older than the log keeps: scan instead.
   */
  follow(log: Bytes, from: Position, signal: AbortSignal): AsyncIterable<AppliedBatch>;
  /** All live atoms of one domain in slot order at one position (first value), for rebuilding an index. */
  scan(domain: DomainAddress): AsyncIterable<{ readonly slot: Slot; readonly atom: Atom }>;
  lease(options: LeaseOptions): Promise<Lease>;
  /**
   * A proof that stands for itself (format in node/proving/format/v1), of what the slots hold: at a frame that shows all
   * that was applied before the call, or the last one if these slots did not change since. Waits for it. Slots of the node itself (the configuration of a domain) may
   * be asked for.
   * @throws NodeError `not-supported` by a node without a prover, `malformed`, `overloaded`, `aborted`
   */
  prove(request: ProofRequest, signal?: AbortSignal): Promise<Bytes>;
  /** @throws NodeError `not-supported` for a kind the node does not run */
  job(request: JobRequest): Promise<Bytes>;
}

/**
 * Ports only a gateway in the same process may use: a fold that keeps pace with the log before commits are
 * acknowledged, so that its writer reads its own writes.
 */
export interface LocalNodePorts extends NodePorts {
  /** Synchronous `read` of one slot at the latest applied position, from cache or store. */
  readSync(key: SlotKey): Atom | undefined;
  /**
   * Whoever staged these chunks will not name them: their space may be given back at once. Takes back one `stage` each, so
   * that another who staged the same content is not harmed; does nothing to chunks that were named.
   */
  unstage?(chunks: readonly ChunkRef[]): void;
  /**
   * Called synchronously for each applied batch after it is durable and before its commits resolve. The returned
   * function unsubscribes. `retainFrom` tells the log which position the follower still needs (its saved watermark + 1).
   */
  onApplied(listener: (batch: AppliedBatch) => void): () => void;
  /** Log segments at or after this position are kept for a follower named `name`; a larger value releases older ones. */
  retainFrom(name: string, position: Position): void;
  /** Number of the first frame that shows all that is applied now, signed or to come; undefined without a prover. */
  nextFrame?(): number | undefined;
  /** Called with the number of each frame once it is signed: it shows what `nextFrame` gave that number, or a lower one, for. */
  onFrame?(listener: (frame: number) => void): () => void;
  /** Addresses of all open domains, in order: a follower that lost its place rebuilds from `scan` of each. */
  domains(): AsyncIterable<DomainAddress>;
}
