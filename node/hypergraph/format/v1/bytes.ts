/**
 * Reading and writing of the fixed-width, big-endian fields of format v1. A reader checks every length before it takes
 * bytes and hands out views, never copies. What it refuses is `malformed`: the caller sent bytes no encoder makes.
 */
import { isUtf8 } from 'node:buffer';
import { NodeError } from '../../../api/index.ts';

export function malformed(what: string): NodeError {
  return new NodeError('malformed', what);
}

/** The same memory as a Buffer. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Safe integers only: 8 bytes, of which the upper 11 bits are zero. */
export function writeU64(target: Buffer, value: number, offset: number): number {
  target.writeUInt32BE(Math.floor(value / 0x1_0000_0000), offset);
  target.writeUInt32BE(value >>> 0, offset + 4);
  return offset + 8;
}

/** @throws NodeError `malformed` beyond 2^53 - 1 */
export function readU64(source: Buffer, offset: number): number {
  const high = source.readUInt32BE(offset);
  if (high > 0x1f_ffff) throw malformed('a number is larger than 2^53 - 1');
  return high * 0x1_0000_0000 + source.readUInt32BE(offset + 4);
}

export class ByteReader {
  readonly #source: Buffer;
  #offset: number;
  readonly #end: number;

  constructor(source: Uint8Array, offset = 0, end: number = source.length) {
    this.#source = asBuffer(source);
    this.#offset = offset;
    this.#end = end;
  }

  get offset(): number {
    return this.#offset;
  }

  get left(): number {
    return this.#end - this.#offset;
  }

  #take(length: number): number {
    const at = this.#offset;
    if (length > this.#end - at) throw malformed('bytes end inside a field');
    this.#offset = at + length;
    return at;
  }

  u8(): number {
    return this.#source[this.#take(1)] as number;
  }

  u16(): number {
    return this.#source.readUInt16BE(this.#take(2));
  }

  u32(): number {
    return this.#source.readUInt32BE(this.#take(4));
  }

  u64(): number {
    return readU64(this.#source, this.#take(8));
  }

  /** A view of the next bytes. */
  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.#source.subarray(at, at + length);
  }

  /** A length that must not pass `max`. */
  length32(max: number, what: string): number {
    const length = this.u32();
    if (length > max) throw malformed(`${what}: ${length} is more than ${max}`);
    return length;
  }

  count16(max: number, what: string): number {
    const count = this.u16();
    if (count > max) throw malformed(`${what}: ${count} is more than ${max}`);
    return count;
  }

  marker(expected: number, what: string): void {
    if (this.u8() !== expected) throw malformed(`${what} has another version marker`);
  }

  /** `length` bytes whose first is the type tag. */
  tagged(tag: number, length: number, what: string): Buffer {
    const bytes = this.bytes(length);
    if (bytes[0] !== tag) throw malformed(`${what} has another type tag`);
    return bytes;
  }

  /** Well-formed UTF-8 of the given length in bytes. */
  text(length: number): string {
    const bytes = this.bytes(length);
    if (!isUtf8(bytes)) throw malformed('text is not UTF-8');
    return bytes.toString('utf8');
  }

  /** Nothing may follow. */
  end(what: string): void {
    if (this.#offset !== this.#end) throw malformed(`${what} is followed by other bytes`);
  }
}

/** Writes into a buffer whose size the caller computed; a wrong size is a bug and fails loudly. */
export class ByteWriter {
  readonly buffer: Buffer;
  #offset = 0;

  constructor(length: number) {
    this.buffer = Buffer.allocUnsafe(length);
  }

  u8(value: number): this {
    this.#offset = this.buffer.writeUInt8(value, this.#offset);
    return this;
  }

  u16(value: number): this {
    this.#offset = this.buffer.writeUInt16BE(value, this.#offset);
    return this;
  }

  u32(value: number): this {
    this.#offset = this.buffer.writeUInt32BE(value, this.#offset);
    return this;
  }

  u64(value: number): this {
    this.#offset = writeU64(this.buffer, value, this.#offset);
    return this;
  }

  bytes(value: Uint8Array): this {
    if (this.#offset + value.length > this.buffer.length) throw new RangeError('encoded size was too small');
    this.buffer.set(value, this.#offset);
    this.#offset += value.length;
    return this;
  }

  done(): Buffer {
    if (this.#offset !== this.buffer.length) throw new RangeError('encoded size was too large');
    return this.buffer;
  }
}
