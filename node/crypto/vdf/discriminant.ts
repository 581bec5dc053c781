/**
 * The discriminant of a challenge: -p, p the first prime of a stream of candidates that SHA-256 draws from the challenge.
 * All candidates lie in one residue class modulo 120,120 = 8 * 3 * 5 * 7 * 11 * 13 which is 7 mod 8 and prime to the rest, so
 * only one candidate in 272 (2,048 bits, mean) is looked at before a prime comes.
 *
 * The rule is the reference protocol's (it descends from Chia's); how a prime is recognised is in prime.ts.
 */
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, counterBytes, unsignedFrom } from './bytes.ts';
import { type ClassGroup, classGroup, isSupportedBits } from './form.ts';
import { vdfLimits } from './limits.ts';
import { isProbablePrime, isStrongProbablePrime2, primesBelow } from './prime.ts';

const candidateStep = 120_120;
/** Sieving costs 8 ms at 2,048 bits up to this prime, and saves more than that in prime tests; twice as far gains nothing. */
const sievePrimeMax = 2 ** 18;
const sieveWindow = 2048;

let residueTable: Uint32Array | undefined;
/** The 5,760 admissible residues modulo `candidateStep`, ascending. */
function residues(): Uint32Array {
  residueTable ??= Uint32Array.from(
    Array.from({ length: candidateStep / 8 }, (_, n) => 8 * n + 7).filter((residue) =>
      [3, 5, 7, 11, 13].every((prime) => residue % prime !== 0),
    ),
  );
  return residueTable;
}

let sievePrimeTable: Uint32Array | undefined;
function sievePrimes(): Uint32Array {
  sievePrimeTable ??= primesBelow(sievePrimeMax).filter((prime) => prime > 13);
  return sievePrimeTable;
}

/** The first candidate. The others follow at distance `candidateStep`. @param bits at least 32 */
export function firstCandidate(challenge: Uint8Array, bits: number): bigint {
  const length = Math.ceil(bits / 8) + 2;
  const blocks: Uint8Array[] = [];
  for (let counter = 0; counter * 32 < length; counter++) {
    blocks.push(sha256(concat(challenge, counterBytes(counter, 2))));
  }
  const stream = concat(...blocks).subarray(0, length);
  const residue = residues()[(stream[length - 2]! * 256 + stream[length - 1]!) % residues().length]!;
  const drawn = unsignedFrom(stream.subarray(0, length - 2)) >> BigInt((length - 2) * 8 - bits);
  const sized = drawn | (1n << BigInt(bits - 1));
  return sized - (sized % BigInt(candidateStep)) + BigInt(residue);
}

/** A class group and where in the challenge's stream its discriminant stands. */
export interface ChallengeGroup {
  readonly group: ClassGroup;
  /** Number of candidates before the prime. */
  readonly hint: number;
}

export interface SearchOptions {
  /**
   * Says quickly whether a number may be prime; must never be false for a prime. Default: strong test to base 2. A test in
   * native code makes the search two times faster and changes no answer, because what it lets pass is tested again.
   */
  readonly mayBePrime?: (candidate: bigint) => boolean;
  /** Called before each test, about every 5 ms at 2,048 bits; may throw to stop. */
  readonly onCandidate?: () => void;
}

/** n mod prime for each sieving prime. */
function remainders(n: bigint, primes: Uint32Array): Uint32Array {
  const limbs: number[] = [];
  for (let rest = n; rest > 0n; rest >>= 32n) limbs.push(Number(rest & 0xffff_ffffn));
  limbs.reverse();
  const result = new Uint32Array(primes.length);
  for (let index = 0; index < primes.length; index++) {
    const prime = primes[index]!;
    let rest = 0;
    // Below 2^18 * 2^32: exact.
    for (const limb of limbs) rest = (rest * 4_294_967_296 + limb) % prime;
    result[index] = rest;
  }
  return result;
}

/** Inverse of `value` modulo a prime below 2^18. */
function smallInverse(value: number, prime: number): number {
  let r0 = prime;
  let r1 = value % prime;
  let q0 = 0;
  let q1 = 1;
  while (r1 > 1) {
    const quotient = Math.floor(r0 / r1);
    [r0, r1] = [r1, r0 - quotient * r1];
    [q0, q1] = [q1, q0 - quotient * q1];
  }
  return q1 < 0 ? q1 + prime : q1;
}

