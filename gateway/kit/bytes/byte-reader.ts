/** Reads what `ByteWriter` wrote. Every length is checked before anything is made of it. */
import { FormatError } from './format-error.ts';
import './latin1.ts';

export class ByteReader {
  readonly buffer: Buffer;
  position: number;
  readonly end: number;

  constructor(buffer: Buffer, position = 0, end = buffer.length) {
    this.buffer = buffer;
    this.position = position;
    this.end = end;
  }

  get done(): boolean {
    return this.position >= this.end;
  }

  private advance(bytes: number): number {
    const at = this.position;
    if (bytes > this.end - at) throw new FormatError('it ends too soon');
    this.position = at + bytes;
    return at;
  }

  u8(): number {
    return this.buffer[this.advance(1)]!;
  }

  u32(): number {
    return this.buffer.readUInt32LE(this.advance(4));
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 8; i++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (!Number.isSafeInteger(value)) break;
        return value;
      }
      scale *= 0x80;
    }
    throw new FormatError('a number is too large');
  }

  f64(): number {
    return this.buffer.readDoubleLE(this.advance(8));
  }

  u64(): bigint {
    return this.buffer.readBigUInt64LE(this.advance(8));
  }

  i64(): bigint {
    return this.buffer.readBigInt64LE(this.advance(8));
  }

  string(): string {
    const length = this.varint();
    const at = this.advance(length);
    return this.buffer.latin1Slice(at, at + length);
  }

  /** A view. */
  bytes(): Buffer {
    const length = this.varint();
    const at = this.advance(length);
    return this.buffer.subarray(at, at + length);
  }

  /** A view of so many bytes. */
  raw(length: number): Buffer {
    const at = this.advance(length);
    return this.buffer.subarray(at, at + length);
  }

  /** A reader of the next bytes, which this one skips. */
  part(length: number): ByteReader {
    const at = this.advance(length);
    return new ByteReader(this.buffer, at, at + length);
  }
}
