/** Shares of a signature: made, checked and put together (RFC 9591, sections 5.2 and 5.3). */
import { Tag } from '../../../api/index.ts';
import { Ed25519Verifier } from '../../../crypto/ed25519.ts';
import { ed25519, modulo } from '../groups/index.ts';
import type { Session, Signer, Subject } from './ciphersuite.ts';

export interface Nonces {
  readonly hiding: bigint;
  readonly binding: bigint;
}

const { order } = ed25519;
const verifier = new Ed25519Verifier();

/** z = d + e rho + lambda s c. The nonces must never be used again. */
export function signShare({ bindingFactor, keyFactor }: Signer, nonces: Nonces, share: bigint): bigint {
  return modulo(nonces.hiding + nonces.binding * bindingFactor + keyFactor * share, order);
}

/** zB = D + rho E + lambda c Y: whether it is the share of who has this verification key. */
export function isShare(
  { commitment, bindingFactor, keyFactor }: Signer,
  verificationKey: Uint8Array,
  share: bigint,
): boolean {
  const terms = [
    { element: commitment.hiding, factor: 1n },
    { element: commitment.binding, factor: bindingFactor },
    { element: verificationKey, factor: keyFactor },
  ];
  return isMultiple(share, terms);
}

/** R ‖ S, 64 bytes. */
export function aggregate({ groupCommitment }: Session, shares: readonly bigint[]): Uint8Array {
  const sum = shares.reduce((all, share) => modulo(all + share, order), 0n);
  return Buffer.concat([groupCommitment, ed25519.encodeScalar(sum)]);
}

/** Of a signature that `aggregate` made. Ed25519 by OpenSSL, which made no part of it; Ed25519ph, which it does not have, by the equation. */
export function isSignature(subject: Subject, session: Session, signature: Uint8Array): boolean {
  const { publicKey, message, prehashed } = subject;
  if (!prehashed) {
    const tagged = (tag: number, bytes: Uint8Array) => Buffer.concat([Buffer.of(tag), bytes]);
    return verifier.verify(
      tagged(Tag.ed25519PublicKey, publicKey),
      message,
      tagged(Tag.ed25519Signature, signature),
    );
  }
  const terms = [
    { element: session.groupCommitment, factor: 1n },
    { element: publicKey, factor: session.challenge },
  ];
  return isMultiple(ed25519.decodeScalar(signature.subarray(32)), terms);
}

function isMultiple(scalar: bigint, terms: Parameters<typeof ed25519.combine>[0]): boolean {
  try {
    return Buffer.compare(ed25519.baseMultiply(scalar), ed25519.combine(terms)) === 0;
  } catch (error) {
    // Zero, or the identity: no honest signer has them.
    if (error instanceof RangeError) return false;
    throw error;
  }
}
