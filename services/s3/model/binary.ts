/**
 * Compact binary values for stored rows: unsigned varints (LEB128, safe integers), byte strings and UTF-8 text with
 * their length in front. Reading checks every length; a row that does not end where its bytes end is corrupt.
 */
import type { Bytes } from '../engine/bytes.ts';
import { viewOf } from '../engine/bytes.ts';

/** Bytes that no format of this service wrote: never the fault of a client. */
export class CorruptRow extends Error {
  constructor(message: string) {
    super(`corrupt row: ${message}`);
    this.name = 'CorruptRow';
  }
}

export class BinaryWriter {
  #buffer: Buffer;
  #at = 0;

  /** @param estimate bytes expected; more is possible */
  constructor(estimate: number) {
    this.#buffer = Buffer.allocUnsafe(Math.max(estimate, 32));
  }

  u8(value: number): void {
    this.#room(1);
    this.#buffer[this.#at++] = value;
  }

  varint(value: number): void {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`not an unsigned safe integer: ${value}`);
    this.#room(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#buffer[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#buffer[this.#at++] = rest;
  }

  /** Bytes of a length both sides know. */
  fixed(bytes: Bytes): void {
    this.#room(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  bytes(bytes: Bytes): void {
    this.varint(bytes.length);
    this.fixed(bytes);
  }

  text(text: string): void {
    const length = Buffer.byteLength(text);
    this.varint(length);
    this.#room(length);
    this.#buffer.write(text, this.#at, length, 'utf8');
    this.#at += length;
  }

  take(): Bytes {
    return this.#buffer.subarray(0, this.#at);
  }

  #room(bytes: number): void {
    const needed = this.#at + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
  }
}

export class BinaryReader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#buffer = viewOf(bytes);
  }

  u8(): number {
    this.#need(1);
    return this.#buffer[this.#at++]!;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i += 1) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (byte === 0 && i > 0) throw new CorruptRow('a number is not in its shortest form');
        if (!Number.isSafeInteger(value)) throw new CorruptRow('a number is too large');
        return value;
      }
      scale *= 0x80;
    }
    throw new CorruptRow('a number is too long');
  }

  /** A view, not a copy. */
  fixed(length: number): Bytes {
    this.#need(length);
    const start = this.#at;
    this.#at += length;
    return this.#buffer.subarray(start, this.#at);
  }

  bytes(): Bytes {
    return this.fixed(this.varint());
  }

  text(): string {
    const length = this.varint();
    this.#need(length);
    const start = this.#at;
    this.#at += length;
    return this.#buffer.toString('utf8', start, this.#at);
  }

  end(): void {
    if (this.#at !== this.#buffer.length) throw new CorruptRow('bytes are left over');
  }

  #need(length: number): void {
    if (this.#at + length > this.#buffer.length) throw new CorruptRow('it ends too early');
  }
}
