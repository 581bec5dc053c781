/**
 * Proof that a dealer knows the secret behind its first commitment A = aG (Schnorr, "Efficient signature generation by smart cards", J.
 * Cryptology 1991, without interaction by Fiat and Shamir's method), as PedPoP asks for: Komlo and Goldberg, "FROST: flexible
 * round-optimized Schnorr threshold signatures", SAC 2020, figure 1. The context and the dealer's index are hashed with it, so that
 * nobody can use it as its own or a second time.
 *
 * Proof: challenge, response, as scalars. Verifier: R = zG - cA, and the challenge of R is c.
 */
import { createHash } from 'node:crypto';
import type { RandomSource } from '../../../crypto/random.ts';
import { type Group, modulo, randomScalar } from '../groups/index.ts';
import { orUndefined } from './dealing.ts';

export interface Possession {
  readonly dealer: number;
  /** A. */
  readonly element: Uint8Array;
  /** 32 bytes. */
  readonly context: Uint8Array;
}

export function provePossession(
  group: Group,
  statement: Possession,
  secret: bigint,
  random: RandomSource,
): Uint8Array {
  const nonce = randomScalar(group, random);
  const c = challenge(group, statement, group.baseMultiply(nonce));
  return Buffer.concat([group.encodeScalar(c), group.encodeScalar(modulo(nonce + c * secret, group.order))]);
}

/** The element has to have been checked to be one. */
export function verifyPossession(group: Group, statement: Possession, proof: Uint8Array): boolean {
  if (proof.length !== 2 * group.scalarBytes) return false;
  // A scalar that is not canonical or 0, or a sum that is the identity, is in no honest proof.
  return (
    orUndefined(() => {
      const c = group.decodeScalar(proof.subarray(0, group.scalarBytes));
      const z = group.decodeScalar(proof.subarray(group.scalarBytes));
      const nonce = group.add(
        group.baseMultiply(z),
        group.negate(group.multiplyPublic(statement.element, c)),
      );
      return challenge(group, statement, nonce) === c;
    }) ?? false
  );
}

function challenge(group: Group, { dealer, element, context }: Possession, nonce: Uint8Array): bigint {
  const digest = createHash('sha512')
    .update(`hypergate/possession/v1\0${group.name}\0`)
    .update(context)
    .update(Uint8Array.of(dealer))
    .update(element)
    .update(nonce)
    .digest('hex');
  // 256 bits are enough for every group here.
  return modulo(BigInt(`0x${digest.slice(0, 64)}`), group.order);
}
