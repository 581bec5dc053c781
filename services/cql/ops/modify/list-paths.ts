/**
 * Paths of the cells of lists: time UUIDs, so that elements stand in the order in which they were appended. Prepended ones get times
 * as long before a day in 2010 as now is after it, as Cassandra does it: the later, the smaller. Times are those of the clock of
 * writing, which is not behind what this gateway has seen of the journal.
 */
import type { WriteClock } from '../../engine/storage.ts';
import { putInt32 } from '../../types/binary.ts';

/** Steps of 100 nanoseconds between the beginning of the Gregorian calendar and 1970. */
const gregorianSteps = 122_192_928_000_000_000n;
const stepsPerMicrosecond = 10;
/** 1 January 2010. */
const mirror = 1_262_304_000_000_000n * BigInt(stepsPerMicrosecond);

export class ListPaths {
  private readonly clock: WriteClock;
  /** Clock sequence and node, which are this process's. */
  private readonly place: Uint8Array;
  private steps = 0n;
  private left = 0;

  /** @param place 8 bytes, the end of any time UUID of this process */
  constructor(clock: WriteClock, place: Uint8Array) {
    this.clock = clock;
    this.place = place;
  }

  append(): Uint8Array {
    return this.pathAt(this.next());
  }

  /** Before all others; of several elements the last is to be prepended first. */
  prepend(): Uint8Array {
    return this.pathAt(2n * mirror - this.next());
  }

  /** Later than all before. A microsecond of the clock, which is given once, is good for ten. */
  private next(): bigint {
    if (this.left === 0) {
      this.steps = this.clock.next() * BigInt(stepsPerMicrosecond);
      this.left = stepsPerMicrosecond;
    }
    this.left -= 1;
    return this.steps++;
  }

  private pathAt(unixSteps: bigint): Uint8Array {
    const steps = unixSteps + gregorianSteps;
    const bytes = new Uint8Array(16);
    const high = Number(BigInt.asUintN(28, steps >> 32n));
    putInt32(bytes, 0, Number(BigInt.asIntN(32, steps)));
    // Middle before high, and the version in front of it.
    putInt32(bytes, 4, ((high & 0xffff) << 16) | (high >>> 16) | 0x1000);
    bytes.set(this.place, 8);
    return bytes;
  }
}
