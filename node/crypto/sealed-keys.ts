/**
 * One-time keys: key ‖ commitment = HKDF(content key, fresh salt, info of the atom). Nothing derives from a revision, so
 * neither a retry nor a restored backup uses a key twice. The commitment makes the AEAD key-committing: a ciphertext
 * cannot be made to open under two keys.
 */
import type { KeyObject } from 'node:crypto';
import { equalConstantTime } from './compare.ts';
import { DecryptionError } from './errors.ts';
import {
  commitmentBytes,
  commitmentOffset,
  encodeInfo,
  headerBytes,
  type Purpose,
  readEpoch,
  type SealedAtom,
  saltBytes,
  saltOffset,
} from './format/v1.ts';
import { hkdf, secretKey } from './hkdf.ts';

/** The content key of one epoch of one domain. */
export interface ContentKey {
  readonly epoch: number;
  /** The scalar k in its canonical 32 bytes, as a key object. */
  readonly secret: KeyObject;
}

/** Content keys of one domain by epoch. */
export type ContentKeys = ReadonlyMap<number, ContentKey>;

export interface OneTimeKey {
  readonly key: KeyObject;
  readonly commitment: Buffer;
}

export function deriveOneTimeKey(
  content: ContentKey,
  purpose: Purpose,
  atom: SealedAtom,
  salt: Uint8Array,
): OneTimeKey {
  if (salt.length !== saltBytes) throw new RangeError('salt length');
  const output = hkdf(content.secret, salt, encodeInfo(purpose, content.epoch, atom), 32 + commitmentBytes);
  return { key: secretKey(output.subarray(0, 32)), commitment: output.subarray(32) };
}

/**
 * The key of a sealed header, after its commitment was checked.
 * @throws DecryptionError `format`, `epoch-unknown`, `commitment`
 */
export function recoverOneTimeKey(
  keys: ContentKeys,
  purpose: Purpose,
  atom: SealedAtom,
  sealed: Uint8Array,
): KeyObject {
  const content = keys.get(readEpoch(sealed, purpose));
  if (content === undefined) throw new DecryptionError('epoch-unknown');
  const salt = sealed.subarray(saltOffset, commitmentOffset);
  const { key, commitment } = deriveOneTimeKey(content, purpose, atom, salt);
  if (!equalConstantTime(commitment, sealed.subarray(commitmentOffset, headerBytes)))
    throw new DecryptionError('commitment');
  return key;
}
