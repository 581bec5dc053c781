/** Reads big-endian fields and never past the end. */
import { TreeFormatError } from '../errors.ts';

export class Reader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #advance(length: number): number {
    if (this.#bytes.length - this.#at < length) throw new TreeFormatError('the bytes end too early');
    const start = this.#at;
    this.#at += length;
    return start;
  }

  u8(): number {
    return this.#bytes[this.#advance(1)]!;
  }
  u32(): number {
    return this.#view.getUint32(this.#advance(4));
  }
  /** @throws TreeFormatError above 2^53 - 1 */
  u64(): number {
    const value = this.#view.getBigUint64(this.#advance(8));
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new TreeFormatError('a number is too large');
    return Number(value);
  }
  /** A copy. */
  take(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.slice(start, start + length);
  }
  end(): void {
    if (this.#at !== this.#bytes.length) throw new TreeFormatError('bytes follow the end');
  }
}
