/**
 * Elements of listpacks, the packed lists of Redis: integers and byte strings one after the other, each followed by its own
 * length, so that they can be walked both ways. Blocks of streams are kept in this form, and payloads of RESTORE hold it.
 * Source: the listpack specification (https://github.com/antirez/listpack).
 */
import { FormatError } from '@hypergate/kit/bytes';
import { parseInteger } from './numbers.ts';

/** Before the elements: bytes u32, elements u16 (65535: not known). */
export const listpackHeadBytes = 6;
export const listpackEnd = 0xff;
/** Longest text of a 64-bit integer. */
const integerCharsMax = 20;
/** A shorter string is copied byte by byte: a call into V8 costs more. */
const shortBytes = 16;
const smallestBuffer = 64;

/** Bytes of the length behind an element. The bounds are one below the powers of two, as redis-server draws them. */
export function backLengthBytes(size: number): number {
  if (size < 128) return 1;
  if (size < 16_383) return 2;
  if (size < 2_097_151) return 3;
  return size < 268_435_455 ? 4 : 5;
}

/** Bytes of an integer without its length behind. @param value within 64 bits */
function integerBytes(value: number | bigint): number {
  if (value >= 0 && value < 128) return 1;
  if (value >= -4096 && value < 4096) return 2;
  if (value >= -32_768 && value < 32_768) return 3;
  if (value >= -8_388_608 && value < 8_388_608) return 4;
  return value >= -2_147_483_648 && value < 2_147_483_648 ? 5 : 9;
}

/** Bytes of the element of an integer. */
export function integerElementBytes(value: number): number {
  return integerBytes(value) + 1;
}

/** Bytes of the element of a string. */
export function stringElementBytes(text: string): number {
  const value = packedInteger(text);
  if (value !== undefined) return integerBytes(value) + 1;
  const { length } = text;
  const size = length + (length < 64 ? 1 : length < 4096 ? 2 : 5);
  return size + backLengthBytes(size);
}

/** The integer as which a string is kept; undefined when it stays a string. */
function packedInteger(text: string): number | bigint | undefined {
  if (text.length === 0 || text.length > integerCharsMax) return undefined;
  const first = text.charCodeAt(0);
  return first <= 57 && first >= 45 ? parseInteger(text) : undefined;
}

export class ListpackWriter {
  buffer: Buffer;
  length = 0;

  constructor(buffer?: Buffer) {
    this.buffer = buffer ?? Buffer.allocUnsafeSlow(smallestBuffer);
    if (buffer !== undefined) this.length = buffer.length;
  }

