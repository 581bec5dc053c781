/**
 * Proof that two elements have the same discrete logarithm: A = xG and B = xP (Chaum and Pedersen, "Wallet databases with observers",
 * CRYPTO 1992), without interaction by Fiat and Shamir's method; the challenge is over the whole statement and a context.
 *
 * Proof: challenge ‖ response, as scalars. Verifier: T1 = zG - cA, T2 = zP - cB, and the challenge of these is c.
 */
import { createHash } from 'node:crypto';
import type { RandomSource } from '../../../crypto/random.ts';
import { type Group, modulo, randomScalar } from '../groups/index.ts';

export interface DleqStatement {
  /** P. */
  readonly element: Uint8Array;
  /** A = xG. */
  readonly publicKey: Uint8Array;
  /** B = xP. */
  readonly product: Uint8Array;
}

export function proveDleq(
  group: Group,
  statement: DleqStatement,
  secret: bigint,
  context: Uint8Array,
  random: RandomSource,
): Uint8Array {
  const nonce = randomScalar(group, random);
  const first = group.baseMultiply(nonce);
  const second = group.multiply(statement.element, nonce);
  const c = challenge(group, statement, first, second, context);
  const z = modulo(nonce + c * secret, group.order);
  return Buffer.concat([group.encodeScalar(c), group.encodeScalar(z)]);
}

/** Elements of the statement have to have been checked to be elements. */
export function verifyDleq(
  group: Group,
  statement: DleqStatement,
  proof: Uint8Array,
  context: Uint8Array,
): boolean {
  const { scalarBytes } = group;
  if (proof.length !== 2 * scalarBytes) return false;
  try {
    const c = group.decodeScalar(proof.subarray(0, scalarBytes));
    const z = group.decodeScalar(proof.subarray(scalarBytes));
    if (z === 0n || c === 0n) return false;
    const first = group.combine([
      { element: group.baseMultiply(z), factor: 1n },
      { element: statement.publicKey, factor: -c },
    ]);
    const second = group.combine([
      { element: statement.element, factor: z },
      { element: statement.product, factor: -c },
    ]);
    return challenge(group, statement, first, second, context) === c;
  } catch (error) {
    // A scalar that is not canonical, or a sum that no honest prover has.
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function challenge(
  group: Group,
  { element, publicKey, product }: DleqStatement,
  first: Uint8Array,
  second: Uint8Array,
  context: Uint8Array,
): bigint {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(context.length);
  const hash = createHash('sha512')
    .update(`hypergate/dleq/v1\0${group.name}\0`)
    .update(length)
    .update(context);
  for (const part of [element, publicKey, product, first, second]) hash.update(part);
  // 256 bits are enough for every group here.
  return modulo(BigInt(`0x${hash.digest('hex').slice(0, 64)}`), group.order);
}
