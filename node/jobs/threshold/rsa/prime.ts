/**
 * Primes of RSA keys, as in FIPS 186-5, appendix A.1.3 (random numbers that OpenSSL finds to be probably prime), but for one thing:
 * p = 3 mod 4, and (p - 1) / 2 has no prime factor below 256. Candidates are uniform among numbers of that kind, made by the Chinese
 * remainder theorem: modulo each small prime a residue other than 0 (or it is no prime) and 1 (or p - 1 has the factor). That
 * costs four bits of entropy of each prime, and finds one five times as fast as trying odd numbers.
 */
import { checkPrimeSync } from 'node:crypto';
import type { RandomSource } from '../../../crypto/random.ts';
import { randomBits } from './integer-sharing.ts';
import { bitLength, gcd, inverse, modulo, toShortBytes } from './integers.ts';
import { rsaLimits } from './limits.ts';

const exponent = BigInt(rsaLimits.publicExponent);
/** Of distances from uniform when a random number is reduced. */
const spareBits = 128;
/** A candidate is prime with probability above 1 / 200 up to 2048 bits: so many fail with probability below 2^-140. */
const candidatesMax = 20_000;

const oddPrimes: readonly number[] = (() => {
  const found: number[] = [];
  for (let number = 3; number < rsaLimits.smallFactorsBelow; number += 2) {
    if (found.every((prime) => number % prime !== 0)) found.push(number);
  }
  return found;
})();

export interface RsaPrimes {
  readonly p: bigint;
  readonly q: bigint;
}

/** Two primes whose product has exactly so many bits. */
export function generateRsaPrimes(modulusBits: number, random: RandomSource): RsaPrimes {
  const bits = modulusBits / 2;
  const p = generateRsaPrime(bits, random);
  for (;;) {
    const q = generateRsaPrime(bits, random);
    // Each fails with probability below one in a thousand.
    const distance = p > q ? p - q : q - p;
    if (gcd(p - 1n, q - 1n) === 2n && bitLength(distance) > bits - 100) return { p, q };
  }
}

/** At least 2^(bits - 1/2), so that a product of two has twice as many bits. */
export function generateRsaPrime(bits: number, random: RandomSource): bigint {
  const least = squareRoot(1n << BigInt(2 * bits - 1)) + 1n;
  for (let tries = 0; tries < candidatesMax; tries += 1) {
    const candidate = randomCandidate(least, 1n << BigInt(bits), random);
    if (candidate % exponent !== 1n && checkPrimeSync(toShortBytes(candidate))) return candidate;
  }
  throw new Error('no prime among very many candidates: the random source is broken');
}

/** In [least, end). */
function randomCandidate(least: bigint, end: bigint, random: RandomSource): bigint {
  let [residue, modulus] = [3n, 4n];
  for (const prime of oddPrimes) {
    const small = BigInt(prime);
    const wanted = 2n + uniformBelow(small - 2n, random);
    const step = modulo((wanted - residue) * (inverse(modulus, small) as bigint), small);
    residue += modulus * step;
    modulus *= small;
  }
  const first = (least - residue + modulus - 1n) / modulus;
  const count = (end - 1n - residue) / modulus - first + 1n;
  return residue + modulus * (first + uniformBelow(count, random));
}

function uniformBelow(bound: bigint, random: RandomSource): bigint {
  return randomBits(bitLength(bound) + spareBits, random) % bound;
}

/** Rounded down; by Newton's method from above. */
function squareRoot(value: bigint): bigint {
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
