import type { Bytes, ChunkRef } from '../api/index.ts';

/** Ciphertext of 64 KiB and more in append-only files. References are counted by the state, not here. */
export interface ChunkStore {
  /** Streams to a file of its own for the duration; hashes with SHA-256. Not yet durable. */
  stage(source: Bytes | AsyncIterable<Bytes>, signal?: AbortSignal): Promise<ChunkRef>;
  has(chunk: ChunkRef): boolean;
  /** Makes staged chunks durable, before the log record that names them; one sync serves many callers. */
  sync(chunks: readonly ChunkRef[]): Promise<void>;
  /** Told by the state after it applied: these chunks are now named / no longer named by anything. */
  named(chunks: readonly ChunkRef[]): void;
  dropped(chunks: readonly ChunkRef[]): void;
  read(chunk: ChunkRef, offset: number, length: number): Promise<Buffer>;
  /** Compacts files whose live share is low and collects staged chunks nobody named. Returns bytes given back. */
  collect(): Promise<number>;
  usage(): { readonly files: number; readonly bytes: number; readonly liveBytes: number };
  close(): Promise<void>;
}
