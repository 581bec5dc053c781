/** X25519 (RFC 7748) over node:crypto, with private keys from a source of bytes that is given. */
import { createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import type { RandomSource } from '../channel.ts';

const keyBytes = 32;
/** DER heads of RFC 8410. */
const privateHead = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicHead = Buffer.from('302a300506032b656e032100', 'hex');

export interface EphemeralKey {
  readonly publicKey: Uint8Array;
  /** 32 secret bytes. Undefined when the other key is of small order: the result would not depend on ours. */
  agree(peer: Uint8Array): Buffer | undefined;
}

export function newEphemeral(random: RandomSource): EphemeralKey {
  const secret = random(keyBytes);
  const der = Buffer.concat([privateHead, secret]);
  secret.fill(0);
  const key = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { publicKey: spki.subarray(publicHead.length), agree: (peer) => agree(key, peer) };
}

function agree(privateKey: KeyObject, peer: Uint8Array): Buffer | undefined {
  const der = Buffer.concat([publicHead, peer]);
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  try {
    return diffieHellman({ privateKey, publicKey });
  } catch (error) {
    // OpenSSL refuses a result of zeros, as RFC 7748, section 6.1, asks.
    if ((error as NodeJS.ErrnoException).code === 'ERR_OSSL_FAILED_DURING_DERIVATION') return undefined;
    throw error;
  }
}
