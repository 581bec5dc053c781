/** Request ids in AWS's form: 16 upper-case hexadecimal digits. Randomness is drawn for many at once. */
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
    if (this.#next >= this.#pool.length) {
      this.#pool = Buffer.from(this.#random.bytes(idBytes * requestIdsPerDraw))
        .toString('hex')
        .toUpperCase();
      this.#next = 0;
    }
    const id = this.#pool.slice(this.#next, this.#next + idBytes * 2);
    this.#next += idBytes * 2;
    return id;
  }
}
