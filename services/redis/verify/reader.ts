/** Reads stored bytes for the verifier: numbers are LEB128, byte strings have their length in front. Runs in browsers. */
import { ProofRefused } from '@hypergate/node/verifier';

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** @param what is read, for errors */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  raw(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new ProofRefused(`${this.#what} is cut short`);
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  u8(): number {
    return this.raw(1)[0]!;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; scale <= 0x80 ** 7; scale *= 0x80) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && Number.isSafeInteger(value)) return value;
    }
    throw new ProofRefused(`a number in ${this.#what} is too large`);
  }

  f64(): number {
    const bytes = this.raw(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
  }

  bytes(): Uint8Array {
    return this.raw(this.number());
  }

  /** What is left. */
  rest(): Uint8Array {
    return this.raw(this.#bytes.length - this.#at);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new ProofRefused(`${this.#what} is too long`);
  }
}
