/**
 * Partial powers and what they make: Shoup, "Practical threshold signatures" (EUROCRYPT 2000), with the exponents that integer shares of
 * Delta d need.
 *
 *   partial of custodian i:  x_i = x^(Delta f(i))          f(0) = Delta d
 *   w = product of x_i^(2 Delta lambda_i) = x^(2 Delta^3 d)
 *   y = w^a x^b with a 2 Delta^3 + b e = 1, so y^e = x, and y = x^d where x has no factor in common with N.
 *
 * Delta in a partial's exponent is what lets x_i be computed from x^d and the shares of any t others, so a partial tells nothing that the
 * result does not, for every x, also a ciphertext that somebody chose. The square makes signs of partials irrelevant.
 */
import { constants, publicEncrypt } from 'node:crypto';
import { integerLagrange } from './integer-sharing.ts';
import { inverse, type PowerTerm, productOfPowers, toBytes, toInteger } from './integers.ts';
import type { RsaKey } from './key.ts';
import { rsaLimits } from './limits.ts';
import type { ShareSlot } from './stored-share.ts';

/** By custodian. */
export type Partials = ReadonlyMap<number, bigint>;

export function partialPower({ key, share }: ShareSlot, x: bigint): bigint {
  return key.powers.power(x, key.delta * share);
}

/**
 * @param partials t + 1 of them
 * @returns x^d, which was checked; undefined when some partial is wrong
 */
export function combine(key: RsaKey, x: bigint, partials: Partials): bigint | undefined {
  const { modulus, delta } = key;
  const exponent = BigInt(rsaLimits.publicExponent);
  const scale = 2n * delta ** 3n;
  // e is a prime above n.
  const a = inverse(scale, exponent) as bigint;
  const b = (1n - a * scale) / exponent;
  const factors = integerLagrange([...partials.keys()], 0, delta);
  const terms: PowerTerm[] = [...partials.values()].map((base, at) => ({
    base,
    exponent: 2n * a * factors[at]!,
  }));
  const y = productOfPowers([...terms, { base: x, exponent: b }], modulus);
  return y !== undefined && isPower(key, x, y) ? y : undefined;
}

/** Whether y^e = x, by OpenSSL: not by the arithmetic that made y. */
function isPower({ publicKey, modulusBytes }: RsaKey, x: bigint, y: bigint): boolean {
  const raised = publicEncrypt(
    { key: publicKey, padding: constants.RSA_NO_PADDING },
    toBytes(y, modulusBytes),
  );
  return toInteger(raised) === x;
}
