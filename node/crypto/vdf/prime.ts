/**
 * Probable primes, decided the same way everywhere: no random bases, no dependence on a clock or a library.
 *
 * Baillie-PSW: a strong probable-prime test to base 2 and an extra strong Lucas test (Q = 1, P the first of 3, 4, 5, ...
 * with Jacobi symbol (P^2 - 4 | n) = -1). No composite is known that passes both, and none below 2^64 does. Sources:
 * R. Baillie, S. S. Wagstaff, Lucas pseudoprimes (Math. Comp. 35, 1980); J. Grantham, Frobenius pseudoprimes (Math. Comp.
 * 70, 2001); A. Mo, J. P. Jones, for the extra strong form. Numbers tested here are cut from SHA-256, so an adversary can
 * only draw them, not shape them; at 2,048 bits even the base 2 alone errs on a random composite with a chance far below
 * 2^-100 (Damgard, Landrock, Pomerance, Math. Comp. 61, 1993).
 */

/** The primes below `limit`, which is at least 2 and at most 2^24. */
export function primesBelow(limit: number): Uint32Array {
  const composite = new Uint8Array(limit);
  const primes: number[] = [];
  for (let n = 2; n < limit; n++) {
    if (composite[n] === 1) continue;
    primes.push(n);
    for (let multiple = n * n; multiple < limit; multiple += n) composite[multiple] = 1;
  }
  return Uint32Array.from(primes);
}

/** Number of trailing zero bits of a positive integer. */
function trailingZeros(value: bigint): number {
  let count = 0;
  let rest = value;
  while ((rest & 0xffff_ffffn) === 0n) {
    rest >>= 32n;
    count += 32;
  }
  const low = Number(rest & 0xffff_ffffn);
  return count + 31 - Math.clz32(low & -low);
}

/** Jacobi symbol (value | n) of a small non-negative value and an odd positive n. */
function jacobi(value: number, n: bigint): -1 | 0 | 1 {
  let sign: -1 | 1 = 1;
  let top = value;
  let low = Number(n & 7n);
  const pullTwos = (): void => {
    while (top > 0 && top % 2 === 0) {
      top /= 2;
      if (low === 3 || low === 5) sign = sign === 1 ? -1 : 1;
    }
  };
  pullTwos();
  if (top === 0) return n === 1n ? 1 : 0;
  // One step of reciprocity with the large n; from there on both are small.
  if (top % 4 === 3 && low % 4 === 3) sign = sign === 1 ? -1 : 1;
  let bottom = top;
  top = Number(n % BigInt(bottom));
  for (;;) {
    if (bottom === 1) return sign;
    low = bottom % 8;
    pullTwos();
    if (top === 0) return 0;
    if (top % 4 === 3 && bottom % 4 === 3) sign = sign === 1 ? -1 : 1;
    const rest = bottom % top;
    bottom = top;
    top = rest;
  }
}

function isSquare(n: bigint): boolean {
  let root = 1n << BigInt((n.toString(2).length + 1) >> 1);
  for (;;) {
    const next = (root + n / root) >> 1n;
    if (next >= root) return root * root === n;
    root = next;
  }
}

/** Strong probable prime to base 2. @param n odd, at least 3 */
export function isStrongProbablePrime2(n: bigint): boolean {
  const minusOne = n - 1n;
  const zeros = trailingZeros(minusOne);
  const exponent = (minusOne >> BigInt(zeros)).toString(2);
  let value = 1n;
  for (let place = 0; place < exponent.length; place++) {
    value = (value * value) % n;
    if (exponent.charCodeAt(place) === 49) {
      value <<= 1n;
      if (value >= n) value -= n;
    }
  }
  if (value === 1n || value === minusOne) return true;
  for (let turn = 1; turn < zeros; turn++) {
    value = (value * value) % n;
    if (value === minusOne) return true;
  }
  return false;
}

/** Extra strong Lucas probable prime. @param n odd, at least 5 */
export function isExtraStrongLucasProbablePrime(n: bigint): boolean {
  let p = 3;
  for (; ; p++) {
    const symbol = jacobi(p * p - 4, n);
    if (symbol === -1) break;
    if (symbol === 0 && n > BigInt(p + 2)) return false;
    // A square has no such P; any other n has one soon.
    if (p === 23 && isSquare(n)) return false;
  }
  const bigP = BigInt(p);
  const plusOne = n + 1n;
  const zeros = trailingZeros(plusOne);
  const exponent = (plusOne >> BigInt(zeros)).toString(2);
  // V_m and V_(m+1) for the leading bits m of the exponent.
  let v = 2n;
  let next = bigP;
  for (let place = 0; place < exponent.length; place++) {
    const product = (v * next - bigP) % n;
    if (exponent.charCodeAt(place) === 49) {
      v = product;
      next = (next * next - 2n) % n;
    } else {
      next = product;
      v = (v * v - 2n) % n;
    }
  }
  v = (v + n) % n;
  next = (next + n) % n;
  // (P^2 - 4) U_m = 2 V_(m+1) - P V_m
  if ((v === 2n || v === n - 2n) && (2n * next - bigP * v) % n === 0n) return true;
  for (let turn = 0; turn < zeros; turn++) {
    if (v === 0n) return true;
    v = (v * v - 2n) % n;
  }
  return false;
}

const trialPrimes = primesBelow(256);

/** Baillie-PSW; exact below 2^64. */
export function isProbablePrime(n: bigint): boolean {
  if (n < 2n) return false;
  for (const prime of trialPrimes) {
    const small = BigInt(prime);
    if (n % small === 0n) return n === small;
  }
  if (n < 65_536n) return true;
  return isStrongProbablePrime2(n) && isExtraStrongLucasProbablePrime(n);
}
