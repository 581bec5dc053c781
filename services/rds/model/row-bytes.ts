/** Bytes of rows about projected data: numbers are LEB128, byte strings and texts have their length in front. */

export class RowWriter {
  readonly #parts: Uint8Array[] = [];

  number(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0) throw new RangeError('a number of a row');
    const bytes: number[] = [];
    let left = value;
    for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
    bytes.push(left);
    this.#parts.push(Uint8Array.from(bytes));
  }

  raw(bytes: Uint8Array): void {
    this.#parts.push(bytes);
  }

  text(text: string): void {
    const bytes = Buffer.from(text);
    this.number(bytes.length);
    this.raw(bytes);
  }

  take(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

export class RowFormatError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'RowFormatError';
  }
}

export class RowReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws RowFormatError, as all of these */
  number(): number {
    let value = 0;
    for (let scale = 1; scale <= 0x80 ** 7; scale *= 0x80) {
      const byte = this.raw(1)[0]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && Number.isSafeInteger(value)) return value;
    }
    throw new RowFormatError('a number of a row is too large');
  }

  raw(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RowFormatError('a row ends too early');
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  text(): string {
    return this.raw(this.number()).toString();
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new RowFormatError('a row is longer than its content');
  }
}
