/** ECDSA itself (FIPS 186-5, section 6.4): digests to scalars, x coordinates, verification. */
import { createECDH, createHash, createPublicKey, verify } from 'node:crypto';
import type { Bytes } from '../../../api/index.ts';
import { type Group, type GroupName, groups, invert, modulo } from '../groups/index.ts';
import { groupOf } from '../sharing/field-key.ts';

interface CurveNames {
  readonly openssl: string;
  readonly jwk: string;
  readonly bits: number;
}

const curves: Readonly<Partial<Record<GroupName, CurveNames>>> = {
  secp256k1: { openssl: 'secp256k1', jwk: 'secp256k1', bits: 256 },
  p256: { openssl: 'prime256v1', jwk: 'P-256', bits: 256 },
  p384: { openssl: 'secp384r1', jwk: 'P-384', bits: 384 },
  p521: { openssl: 'secp521r1', jwk: 'P-521', bits: 521 },
};

/** @throws RangeError for another scheme */
export function ecdsaGroupOf(scheme: string): Group {
  if (!scheme.startsWith('ecdsa-')) throw new RangeError(`${scheme} is no scheme of ECDSA`);
  return groupOf(scheme);
}

/** @returns undefined for a name that is no curve of ECDSA */
export function curveGroup(name: string): Group | undefined {
  return Object.hasOwn(curves, name) ? groups[name as GroupName] : undefined;
}

/** The leftmost bits of a digest, as many as the order has, as a number modulo the order (FIPS 186-5, 6.4.1, step 2). */
export function digestScalar(group: Group, digest: Uint8Array): bigint {
  if (digest.length === 0) return 0n;
  const surplus = 8 * digest.length - namesOf(group).bits;
  const number = BigInt(`0x${Buffer.from(digest).toString('hex')}`);
  return modulo(surplus > 0 ? number >> BigInt(surplus) : number, group.order);
}

/** x coordinate of factor * element, modulo the order: r of a nonce. Both are public. */
export function multipleX(group: Group, element: Uint8Array, factor: bigint): bigint {
  // Diffie-Hellman gives no more than x: OpenSSL does it several times faster than any library here.
  const key = createECDH(namesOf(group).openssl);
  key.setPrivateKey(group.encodeScalar(factor));
  return modulo(BigInt(`0x${key.computeSecret(element).toString('hex')}`), group.order);
}

/**
 * Whether r, s is the signature of this scalar under this key.
 *
 * OpenSSL hashes what it verifies, and here there is only the digest. A signature of h under X is one of h - r d under X + dG, since both
 * give the same point (h/s) G + (r/s) X. So d is chosen to make the first the hash of a known text.
 *
 * @param scalar `digestScalar`
 */
export function verifyScalar(
  group: Group,
  publicKey: Uint8Array,
  scalar: bigint,
  r: bigint,
  s: bigint,
): boolean {
  const { order, scalarBytes } = group;
  if (r <= 0n || r >= order || s <= 0n || s >= order) return false;
  const { jwk } = namesOf(group);
  const text = Buffer.concat([Buffer.from('hypergate/ecdsa/verify/v1\0'), group.encodeScalar(scalar)]);
  const known = digestScalar(group, createHash('sha256').update(text).digest());
  const shift = modulo((scalar - known) * invert(r, order), order);
  const shifted = shift === 0n ? publicKey : group.add(publicKey, group.baseMultiply(shift));
  const middle = (shifted.length + 1) / 2;
  const part = (from: number, to?: number) => Buffer.from(shifted.subarray(from, to)).toString('base64url');
  const key = createPublicKey({
    key: { kty: 'EC', crv: jwk, x: part(1, middle), y: part(middle) },
    format: 'jwk',
  });
  const signature = Buffer.alloc(2 * scalarBytes);
  signature.set(group.encodeScalar(r));
  signature.set(group.encodeScalar(s), scalarBytes);
  return verify('sha256', text, { key, dsaEncoding: 'ieee-p1363' }, signature);
}

export function signatureBytes(group: Group, r: bigint, s: bigint): Bytes {
  const signature = new Uint8Array(2 * group.scalarBytes);
  signature.set(group.encodeScalar(r));
  signature.set(group.encodeScalar(s), group.scalarBytes);
  return signature;
}

function namesOf(group: Group): CurveNames {
  const names = curves[group.name];
  if (names === undefined) throw new RangeError('no curve of ECDSA');
  return names;
}
