/** The owner's side of ../record.ts. */
import { createHmac } from 'node:crypto';
import { commitmentOffset, type Purpose, readEpoch, type SealedAtom, saltOffset } from '../../format/v1.ts';
import { type ContentKeys, recoverOneTimeKey } from '../../sealed-keys.ts';

/**
 * P of one sealed record: HKDF-Extract of the content key under the header's salt (RFC 5869, section 2.2).
 *
 * The header's commitment is checked first, and it depends on the atom. So whoever can put bytes into the domain cannot
 * have the owner disclose the key of another record by copying its salt.
 * @throws DecryptionError `format`, `epoch-unknown`, `commitment`
 */
export function discloseRecordKey(
  keys: ContentKeys,
  purpose: Purpose,
  atom: SealedAtom,
  sealed: Uint8Array,
): Uint8Array {
  recoverOneTimeKey(keys, purpose, atom, sealed);
  const { secret } = keys.get(readEpoch(sealed, purpose))!;
  const salt = sealed.subarray(saltOffset, commitmentOffset);
  return Uint8Array.from(createHmac('sha256', salt).update(secret.export()).digest());
}
