import type { Bytes, ChunkRef } from '../api/index.ts';

export interface CollectOptions {
  /** Ends the collection early; what was given back stays given back. */
  readonly signal?: AbortSignal;
  /** Awaited between steps of a few milliseconds each; the next turn of the event loop unless given. */
  readonly pause?: () => Promise<void>;
  /** Instead of the store's own: how long dropped chunks stay readable, for readers that have just begun. */
  readonly droppedLifetimeMs?: number;
}

/** Ciphertext of 64 KiB and more in append-only files. References are counted by the state, not here. */
export interface ChunkStore {
  /** Streams to a file of its own for the duration; hashes with SHA-256. Not yet durable. */
  stage(source: Bytes | AsyncIterable<Bytes>, signal?: AbortSignal): Promise<ChunkRef>;
  /** Whoever staged these chunks will not name them. Each call takes back one `stage`. */
  unstage?(chunks: readonly ChunkRef[]): void;
  has(chunk: ChunkRef): boolean;
  /** Makes staged chunks durable, before the log record that names them; one sync serves many callers. */
  sync(chunks: readonly ChunkRef[]): Promise<void>;
  /** Told by the state after it applied: these chunks are now named / no longer named by anything. */
  named(chunks: readonly ChunkRef[]): void;
  dropped(chunks: readonly ChunkRef[]): void;
  read(chunk: ChunkRef, offset: number, length: number): Promise<Buffer>;
  /** Until nothing is due: compacts files whose live share is low, collects chunks nobody names. Returns bytes given back. */
  collect(options?: CollectOptions): Promise<number>;
  usage(): { readonly files: number; readonly bytes: number; readonly liveBytes: number };
  close(): Promise<void>;
}