/** Marks candidates with a small factor. Returns, per window of candidates, one byte each: 1 = composite. */
function* sieve(first: bigint): Generator<Uint8Array, never> {
  const primes = sievePrimes();
  const rest = remainders(first, primes);
  // Index of the next candidate that the prime divides, counted from the window's start.
  const next = new Uint32Array(primes.length);
  for (let index = 0; index < primes.length; index++) {
    const prime = primes[index]!;
    next[index] = ((prime - rest[index]!) * smallInverse(candidateStep, prime)) % prime;
  }
  const composite = new Uint8Array(sieveWindow);
  for (;;) {
    composite.fill(0);
    for (let index = 0; index < primes.length; index++) {
      const prime = primes[index]!;
      let at = next[index]!;
      for (; at < sieveWindow; at += prime) composite[at] = 1;
      next[index] = at - sieveWindow;
    }
    yield composite;
  }
}

/**
 * The discriminant of a challenge, as a positive prime, and its hint; undefined when the stream has no prime within its
 * bound, which does not happen (vdfLimits.candidatesPerBit). `bits` may be smaller here than a class group allows.
 */
export function findPrime(
  challenge: Uint8Array,
  bits: number,
  options: SearchOptions = {},
): { prime: bigint; hint: number } | undefined {
  const mayBePrime = options.mayBePrime ?? isStrongProbablePrime2;
  const first = firstCandidate(challenge, bits);
  // Below this a candidate may itself be a sieving prime; lengths that small serve no one but vectors.
  const canSieve = bits > 64;
  const windows = canSieve ? sieve(first) : undefined;
  let composite: Uint8Array | undefined;
  const candidatesMax = bits * vdfLimits.candidatesPerBit;
  for (let hint = 0; hint < candidatesMax; hint++) {
    if (windows !== undefined && hint % sieveWindow === 0) composite = windows.next().value;
    if (composite?.[hint % sieveWindow] === 1) continue;
    options.onCandidate?.();
    const candidate = first + BigInt(hint) * BigInt(candidateStep);
    if (candidate >> BigInt(bits) !== 0n) return undefined;
    if (mayBePrime(candidate) && isProbablePrime(candidate)) return { prime: candidate, hint };
  }
  return undefined;
}

function checkArguments(challenge: Uint8Array, bits: number): void {
  if (!isSupportedBits(bits)) throw new RangeError(`a discriminant of ${bits} bits is not supported`);
  if (challenge.length > vdfLimits.challengeBytesMax) throw new RangeError('the challenge is too long');
}

/**
 * The class group of a challenge. About 0.3 s at 2,048 bits, with a wide spread.
 *
 * @throws RangeError when `bits` or the challenge's length is not supported, or the stream has no prime
 */
export function discriminantOf(
  challenge: Uint8Array,
  bits: number,
  options: SearchOptions = {},
): ChallengeGroup {
  checkArguments(challenge, bits);
  const found = findPrime(challenge, bits, options);
  if (found === undefined) throw new RangeError('the stream of this challenge has no prime');
  return { group: classGroup(-found.prime, bits), hint: found.hint };
}

/**
 * The class group at a hinted place of the challenge's stream, or undefined when that place holds no prime.
 *
 * What is lost against the search: that no earlier candidate is prime. Whoever makes the hint may choose among the primes
 * within the bound, about sixty. That buys sixty draws where an honest prover has one; a single draw with a class number
 * that anyone could compute is out of reach at 2,048 bits, and the draws are as random as the challenge itself. It does not
 * shorten the evaluation under any discriminant. Where hints are signed by a quorum that searched, nothing is lost.
 */
export function discriminantAt(challenge: Uint8Array, bits: number, hint: number): ClassGroup | undefined {
  checkArguments(challenge, bits);
  if (!Number.isInteger(hint) || hint < 0 || hint >= bits * vdfLimits.candidatesPerBit) return undefined;
  const candidate = firstCandidate(challenge, bits) + BigInt(hint) * BigInt(candidateStep);
  if (candidate >> BigInt(bits) !== 0n || !isProbablePrime(candidate)) return undefined;
  return classGroup(-candidate, bits);
}
