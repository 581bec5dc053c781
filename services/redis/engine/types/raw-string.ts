/** A string that is changed in place (APPEND, SETRANGE, SETBIT, BITFIELD, PFADD): bytes with room to grow. */
import '../../model/latin1.ts';

export class RawString {
  readonly type = 'string';
  /** `length` bytes are the string; the rest is room. */
  buffer: Buffer;
  length: number;
  accountedBytes = 0;

  constructor(bytes: string, room = 0) {
    this.length = bytes.length;
    this.buffer = Buffer.allocUnsafe(bytes.length + room);
    this.buffer.latin1Write(bytes, 0, bytes.length);
  }

  /** Bytes it takes in memory, about. */
  get bytes(): number {
    return this.buffer.length + 64;
  }

  /** At least `length` bytes; new ones are zero. */
  extend(length: number): void {
    if (length > this.buffer.length) {
      const larger = Buffer.alloc(Math.max(length, Math.min(this.length * 2, this.length + (1 << 20))));
      this.buffer.copy(larger, 0, 0, this.length);
      this.buffer = larger;
    } else if (length > this.length) this.buffer.fill(0, this.length, length);
    if (length > this.length) this.length = length;
  }

  write(offset: number, bytes: string): void {
    this.extend(Math.max(this.length, offset + bytes.length));
    this.buffer.latin1Write(bytes, offset, bytes.length);
  }

  slice(start: number, end: number): string {
    return this.buffer.latin1Slice(start, Math.min(end, this.length));
  }

  toString(): string {
    return this.buffer.latin1Slice(0, this.length);
  }
}
