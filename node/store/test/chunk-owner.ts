/**
 * A small owner of a chunk store, as the node is one: a log of what names and drops chunks (here an array that never
 * forgets), a state in the key-value store that may fall behind, and replay.
 */
import type { ChunkRef } from '../../api/index.ts';
import { type SeededRandom, SimClock, type SimDisk, type SimKeyValueStore } from '../../sim/index.ts';
import type { Disk } from '../disk.ts';
import { type ChunkFileStore, openChunkStore } from '../index.ts';
import type { KvOperation } from '../kv.ts';

export interface Step {
  readonly name: readonly ChunkRef[];
  readonly drop: readonly ChunkRef[];
}

/** What outlives power cuts: the acknowledged steps, and what the chunks must contain. */
export class Ledger {
  readonly steps: Step[] = [];
  readonly contents = new Map<string, Buffer>();
  /** What is named after all steps, by key. */
  readonly live = new Map<string, ChunkRef>();

  /** Returns the index of the step. */
  acknowledge(step: Step): number {
    for (const chunk of step.drop) this.live.delete(keyOf(chunk));
    for (const chunk of step.name) this.live.set(keyOf(chunk), chunk);
    return this.steps.push(step) - 1;
  }
}

export const keyOf = (chunk: ChunkRef): string => Buffer.from(chunk.hash).toString('hex');
const stateKey = (hash: Uint8Array): Buffer => Buffer.concat([Buffer.from('n'), hash]);
const appliedKey = Buffer.from('applied');

export class Owner {
  readonly store: ChunkFileStore;
  readonly kv: SimKeyValueStore;
  readonly clock: SimClock;
  readonly #ledger: Ledger;
  #applying: Promise<void> = Promise.resolve();

  private constructor(store: ChunkFileStore, kv: SimKeyValueStore, clock: SimClock, ledger: Ledger) {
    this.store = store;
    this.kv = kv;
    this.clock = clock;
    this.#ledger = ledger;
  }

  static async open(disk: Disk, kv: SimKeyValueStore, ledger: Ledger, random: SeededRandom): Promise<Owner> {
    const clock = new SimClock();
    const store = await openChunkStore(
      { folder: 'chunks', fileBytesMax: 16 * 1024 },
      {
        disk,
        kv,
        clock,
        random: (length) => random.bytes(length),
        isNamed: (hash) => kv.getSync(stateKey(hash)) !== undefined,
      },
    );
    const owner = new Owner(store, kv, clock, ledger);
    const applied = kv.getSync(appliedKey);
    const from = applied === undefined ? 0 : Buffer.from(applied).readUInt32LE(0);
    for (let index = from; index < ledger.steps.length; index += 1) await owner.#apply(index);
    store.recovered();
    return owner;
  }

  /** Acknowledges the step, then applies it, one after another. */
  commit(step: Step): Promise<void> {
    const index = this.#ledger.acknowledge(step);
    const applied = this.#applying.then(() => this.#apply(index));
    this.#applying = applied.catch(() => undefined);
    return applied;
  }

  async #apply(index: number): Promise<void> {
    const { name, drop } = this.#ledger.steps[index]!;
    const position = Buffer.alloc(4);
    position.writeUInt32LE(index + 1);
    const operations: KvOperation[] = [
      ...drop.map((chunk): KvOperation => ({ type: 'del', key: stateKey(chunk.hash) })),
      ...name.map((chunk): KvOperation => ({ type: 'put', key: stateKey(chunk.hash), value: position })),
      { type: 'put', key: appliedKey, value: position },
    ];
    await this.kv.batch(operations, { sync: false });
    this.store.dropped(drop);
    this.store.named(name);
  }

  async checkpoint(): Promise<void> {
    await this.kv.batch([], { sync: true });
    await this.store.checkpoint();
  }
}

/** Content in pieces of any size, some empty. */
export async function* inPieces(content: Buffer, random: SeededRandom): AsyncGenerator<Buffer> {
  for (let at = 0; at < content.length; ) {
    const length = random.below(Math.min(content.length - at, 1500) + 1);
    yield content.subarray(at, at + length);
    at += length;
  }
}

export type Spoil = (disk: SimDisk) => Disk;
