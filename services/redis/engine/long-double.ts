/**
 * The arithmetic of HINCRBYFLOAT: redis-server on x86-64 adds in the 80-bit extended format (a significand of 64 bits, an
 * exponent of 15) and prints 17 digits behind the point. Here the same with integers: every step is exact and rounded once,
 * to the nearest and to even (IEEE 754-2008, 4.3.1), as the processor and the C library do.
 */
import { parseInteger } from './numbers.ts';

/** `significand * 2 ** exponent`; zero has significand 0n. */
export interface Finite {
  readonly significand: bigint;
  readonly exponent: number;
}
export type LongDouble = Finite | 'inf' | '-inf';

const significandBits = 64;
/** The exponent of the last bit is not lower; with 64 bits above it the value is not 2^16384 or more. */
const exponentMin = -16_445;
const exponentMax = 16_320;
/** Longer texts are refused, as redis-server has no room for them. */
const textCharsMax = 5119;
/** Powers of ten beyond which every value of 64 bits is infinite or zero. */
const decimalExponentMax = 4940;
const decimalExponentMin = -4970;
const fractionDigits = 17;
const fractionScale = 10n ** BigInt(fractionDigits);

const zero: Finite = { significand: 0n, exponent: 0 };
const decimalForm = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]+))?$/;
const hexadecimalForm = /^([+-]?)0[xX]([0-9a-fA-F]*)(?:\.([0-9a-fA-F]*))?(?:[pP]([+-]?[0-9]+))?$/;
const infiniteForm = /^([+-]?)inf(?:inity)?$/i;

/** A decimal or hexadecimal number or an infinity. @returns undefined when it is none, and where it overflows or vanishes */
export function parseLongDouble(text: string): LongDouble | undefined {
  if (text.length === 0 || text.length > textCharsMax) return undefined;
  const integer = parseInteger(text);
  if (integer !== undefined) return { significand: BigInt(integer), exponent: 0 };
  const infinite = infiniteForm.exec(text);
  if (infinite !== null) return infinite[1] === '-' ? '-inf' : 'inf';
  const decimal = decimalForm.exec(text);
  const match = decimal ?? hexadecimalForm.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', power = '0'] = match;
  if (whole.length + fraction.length === 0) return undefined;
  const digits = BigInt((decimal === null ? '0x' : '') + whole + fraction);
  if (digits === 0n) return zero;
  const value =
    decimal === null
      ? round(digits, Number(power) - 4 * fraction.length, false)
      : fromDecimal(digits, Number(power) - fraction.length);
  if (value === undefined || value.significand === 0n) return undefined;
  return sign === '-' ? negate(value) : value;
}

/** @returns undefined when the sum is too large, infinite or no number */
export function addLongDoubles(a: LongDouble, b: LongDouble): LongDouble | undefined {
  if (typeof a === 'string' || typeof b === 'string') return undefined;
  const exponent = Math.min(a.exponent, b.exponent);
  const sum =
    (a.significand << BigInt(a.exponent - exponent)) + (b.significand << BigInt(b.exponent - exponent));
  if (sum === 0n) return zero;
  const value = round(sum < 0n ? -sum : sum, exponent, false);
  return value !== undefined && sum < 0n ? negate(value) : value;
}

/** Without an exponent, with at most 17 digits behind the point and no zeros at the end. */
export function longDoubleText(value: LongDouble): string {
  if (typeof value === 'string') return value;
  const { significand, exponent } = value;
  const size = significand < 0n ? -significand : significand;
  const sign = significand < 0n ? '-' : '';
  if (exponent >= 0) return `${sign}${size << BigInt(exponent)}`;
  const scaled = String(roundingShift(size * fractionScale, -exponent)).padStart(fractionDigits + 1, '0');
  const whole = scaled.slice(0, -fractionDigits);
  let end = scaled.length;
  while (end > whole.length && scaled.charCodeAt(end - 1) === 48) end--;
  if (end === whole.length) return whole === '0' ? '0' : sign + whole;
  return `${sign}${whole}.${scaled.slice(whole.length, end)}`;
}

/** Seconds to milliseconds: the product rounded to 64 bits as any other, and then up to an integer. */
export function longDoubleThousandfold(value: Finite): bigint {
  const size = value.significand < 0n ? -value.significand : value.significand;
  const product = round(size * 1000n, value.exponent, false);
  // No one waits that long: any number beyond 64 bits will do.
  if (product === undefined) return value.significand < 0n ? -(2n ** 64n) : 2n ** 64n;
  const { exponent } = product;
  const significand = value.significand < 0n ? -product.significand : product.significand;
  if (exponent >= 0) return significand << BigInt(exponent);
  return -(-significand >> BigInt(-exponent));
}

function negate(value: Finite): Finite {
  return { significand: -value.significand, exponent: value.exponent };
}

/** `digits * 10 ** power` to 64 bits; undefined when it is too large. */
function fromDecimal(digits: bigint, power: number): Finite | undefined {
  const magnitude = digits.toString().length + power;
  if (magnitude > decimalExponentMax) return undefined;
  if (magnitude < decimalExponentMin) return zero;
  if (power >= 0) return round(digits * 10n ** BigInt(power), 0, false);
  const divisor = 10n ** BigInt(-power);
  // Two bits more than the significand, so that the quotient and whether something is left decide on rounding.
  const shift = Math.max(0, bitLength(divisor) - bitLength(digits) + significandBits + 2);
  const dividend = digits << BigInt(shift);
  return round(dividend / divisor, -shift, dividend % divisor !== 0n);
}

/** `value * 2 ** exponent`, a little more when `more`, to 64 bits; undefined when it is too large. */
function round(value: bigint, exponent: number, more: boolean): Finite | undefined {
  const drop = Math.max(bitLength(value) - significandBits, exponentMin - exponent, 0);
  let significand = value;
  let last = exponent;
  if (drop > 0) {
    significand = roundingShift(more ? (value << 1n) | 1n : value, more ? drop + 1 : drop);
    last = exponent + drop;
  }
  if (significand === 0n) return zero;
  return bitLength(significand) + last > significandBits + exponentMax
    ? undefined
    : { significand, exponent: last };
}

/** `value / 2 ** bits` to the nearest integer, halves to the even one. */
function roundingShift(value: bigint, bits: number): bigint {
  if (bits > bitLength(value) + 1) return 0n;
  const places = BigInt(bits);
  const quotient = value >> places;
  const rest = value - (quotient << places);
  const half = 1n << (places - 1n);
  return rest > half || (rest === half && (quotient & 1n) === 1n) ? quotient + 1n : quotient;
}

/** Of a value that is not negative. */
function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const digits = value.toString(16);
  return digits.length * 4 - Math.clz32(Number.parseInt(digits[0]!, 16)) + 28;
}
