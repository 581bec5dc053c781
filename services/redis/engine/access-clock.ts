/**
 * What the `access` column of a key holds (engine/key-table.ts), 32 bits, 0 for a key that is new:
 *   by recency (LRU): seconds since 1970;
 *   by frequency (LFU): minutes since 1970, 24 bits ‖ a logarithmic counter, 8 bits.
 * The counter is Morris' approximate counter: it grows with a probability that falls as it grows, and loses one for every
 * `lfu-decay-time` minutes without an access. Like Redis, changing the policy does not convert what the columns hold.
 * Source: R. Morris, Counting large numbers of events in small registers (1978); parameters as redis.io/docs "Key eviction".
 */

/** A new key starts here, so that it is not the first to go. */
const counterInitial = 5;
const counterMax = 255;
const minutesModulus = 2 ** 24;
const minuteMs = 60_000;

export class AccessClock {
  /** The column counts frequency. */
  byFrequency = false;
  /** `lfu-log-factor` */
  logFactor = 10;
  /** `lfu-decay-time`, minutes; 0 for no decay. */
  decayMinutes = 1;
  private readonly random: () => number;

  constructor(random: () => number) {
    this.random = random;
  }

  /** The column after an access now. */
  stamp(before: number, nowMs: number): number {
    if (!this.byFrequency) return Math.floor(nowMs / 1000) >>> 0;
    const minutes = Math.floor(nowMs / minuteMs) % minutesModulus;
    if (before === 0) return minutes * 256 + counterInitial;
    return minutes * 256 + this.raised(this.frequency(before, nowMs));
  }

  /** Milliseconds since the last access, in steps of a second. */
  idleMs(access: number, nowMs: number): number {
    return Math.max(0, Math.floor(nowMs / 1000) - access) * 1000;
  }

  /** The counter as it is now, 0 to 255. */
  frequency(access: number, nowMs: number): number {
    const counter = access & 0xff;
    if (this.decayMinutes === 0) return counter;
    const minutes = Math.floor(nowMs / minuteMs) % minutesModulus;
    const elapsed = (minutes - (access >>> 8) + minutesModulus) % minutesModulus;
    return Math.max(0, counter - Math.floor(elapsed / this.decayMinutes));
  }

  private raised(counter: number): number {
    if (counter >= counterMax) return counterMax;
    const base = Math.max(0, counter - counterInitial);
    return this.random() < 1 / (base * this.logFactor + 1) ? counter + 1 : counter;
  }
}
