/** Small data in one piece: the content of a vertex or hyperedge, or the note of a removal. */
import { nonceBytes, open, sealInto, tagBytes } from './aead.ts';
import { headerBytes, type Purpose, type SealedAtom, saltBytes, writeHeader } from './format/v1.ts';
import type { RandomSource } from './random.ts';
import { type ContentKey, type ContentKeys, deriveOneTimeKey, recoverOneTimeKey } from './sealed-keys.ts';

/** Bytes that sealing adds. */
export const sealedOverheadBytes = headerBytes + tagBytes;

/** The key is used for this one message, so the nonce is constant. */
const zeroNonce = new Uint8Array(nonceBytes);

/** header ‖ ciphertext ‖ tag, bound to the atom, the purpose and the whole header. */
export function sealRecord(
  content: ContentKey,
  purpose: Purpose,
  atom: SealedAtom,
  plaintext: Uint8Array,
  random: RandomSource,
): Buffer {
  const salt = random.bytes(saltBytes);
  const { key, commitment } = deriveOneTimeKey(content, purpose, atom, salt);
  const sealed = Buffer.allocUnsafe(sealedOverheadBytes + plaintext.length);
  writeHeader(sealed, purpose, content.epoch, salt, commitment);
  sealInto(sealed, headerBytes, key, zeroNonce, sealed.subarray(0, headerBytes), plaintext);
  return sealed;
}

/** @throws DecryptionError */
export function openRecord(
  keys: ContentKeys,
  purpose: Purpose,
  atom: SealedAtom,
  sealed: Uint8Array,
): Buffer {
  const key = recoverOneTimeKey(keys, purpose, atom, sealed);
  return open(key, zeroNonce, sealed.subarray(0, headerBytes), sealed.subarray(headerBytes));
}
