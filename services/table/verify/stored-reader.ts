/**
 * Reads rows for the verifier: numbers are LEB128 in their shortest form, other integers little endian, texts and byte strings have their
 * length in front. What is given out shares memory with what is read. Runs in browsers.
 */
import { ProofRefused } from '@hypergate/node/verifier';

export class StoredReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #at = 0;

  /** @param what is read, for errors */
  constructor(bytes: Uint8Array, what: string) {
    // A Buffer's methods differ from those of its kind.
    this.#bytes = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
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
      if (byte >= 0x80) continue;
      if (byte === 0 && scale > 1) throw this.fail('has a number that is not in its shortest form');
      if (!Number.isSafeInteger(value)) break;
      return value;
    }
    throw this.fail('has a number that is too large');
  }

  i64(): bigint {
    const bytes = this.raw(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true);
  }

  f64(): number {
    const bytes = this.raw(8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0, true);
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

  text(): string {
    // Otherwise a mark of byte order at the beginning would be left out.
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.bytes());
  }

  /**
   * Every item takes bytes, so that a count without them fails at the end.
   * @param max more are refused
   */
  list<Item>(read: () => Item, max = Number.POSITIVE_INFINITY): Item[] {
    const count = this.number();
    if (count > max) throw this.fail('has too many items');
    const items: Item[] = [];
    for (let left = count; left > 0; left -= 1) items.push(read());
    return items;
  }

  /** What is left. */
  rest(): Uint8Array {
    return this.raw(this.#bytes.length - this.#at);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw this.fail('is too long');
  }

  fail(how: string): ProofRefused {
    return new ProofRefused(`${this.#what} ${how}`);
  }
}
