/**
 * Proof that a partial is what the share makes of x: equality of two discrete logarithms in a group of unknown order (Shoup,
 * "Practical threshold signatures", EUROCRYPT 2000, section 2.2), without interaction by Fiat and Shamir's method.
 *
 *   x~ = x^(2 Delta); statement: x_i^2 = x~^s and v_i = v^s
 *   r uniform in [0, 2^(bits of a share + 2 * 128)); v' = v^r, x' = x~^r; c = H(statement, v', x'); z = s c + r
 *   proof: c, z. Verifier: v' = v^z v_i^-c, x' = x~^z x_i^(-2 c), and the challenge of these is c.
 *
 * Soundness without safe primes, as in Damgard and Koprowski, "Practical threshold RSA signatures without a trusted dealer" (EUROCRYPT
 * 2001) and Fouque and Stern (ASIACRYPT 2001): of a cheater that answers two challenges for the same v', x' one learns U and D, 0 < |D| <
 * 2^128, with v^U = 1 and x~^U = delta^D, delta = x_i^2 / x~^s. If U is not 0, it is a multiple of the order of v, which factors N. If it is
 * 0, delta is an element of an order that divides a known number of 128 bits. For primes that the dealer made, p - 1 and q - 1 have nothing
 * but 2 in common and squares have odd order: some power of delta is 1 modulo just one of them, which factors N again. So one
 * challenge is enough against everybody who cannot factor N; repetitions (against one who can) would be of no use, as that one has the
 * key. For imported keys that such an element cannot be found is an assumption. Nothing but the naming of a cheater rests on it:
 * results are checked, and blame.ts then tells wrong partials from right ones by the results that they make.
 *
 * Statistically zero knowledge: r hides s c, whose bits are 128 less.
 */
import { createHash } from 'node:crypto';
import type { RandomSource } from '../../../crypto/random.ts';
import { randomBits } from './integer-sharing.ts';
import { bitLength, productOfPowers, toBytes, toInteger } from './integers.ts';
import type { RsaKey } from './key.ts';
import { rsaLimits } from './limits.ts';
import type { ShareSlot } from './stored-share.ts';

const challengeBytes = rsaLimits.challengeBits / 8;

/** Challenge and response. */
export function proofBytes(key: RsaKey): number {
  return challengeBytes + responseBytes(key);
}

export function provePartial(
  { key, share }: ShareSlot,
  custodian: number,
  x: bigint,
  partial: bigint,
  random: RandomSource,
): Uint8Array {
  const { powers, modulus } = key;
  const nonce = randomBits(nonceBits(key), random);
  const raised = raisedBase(key, x);
  const first = powers.power(key.base, nonce);
  const second = powers.power(raised, nonce);
  const c = challenge(key, custodian, raised, (partial * partial) % modulus, first, second);
  return Buffer.concat([toBytes(c, challengeBytes), toBytes(share * c + nonce, responseBytes(key))]);
}

/** @param partial in [1, N) */
export function verifyPartial(
  key: RsaKey,
  custodian: number,
  x: bigint,
  partial: bigint,
  proof: Uint8Array,
): boolean {
  if (proof.length !== proofBytes(key)) return false;
  const { powers, modulus } = key;
  const c = toInteger(proof.subarray(0, challengeBytes));
  const z = toInteger(proof.subarray(challengeBytes));
  if (bitLength(z) > nonceBits(key) + 1) return false;
  const raised = raisedBase(key, x);
  const square = (partial * partial) % modulus;
  const without = (power: bigint, of: bigint): bigint | undefined =>
    productOfPowers(
      [
        { base: power, exponent: 1n },
        { base: of, exponent: -c },
      ],
      modulus,
    );
  const first = without(powers.power(key.base, z), key.verificationKey(custodian));
  const second = without(powers.power(raised, z), square);
  if (first === undefined || second === undefined) return false;
  return challenge(key, custodian, raised, square, first, second) === c;
}

function nonceBits(key: RsaKey): number {
  return 8 * key.shareBytes + rsaLimits.challengeBits + rsaLimits.statisticalBits;
}

function responseBytes(key: RsaKey): number {
  return nonceBits(key) / 8 + 1;
}

function raisedBase({ delta, modulus }: RsaKey, x: bigint): bigint {
  return productOfPowers([{ base: x, exponent: 2n * delta }], modulus) as bigint;
}

function challenge(key: RsaKey, custodian: number, ...elements: readonly bigint[]): bigint {
  const hash = createHash('sha256')
    .update('hypergate/rsa/proof/v1\0')
    .update(Uint8Array.of(custodian))
    .update(key.digest);
  for (const element of elements) hash.update(toBytes(element, key.modulusBytes));
  return toInteger(hash.digest().subarray(0, challengeBytes));
}
