/** Numbers as the protocol shows them. */

/** A double as Redis prints it: the shortest digits that read back the same, `inf`, `-inf`, `nan`, and `-0`. */
export function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  if (value === Number.NEGATIVE_INFINITY) return '-inf';
  if (Object.is(value, -0)) return '-0';
  const text = String(value);
  const exponent = text.indexOf('e');
  if (exponent < 0) {
    const size = Math.abs(value);
    // JavaScript switches to exponents at 1e21 and 1e-7; Redis at 17 digits and 1e-5 (%.17g, and fpconv at the same places).
    if (size < 1e-4 && size > 0) return expanded(text, value);
    return size >= 1e17 ? expanded(text, value) : text;
  }
  return expanded(text, value);
}

function expanded(text: string, value: number): string {
  const [mantissa, exponent] = (text.includes('e') ? text : value.toExponential()).split('e') as [
    string,
    string,
  ];
  const power = Number(exponent);
  const sign = power < 0 ? '-' : '+';
  const digits = String(Math.abs(power)).padStart(2, '0');
  return `${mantissa}e${sign}${digits}`;
}
