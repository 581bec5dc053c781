/** Remembers where keys were deleted, apart by their first byte, until it has been quiet there for a while. */
import type { KvOperation } from '../kv.ts';
import { storeLimits } from '../limits.ts';

export interface FreedRange {
  /** Deletions in it. */
  readonly count: number;
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

interface Counted {
  from: Uint8Array;
  to: Uint8Array;
  count: number;
  /** Deletions that were there at the last look. */
  seen: number;
}

export class FreedRanges {
  readonly #byFirstByte = new Map<number, Counted>();
  /** Written since the last look. */
  #bytes = 0;

  note(operations: readonly KvOperation[]): void {
    for (const operation of operations) {
      const { type, key } = operation;
      this.#bytes += key.length + (type === 'put' ? operation.value.length : 0);
      if (type !== 'del') continue;
      const first = key[0] ?? 0;
      const range = this.#byFirstByte.get(first);
      if (range === undefined) {
        this.#byFirstByte.set(first, { from: key, to: key, count: 1, seen: 0 });
        continue;
      }
      range.count += 1;
      if (Buffer.compare(key, range.from) < 0) range.from = key;
      else if (Buffer.compare(key, range.to) > 0) range.to = key;
    }
  }

  /**
   * Ranges with enough deletions and, unless all are asked for, none since the last call. None at all of a store that is written to: it merges
   * its tables anyway, and this would rewrite a multiple of what it gives back.
   */
  quiet(all: boolean): FreedRange[] {
    const quiet: FreedRange[] = [];
    const isIdle = this.#bytes < storeLimits.kvBusyBytesMin;
    this.#bytes = 0;
    for (const range of this.#byFirstByte.values()) {
      const { from, to, count, seen } = range;
      if (count >= storeLimits.kvDeletionsMin && (all || (isIdle && count === seen)))
        quiet.push({ from, to, count });
      range.seen = count;
    }
    return quiet;
  }

  forget({ from }: FreedRange): void {
    this.#byFirstByte.delete(from[0] ?? 0);
  }
}
