/**
 * Ordered bytes of decimals: sign, exponent and digits to the base of 100. Equal numbers have equal bytes, so that the scale is not
 * among them (1 and 1.0 are one key): who wants it back keeps the value itself beside the key.
 */
import { FormatError } from '@hypergate/kit/bytes';
import type { Value } from './api.ts';
import type { ComparableSink, ComparableSource } from './comparable-sink.ts';
import { abs, decodeDecimal, encodeDecimal } from './decimal.ts';
import { typeLimits } from './limits.ts';

const zero = 0x80;
const positive = 0x80;
const exponentBias = 0x40;
const digitsEnd = 0;
const scaleMin = -(2 ** 31);
const scaleMax = 2 ** 31 - 1;
/** Pairs of digits that the longest number has. */
const pairsMax = typeLimits.numberCharactersMax / 2;

function significantDigits(unscaled: bigint): { digits: string; count: number } {
  const text = abs(unscaled).toString();
  let end = text.length;
  while (text.charCodeAt(end - 1) === 48) end -= 1;
  return { digits: text.slice(0, end), count: text.length };
}

function bytesOfExponent(exponent: number): number {
  return exponent === 0 ? 0 : 4 - (Math.clz32(Math.abs(exponent)) >>> 3);
}

export function encodeDecimalKey(value: Value, sink: ComparableSink): void {
  const { unscaled, scale } = decodeDecimal(value);
  if (unscaled === 0n) {
    sink.u8(zero);
    return;
  }
  const negative = unscaled < 0n;
  const { digits, count } = significantDigits(unscaled);
  // The number is 0.digits times ten to this power, and to the base of 100 one zero more in front if the power is odd.
  const power = count - scale;
  const exponent = Math.ceil(power / 2) * (negative ? -1 : 1);
  const length = bytesOfExponent(exponent);
  sink.u8((negative ? 0 : positive) + exponentBias + (exponent < 0 ? -length : length));
  for (let shift = 8 * (length - 1); shift >= 0; shift -= 8) sink.u8((exponent >> shift) & 0xff);
  const padded = power % 2 === 0 ? digits : `0${digits}`;
  const pairs = (padded.length + 1) >> 1;
  sink.room(pairs + 1);
  for (let index = 0; index < pairs; index += 1) {
    const tens = padded.charCodeAt(2 * index) - 48;
    const ones = 2 * index + 1 < padded.length ? padded.charCodeAt(2 * index + 1) - 48 : 0;
    const pair = tens * 10 + ones;
    const isLast = index + 1 === pairs;
    // Of a negative number only the first pair is negative: the others are added to it.
    const digit = !negative ? pair : (index === 0 ? -pair : 100 - pair) - (isLast ? 0 : 1);
    sink.u8(0x80 + digit);
  }
  sink.u8(digitsEnd);
}

export function decodeDecimalKey(source: ComparableSource): Value {
  const header = source.u8();
  if (header === zero) return encodeDecimal({ unscaled: 0n, scale: 0 });
  const negative = header < positive;
  const signedLength = (header & 0x7f) - exponentBias;
  const length = Math.abs(signedLength);
  if (length > 4) throw new FormatError('the exponent of an ordered decimal');
  let exponent = signedLength < 0 ? -1 : 0;
  for (let index = 0; index < length; index += 1) exponent = (exponent << 8) | source.u8();
  const pairs: number[] = [];
  for (let byte = source.u8(); byte !== digitsEnd; byte = source.u8()) {
    if (pairs.length === pairsMax) throw new FormatError('an ordered decimal is too long');
    pairs.push(byte - 0x80);
  }
  let digits = '';
  for (const [index, pair] of pairs.entries()) {
    const isLast = index + 1 === pairs.length;
    const digit = !negative ? pair : (index === 0 ? -pair : 100 - pair) - (isLast ? 0 : 1);
    if (digit < 0 || digit > 99) throw new FormatError('a digit of an ordered decimal');
    digits += digit.toString().padStart(2, '0');
  }
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48) end -= 1;
  const kept = digits.slice(0, end);
  const shortest = kept.length - 2 * (negative ? -exponent : exponent);
  // Zeros that stand for powers of ten beyond the least scale are put back.
  const zeros = Math.max(scaleMin - shortest, 0);
  if (zeros > typeLimits.numberCharactersMax || shortest > scaleMax)
    throw new FormatError('the exponent of an ordered decimal');
  const unscaled = BigInt(kept + '0'.repeat(zeros));
  return encodeDecimal({ unscaled: negative ? -unscaled : unscaled, scale: shortest + zeros });
}
