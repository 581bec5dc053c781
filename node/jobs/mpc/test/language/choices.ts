/** Choices that a seed determines. */
import { seededRandom } from '../support/seeded-random.ts';

export class Choices {
  private readonly random: ReturnType<typeof seededRandom>;

  constructor(seed: string) {
    this.random = seededRandom(seed);
  }

  /** 0 to count - 1. */
  below(count: number): number {
    return Buffer.from(this.random(4)).readUInt32LE() % count;
  }

  one<T>(of: readonly T[]): T {
    return of[this.below(of.length)]!;
  }

  bits(count: number): bigint {
    const bytes = this.random((count + 7) >> 3);
    return BigInt.asUintN(count, BigInt(`0x0${Buffer.from(bytes).toString('hex')}`));
  }
}
