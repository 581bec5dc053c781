/** A string that is changed in place (APPEND, SETRANGE, SETBIT, BITFIELD, PFADD): bytes with room to grow. */
import '@hypergate/kit/bytes';

/** Growth doubles a string up to this size; a longer one grows by an eighth, so that copying stays linear in all. */
const doublingBytesMax = 1 << 20;
/** Of the object and its buffer, beside the bytes. */
const objectBytes = 200;

function roomFor(length: number): number {
  return Math.max(Math.min(length, doublingBytesMax), length >> 3);
}

export class RawString {
  readonly type = 'string';
  /** `length` bytes are the string; the rest is room. */
  buffer: Buffer;
  length: number;
  accountedBytes = 0;

  constructor(bytes: string, room = 0) {
    this.length = bytes.length;
    // Not from Node's pool: a few bytes that stay would keep a whole slab of it.
    this.buffer = Buffer.allocUnsafeSlow(bytes.length + room);
    this.buffer.latin1Write(bytes, 0, bytes.length);
  }

  /** With room for what is added now, and as much as a string that grows gets. */
  static growing(bytes: string, added: number): RawString {
    return new RawString(bytes, added === 0 ? 0 : added + roomFor(bytes.length + added));
  }

  /** Takes the buffer over: nobody else may write to it. */
  static of(buffer: Buffer, length = buffer.length): RawString {
    const raw = new RawString('');
    raw.buffer = buffer;
    raw.length = length;
    return raw;
  }

  /** Bytes it takes in memory, about. */
  get bytes(): number {
    return this.buffer.length + objectBytes;
  }

  /** At least `length` bytes; new ones are zero. */
  extend(length: number): void {
    if (length <= this.length) return;
    this.reserve(length);
    this.buffer.fill(0, this.length, length);
    this.length = length;
  }

  write(offset: number, bytes: string): void {
    const end = offset + bytes.length;
    if (end > this.length) {
      this.reserve(end);
      if (offset > this.length) this.buffer.fill(0, this.length, offset);
      this.length = end;
    }
    this.buffer.latin1Write(bytes, offset, bytes.length);
  }

  /** Puts `bytes` in the place of `removed` bytes; what follows moves. */
  splice(offset: number, removed: number, bytes: string): void {
    const { length } = this;
    const grown = length - removed + bytes.length;
    if (bytes.length !== removed) {
      this.reserve(grown);
      this.buffer.copyWithin(offset + bytes.length, offset + removed, length);
      this.length = grown;
    }
    this.buffer.latin1Write(bytes, offset, bytes.length);
  }

  slice(start: number, end: number): string {
    return this.buffer.latin1Slice(start, Math.min(end, this.length));
  }

  /** The bytes without the room: a view. */
  view(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  toString(): string {
    return this.buffer.latin1Slice(0, this.length);
  }

  private reserve(length: number): void {
    const { buffer } = this;
    if (length <= buffer.length) return;
    // What is filled for the first time gets no room: many bitmaps are made at their full length.
    const larger = Buffer.allocUnsafeSlow(this.length === 0 ? length : length + roomFor(length));
    buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
