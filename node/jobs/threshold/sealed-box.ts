/**
 * Sealing to a custodian by somebody who is none, such as the dealer of a key: Diffie and Hellman's secret of a one-time key and the
 * custodian's X25519 key, HKDF-SHA-256, AES-256-GCM (the base mode of HPKE, RFC 9180, with labels of our own). It says nothing of who sealed it.
 */
import { createHash, createPrivateKey, createPublicKey, diffieHellman, type KeyObject } from 'node:crypto';
import { open, sealInto, tagBytes } from '../../crypto/aead.ts';
import { DecryptionError } from '../../crypto/errors.ts';
import { hkdf, secretKey } from '../../crypto/hkdf.ts';
import type { RandomSource } from '../../crypto/random.ts';
import { malformed, ThresholdAbort } from './errors.ts';

const keyBytes = 32;
const noBytes = Buffer.alloc(0);
const zeroNonce = Buffer.alloc(12);
/** DER heads of RFC 8410 for X25519. */
const privateHead = Buffer.from('302e020100300506032b656e04220420', 'hex');
const publicHead = Buffer.from('302a300506032b656e032100', 'hex');

/** A box has so many bytes more than what is in it. */
export const boxOverheadBytes = keyBytes + tagBytes;

/**
 * @param sealingKey of the receiver, as it stands in the committee
 * @param context authenticated, and not sent
 */
export function sealBox(
  sealingKey: Uint8Array,
  purpose: string,
  context: Uint8Array,
  plain: Uint8Array,
  random: RandomSource,
): Uint8Array {
  const der = Buffer.concat([privateHead, random.bytes(keyBytes)]);
  const oneTime = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
  der.fill(0);
  const box = Buffer.alloc(boxOverheadBytes + plain.length);
  const sender = rawPublicKey(oneTime);
  box.set(sender);
  const key = boxKey(oneTime, sealingKey, sender, sealingKey, purpose, context);
  sealInto(box, keyBytes, key, zeroNonce, noBytes, plain);
  return box;
}

/** @throws ThresholdAbort `malformed` */
export function openBox(
  privateKey: KeyObject,
  purpose: string,
  context: Uint8Array,
  box: Uint8Array,
): Uint8Array {
  if (box.length < boxOverheadBytes) malformed(undefined, 'a box that is too short');
  const sender = box.subarray(0, keyBytes);
  try {
    const key = boxKey(privateKey, sender, sender, rawPublicKey(privateKey), purpose, context);
    return open(key, zeroNonce, noBytes, box.subarray(keyBytes));
  } catch (error) {
    // OpenSSL refuses points of small order.
    const refused = (error as { code?: unknown }).code === 'ERR_OSSL_FAILED_DURING_DERIVATION';
    if (!refused && !(error instanceof DecryptionError)) throw error;
    throw new ThresholdAbort('malformed', undefined, 'a box that does not open', { cause: error });
  }
}

function boxKey(
  mine: KeyObject,
  theirs: Uint8Array,
  sender: Uint8Array,
  receiver: Uint8Array,
  purpose: string,
  context: Uint8Array,
): KeyObject {
  const publicKey = createPublicKey({
    key: Buffer.concat([publicHead, theirs]),
    format: 'der',
    type: 'spki',
  });
  const info = createHash('sha256')
    .update(`hypergate/custodian/box/v1\0${purpose}\0`)
    .update(sender)
    .update(receiver)
    .update(context)
    .digest();
  return secretKey(hkdf(secretKey(diffieHellman({ privateKey: mine, publicKey })), noBytes, info, 32));
}

function rawPublicKey(key: KeyObject): Uint8Array {
  return createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(publicHead.length);
}
