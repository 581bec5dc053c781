/**
 * Disclosure of one sealed record: the HKDF-Extract output P = HMAC(salt, content key) of its header (sealed-keys.ts). P is
 * one-way in the content key, and the salt is fresh for every record, so P opens nothing else. The commitment in the header
 * makes the opening unique: nobody can show another plaintext for the same sealed bytes.
 *
 * P is a symmetric key: its holder could seal other bytes under this salt. That a record stands in a domain is shown by the
 * commitment tree over the sealed bytes, never by the fact that they open. Runs in browsers; synchronous.
 */
import { gcm } from '@noble/ciphers/aes.js';
import { accepted, type Checked, refused } from '../checked.ts';
import {
  commitmentBytes,
  commitmentOffset,
  encodeInfo,
  headerBytes,
  type Purpose,
  readEpoch,
  type SealedAtom,
} from '../format/v1.ts';
import { hkdfExpand } from '../hkdf-portable.ts';

export const recordDisclosureBytes = 32;
const keyBytes = 32;
const tagBytes = 16;
/** The key is used for this one message, so the nonce is constant (sealed-record.ts). */
const zeroNonce = new Uint8Array(12);

/**
 * @param disclosure P
 * @param sealed header ‖ ciphertext ‖ tag, as it stands in the atom
 * @returns the plaintext
 */
export function openDisclosedRecord(
  disclosure: Uint8Array,
  purpose: Purpose,
  atom: SealedAtom,
  sealed: Uint8Array,
): Checked<Uint8Array> {
  if (disclosure.length !== recordDisclosureBytes)
    return refused('the disclosed key of a record has 32 bytes');
  if (sealed.length < headerBytes + tagBytes || sealed[0] !== purpose)
    return refused('the sealed record has an unknown format');
  const { domain, slot, incarnation } = atom;
  if (domain.length !== 32 || slot.length !== 24 || incarnation.length !== 8)
    return refused('the atom id has wrong lengths');
  const info = encodeInfo(purpose, readEpoch(sealed, purpose), atom);
  const output = hkdfExpand(disclosure, info, keyBytes + commitmentBytes);
  if (!sameBytes(output.subarray(keyBytes), sealed.subarray(commitmentOffset, headerBytes)))
    return refused('the disclosed key is not that of this record');
  const plaintext = decrypt(output.subarray(0, keyBytes), sealed);
  return plaintext === undefined ? refused('the record does not authenticate') : accepted(plaintext);
}

function decrypt(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  const cipher = gcm(key, zeroNonce, sealed.slice(0, headerBytes));
  try {
    return cipher.decrypt(sealed.slice(headerBytes));
  } catch {
    // Its only failure: the lengths were checked.
    return undefined;
  }
}

/** Both sides are known to whoever verifies. */
export function sameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
