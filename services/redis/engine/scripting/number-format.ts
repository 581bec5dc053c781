/** Numbers as C prints and reads them. */

/** `%.<precision>g` */
export function generalNumber(value: number, precision: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 10 ** precision) {
    return Object.is(value, -0) ? '-0' : String(value);
  }
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  const [mantissa, power] = rounded(value, precision).split('e') as [string, string];
  const exponent = Number(power);
  if (exponent < -4 || exponent >= precision) {
    const digits = String(Math.abs(exponent)).padStart(2, '0');
    return `${withoutZeros(mantissa)}e${exponent < 0 ? '-' : '+'}${digits}`;
  }
  return withoutZeros(pointAt(mantissa, exponent));
}

/** Digits after the first that decide whether a number is exactly between two: it has no more that are not 0. */
const exactDigits = 60;

/** As `toExponential`, but exactly between two it is the even one, not the larger. */
function rounded(value: number, precision: number): string {
  const text = value.toExponential(precision - 1);
  const exact = value.toExponential(exactDigits);
  const from = exact.indexOf('.') + precision;
  const end = exact.indexOf('e');
  const isTie = exact[from] === '5' && withoutZeros(exact.slice(0, end)).length === from + 1;
  const last = precision === 1 ? from - 2 : from - 1;
  if (!isTie || Number(exact[last]) % 2 !== 0) return text;
  return exact.slice(0, precision === 1 ? from - 1 : from) + exact.slice(end);
}

/** Moves the point of a mantissa of one digit before it. */
function pointAt(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : '';
  const digits = mantissa.slice(sign.length).replace('.', '');
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`;
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0');
  return `${sign}${whole}.${digits.slice(exponent + 1)}`;
}

function withoutZeros(text: string): string {
  if (!text.includes('.')) return text;
  let end = text.length;
  while (text[end - 1] === '0') end--;
  if (text[end - 1] === '.') end--;
  return text.slice(0, end);
}

const numberForm =
  /[+-]?(?:0x(?:[0-9a-f]+\.?[0-9a-f]*|\.[0-9a-f]+)(?:p[+-]?\d+)?|inf(?:inity)?|nan(?:\(\w*\))?|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/iy;

/** The longest number that begins at a place in a text, as strtod reads it. `end` is the place when there is none. */
export function numberAt(text: string, at: number): { readonly value: number; readonly end: number } {
  numberForm.lastIndex = at;
  const match = numberForm.exec(text);
  if (match === null) return { value: 0, end: at };
  const found = match[0];
  return { value: toNumber(found.toLowerCase()), end: at + found.length };
}

function toNumber(text: string): number {
  const isNegative = text[0] === '-';
  const size = isNegative || text[0] === '+' ? text.slice(1) : text;
  const value = magnitude(size);
  return isNegative ? -value : value;
}

function magnitude(text: string): number {
  if (text.startsWith('inf')) return Number.POSITIVE_INFINITY;
  if (text.startsWith('nan')) return Number.NaN;
  if (!text.startsWith('0x')) return Number(text);
  const [digits, power] = text.slice(2).split('p') as [string, string?];
  const [whole, fraction = ''] = digits.split('.') as [string, string?];
  let value = 0;
  for (const digit of whole + fraction) value = value * 16 + Number.parseInt(digit, 16);
  return value * 2 ** (Number(power ?? 0) - 4 * fraction.length);
}
