/**
 * Keeps the bytes of an object under a reader while a writer replaces the object. A reader pins the blobs and chunks it
 * streams; a writer that finds a pin leaves them to a sweep, else it dooms them until its transaction has an outcome.
 * Both decisions are synchronous, so between them there is no gap:
 *
 * 1. reader takes `epoch`, reads the record, then pins: refused when a blob is doomed or a doom ended since `epoch`;
 * 2. writer dooms before it commits, and the doom ends after the commit: a record read before the commit is therefore
 *    either pinned before the doom (the writer sees the pin) or refused (the reader reads the record again).
 *
 * A chunk may be pinned while it is doomed: the node keeps what nobody names for a while, and the writer that finds a pin at
 * the end gives the chunk to a sweep. So readers of an object that is always being replaced get their turn.
 *
 * Holds within one gateway process, the only one that serves a bucket's bytes from its node.
 */
import type { BlobRef, ChunkRef } from '@hypergate/table';
import { viewOf } from '../engine/bytes.ts';

/** What an object's bytes stand in. */
export type Holding = Pick<BlobRef, 'id'> | Pick<ChunkRef, 'hash'>;

export class BlobGuard {
  readonly #pins = new Map<string, number>();
  readonly #doomed = new Map<string, number>();
  #epoch = 0;
  #waiting: (() => void)[] = [];
  readonly #onFree: () => void;

  /** @param onFree called after the last pin of a blob is gone */
  constructor(onFree: () => void) {
    this.#onFree = onFree;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** @returns what ends the pins, once; undefined when the record must be read again (after `settled`) */
  pin(holdings: readonly Holding[], epoch: number): (() => void) | undefined {
    if (epoch !== this.#epoch) return undefined;
    if (holdings.some((holding) => 'id' in holding && this.#doomed.has(nameOf(holding)))) return undefined;
    const names = holdings.map(nameOf);
    for (const name of names) this.#pins.set(name, (this.#pins.get(name) ?? 0) + 1);
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#unpin(names);
    };
  }

  isPinned(holding: Holding): boolean {
    return this.#pins.has(nameOf(holding));
  }

  /** @returns what ends the doom, whatever the outcome */
  doom(holdings: readonly Holding[]): () => void {
    const names = holdings.map(nameOf);
    for (const name of names) this.#doomed.set(name, (this.#doomed.get(name) ?? 0) + 1);
    return () => {
      this.#epoch += 1;
      for (const name of names) {
        const left = this.#doomed.get(name)! - 1;
        if (left === 0) this.#doomed.delete(name);
        else this.#doomed.set(name, left);
      }
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const resume of waiting) resume();
    };
  }

  /** Resolves when one of the dooms under way has ended; at once when there is none. */
  settled(): Promise<void> {
    if (this.#doomed.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #unpin(names: readonly string[]): void {
    let freed = false;
    for (const name of names) {
      const left = this.#pins.get(name)! - 1;
      if (left > 0) {
        this.#pins.set(name, left);
        continue;
      }
      this.#pins.delete(name);
      freed = true;
    }
    if (freed) this.#onFree();
  }
}

/** Ids and hashes differ in length. */
function nameOf(holding: Holding): string {
  return viewOf('id' in holding ? holding.id : holding.hash).toString('latin1');
}
