/** Arithmetic of integers and modulo N. Nothing here runs in constant time: exponents are public, unless a function says otherwise. */

export function toInteger(bytes: Uint8Array): bigint {
  if (bytes.length === 0) return 0n;
  return BigInt(`0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')}`);
}

/** Big-endian. @throws RangeError when it does not fit or is negative */
export function toBytes(value: bigint, length: number): Buffer {
  const text = value.toString(16);
  if (value < 0n || text.length > 2 * length) throw new RangeError('the number does not fit its field');
  return Buffer.from(text.padStart(2 * length, '0'), 'hex');
}

/** As few bytes as it takes, at least one. */
export function toShortBytes(value: bigint): Buffer {
  return toBytes(value, Math.ceil(value.toString(16).length / 2));
}

/** A sign (1: negative), then the magnitude. */
export function toSignedBytes(value: bigint, length: number): Buffer {
  const negative = value < 0n;
  return Buffer.concat([Buffer.of(negative ? 1 : 0), toBytes(negative ? -value : value, length)]);
}

/** @throws RangeError for another sign */
export function fromSignedBytes(bytes: Uint8Array): bigint {
  const magnitude = toInteger(bytes.subarray(1));
  if (bytes[0] === 0) return magnitude;
  if (bytes[0] === 1) return -magnitude;
  throw new RangeError('a sign that is none');
}

export function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}

/** In [0, modulus). */
export function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

export function gcd(left: bigint, right: bigint): bigint {
  let [a, b] = [left < 0n ? -left : left, right < 0n ? -right : right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a;
}

/** @returns undefined when there is none */
export function inverse(value: bigint, modulus: bigint): bigint | undefined {
  let [a, b] = [modulo(value, modulus), modulus];
  let [x, y] = [1n, 0n];
  while (a > 1n) {
    const quotient = b / a;
    [b, a] = [a, b - quotient * a];
    [y, x] = [x, y - quotient * x];
  }
  return a === 1n ? modulo(x, modulus) : undefined;
}

/** @throws Error when it leaves a rest: an assertion */
export function divideExactly(value: bigint, divisor: bigint): bigint {
  if (value % divisor !== 0n) throw new Error('a division that has to be exact is not');
  return value / divisor;
}

export interface PowerTerm {
  readonly base: bigint;
  /** Of either sign. */
  readonly exponent: bigint;
}

/**
 * The product of base^exponent, squarings shared by all terms (Straus). One inversion serves all negative exponents.
 *
 * @returns undefined when something that is to be inverted has no inverse
 */
export function productOfPowers(terms: readonly PowerTerm[], modulus: bigint): bigint | undefined {
  const above = positiveProduct(
    terms.filter(({ exponent }) => exponent > 0n),
    modulus,
  );
  const negative = terms.filter(({ exponent }) => exponent < 0n);
  if (negative.length === 0) return above;
  const below = positiveProduct(
    negative.map(({ base, exponent }) => ({ base, exponent: -exponent })),
    modulus,
  );
  const inverted = inverse(below, modulus);
  return inverted === undefined ? undefined : (above * inverted) % modulus;
}

function positiveProduct(terms: readonly PowerTerm[], modulus: bigint): bigint {
  const digits = terms.map(({ base, exponent }) => ({ base, bits: exponent.toString(2) }));
  const length = Math.max(0, ...digits.map(({ bits }) => bits.length));
  let product = 1n;
  for (let left = length; left > 0; left -= 1) {
    if (product !== 1n) product = (product * product) % modulus;
    for (const { base, bits } of digits) {
      if (bits[bits.length - left] === '1') product = (product * base) % modulus;
    }
  }
  return product;
}
