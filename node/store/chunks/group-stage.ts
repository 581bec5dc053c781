/**
 * Small chunks that are staged at the same time share a file, one write of it, and so, later, one sync. While a group is
 * written the next one collects. A chunk that comes alone is a group of one.
 */
import { type Bytes, type ChunkRef, NodeError } from '../../api/index.ts';
import { frameBytes } from '../format/v1.ts';
import { storeLimits } from '../limits.ts';
import type { ChunkFile } from './chunk-file.ts';
import { type ContentFrame, hashNow, writeFrames } from './frame-writer.ts';
import { aborted } from './stage-chunk.ts';
import type { WriterPool } from './writer-pool.ts';

interface Waiting {
  readonly content: Bytes;
  readonly hash: Buffer;
  readonly signal: AbortSignal;
  resolve(chunk: ChunkRef): void;
  reject(error: unknown): void;
}

export interface GroupStagerModules {
  readonly pool: WriterPool;
  readonly closing: AbortSignal;
  /** A frame is whole at its place. Called in the order of the frames. */
  accept(file: ChunkFile, frame: ContentFrame): Promise<void>;
}

export class GroupStager {
  readonly #modules: GroupStagerModules;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(modules: GroupStagerModules) {
    this.#modules = modules;
  }

  static takes(source: unknown): source is Bytes {
    return (
      source instanceof Uint8Array && source.length > 0 && source.length <= storeLimits.groupedChunkBytesMax
    );
  }

  /** The content must not change afterwards. @throws NodeError `aborted`, `closed`; the disk's error */
  stage(content: Bytes, signal: AbortSignal): Promise<ChunkRef> {
    if (signal.aborted) return Promise.reject(aborted(signal));
    const { promise, resolve, reject } = Promise.withResolvers<ChunkRef>();
    this.#waiting.push({ content, hash: hashNow(content), signal, resolve, reject });
    if (!this.#running) {
      this.#running = true;
      // Those who come in the same turn of the event loop share the first group.
      setImmediate(() => this.#run());
    }
    return promise;
  }

  /** Never rejects: every failure has somebody who waits. */
  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group = this.#take();
      if (group.length === 0) continue;
      try {
        await this.#write(group);
      } catch (error) {
        for (const { reject } of group) reject(error);
      }
    }
    this.#running = false;
  }

  #take(): Waiting[] {
    const group: Waiting[] = [];
    let bytes = 0;
    let count = 0;
    for (const one of this.#waiting) {
      bytes += frameBytes(one.content.length);
      if (group.length > 0 && bytes > storeLimits.chunkGroupBytesMax) break;
      count += 1;
      if (one.signal.aborted) one.reject(aborted(one.signal));
      else group.push(one);
    }
    this.#waiting.splice(0, count);
    return group;
  }

  async #write(group: readonly Waiting[]): Promise<void> {
    const { pool, closing, accept } = this.#modules;
    if (closing.aborted) throw new NodeError('closed', 'the chunk store is closed');
    const file = await pool.take(closing);
    try {
      const disk = await file.acquire();
      try {
        const frames = await writeFrames(file, disk, group);
        for (const [index, { content, hash, resolve }] of group.entries()) {
          await accept(file, frames[index]!);
          resolve({ hash, length: content.length });
        }
      } finally {
        await file.shared.release();
      }
    } finally {
      await pool.give(file);
    }
  }
}
