/** Ed25519 (RFC 8032) over node:crypto with tagged keys and signatures. */
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import { Tag, type TaggedKey, type TaggedSignature } from '../api/index.ts';

export const ed25519SeedBytes = 32;
const signatureBytes = 64;
const keysRememberedMax = 256;
/** DER heads of RFC 8410: PKCS #8 with a 32-byte seed, SubjectPublicKeyInfo with a 32-byte key. */
const privateHead = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicHead = Buffer.from('302a300506032b6570032100', 'hex');

/** Signs; what it signs with stays inside. */
export interface SigningKey {
  readonly publicKey: TaggedKey;
  sign(message: Uint8Array): TaggedSignature;
}

/** @param seed 32 secret bytes, copied */
export function ed25519SigningKey(seed: Uint8Array): SigningKey {
  if (seed.length !== ed25519SeedBytes) throw new RangeError('an Ed25519 seed has 32 bytes');
  const der = Buffer.concat([privateHead, seed]);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return {
    publicKey: tag(Tag.ed25519PublicKey, spki.subarray(publicHead.length)),
    sign: (message) => tag(Tag.ed25519Signature, sign(null, message, key)),
  };
}

/** False for a wrong signature and for bytes that are no key or no signature. Remembers the keys it saw last. */
export class Ed25519Verifier {
  readonly #keys = new Map<string, KeyObject>();

  verify(key: TaggedKey, message: Uint8Array, signature: TaggedSignature): boolean {
    if (key.length !== 1 + ed25519SeedBytes || key[0] !== Tag.ed25519PublicKey) return false;
    if (signature.length !== 1 + signatureBytes || signature[0] !== Tag.ed25519Signature) return false;
    return verify(null, message, this.#key(key), signature.subarray(1));
  }

  #key(tagged: TaggedKey): KeyObject {
    const text = Buffer.from(tagged).toString('latin1');
    const known = this.#keys.get(text);
    if (known !== undefined) return known;
    const der = Buffer.concat([publicHead, tagged.subarray(1)]);
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    if (this.#keys.size >= keysRememberedMax) {
      for (const oldest of this.#keys.keys()) {
        this.#keys.delete(oldest);
        break;
      }
    }
    this.#keys.set(text, key);
    return key;
  }
}

function tag(first: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(first), bytes]);
}
