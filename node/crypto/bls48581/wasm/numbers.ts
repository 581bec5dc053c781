/** The numbers of the kernel in big integers: used while it is generated, and by the host for conversions. */

/** Seed of the curve is -seed: p = (x - 1)^2 (x^16 - x^8 + 1) / 3 + x and r = x^16 - x^8 + 1 at x = -seed. */
export const seed = 0x140000381n;
const x = -seed;
export const r = x ** 16n - x ** 8n + 1n;
export const p = ((x - 1n) ** 2n * r) / 3n + x;

/** Field elements are 20 signed limbs of 30 bits in 32-bit words; Montgomery radix 2^600. */
export const limbCount = 20;
export const limbBits = 30;
export const radix = 1n << BigInt(limbCount * limbBits);
/** Bytes of a field element in the kernel's memory. */
export const fieldBytes = 4 * limbCount;

export const modulo = (value: bigint, modulus: bigint) => ((value % modulus) + modulus) % modulus;

export function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n;
  let square = modulo(base, modulus);
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

/** Inverse for any modulus to which the value is coprime. */
export function inverse(value: bigint, modulus: bigint): bigint {
  let [a, b, u, v] = [modulo(value, modulus), modulus, 1n, 0n];
  while (b > 0n) {
    const quotient = a / b;
    [a, b] = [b, a - quotient * b];
    [u, v] = [v, u - quotient * v];
  }
  if (a !== 1n) throw new Error('not invertible');
  return modulo(u, modulus);
}

/** The cube root of one for which (x, y) -> (cubeRoot * x, -y) multiplies points of G1 by seed^8. */
export const cubeRoot = power(power(2n, (p - 1n) / 3n, p), 2n, p);

/** Balanced digits: each but the last in [-2^29, 2^29). */
export function toLimbs(value: bigint, count: number = limbCount): Int32Array<ArrayBuffer> {
  const limbs = new Int32Array(count);
  let rest = value;
  for (let index = 0; index < count; index++) {
    const digit = index < count - 1 ? Number(BigInt.asIntN(limbBits, rest)) : Number(rest);
    if (digit !== digit >> 0) throw new Error('a number larger than its limbs');
    limbs[index] = digit;
    rest = (rest - BigInt(digit)) >> BigInt(limbBits);
  }
  return limbs;
}

/** Any limbs, also such that were not carried. */
export function fromLimbs(limbs: Int32Array): bigint {
  let value = 0n;
  for (let index = limbs.length - 1; index >= 0; index--) {
    value = (value << BigInt(limbBits)) + BigInt(limbs[index]!);
  }
  return value;
}

/** Limbs of a field element as constants hold it: value * radix mod p, balanced around zero or not as given. */
export const toMontgomery = (value: bigint) => toLimbs(modulo(value * radix, p));
export const fromMontgomery = (limbs: Int32Array) => modulo(fromLimbs(limbs) * inverse(radix, p), p);

/** a + b i with i^2 = -1. */
export type Complex = readonly [bigint, bigint];
export const complexMul = ([a, b]: Complex, [c, d]: Complex): Complex => [
  modulo(a * c - b * d, p),
  modulo(a * d + b * c, p),
];
export function complexPower(base: Complex, exponent: bigint): Complex {
  let result: Complex = [1n, 0n];
  let square = base;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = complexMul(result, square);
    square = complexMul(square, square);
  }
  return result;
}
