/** Numbers out of values and back, with the conversions of Java: integers are cut to their bits, floating-point numbers stop at the ends. */
import type { NativeName, Value } from './api.ts';
import {
  bytesOfFloat32,
  bytesOfFloat64,
  bytesOfInt8,
  bytesOfInt16,
  bytesOfInt32,
  bytesOfInt64,
  float32At,
  float64At,
  int32At,
  int64At,
} from './binary.ts';
import { type Decimal, decodeDecimal, encodeDecimal, parseDecimal, precision } from './decimal.ts';
import { ArithmeticError } from './decimal-arithmetic.ts';
import { doubleText } from './floating-text.ts';
import { decodeVarint, encodeVarint } from './varint.ts';

export const integerBits = { tinyint: 8, smallint: 16, int: 32, bigint: 64, counter: 64 } as const;

export type IntegerName = keyof typeof integerBits;
export type NumberName = IntegerName | 'varint' | 'float' | 'double' | 'decimal';

export function isNumber(name: NativeName): name is NumberName {
  return (
    name in integerBits || name === 'varint' || name === 'float' || name === 'double' || name === 'decimal'
  );
}

export function isInteger(name: NumberName): name is IntegerName {
  return name in integerBits;
}

export type Numeric = bigint | number | Decimal;

/** Integers as bigint, floats and doubles as number. Not of empty values. */
export function decodeNumber(name: NumberName, value: Value): Numeric {
  switch (name) {
    case 'tinyint':
      return BigInt((value[0]! << 24) >> 24);
    case 'smallint':
      return BigInt((value[0]! << 24) | (value[1]! << 16)) >> 16n;
    case 'int':
      return BigInt(int32At(value, 0));
    case 'bigint':
    case 'counter':
      return int64At(value, 0);
    case 'varint':
      return decodeVarint(value);
    case 'float':
      return float32At(value, 0);
    case 'double':
      return float64At(value, 0);
    case 'decimal':
      return decodeDecimal(value);
  }
}

/** An integer that has more bits loses the upper ones. */
export function encodeInteger(name: IntegerName, value: bigint): Value {
  switch (name) {
    case 'tinyint':
      return bytesOfInt8(Number(BigInt.asIntN(8, value)));
    case 'smallint':
      return bytesOfInt16(Number(BigInt.asIntN(16, value)));
    case 'int':
      return bytesOfInt32(Number(BigInt.asIntN(32, value)));
    default:
      return bytesOfInt64(BigInt.asIntN(64, value));
  }
}

const int64Max = (1n << 63n) - 1n;

/** Cut towards zero; what is too large is the end of the range, NaN is zero. */
function saturated(value: number, bits: 32 | 64): bigint {
  if (Number.isNaN(value)) return 0n;
  const max = bits === 64 ? int64Max : 0x7fffffffn;
  if (value >= Number(max)) return max;
  if (value <= -Number(max) - 1) return -max - 1n;
  return BigInt(Math.trunc(value));
}

/** The integer part, of which only the lower 64 bits are right. */
function integerPart({ unscaled, scale }: Decimal): bigint {
  // Ten to the 64th is a multiple of two to the 64th: nothing is left of it.
  if (scale <= -64) return 0n;
  if (scale <= 0) return unscaled * 10n ** BigInt(-scale);
  return scale >= precision({ unscaled, scale }) ? 0n : unscaled / 10n ** BigInt(scale);
}

/** As `Number.longValue`, and `intValue` and those that go through it where at most 32 bits are wanted. */
export function toInteger(value: Numeric, bits: number): bigint {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value);
  if (typeof value === 'number') return saturated(value, bits > 32 ? 64 : 32);
  return BigInt.asIntN(64, integerPart(value));
}

export function toDouble(value: Numeric): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  return Number(`${value.unscaled}e${-value.scale}`);
}

export function toDecimal(value: Numeric): Decimal {
  if (typeof value === 'bigint') return { unscaled: value, scale: 0 };
  if (typeof value !== 'number') return value;
  if (Number.isNaN(value)) throw new ArithmeticError('A NaN cannot be converted into a decimal');
  if (!Number.isFinite(value))
    throw new ArithmeticError('An infinite number cannot be converted into a decimal');
  return parseDecimal(doubleText(value))!;
}

/** Converts as a cast does. */
export function encodeNumber(name: NumberName, value: Numeric): Value {
  if (isInteger(name)) return encodeInteger(name, toInteger(value, integerBits[name]));
  switch (name) {
    case 'varint':
      // Through 64 bits, as Cassandra does it, unless it is an integer already.
      return encodeVarint(typeof value === 'bigint' ? value : toInteger(value, 64));
    case 'float':
      return bytesOfFloat32(toDouble(value));
    case 'double':
      return bytesOfFloat64(toDouble(value));
    case 'decimal':
      return encodeDecimal(toDecimal(value));
  }
}
