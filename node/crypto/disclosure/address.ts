/**
 * Disclosure of one table's address key: Y = x * H(table) with a proof that x is the logarithm of X, the commitment in the
 * domain's configuration (address-key.ts). Whoever has it computes the slot of every key of that table, and of no other:
 * the verifier of "this key does not exist" needs that, and can then test names in the table. Y is a function of X and the
 * table, so a domain's owner cannot show two keys for one table.
 *
 * Disclosure, version 1 (97 B): version (1) ‖ Y (32) ‖ proof (64, dleq.ts); its context is
 * `hypergate/address-disclosure/v1` ‖ domain (32) ‖ table name (UTF-8). Runs in browsers.
 */
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concatBytes } from '@noble/hashes/utils.js';
import { accepted, type Checked, refused } from '../checked.ts';
import { DecryptionError } from '../errors.ts';
import { addressHashTag, addressKeyBytes, addressKeyLabel } from '../format/address-v1.ts';
import { deriveLabelledPortable } from '../hkdf-portable.ts';
import {
  baseMultiply,
  decodeElement,
  elementBytes,
  encodeElement,
  type GroupElement,
  hashToElement,
} from '../ristretto-portable.ts';
import { type EqualityStatement, equalityProofBytes, proveEquality, verifyEquality } from './dleq.ts';

const version = 1;
const domainBytes = 32;
const slotBytes = 24;
const tableNameBytesMax = 255;
export const addressDisclosureBytes = 1 + elementBytes + equalityProofBytes;

const encoder = new TextEncoder();
const contextLabel = encoder.encode('hypergate/address-disclosure/v1');

/** The key that addresses the records of one table. */
export type AddressKey = Uint8Array;

function isTableName(table: string): boolean {
  return table.isWellFormed() && table.length > 0 && encoder.encode(table).length <= tableNameBytesMax;
}

function statementOf(
  domain: Uint8Array,
  table: string,
  commitment: GroupElement,
  product: GroupElement,
): EqualityStatement {
  const name = encoder.encode(table);
  const context = concatBytes(contextLabel, domain, name);
  return { context, base: hashToElement(name, addressHashTag), commitment, product };
}

/**
 * @param domain 32 bytes
 * @param random 32 fresh bytes
 */
export function discloseAddressKey(
  addressSecret: bigint,
  domain: Uint8Array,
  table: string,
  random: Uint8Array,
): Uint8Array {
  if (domain.length !== domainBytes) throw new RangeError('length of a domain address');
  if (!isTableName(table)) throw new RangeError('name of a table');
  const base = hashToElement(encoder.encode(table), addressHashTag);
  const product = base.multiply(addressSecret);
  const statement = statementOf(domain, table, baseMultiply(addressSecret), product);
  const proof = proveEquality(addressSecret, statement, random);
  return concatBytes(Uint8Array.of(version), encodeElement(product), proof);
}

/** @param commitment X as the domain's configuration has it, 32 bytes */
export function verifyAddressDisclosure(
  commitment: Uint8Array,
  domain: Uint8Array,
  table: string,
  disclosure: Uint8Array,
): Checked<AddressKey> {
  if (disclosure.length !== addressDisclosureBytes || disclosure[0] !== version)
    return refused('the disclosure of an address key has an unknown format');
  if (domain.length !== domainBytes) return refused('a domain address has 32 bytes');
  if (!isTableName(table)) return refused('no table can have this name');
  try {
    const productEnd = 1 + elementBytes;
    const encoded = disclosure.slice(1, productEnd);
    const statement = statementOf(domain, table, decodeElement(commitment), decodeElement(encoded));
    if (!verifyEquality(statement, disclosure.subarray(productEnd)))
      return refused('the address key is not the one that the domain is committed to');
    return accepted(deriveLabelledPortable(encoded, addressKeyLabel, domain, addressKeyBytes));
  } catch (error) {
    if (!(error instanceof DecryptionError)) throw error;
    return refused('the disclosure of an address key holds no canonical element or scalar');
  }
}

/** `prfSlot` of prf.ts: where the record with this address input stands. */
export function slotOf(key: AddressKey, input: Uint8Array): Uint8Array {
  return hmac(sha256, key, input).slice(0, slotBytes);
}
