/** Request ids in AWS's forms: 16 upper-case hexadecimal digits, or a UUID. Randomness is drawn for many at once. */
import type { RandomSource } from '../../service.ts';
import { requestIdsPerDraw } from './limits.ts';

const idBytes = 8;

export class RequestIds {
  readonly #random: RandomSource;
  #pool = '';
  #next = 0;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  next(): string {
    return this.#digits().toUpperCase();
  }

  /** Of version 4. */
  uuid(): string {
    const [first, second] = [this.#digits(), this.#digits()];
    const variant = '89ab'[Number.parseInt(second[0]!, 16) & 3];
    return `${first.slice(0, 8)}-${first.slice(8, 12)}-4${first.slice(13)}-${variant}${second.slice(1, 4)}-${second.slice(4)}`;
  }

  #digits(): string {
    if (this.#next >= this.#pool.length) {
      this.#pool = Buffer.from(this.#random.bytes(idBytes * requestIdsPerDraw)).toString('hex');
      this.#next = 0;
    }
    const digits = this.#pool.slice(this.#next, this.#next + idBytes * 2);
    this.#next += idBytes * 2;
    return digits;
  }
}
