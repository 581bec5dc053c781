/** Arguments of the commands on bitmaps. */
import { notInteger, RedisError, syntaxError } from '../engine/errors.ts';
import { parseSafeInteger } from '../engine/numbers.ts';

const badOffset = new RedisError('ERR bit offset is not an integer or out of range');

/**
 * Offset of a bit in a string.
 * @param width for BITFIELD: `#3` is the fourth field of so many bits; 0 where that form does not exist
 * @throws RedisError
 */
export function parseBitOffset(text: string, width: number, bytesMax: number): number {
  const scaled = width > 0 && text.charCodeAt(0) === 35;
  const value = parseSafeInteger(scaled ? text.slice(1) : text);
  if (value === undefined) throw badOffset;
  const offset = scaled ? value * width : value;
  if (offset < 0 || offset >= bytesMax * 8) throw badOffset;
  return offset;
}

/** A range as words give it: both ends belong to it, negative ones count from the end. */
export interface BitRangeWords {
  readonly start: number;
  readonly end: number;
  readonly endGiven: boolean;
  readonly inBits: boolean;
}

/** `start [end [BYTE | BIT]]` from a word on. @throws RedisError */
export function parseBitRange(args: readonly string[], from: number): BitRangeWords {
  if (args.length > from + 3) throw syntaxError;
  const start = args.length > from ? parseSafeInteger(args[from]!) : 0;
  const end = args.length > from + 1 ? parseSafeInteger(args[from + 1]!) : -1;
  if (start === undefined || end === undefined) throw notInteger;
  const unit = args[from + 2]?.toUpperCase() ?? 'BYTE';
  if (unit !== 'BYTE' && unit !== 'BIT') throw syntaxError;
  return { start, end, endGiven: args.length > from + 1, inBits: unit === 'BIT' };
}

/** Both ends count from the end of the string, and the wrong way round: nothing for BITCOUNT, but not for BITPOS. */
export function isReversed({ start, end }: BitRangeWords): boolean {
  return start < 0 && end < 0 && start > end;
}

/** First and last bit of the range in a string of so many bytes; undefined when the range is empty. */
export function bitsOfRange(
  range: BitRangeWords,
  bytes: number,
): { readonly first: number; readonly last: number } | undefined {
  const length = range.inBits ? bytes * 8 : bytes;
  const start = Math.max(0, range.start < 0 ? range.start + length : range.start);
  const end = Math.min(length - 1, Math.max(0, range.end < 0 ? range.end + length : range.end));
  if (start > end) return undefined;
  return range.inBits ? { first: start, last: end } : { first: start * 8, last: end * 8 + 7 };
}