  private room(bytes: number): void {
    const wanted = this.length + bytes;
    if (wanted <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(wanted, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }

  /** Gives back memory that was reserved and not used. */
  shrink(): void {
    if (this.buffer.length === this.length) return;
    const exact = Buffer.allocUnsafeSlow(this.length);
    this.buffer.copy(exact, 0, 0, this.length);
    this.buffer = exact;
  }

  integer(value: number | bigint): void {
    this.room(10);
    const size = integerBytes(value);
    const { buffer } = this;
    let at = this.length;
    if (size === 9) {
      buffer[at] = 0xf4;
      at = buffer.writeBigInt64LE(BigInt(value), at + 1);
    } else {
      const small = value as number;
      if (size === 1) buffer[at++] = small;
      else if (size === 2) {
        buffer[at++] = 0xc0 | ((small >> 8) & 0x1f);
        buffer[at++] = small & 0xff;
      } else {
        buffer[at++] = 0xee + size;
        for (let shift = 0; shift < (size - 1) * 8; shift += 8) buffer[at++] = (small >> shift) & 0xff;
      }
    }
    buffer[at++] = size;
    this.length = at;
  }

  /** An integer's text is kept as an integer. */
  string(text: string): void {
    const value = packedInteger(text);
    if (value === undefined) this.plainString(text);
    else this.integer(value);
  }

  private plainString(text: string): void {
    const { length } = text;
    this.room(length + 10);
    const { buffer } = this;
    let at = this.length;
    if (length < 64) buffer[at++] = 0x80 | length;
    else if (length < 4096) {
      buffer[at++] = 0xe0 | (length >> 8);
      buffer[at++] = length & 0xff;
    } else {
      buffer[at++] = 0xf0;
      at = buffer.writeUInt32LE(length, at);
    }
    if (length < shortBytes) for (let i = 0; i < length; i++) buffer[at + i] = text.charCodeAt(i);
    else buffer.latin1Write(text, at, length);
    at += length;
    this.length = writeBackLength(buffer, at, at - this.length);
  }
}

/** Most significant seven bits first, all but the first byte marked. @returns where it ends */
function writeBackLength(buffer: Buffer, at: number, size: number): number {
  const bytes = backLengthBytes(size);
  for (let i = bytes - 1; i > 0; i--) buffer[at + bytes - 1 - i] = backLengthByte(size, i, i === bytes - 1);
  buffer[at + bytes - 1] = backLengthByte(size, 0, bytes === 1);
  return at + bytes;
}

function backLengthByte(size: number, group: number, first: boolean): number {
  const bits = Math.floor(size / 2 ** (7 * group)) & 0x7f;
  return first ? bits : bits | 0x80;
}

/** Bytes of the element at a place, without its length behind. The place is known to be good. */
function elementBytes(buffer: Buffer, at: number): number {
  const head = buffer[at]!;
  if (head < 0x80) return 1;
  if (head < 0xc0) return 1 + (head & 0x3f);
  if (head < 0xe0) return 2;
  if (head < 0xf0) return 2 + (((head & 0x0f) << 8) | buffer[at + 1]!);
  if (head === 0xf0) return 5 + buffer.readUInt32LE(at + 1);
  return head === 0xf4 ? 9 : head - 0xee;
}

/** Reads elements of bytes that were checked (`checkElement`) or that `ListpackWriter` wrote. */
export class ListpackCursor {
  buffer: Buffer;
  at: number;

  constructor(buffer: Buffer, at: number) {
    this.buffer = buffer;
    this.at = at;
  }

  /** The next element; undefined when it is a string. */
  integer(): number | bigint | undefined {
    const { buffer, at } = this;
    const head = buffer[at]!;
    if (head < 0x80) {
      this.at = at + 2;
      return head;
    }
    const value = wideInteger(buffer, at, head);
    if (value !== undefined) this.pass();
    return value;
  }

  /**
   * The next element as text.
   * @param text the bytes from `base` on, of which strings are cut: one call into V8 for all of an entry
   */
  string(text: string, base: number): string {
    const value = this.integer();
    if (value !== undefined) return String(value);
    const { buffer, at } = this;
    const size = elementBytes(buffer, at);
    const end = at + size;
    this.at = end + backLengthBytes(size);
    return text.substring(at + stringHeadBytes(buffer[at]!) - base, end - base);
  }

  /** Goes to the element behind. */
  pass(): void {
    const size = elementBytes(this.buffer, this.at);
    this.at += size + backLengthBytes(size);
  }
}

function stringHeadBytes(head: number): number {
  if (head < 0xc0) return 1;
  return head === 0xf0 ? 5 : 2;
}

function wideInteger(buffer: Buffer, at: number, head: number): number | bigint | undefined {
  if (head >= 0xc0 && head < 0xe0) return ((((head & 0x1f) << 8) | buffer[at + 1]!) << 19) >> 19;
  switch (head) {
    case 0xf1:
      return buffer.readInt16LE(at + 1);
    case 0xf2:
      return buffer.readIntLE(at + 1, 3);
    case 0xf3:
      return buffer.readInt32LE(at + 1);
    case 0xf4: {
      const value = buffer.readBigInt64LE(at + 1);
      const small = Number(value);
      return Number.isSafeInteger(small) ? small : value;
    }
    default:
      return undefined;
  }
}

/** Checks the element at a place. @returns where the next begins @throws FormatError */
export function checkElement(buffer: Buffer, at: number, end: number): number {
  if (at >= end) throw new FormatError('a listpack ends too soon');
  const head = buffer[at]!;
  if (head > 0xf4) throw new FormatError('an element of a listpack has an unknown form');
  if (at + stringOrIntegerHead(head) > end) throw new FormatError('a listpack ends too soon');
  const size = elementBytes(buffer, at);
  const back = backLengthBytes(size);
  const next = at + size + back;
  if (next > end) throw new FormatError('an element of a listpack is too long');
  for (let i = 0; i < back; i++) {
    if (buffer[next - 1 - i] !== backLengthByte(size, i, i === back - 1))
      throw new FormatError('an element of a listpack has another length behind');
  }
  return next;
}

/** Bytes that must be there before the size of an element is known. */
function stringOrIntegerHead(head: number): number {
  if (head < 0xe0) return 1;
  if (head < 0xf0) return 2;
  return head === 0xf0 ? 5 : 1;
}
