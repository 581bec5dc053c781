/** Numbers as the protocol shows them. */

/** Redis shows whole numbers up to this size with all their digits. */
const wholeMax = 2 ** 62;

/**
 * A double as Redis 7.2 prints it: the shortest digits that read back the same, `inf`, `-inf`, `nan`, and `-0`. Whole numbers
 * up to 2^62 have no exponent; others have one when six digits behind the point do not do, unless they are between 0.001 and
 * 10000 or so. (Redis 7.0 prints 17 digits as C's %.17g does.)
 */
export function doubleText(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) <= wholeMax) {
    if (value === 0) return Object.is(value, -0) ? '-0' : '0';
    return Number.isSafeInteger(value) ? String(value) : String(BigInt(value));
  }
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  // JavaScript's digits are the shortest too (ECMA-262, Number::toString); only the layout differs.
  const text = String(value);
  if (!text.includes('e') && text.length <= 8) return text;
  return laidOut(value);
}

function laidOut(value: number): string {
  const scientific = value.toExponential();
  const at = scientific.indexOf('e');
  const exponent = Number(scientific.slice(at + 1));
  const sign = value < 0 ? '-' : '';
  const digits = scientific.slice(sign.length, at).replace('.', '');
  /** The number is `digits` times ten to the power of this. */
  const power = exponent - digits.length + 1;
  const size = Math.abs(exponent);
  if (power >= 0 && size < digits.length + 7) return sign + digits + '0'.repeat(power);
  if (power < 0 && (power > -7 || size < 4)) {
    const whole = digits.length + power;
    if (whole > 0) return `${sign}${digits.slice(0, whole)}.${digits.slice(whole)}`;
    return `${sign}0.${'0'.repeat(-whole)}${digits}`;
  }
  const fraction = digits.length > 1 ? `.${digits.slice(1, 18)}` : '';
  return `${sign}${digits[0]!}${fraction}e${exponent < 0 ? '-' : '+'}${size}`;
}
