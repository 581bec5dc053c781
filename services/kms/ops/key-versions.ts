/** Versions of keys, and the right to use them that a call has when it is on record. */
import { kmsError } from '../engine/errors.ts';
import { currentVersion, type KeyRecord, type KeyVersion, keyArn } from '../engine/key-record.ts';
import { fromHex } from '../model/fields.ts';
import type { Perform } from '../store/use-key.ts';

/** Custodians work for this call, and check that each task is what it asks for. */
export interface Recorded {
  /** Of the call's audit record. */
  readonly revision: number;
  readonly perform: Perform;
}

/** The version that encrypts, signs and authenticates. @throws KmsError when its material is gone */
export function usableVersion(key: KeyRecord): KeyVersion {
  const version = currentVersion(key);
  if (version === undefined || version.imported?.present === false) throw withoutMaterial(key);
  return version;
}

/** An old one, by what stands in a ciphertext. @throws KmsError when there is no such version, or its material is gone */
export function versionOf(key: KeyRecord, handle: string): KeyVersion {
  const version = key.versions.find((one) => one.handle === handle);
  if (version === undefined) throw kmsError('InvalidCiphertextException');
  if (version.imported?.present === false) throw withoutMaterial(key);
  return version;
}

const withoutMaterial = (key: KeyRecord) =>
  kmsError('KMSInvalidStateException', `${keyArn(key)} is pending import.`);

export const handleOf = ({ handle }: Pick<KeyVersion, 'handle'>): Uint8Array => fromHex(handle);
