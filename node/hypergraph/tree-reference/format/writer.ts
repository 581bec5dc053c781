/** Collects big-endian fields. */
import { concatBytes } from '@noble/hashes/utils.js';

export class Writer {
  readonly #parts: Uint8Array[] = [];

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }
  u32(value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setUint32(0, value);
    return this.bytes(bytes);
  }
  u64(value: number): this {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
    return this.bytes(bytes);
  }
  bytes(bytes: Uint8Array): this {
    this.#parts.push(bytes);
    return this;
  }
  done(): Uint8Array {
    return concatBytes(...this.#parts);
  }
}
