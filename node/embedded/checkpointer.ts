/**
 * Checkpoints: the state reaches the disk, then the log may let go of what the state holds. In this order:
 *
 *   1. everything applied is in the key-value store, one synced batch says so;
 *   2. the chunk store hears of it;
 *   3. log segments below the position, and below what every follower still needs, are released;
 *   4. local records of positions that left both the log and the window are deleted.
 *
 * A crash between two steps leaves more than is needed, never less.
 */
import { NodeError, nodeLimits, type Position } from '../api/index.ts';
import { keyRange, positionBytes, prefix, type StateWrite } from '../hypergraph/index.ts';
import type { CommitLog } from '../store/commit-log-port.ts';
import type { KeyValueStore } from '../store/kv.ts';
import {
  checkpointKey,
  decodeNumber,
  encodeNumber,
  followerKey,
  followerName,
  localParts,
} from './format/v1.ts';
import { embeddedLimits } from './limits.ts';
import type { NodeChunkStore } from './modules.ts';
import type { StateStore } from './state-store.ts';

export interface CheckpointerModules {
  readonly kv: KeyValueStore;
  readonly store: StateStore;
  readonly log: CommitLog;
  readonly chunks: NodeChunkStore;
  applied(): Position;
  onFailure(error: unknown): void;
}

export class Checkpointer {
  readonly #modules: CheckpointerModules;
  readonly #everyBytes: number;
  readonly #followers = new Map<string, Position>();
  #bytes = 0;
  #last: Position;
  #running: Promise<void> | undefined;

  constructor(everyBytes: number, modules: CheckpointerModules, last: Position) {
    this.#everyBytes = everyBytes;
    this.#modules = modules;
    this.#last = last;
    // Nobody knows how much log stands behind the last checkpoint of a node that crashed: the first write makes another,
    // or a node that crashes early, again and again, would have more to replay each time.
    if (modules.applied() > last) this.#bytes = everyBytes;
  }

  get last(): Position {
    return this.#last;
  }

  /** What followers said before the last stop. Without it the log could go before they are back. */
  async loadFollowers(): Promise<void> {
    for await (const [key, value] of this.#modules.kv.entries(keyRange(prefix.local, localParts.follower))) {
      this.#followers.set(followerName(key), decodeNumber(value));
    }
  }

  retainFrom(name: string, position: Position): void {
    const length = Buffer.byteLength(name, 'utf8');
    if (length < 1 || length > embeddedLimits.followerNameBytesMax) {
      throw new NodeError(
        'malformed',
        `a follower's name has 1 to ${embeddedLimits.followerNameBytesMax} bytes`,
      );
    }
    if (!Number.isSafeInteger(position) || position < 0) {
      throw new NodeError('malformed', 'a retained position is a safe integer');
    }
    if (this.#followers.get(name) === position) return;
    const { bytes: key, text } = followerKey(name);
    // A follower that needs nothing any more is forgotten.
    const gone = position === Number.MAX_SAFE_INTEGER;
    if (gone) this.#followers.delete(name);
    else this.#followers.set(name, position);
    const write: StateWrite = gone
      ? { type: 'del', key, text }
      : { type: 'put', key, text, value: encodeNumber(position) };
    this.#modules.store.write([write]);
  }

  /** Counts log bytes and starts a checkpoint when there are enough. */
  wrote(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < this.#everyBytes || this.#running !== undefined) return;
    this.run().catch((error) => this.#modules.onFailure(error));
  }

  /** One at a time: a call during another waits for it and then runs. */
  async run(): Promise<void> {
    while (this.#running !== undefined) await this.#running.catch(() => undefined);
    const running = this.#checkpoint();
    this.#running = running;
    try {
      await running;
    } finally {
      this.#running = undefined;
    }
  }

  async #checkpoint(): Promise<void> {
    const { kv, store, log, chunks, applied } = this.#modules;
    this.#bytes = 0;
    const position = applied();
    await store.flushed();
    const value = encodeNumber(position);
    await kv.batch([{ type: 'put', key: checkpointKey.bytes, value }], { sync: true });
    this.#last = position;
    await chunks.checkpoint?.();
    const below = Math.min(position + 1, ...this.#followers.values());
    if (below > log.first) await log.release(below);
    await this.#forget(Math.min(log.first, position - nodeLimits.transactionWindowMax));
  }

  async #forget(below: Position): Promise<void> {
    if (below <= 1) return;
    const { kv } = this.#modules;
    const from = keyRange(prefix.local, localParts.position).gte;
    const to = Buffer.concat([from, positionBytes(below)]);
    for (;;) {
      const keys: Uint8Array[] = [];
      const limit = embeddedLimits.deletedKeysPerBatch;
      for await (const [key] of kv.entries({ gte: from, lt: to, limit })) keys.push(key);
      if (keys.length > 0) {
        await kv.batch(
          keys.map((key) => ({ type: 'del', key })),
          { sync: false },
        );
      }
      if (keys.length < limit) return;
    }
  }
}
