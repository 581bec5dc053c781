/**
 * The generator of `math.random`: POSIX lrand48, 48 bits, so that a seed gives the sequence that Redis gives.
 * Source: IEEE Std 1003.1, drand48: X(n+1) = (a X(n) + c) mod 2^48, a = 0x5DEECE66D, c = 0xB.
 */
const high24 = 2 ** 24;
const multiplierHigh = 0x5de;
const multiplierLow = 0xece66d;

export class Lrand48 {
  // The state in two halves of 24 bits: products of halves stay exact in a double.
  private high = 0;
  private low = 0;

  constructor(seed: number) {
    this.seed(seed);
  }

  /** @param value its lowest 32 bits count */
  seed(value: number): void {
    const bits = value >>> 0;
    this.high = bits >>> 8;
    this.low = ((bits & 0xff) << 16) | 0x330e;
  }

  /** 0 to 2^31 - 1. */
  next(): number {
    const low = this.low * multiplierLow + 0xb;
    const carry = Math.floor(low / high24);
    this.high = (this.high * multiplierLow + this.low * multiplierHigh + carry) % high24;
    this.low = low % high24;
    return this.high * 2 ** 7 + Math.floor(this.low / 2 ** 17);
  }
}
