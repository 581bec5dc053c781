/** The four HMAC schemes (FIPS 198-1 with the hashes of FIPS 180-4). */
import type { KeyScheme } from '../../../api/index.ts';
import { type Sha2, sha256, sha512 } from '../../mpc/circuit/standard/sha2.ts';

export interface MacScheme {
  readonly scheme: KeyScheme;
  readonly hash: Sha2;
  /** SHA-224 and SHA-384: another initial state, and only the first bytes of the digest. */
  readonly truncated: boolean;
  /** Name of the hash at node:crypto. */
  readonly digest: string;
  /** Of a MAC; keys that are made are as long. */
  readonly tagBytes: number;
}

export const macSchemes = [
  { scheme: 'hmac-sha-224', hash: sha256, truncated: true, digest: 'sha224', tagBytes: 28 },
  { scheme: 'hmac-sha-256', hash: sha256, truncated: false, digest: 'sha256', tagBytes: 32 },
  { scheme: 'hmac-sha-384', hash: sha512, truncated: true, digest: 'sha384', tagBytes: 48 },
  { scheme: 'hmac-sha-512', hash: sha512, truncated: false, digest: 'sha512', tagBytes: 64 },
] as const satisfies readonly MacScheme[];

/** @throws RangeError for a scheme of another kind */
export function macSchemeOf(scheme: string): MacScheme {
  const found = macSchemes.find((each) => each.scheme === scheme);
  if (found === undefined) throw new RangeError(`${scheme} is no scheme of MACs`);
  return found;
}

/** Of a chaining value: eight words. */
export function stateBytes({ hash }: MacScheme): number {
  return hash.wordBits;
}

/** Of what is shared: both chaining values. */
export function pieceBytes(scheme: MacScheme): number {
  return 2 * stateBytes(scheme);
}
