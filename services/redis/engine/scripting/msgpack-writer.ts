/** Appends values in MessagePack to a byte string. */
import type { TextBuffer } from './text-buffer.ts';

export class MsgpackWriter {
  private readonly out: TextBuffer;

  constructor(out: TextBuffer) {
    this.out = out;
  }

  nil(): void {
    this.out.addByte(0xc0);
  }

  boolean(value: boolean): void {
    this.out.addByte(value ? 0xc3 : 0xc2);
  }

  number(value: number): void {
    if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 63) {
      this.integer(value);
      return;
    }
    const isFloat = Math.fround(value) === value;
    const { bytes, at } = this.after(isFloat ? 0xca : 0xcb, isFloat ? 4 : 8);
    if (isFloat) bytes.writeFloatBE(value, at);
    else bytes.writeDoubleBE(value, at);
  }

  string(text: string): void {
    const { length } = text;
    if (length < 32) this.out.addByte(0xa0 | length);
    else this.unsigned(length, 0xd9, 0xda, 0xdb);
    this.out.add(text);
  }

  array(length: number): void {
    if (length < 16) this.out.addByte(0x90 | length);
    else this.unsigned(length, undefined, 0xdc, 0xdd);
  }

  map(pairs: number): void {
    if (pairs < 16) this.out.addByte(0x80 | pairs);
    else this.unsigned(pairs, undefined, 0xde, 0xdf);
  }

  private integer(value: number): void {
    if (value >= -32 && value < 128) this.out.addByte(value & 0xff);
    else if (value >= 2 ** 32) {
      const { bytes, at } = this.after(0xcf, 8);
      bytes.writeBigUInt64BE(BigInt(value), at);
    } else if (value >= 0) this.unsigned(value, 0xcc, 0xcd, 0xce);
    else this.negative(value);
  }

  private negative(value: number): void {
    if (value >= -128) {
      const { bytes, at } = this.after(0xd0, 1);
      bytes.writeInt8(value, at);
    } else if (value >= -32768) {
      const { bytes, at } = this.after(0xd1, 2);
      bytes.writeInt16BE(value, at);
    } else if (value >= -(2 ** 31)) {
      const { bytes, at } = this.after(0xd2, 4);
      bytes.writeInt32BE(value, at);
    } else {
      const { bytes, at } = this.after(0xd3, 8);
      bytes.writeBigInt64BE(BigInt(value), at);
    }
  }

  /** Codes of what is followed by 1, 2 or 4 bytes. */
  private unsigned(value: number, one: number | undefined, two: number, four: number): void {
    if (one !== undefined && value < 256) {
      const { bytes, at } = this.after(one, 1);
      bytes.writeUInt8(value, at);
    } else if (value < 65_536) {
      const { bytes, at } = this.after(two, 2);
      bytes.writeUInt16BE(value, at);
    } else {
      const { bytes, at } = this.after(four, 4);
      bytes.writeUInt32BE(value, at);
    }
  }

  private after(code: number, bytes: number) {
    this.out.addByte(code);
    return this.out.addSpace(bytes);
  }
}
