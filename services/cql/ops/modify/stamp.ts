/** When an execution writes, and how long that lives. */
import type { Cell, Deletion, RowMarker } from '../../engine/model.ts';
import type { Value } from '../../types/api.ts';

export class Stamp {
  readonly timestamp: bigint;
  /** Seconds; 0: it stays. */
  readonly ttl: number;
  /** Seconds since 1970. */
  readonly now: number;
  /** Local time of what is written with it. */
  private readonly expiresAt: number;

  constructor(timestamp: bigint, ttl: number, now: number) {
    this.timestamp = timestamp;
    this.ttl = ttl;
    this.now = now;
    this.expiresAt = ttl === 0 ? 0 : now + ttl;
  }

  get marker(): RowMarker {
    return { timestamp: this.timestamp, ttl: this.ttl, expiresAt: this.expiresAt };
  }

  get deletion(): Deletion {
    return { timestamp: this.timestamp, localTime: this.now };
  }

  /** Of what is replaced as a whole: what is written with this stamp stays. */
  get deletionBefore(): Deletion {
    return { timestamp: this.timestamp - 1n, localTime: this.now };
  }

  cell(value: Value): Cell {
    return { timestamp: this.timestamp, value, ttl: this.ttl, localTime: this.expiresAt };
  }

  get tombstone(): Cell {
    return { timestamp: this.timestamp, value: undefined, ttl: 0, localTime: this.now };
  }

  /** The same at another time of writing. */
  at(timestamp: bigint): Stamp {
    return new Stamp(timestamp, this.ttl, this.now);
  }
}
