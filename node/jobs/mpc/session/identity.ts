/** Who a party is: an Ed25519 key. Descriptions of jobs map the names of parties to public keys. */
import type { TaggedKey, TaggedSignature } from '../../../api/index.ts';
import { Tag } from '../../../api/index.ts';
import { equalConstantTime } from '../../../crypto/compare.ts';
import { Ed25519Verifier, ed25519SeedBytes, ed25519SigningKey } from '../../../crypto/ed25519.ts';
import type { RandomSource } from '../channel.ts';

export const publicKeyBytes = 1 + 32;
export const signatureBytes = 1 + 64;

export interface Identity {
  readonly publicKey: TaggedKey;
  sign(message: Uint8Array): TaggedSignature;
}

/** @param seed 32 secret bytes, copied */
export function identityFromSeed(seed: Uint8Array): Identity {
  return ed25519SigningKey(seed);
}

/** For parties that exist for one job. The seed is what a thread or process that is to be this party is given. */
export function newIdentity(random: RandomSource): {
  readonly identity: Identity;
  readonly seed: Uint8Array;
} {
  const seed = random(ed25519SeedBytes);
  return { identity: identityFromSeed(seed), seed };
}

export function isPublicKey(bytes: Uint8Array): boolean {
  return bytes.length === publicKeyBytes && bytes[0] === Tag.ed25519PublicKey;
}

export function sameKey(left: TaggedKey, right: TaggedKey): boolean {
  return equalConstantTime(left, right);
}

const verifier = new Ed25519Verifier();

export function verifySignature(key: TaggedKey, message: Uint8Array, signature: TaggedSignature): boolean {
  return verifier.verify(key, message, signature);
}
