/**
 * Decimals as Java's `BigDecimal`: an integer and a scale, which is part of the value though not of its order. Binary form: the
 * scale in four bytes, then the integer. Texts and results of arithmetic follow the Java SE specification of that class.
 */
import { bytesOfInt32, int32At, joinBytes } from './binary.ts';
import { typeLimits } from './limits.ts';
import { decodeVarint, encodeVarint } from './varint.ts';

export interface Decimal {
  readonly unscaled: bigint;
  /** Digits behind the point; negative for zeros in front of it. 32 bits. */
  readonly scale: number;
}

/** Not of empty values; of at least five bytes. A value of four is zero with a scale. */
export function decodeDecimal(bytes: Uint8Array): Decimal {
  const unscaled = bytes.length > 4 ? decodeVarint(bytes.subarray(4)) : 0n;
  return { unscaled, scale: int32At(bytes, 0) };
}

export function encodeDecimal({ unscaled, scale }: Decimal): Uint8Array {
  return joinBytes(bytesOfInt32(scale), encodeVarint(unscaled));
}

const pattern = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/;

/** `undefined` where the text is no number, or its scale has more than 32 bits. */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > typeLimits.numberCharactersMax) return undefined;
  const found = pattern.exec(text);
  if (!found) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = found;
  if (whole.length + fraction.length === 0) return undefined;
  const scale = fraction.length - Number(exponent);
  if (scale !== (scale | 0)) return undefined;
  const magnitude = BigInt(whole + fraction);
  return { unscaled: sign === '-' ? -magnitude : magnitude, scale };
}

export function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

/** How many digits it has; one for zero. */
export function precision({ unscaled }: Decimal): number {
  return abs(unscaled).toString().length;
}

export function decimalText(value: Decimal): string {
  const { unscaled, scale } = value;
  const sign = unscaled < 0n ? '-' : '';
  const digits = abs(unscaled).toString();
  const adjusted = digits.length - 1 - scale;
  if (scale === 0) return sign + digits;
  if (scale > 0 && adjusted >= -6) {
    if (scale < digits.length) return `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
    return `${sign}0.${digits.padStart(scale, '0')}`;
  }
  const mantissa = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  if (adjusted === 0) return sign + mantissa;
  return `${sign}${mantissa}E${adjusted > 0 ? '+' : ''}${adjusted}`;
}

function signOf(value: bigint): number {
  return value < 0n ? -1 : value > 0n ? 1 : 0;
}

/** By value: 1.0 and 1 are equal. */
export function compareDecimals(left: Decimal, right: Decimal): number {
  const sign = signOf(left.unscaled);
  if (sign !== signOf(right.unscaled)) return sign < signOf(right.unscaled) ? -1 : 1;
  if (sign === 0) return 0;
  const leftDigits = abs(left.unscaled).toString();
  const rightDigits = abs(right.unscaled).toString();
  // Where the first digit stands: only numbers of the same size are compared digit by digit, so that no exponent is written out.
  const sizes = leftDigits.length - left.scale - (rightDigits.length - right.scale);
  if (sizes !== 0) return sizes > 0 === sign > 0 ? 1 : -1;
  const width = Math.max(leftDigits.length, rightDigits.length);
  const first = leftDigits.padEnd(width, '0');
  const second = rightDigits.padEnd(width, '0');
  return first === second ? 0 : first > second === sign > 0 ? 1 : -1;
}

/** Without the zeros at its end. */
export function stripZeros({ unscaled, scale }: Decimal): Decimal {
  if (unscaled === 0n) return { unscaled: 0n, scale: 0 };
  const digits = abs(unscaled).toString();
  let end = digits.length;
  while (digits.charCodeAt(end - 1) === 48 && scale - (digits.length - end) > -2_147_483_648) end -= 1;
  const kept = BigInt(digits.slice(0, end));
  return { unscaled: unscaled < 0n ? -kept : kept, scale: scale - (digits.length - end) };
}

/** The nearest integer to a quotient; halves away from zero. */
export function divideHalfUp(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  const rest = abs(dividend % divisor);
  if (rest * 2n < abs(divisor)) return quotient;
  return dividend < 0n === divisor < 0n ? quotient + 1n : quotient - 1n;
}

/** At most so many digits, rounded half up. */
export function roundTo(value: Decimal, digits: number): Decimal {
  const excess = precision(value) - digits;
  if (excess <= 0) return value;
  const rounded = {
    unscaled: divideHalfUp(value.unscaled, 10n ** BigInt(excess)),
    scale: value.scale - excess,
  };
  return roundTo(rounded, digits);
}
