/**
 * How often an address may fail to log in: so many times at once, and then now and then. What is kept is bounded: the address that failed
 * longest ago is forgotten first.
 */
import { addressBlock } from './address-block.ts';
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
    return this.countOf(addressBlock(address)) < failuresAtOnce;
  }

  failed(address: string): void {
    const block = addressBlock(address);
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
