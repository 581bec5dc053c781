/** Appends numbers and byte strings to a buffer that grows. Integers are little endian; lengths are LEB128. */
import './latin1.ts';

export class ByteWriter {
  buffer: Buffer;
  length = 0;

  constructor(capacity = 4096) {
    this.buffer = Buffer.allocUnsafe(capacity);
  }

  private room(bytes: number): void {
    if (this.length + bytes <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.length + bytes, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  u8(value: number): void {
    this.room(1);
    this.buffer[this.length++] = value;
  }

  u32(value: number): void {
    this.room(4);
    this.length = this.buffer.writeUInt32LE(value, this.length);
  }

  /** Overwrites a `u32` at an earlier place. */
  patchU32(offset: number, value: number): void {
    this.buffer.writeUInt32LE(value, offset);
  }

  /** A safe integer from 0 on. */
  varint(value: number): void {
    this.room(8);
    let left = value;
    while (left >= 0x80) {
      this.buffer[this.length++] = (left % 0x80) | 0x80;
      left = Math.floor(left / 0x80);
    }
    this.buffer[this.length++] = left;
  }

  /** Exact for every double and every safe integer. */
  f64(value: number): void {
    this.room(8);
    this.length = this.buffer.writeDoubleLE(value, this.length);
  }

  u64(value: bigint): void {
    this.room(8);
    this.length = this.buffer.writeBigUInt64LE(value, this.length);
  }

  i64(value: bigint): void {
    this.room(8);
    this.length = this.buffer.writeBigInt64LE(value, this.length);
  }

  /** Length and bytes. */
  string(bytes: string): void {
    this.varint(bytes.length);
    this.room(bytes.length);
    this.buffer.latin1Write(bytes, this.length, bytes.length);
    this.length += bytes.length;
  }

  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.room(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** Bytes without their length. */
  raw(bytes: Uint8Array): void {
    this.room(bytes.length);
    this.buffer.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** What was written, in memory of its own; the writer begins anew. */
  take(): Buffer {
    const taken = Buffer.from(this.buffer.subarray(0, this.length));
    this.length = 0;
    if (this.buffer.length > 4 * 1024 * 1024) this.buffer = Buffer.allocUnsafe(4096);
    return taken;
  }
}
