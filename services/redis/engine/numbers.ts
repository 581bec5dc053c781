/** Numbers in arguments and values, read as strictly as redis-server reads them (string2ll, string2d of Redis). */

const integerMin = -(2n ** 63n);
const integerMax = 2n ** 63n - 1n;

/**
 * A decimal without leading zeros, spaces or `+`, within 64 bits. A number when it is a safe integer, else a bigint.
 * @returns undefined when it is none
 */
export function parseInteger(text: string): number | bigint | undefined {
  const { length } = text;
  if (length === 0 || length > 20) return undefined;
  let at = 0;
  let first = text.charCodeAt(0);
  if (first === 45) {
    if (length === 1) return undefined;
    at = 1;
    first = text.charCodeAt(1);
    if (first === 48) return undefined;
  }
  if (first === 48) return length === 1 ? 0 : undefined;
  let value = 0;
  for (let i = at; i < length; i++) {
    const digit = text.charCodeAt(i) - 48;
    if (digit < 0 || digit > 9) return undefined;
    value = value * 10 + digit;
  }
  if (value <= Number.MAX_SAFE_INTEGER) return at === 1 ? -value : value;
  const exact = BigInt(text);
  return exact < integerMin || exact > integerMax ? undefined : exact;
}

/** As `parseInteger`, for arguments where only a safe integer makes sense; a larger one is taken as the nearest limit. */
export function parseSafeInteger(text: string): number | undefined {
  const value = parseInteger(text);
  if (typeof value !== 'bigint') return value;
  return value > 0n ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER;
}

const floatForm =
  /^[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)(?:[pP][+-]?[0-9]+)?)$/;

/** A decimal or hexadecimal float, `inf`, `+inf`, `-inf`, `infinity`. @returns undefined when it is none, and for NaN */
export function parseFloatStrict(text: string): number | undefined {
  if (/^[+-]?inf(?:inity)?$/i.test(text))
    return text[0] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  if (!floatForm.test(text)) return undefined;
  if (/0[xX]/.test(text)) return hexFloat(text);
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

function hexFloat(text: string): number {
  const match = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)(?:[pP]([+-]?[0-9]+))?$/.exec(text)!;
  const digits = Number.parseInt(match[2]! + match[3]!, 16);
  const value = digits * 2 ** (Number(match[4] ?? 0) - 4 * match[3]!.length);
  return match[1] === '-' ? -value : value;
}
