/** Reading and writing of fixed-width, big-endian fields without Node.js: verifiers run in browsers too. */

/** Bytes from outside are not what they should be, or do not prove what they claim. One sentence. */
export class ProofRefused extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'ProofRefused';
  }
}

export class FieldWriter {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  bytes(value: Uint8Array): this {
    this.#parts.push(value);
    this.#length += value.length;
    return this;
  }

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value));
  }

  u16(value: number): this {
    return this.bytes(Uint8Array.of(value >>> 8, value));
  }

  u32(value: number): this {
    const field = new Uint8Array(4);
    new DataView(field.buffer).setUint32(0, value);
    return this.bytes(field);
  }

  /** Safe integers. */
  u64(value: number): this {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('not a safe integer');
    const field = new Uint8Array(8);
    new DataView(field.buffer).setBigUint64(0, BigInt(value));
    return this.bytes(field);
  }

  text(value: string): this {
    return this.bytes(new TextEncoder().encode(value));
  }

  done(): Uint8Array {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}

/** Every length is checked before bytes are taken; hands out copies. */
export class FieldReader {
  readonly #source: Uint8Array;
  #at = 0;

  constructor(source: Uint8Array) {
    // A Buffer's `slice` would share memory.
    this.#source = new Uint8Array(source.buffer, source.byteOffset, source.length);
  }

  get left(): number {
    return this.#source.length - this.#at;
  }

  bytes(length: number, what: string): Uint8Array {
    if (length > this.left) throw new ProofRefused(`the bytes end inside ${what}`);
    const value = this.#source.slice(this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  u8(what: string): number {
    return this.bytes(1, what)[0] as number;
  }

  u16(what: string): number {
    const field = this.bytes(2, what);
    return ((field[0] as number) << 8) | (field[1] as number);
  }

  u32(what: string): number {
    return new DataView(this.bytes(4, what).buffer).getUint32(0);
  }

  u64(what: string): number {
    const value = new DataView(this.bytes(8, what).buffer).getBigUint64(0);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new ProofRefused(`${what} is larger than 2^53 - 1`);
    return Number(value);
  }

  end(what: string): void {
    if (this.left > 0) throw new ProofRefused(`${this.left} bytes follow ${what}`);
  }
}

export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

export function hex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += byte.toString(16).padStart(2, '0');
  return text;
}
