/** What an embedded node is made of, and how it may be set. */
import type { ChunkRef, DomainAddress, LocalNodePorts, Position } from '../api/index.ts';
import type { SigningKey } from '../crypto/ed25519.ts';
import type { ProverEngine } from '../proving/messages.ts';
import type { ProverStatus } from '../proving/prover.ts';
import type { ChunkStore, CollectOptions } from '../store/chunk-store-port.ts';
import type { CommitLog } from '../store/commit-log-port.ts';
import type { KeyValueStore } from '../store/kv.ts';
import type { NodeClock } from './clock.ts';
import type { LifecycleState } from './lifecycle.ts';

/** Structured log lines; never given a payload or a secret. */
export interface NodeLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A chunk store may want to know more than its port says. */
export interface NodeChunkStore extends ChunkStore {
  /** The key-value store was synced: what it holds survives a power cut. */
  checkpoint?(): Promise<void>;
  /** The log was replayed: whatever nothing names now, nothing will name. */
  recovered?(): void;
}

export interface EmbeddedNodeModules {
  /** Owned by the node from here on: closed with it. */
  readonly kv: KeyValueStore;
  /** `applied`: position that the state holds. A log that ends before it is damaged. */
  readonly openLog: (state: { readonly applied: Position }) => Promise<CommitLog>;
  /** `isNamed` tells whether a live vertex, or a transaction under way, holds the chunk with this tagged hash. */
  readonly openChunks: (state: { isNamed(hash: Uint8Array): boolean }) => Promise<NodeChunkStore>;
  /** Signs commit certificates. */
  readonly nodeKey: SigningKey;
  /** Signs this gateway's batches; its public key must be a writer key of the domains it writes. */
  readonly writerKey: SigningKey;
  /** Ed25519 seed of the party that the node is in computations; without it such jobs are `not-supported`. A copy of its own. */
  readonly partySeed?: () => Uint8Array;
  readonly random: { bytes(length: number): Uint8Array };
  readonly clock: NodeClock;
  readonly logger?: NodeLogger;
  /** Bytes that may still be written to the disk; without it writes go on until the disk refuses them. */
  readonly freeBytes?: () => Promise<number>;
  /**
   * Makes frames and proofs; without it `prove` is `not-supported`. `paused`: not this time, but the log keeps what the next
   * opening with a prover needs.
   */
  readonly proving?: ProverSetting | 'paused';
  /** Calls soon, after events at hand; `setImmediate` unless given. */
  readonly defer?: (callback: () => void) => void;
}

export interface ProverSetting {
  /** Opens its trees; the node listens to it at once. */
  readonly open: () => ProverEngine;
  /** Between two frames. */
  readonly intervalMs: number;
  /** Wall clock, milliseconds since 1970. */
  readonly nowMs: () => number;
}

export interface RecoveryProgress {
  /** Last position replayed. */
  readonly position: Position;
  /** Last position of the log. */
  readonly last: Position;
}

export interface EmbeddedNodeOptions {
  /** Log bytes between two checkpoints; `embeddedLimits.checkpointBytes` unless given. */
  readonly checkpointBytes?: number;
  readonly cacheBytes?: number;
  /** `embeddedLimits.reserveBytes` unless given. */
  readonly reserveBytes?: number;
  /** Applied writes collected before the key-value store gets them; `embeddedLimits.flushBytes` unless given. */
  readonly flushBytes?: number;
  /** Called from time to time while the log's tail is replayed. */
  readonly onRecovery?: (progress: RecoveryProgress) => void;
}

export interface NodeStatus {
  readonly state: LifecycleState;
  /** Why writes are refused, one sentence. */
  readonly reason: string | undefined;
  /** Writes are refused for want of space. */
  readonly storageFull: boolean;
  /** Last applied position. */
  readonly position: Position;
  /** Last position on the disk. */
  readonly durable: Position;
  /** First position the log still keeps. */
  readonly logFirst: Position;
  readonly checkpoint: Position;
  readonly replayed: number;
  readonly transactions: number;
  readonly refused: number;
  readonly waitingTransactions: number;
  readonly waitingBytes: number;
  readonly unwrittenBytes: number;
  readonly rememberedOutcomes: number;
  readonly chunks: { readonly files: number; readonly bytes: number; readonly liveBytes: number };
}

export interface EmbeddedNode extends LocalNodePorts {
  status(): NodeStatus;
  /** Undefined without a prover. */
  proofStatus(): ProverStatus | undefined;
  /** Syncs the state and releases the part of the log that nobody needs. */
  checkpoint(): Promise<void>;
  /** Compacts chunk files until nothing is due, in small steps. Returns bytes given back. */
  collect(options?: CollectOptions): Promise<number>;
  /** Bytes of each domain, as `usage`, with chunks that several of its atoms share counted once. 0 when it is unknown. */
  storedBytes(domains: readonly DomainAddress[]): Promise<readonly number[]>;
  /** Whether the state names the chunk: for checks. */
  isNamed(chunk: ChunkRef): boolean;
  /** Empties everything but the log's position. For developers' test suites. */
  reset(): Promise<void>;
  /** Answers what was accepted, checkpoints, closes log, chunks and store. */
  close(): Promise<void>;
}
