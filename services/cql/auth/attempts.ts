/**
 * How often an address may fail to log in: so many times at once, and then now and then. Of IPv6 the first 64 bits count, as whoever has
 * one address there has all of them. What is kept is bounded: the address that failed longest ago is forgotten first.
 */
import { authLimits } from './limits.ts';

const { failuresAtOnce, failureRestMs, addressesMax } = authLimits;

interface Failures {
  count: number;
  /** When the count was right. */
  at: number;
}

export class Attempts {
  /** Who failed last, last. */
  private readonly failures = new Map<string, Failures>();
  private readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  mayTry(address: string): boolean {
    return this.countOf(blockOf(address)) < failuresAtOnce;
  }

  failed(address: string): void {
    const block = blockOf(address);
    const count = this.countOf(block) + 1;
    this.failures.delete(block);
    this.failures.set(block, { count, at: this.now() });
    if (this.failures.size <= addressesMax) return;
    const [oldest] = this.failures.keys();
    this.failures.delete(oldest!);
  }

  private countOf(block: string): number {
    const known = this.failures.get(block);
    if (known === undefined) return 0;
    return Math.max(0, known.count - (this.now() - known.at) / failureRestMs);
  }
}

function blockOf(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [front = '', back] = address.split('::');
  const groups = front.split(':');
  if (back !== undefined) while (groups.length < 4) groups.push('0');
  return groups.slice(0, 4).join(':');
}
