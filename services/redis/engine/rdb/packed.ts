/**
 * Lists that redis-server keeps in one piece of memory and puts into payloads as they are: listpack, ziplist, intset and
 * zipmap. Each is read to the strings it holds; every length is checked.
 * Sources: the listpack specification (https://github.com/antirez/listpack) and the layouts described in src/ziplist.c,
 * src/intset.h and src/zipmap.c of redis-server.
 */
import { FormatError } from '@hypergate/kit/bytes';
import { checkElement, ListpackCursor, listpackEnd, listpackHeadBytes } from '../listpack.ts';

/** In the count of a listpack or ziplist: not known. */
const manyElements = 0xffff;

/**
 * Checks the frame of a listpack.
 * @returns its number of elements, or undefined when it does not say
 */
export function listpackCount(bytes: Buffer): number | undefined {
  if (bytes.length < listpackHeadBytes + 1 || bytes.readUInt32LE(0) !== bytes.length)
    throw new FormatError('a listpack has another length');
  if (bytes[bytes.length - 1] !== listpackEnd) throw new FormatError('a listpack has no end');
  const count = bytes.readUInt16LE(4);
  return count === manyElements ? undefined : count;
}

export function readListpack(bytes: Buffer): string[] {
  const count = listpackCount(bytes);
  const end = bytes.length - 1;
  const found: string[] = [];
  const cursor = new ListpackCursor(bytes, listpackHeadBytes);
  const text = bytes.latin1Slice();
  while (cursor.at < end) {
    checkElement(bytes, cursor.at, end);
    found.push(cursor.string(text, 0));
  }
  if (count !== undefined && count !== found.length)
    throw new FormatError('a listpack has another number of elements');
  return found;
}

const ziplistHeadBytes = 10;
const ziplistEnd = 0xff;
/** Marks a length of four bytes of the element before. */
const longBefore = 0xfe;

export function readZiplist(bytes: Buffer): string[] {
  const { length } = bytes;
  if (length < ziplistHeadBytes + 1 || bytes.readUInt32LE(0) !== length)
    throw new FormatError('a ziplist has another length');
  if (bytes[length - 1] !== ziplistEnd) throw new FormatError('a ziplist has no end');
  const found: string[] = [];
  const end = length - 1;
  let before = 0;
  let last = ziplistHeadBytes;
  for (let at = ziplistHeadBytes; at < end; ) {
    last = at;
    const isLong = bytes[at] === longBefore;
    const headAt = at + (isLong ? 5 : 1);
    if (headAt >= end) throw tooShort('a ziplist');
    if ((isLong ? bytes.readUInt32LE(at + 1) : bytes[at]!) !== before)
      throw new FormatError('an element of a ziplist has another length before');
    const element = ziplistElement(bytes, headAt, end);
    found.push(element.text);
    before = element.end - at;
    at = element.end;
  }
  const count = bytes.readUInt16LE(8);
  if (bytes.readUInt32LE(4) !== last) throw new FormatError('a ziplist ends elsewhere');
  if (count !== manyElements && count !== found.length)
    throw new FormatError('a ziplist has another number of elements');
  return found;
}

function ziplistElement(bytes: Buffer, at: number, end: number): { text: string; end: number } {
  const head = bytes[at]!;
  if (head < 0xc0) {
    const headBytes = head < 0x40 ? 1 : head < 0x80 ? 2 : 5;
    if (at + headBytes > end) throw tooShort('a ziplist');
    if (headBytes === 5 && head !== 0x80) throw new FormatError('an element of a ziplist has no form');
    const length =
      headBytes === 1
        ? head
        : headBytes === 2
          ? ((head & 0x3f) << 8) | bytes[at + 1]!
          : bytes.readUInt32BE(at + 1);
    const start = at + headBytes;
    if (length > end - start) throw tooShort('a ziplist');
    return { text: bytes.latin1Slice(start, start + length), end: start + length };
  }
  if (head > 0xf0 && head < 0xfe) return { text: String(head - 0xf1), end: at + 1 };
  const size = ziplistIntegers[head];
  if (size === undefined) throw new FormatError('an element of a ziplist has no form');
  if (at + 1 + size > end) throw tooShort('a ziplist');
  const text = size === 8 ? bytes.readBigInt64LE(at + 1) : bytes.readIntLE(at + 1, size);
  return { text: String(text), end: at + 1 + size };
}

/** Bytes of an integer by what stands before it. */
const ziplistIntegers: Readonly<Record<number, number>> = {
  192: 2,
  208: 4,
  224: 8,
  240: 3,
  254: 1,
};

const intsetHeadBytes = 8;

export function readIntset(bytes: Buffer): string[] {
  if (bytes.length < intsetHeadBytes) throw tooShort('an intset');
  const size = bytes.readUInt32LE(0);
  const count = bytes.readUInt32LE(4);
  if (size !== 2 && size !== 4 && size !== 8) throw new FormatError('an intset of an unknown size');
  if (bytes.length !== intsetHeadBytes + size * count) throw new FormatError('an intset has another length');
  const found: string[] = [];
  let before: number | bigint | undefined;
  for (let at = intsetHeadBytes; at < bytes.length; at += size) {
    const value = size === 8 ? bytes.readBigInt64LE(at) : bytes.readIntLE(at, size);
    if (before !== undefined && value <= before) throw new FormatError('an intset is not in order');
    before = value;
    found.push(String(value));
  }
  return found;
}

const zipmapEnd = 0xff;
const zipmapLong = 0xfe;
/** A count of as many and more is not known. */
const zipmapMany = 254;

/** Fields and values by turns. */
export function readZipmap(bytes: Buffer): string[] {
  const end = bytes.length - 1;
  if (end < 1 || bytes[end] !== zipmapEnd) throw new FormatError('a zipmap has no end');
  const found: string[] = [];
  let at = 1;
  const next = (isValue: boolean) => {
    const isLong = bytes[at] === zipmapLong;
    const headAt = at + (isLong ? 5 : 1);
    if (headAt > end) throw tooShort('a zipmap');
    if (bytes[at] === zipmapEnd) throw new FormatError('a zipmap ends too soon');
    const length = isLong ? bytes.readUInt32LE(at + 1) : bytes[at]!;
    // Behind the length of a value stands how many bytes behind it are free.
    const start = headAt + (isValue ? 1 : 0);
    const free = isValue ? bytes[headAt]! : 0;
    if (length + free > end - start) throw tooShort('a zipmap');
    found.push(bytes.latin1Slice(start, start + length));
    at = start + length + free;
  };
  while (at < end) {
    next(false);
    next(true);
  }
  const count = bytes[0]!;
  if (count < zipmapMany && count * 2 !== found.length)
    throw new FormatError('a zipmap has another number of fields');
  return found;
}

function tooShort(what: string): FormatError {
  return new FormatError(`${what} ends too soon`);
}
