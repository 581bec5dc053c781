/**
 * What snapshots are of. Grants of a key and aliases of an account are kept in 256 parts each, so that a part stays small however many
 * there are, and a change rewrites one of them. A subject that was there once never vanishes: it can be empty.
 *
 *   key/<key id>    grants/<key id>/<first byte of grant id>    aliases/<account>/<first byte of the name's hash>
 *   clock           time of the last control call (8): they never go back in time, so that old ones cannot be recorded anew
 */
import { createHash } from 'node:crypto';
import type { Bytes } from '@hypergate/node/api';
import { isKeyId } from '../engine/key-names.ts';
import type { AliasRecord, GrantRecord, KeyRecord } from '../engine/key-record.ts';
import { RowWriter, readAll } from '../model/fields.ts';
import { decodeKey, encodeKey, readAlias, readGrant, writeAlias, writeGrant } from '../model/records.ts';

export const clockSubject = 'clock';
export const keySubject = (keyId: string): string => `key/${keyId}`;
export const grantsSubject = (keyId: string, bucket: string): string => `grants/${keyId}/${bucket}`;
export const aliasesSubject = (account: string, name: string): string =>
  `aliases/${account}/${createHash('sha256').update(name).digest('hex').slice(0, 2)}`;

export const encodeClock = (nowMs: number): Bytes => new RowWriter().u64(nowMs).done();
export const decodeClock = (bytes: Bytes): number => readAll(bytes, (from) => from.u64('the time'));

export const buckets: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
);

/** The gateway alone keeps public keys. */
export const encodeKeySubject = (key: KeyRecord): Bytes => encodeKey({ ...key, publicKey: undefined });

/** @param grants in any order */
export function encodeGrants(grants: readonly GrantRecord[]): Bytes {
  const sorted = [...grants].sort((left, right) => (left.grantId < right.grantId ? -1 : 1));
  const to = new RowWriter();
  return to.list(sorted, (grant) => writeGrant(to, grant)).done();
}

export const decodeGrants = (bytes: Bytes): GrantRecord[] =>
  readAll(bytes, (from) => from.list('the grants', () => readGrant(from)));

/** @param aliases in any order */
export function encodeAliases(aliases: readonly AliasRecord[]): Bytes {
  const sorted = [...aliases].sort((left, right) => (left.name < right.name ? -1 : 1));
  const to = new RowWriter();
  return to.list(sorted, (alias) => writeAlias(to, alias)).done();
}

export const decodeAliases = (bytes: Bytes): AliasRecord[] =>
  readAll(bytes, (from) => from.list('the aliases', () => readAlias(from)));

/**
 * The key of a subject that is one.
 * @throws ProofRefused; RangeError when the snapshot is not of the subject
 */
export function checkSnapshot(subject: string, snapshot: Bytes): KeyRecord | undefined {
  if (subject === clockSubject) {
    decodeClock(snapshot);
    return undefined;
  }
  const [kind = '', owner = '', part = '', more] = subject.split('/');
  if (kind === 'key' && part === '' && more === undefined) {
    const key = decodeKey(snapshot);
    if (key.keyId !== owner || key.publicKey !== undefined) throw notOf(subject);
    return key;
  }
  if (!/^[0-9a-f]{2}$/.test(part) || more !== undefined) throw notOf(subject);
  if (kind === 'grants' && isKeyId(owner)) {
    const fits = ({ keyId, grantId }: GrantRecord) => keyId === owner && grantId.startsWith(part);
    if (!decodeGrants(snapshot).every(fits)) throw notOf(subject);
    return undefined;
  }
  if (kind !== 'aliases') throw notOf(subject);
  const fits = ({ account, name }: AliasRecord) =>
    account === owner && aliasesSubject(account, name) === subject;
  if (!decodeAliases(snapshot).every(fits)) throw notOf(subject);
  return undefined;
}

const notOf = (subject: string) => new RangeError(`the snapshot is not one of ${subject}`);
