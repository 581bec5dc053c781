/** Floating-point numbers as Java's `Double.toString` and `Float.toString` write them: shortest digits, at least one behind the point. */

/** The digits of a positive number without point, and the power of ten of the first. */
function shortest(exponential: string): { digits: string; power: number } {
  const [mantissa, power] = exponential.split('e') as [string, string];
  return { digits: mantissa.replace('.', ''), power: Number(power) };
}

function javaText(value: number, exponential: (magnitude: number) => string): string {
  if (Number.isNaN(value)) return 'NaN';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  const magnitude = Math.abs(value);
  if (magnitude === Number.POSITIVE_INFINITY) return `${sign}Infinity`;
  if (magnitude === 0) return `${sign}0.0`;
  const { digits, power } = shortest(exponential(magnitude));
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${digits}`;
    return `${sign}${digits.slice(0, power + 1).padEnd(power + 1, '0')}.${digits.slice(power + 1) || '0'}`;
  }
  return `${sign}${digits[0]}.${digits.slice(1) || '0'}E${power}`;
}

export function doubleText(value: number): string {
  return javaText(value, (magnitude) => magnitude.toExponential());
}

/** Of a number that a float holds exactly: as many digits as it takes to tell it from its neighbours. */
export function floatText(value: number): string {
  return javaText(value, (magnitude) => {
    for (let digits = 0; digits < 8; digits += 1) {
      const text = magnitude.toExponential(digits);
      if (Math.fround(Number(text)) === magnitude) return text.replace(/\.?0+e/, 'e');
    }
    return magnitude.toExponential(8);
  });
}

const pattern = /^[+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[fFdD]?)$/;

/** As `Double.valueOf`, without hexadecimal numbers; `undefined` where it would throw. */
export function parseFloating(text: string): number | undefined {
  const trimmed = text.trim();
  if (!pattern.test(trimmed)) return undefined;
  if (trimmed.endsWith('NaN')) return Number.NaN;
  return Number(trimmed.replace(/[fFdD]$/, ''));
}
