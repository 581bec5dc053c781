/** Seeded randomness for tests: the same seed gives the same run on every machine. Not for secrets. */
import { createHash } from 'node:crypto';

/** Mulberry32: 32 bits of state, enough to choose operations and sizes. */
export class SeededRandom {
  private state: number;

  constructor(seed: number | string) {
    this.state = createHash('sha256').update(String(seed)).digest().readUInt32LE(0);
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** Uniform integer in [low, high], both ends included. */
  between(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Integer in [low, high], uniform in its logarithm: small sizes are as likely as large ones. */
  logBetween(low: number, high: number): number {
    return Math.min(high, Math.floor(low * (high / low) ** this.next()));
  }

  pick<T>(items: readonly T[]): T {
    if (items.length === 0) throw new Error('nothing to pick from');
    return items[this.between(0, items.length - 1)] as T;
  }

  shuffle<T>(items: readonly T[]): T[] {
    const out = [...items];
    for (let i = out.length - 1; i > 0; i -= 1) {
      const j = this.between(0, i);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
}
