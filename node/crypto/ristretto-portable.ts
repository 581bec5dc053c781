/**
 * The group ristretto255 (RFC 9496), over @noble/curves. Scalars and points are 32 bytes in their canonical encodings.
 * Runs in browsers; ristretto.ts is the same with results in a `Buffer`.
 */
import { ristretto255, ristretto255_hasher } from '@noble/curves/ed25519.js';
import { DecryptionError } from './errors.ts';

const Point = ristretto255.Point;
export type GroupElement = InstanceType<typeof Point>;
export const groupOrder: bigint = Point.Fn.ORDER;
export const elementBytes = 32;
export const scalarBytes = 32;
export const generator: GroupElement = Point.BASE;
export const identity: GroupElement = Point.ZERO;

const hexPairs = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function littleEndian(bytes: Uint8Array): bigint {
  let hex = '';
  for (let index = bytes.length - 1; index >= 0; index -= 1) hex += hexPairs[bytes[index]!];
  return BigInt(`0x${hex}`);
}

/** A number of 64 bytes modulo the order: uniform to within 2^-256 when the bytes are. May be zero. */
export function reduceWide(bytes: Uint8Array): bigint {
  if (bytes.length !== 64) throw new RangeError('64 bytes make a scalar');
  return littleEndian(bytes) % groupOrder;
}

/** As `reduceWide`. @throws RangeError for the scalar 0 (never by chance) */
export function scalarFromWide(bytes: Uint8Array): bigint {
  const scalar = reduceWide(bytes);
  if (scalar === 0n) throw new RangeError('the scalar is zero');
  return scalar;
}

/** Little-endian, as in RFC 9496. */
export function encodeScalar(scalar: bigint): Uint8Array {
  if (!(scalar > 0n && scalar < groupOrder)) throw new RangeError('scalar out of range');
  const hex = scalar.toString(16).padStart(2 * scalarBytes, '0');
  const bytes = new Uint8Array(scalarBytes);
  for (let index = 0; index < scalarBytes; index += 1) {
    const at = 2 * (scalarBytes - 1 - index);
    bytes[index] = Number.parseInt(hex.slice(at, at + 2), 16);
  }
  return bytes;
}

/** @throws DecryptionError `format` when it is not the canonical encoding of a scalar from 1 to order - 1 */
export function decodeScalar(bytes: Uint8Array): bigint {
  if (bytes.length !== scalarBytes) throw new DecryptionError('format');
  const scalar = littleEndian(bytes);
  if (scalar === 0n || scalar >= groupOrder) throw new DecryptionError('format');
  return scalar;
}

/** @throws DecryptionError `format` when it is not the canonical encoding of an element other than the identity */
export function decodeElement(bytes: Uint8Array): GroupElement {
  if (bytes.length !== elementBytes) throw new DecryptionError('format');
  let element: GroupElement;
  try {
    element = Point.fromBytes(Uint8Array.from(bytes));
  } catch (error) {
    throw new DecryptionError('format', { cause: error });
  }
  if (element.equals(Point.ZERO)) throw new DecryptionError('format');
  return element;
}

export function encodeElement(element: GroupElement): Uint8Array {
  return element.toBytes();
}

/** scalar times the generator. */
export function baseMultiply(scalar: bigint): GroupElement {
  return Point.BASE.multiply(scalar);
}

/** RFC 9380 with expand_message_xmd and SHA-512. @param domainTag names the use */
export function hashToElement(message: Uint8Array, domainTag: string): GroupElement {
  return ristretto255_hasher.hashToCurve(message, { DST: domainTag });
}
