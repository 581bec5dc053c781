/**
 * Address keys: one PRF key per table of a domain, all fixed by one commitment X = xG that the domain publishes, also for
 * tables that do not exist yet. Key of a table = HKDF(x * H(table name)), the shape of a verifiable random function (RFC
 * 9381): to disclose one table's key, its owner shows x * H(name) and proves equality of discrete logarithms with X, which
 * tells nothing about other tables (disclosure/address.ts).
 */
import type { KeyObject } from 'node:crypto';
import { addressHashTag, addressKeyBytes, addressKeyLabel } from './format/address-v1.ts';
import { deriveLabelled, secretKey } from './hkdf.ts';
import { baseMultiply, encodeElement, hashToElement } from './ristretto.ts';

/** X, 32 bytes. */
export function commitAddressSecret(addressSecret: bigint): Buffer {
  return encodeElement(baseMultiply(addressSecret));
}

/** About a millisecond: keep the result. @param domain 32 bytes */
export function deriveAddressKey(addressSecret: bigint, domain: Uint8Array, table: string): KeyObject {
  if (domain.length !== 32) throw new RangeError('length of a domain address');
  const element = hashToElement(Buffer.from(table, 'utf8'), addressHashTag).multiply(addressSecret);
  return secretKey(
    deriveLabelled(secretKey(encodeElement(element)), addressKeyLabel, domain, addressKeyBytes),
  );
}
