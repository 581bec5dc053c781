/** Reads stored bytes for the verifier: integers are little endian or LEB128, byte strings have their length in front. Runs in browsers. */
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
    if (end > this.#bytes.length) throw this.fail('is cut short');
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
    throw this.fail('has a number that is too large');
  }

  i64(): bigint {
    const bytes = this.raw(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true);
  }

  /** A difference of 64 bits: zigzag, LEB128. */
  difference(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.u8();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte >= 0x80) continue;
      if (value >= 1n << 64n) break;
      return value & 1n ? -((value + 1n) / 2n) : value / 2n;
    }
    throw this.fail('has a time that is too large');
  }

  bytes(): Uint8Array {
    return this.raw(this.number());
  }

  /** Every item takes bytes, so that a count without them fails at the end. */
  list<Item>(read: () => Item): Item[] {
    const items: Item[] = [];
    for (let left = this.number(); left > 0; left--) items.push(read());
    return items;
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw this.fail('is too long');
  }

  fail(how: string): ProofRefused {
    return new ProofRefused(`${this.#what} ${how}`);
  }
}
