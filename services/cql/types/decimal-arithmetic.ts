/**
 * The operators on decimals. Cassandra rounds sums and products to 10,000 digits and gives quotients 32 significant ones or more;
 * the same limits keep the work small when two numbers stand far apart.
 */
import { abs, type Decimal, divideHalfUp, precision, roundTo, stripZeros } from './decimal.ts';
import { typeLimits } from './limits.ts';

const { decimalDigitsMax } = typeLimits;
const significantDigitsMin = 32;
const quotientScaleMin = 32;
const quotientScaleMax = 1000;

/** What Java throws; the operator's name goes in front. */
export class ArithmeticError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'ArithmeticError';
  }
}

function inScale(unscaled: bigint, scale: number): Decimal {
  if (scale !== (scale | 0)) throw new ArithmeticError(scale > 0 ? 'Underflow' : 'Overflow');
  return { unscaled, scale };
}

function power(exponent: number): bigint {
  return 10n ** BigInt(exponent);
}

/** Sets the first's scale down to the second's, which is greater; the gap is known to be small. */
function rescaled(value: Decimal, scale: number): bigint {
  return value.unscaled * power(scale - value.scale);
}

export function addDecimals(left: Decimal, right: Decimal): Decimal {
  const [coarse, fine] = left.scale <= right.scale ? [left, right] : [right, left];
  if (coarse.unscaled === 0n || fine.unscaled === 0n) {
    const other = coarse.unscaled === 0n ? fine : coarse;
    const gap = fine.scale - other.scale;
    // The sum has the greater scale if it fits.
    if (gap <= 0 || gap + precision(other) > decimalDigitsMax) return roundTo(other, decimalDigitsMax);
    return { unscaled: rescaled(other, fine.scale), scale: fine.scale };
  }
  const gap = fine.scale - coarse.scale;
  const apart = gap + precision(coarse) - precision(fine);
  if (gap > decimalDigitsMax + 2 && apart > decimalDigitsMax + 2) {
    // The fine one is below half of the last digit kept, but may decide where a tie goes: a single digit of its sign stands for it.
    const scale = coarse.scale + decimalDigitsMax + 2;
    const sticky = fine.unscaled < 0n ? -1n : 1n;
    return roundTo(inScale(rescaled(coarse, scale) + sticky, scale), decimalDigitsMax);
  }
  return roundTo(
    { unscaled: rescaled(coarse, fine.scale) + fine.unscaled, scale: fine.scale },
    decimalDigitsMax,
  );
}

export function negateDecimal({ unscaled, scale }: Decimal): Decimal {
  return { unscaled: -unscaled, scale };
}

export function subtractDecimals(left: Decimal, right: Decimal): Decimal {
  return addDecimals(left, negateDecimal(right));
}

export function multiplyDecimals(left: Decimal, right: Decimal): Decimal {
  return roundTo(inScale(left.unscaled * right.unscaled, left.scale + right.scale), decimalDigitsMax);
}

export function divideDecimals(left: Decimal, right: Decimal): Decimal {
  if (right.unscaled === 0n)
    throw new ArithmeticError(left.unscaled === 0n ? '/ by zero' : 'BigInteger divide by zero');
  if (left.unscaled === 0n) return { unscaled: 0n, scale: 0 };
  const firstDigit = precision(left) - left.scale - (precision(right) - right.scale);
  // A quotient with its first digit behind all those that are kept is zero; one with more digits than can be kept is not computed.
  if (firstDigit < -quotientScaleMax - 1) return { unscaled: 0n, scale: 0 };
  if (firstDigit > decimalDigitsMax * 2) throw new ArithmeticError('Overflow');
  const wanted = Math.max(significantDigitsMin - firstDigit, left.scale, right.scale, quotientScaleMin);
  const scale = Math.min(wanted, quotientScaleMax);
  const shift = scale - left.scale + right.scale;
  const quotient =
    shift >= 0
      ? divideHalfUp(left.unscaled * power(shift), right.unscaled)
      : divideHalfUp(left.unscaled, right.unscaled * power(-shift));
  return stripZeros({ unscaled: quotient, scale });
}

/** What is left of a division whose quotient is cut to an integer; it has the dividend's sign. */
export function remainderOfDecimals(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale);
  const size = precision(left) - left.scale - (precision(right) - right.scale);
  // Smaller than the divisor, also than a divisor that is zero with a small enough scale: itself.
  if (right.unscaled !== 0n && size < 0) return left;
  if (right.unscaled === 0n)
    throw new ArithmeticError(left.unscaled === 0n ? 'Division undefined' : 'Division by zero');
  const widest = scale - Math.min(left.scale, right.scale) + Math.max(precision(left), precision(right));
  if (widest > decimalDigitsMax * 2) throw new ArithmeticError('Overflow');
  const divisor = abs(rescaled(right, scale));
  const dividend = rescaled(left, scale);
  const rest = dividend % divisor;
  return rest === dividend && left.scale >= right.scale ? left : { unscaled: rest, scale };
}
