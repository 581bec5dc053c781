/**
 * Diffie-Hellman with elements of ristretto255 whose secret multiplications are X25519 (RFC 7748) and Ed25519 (RFC 8032) of
 * node:crypto: constant-time, and ten times as fast as big integers.
 *
 * Both multiply by 2^254 + 8x for x below 2^251. Up to a fraction of 2^-126, every scalar modulo the group's order is exactly
 * one of these or the negative of one, so that a secret is such a number and a random sign, and its element is uniform. X25519
 * works on u-coordinates, which do not change with the sign; and since 8 divides the number, the u-coordinate of the product is the
 * same for all four points of the curve that stand for one element.
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman as exchange,
  type KeyObject,
} from 'node:crypto';
import { FpInvertBatch } from '@noble/curves/abstract/modular.js';
import { ed25519, ristretto255 } from '@noble/curves/ed25519.js';
import type { GroupElement } from '../../../crypto/ristretto.ts';
import type { RandomSource } from '../channel.ts';

/** Of a u-coordinate, little-endian. */
export const coordinateBytes = 32;

/** RFC 8410: private and public keys before their 32 bytes. */
const ed25519PrivateHead = Buffer.from('302e020100300506032b657004220420', 'hex');
const x25519PrivateHead = Buffer.from('302e020100300506032b656e04220420', 'hex');
const x25519PublicHead = Buffer.from('302a300506032b656e032100', 'hex');

const Fp = ed25519.Point.Fp;

/** A secret scalar, for X25519. */
export type ExchangeSecret = KeyObject;

/** @returns a secret, and the generator times it or its negative */
export function drawElement(random: RandomSource): { secret: ExchangeSecret; element: GroupElement } {
  const seed = random(33);
  const scalar = createHash('sha512').update(seed.subarray(0, 32)).digest().subarray(0, 32);
  const encoded = publicBytes(privateKey(ed25519PrivateHead, seed.subarray(0, 32)));
  // The highest bit is the sign of x, that is of the element.
  encoded[31]! ^= seed[32]! & 0x80;
  const element = ristretto255.Point.fromAffine(ed25519.Point.fromBytes(encoded).toAffine(1n));
  return { secret: privateKey(x25519PrivateHead, scalar), element };
}

/** @returns a secret, and the u-coordinate of the generator times it */
export function drawCoordinate(random: RandomSource): { secret: ExchangeSecret; coordinate: Buffer } {
  const secret = privateKey(x25519PrivateHead, random(32));
  return { secret, coordinate: publicBytes(secret) };
}

/** u-coordinates of elements other than the identity: (1 + y) / (1 - y). */
export function coordinatesOf(elements: readonly GroupElement[]): Buffer[] {
  const ys = elements.map((element) => element.toAffine().y);
  const inverses = FpInvertBatch(
    Fp,
    ys.map((y) => Fp.sub(1n, y)),
  );
  return ys.map((y, i) => Buffer.from(Fp.toBytes(Fp.mul(Fp.add(1n, y), inverses[i]!))));
}

/**
 * @param coordinate 32 bytes
 * @returns u-coordinate of the product; undefined for a coordinate of low order, which has no secret product
 */
export function multiplyCoordinate(secret: ExchangeSecret, coordinate: Uint8Array): Buffer | undefined {
  const publicKey = createPublicKey({
    key: Buffer.concat([x25519PublicHead, coordinate]),
    format: 'der',
    type: 'spki',
  });
  try {
    return exchange({ privateKey: secret, publicKey });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_OSSL_FAILED_DURING_DERIVATION') return undefined;
    throw error;
  }
}

function privateKey(head: Buffer, bytes: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([head, bytes]), format: 'der', type: 'pkcs8' });
}

function publicBytes(key: KeyObject): Buffer {
  return Buffer.from(createPublicKey(key).export({ format: 'jwk' }).x!, 'base64url');
}
