/**
 * Multiples of points by secret scalars on short Weierstrass curves, by OpenSSL's constant-time ladder: Node's Diffie-Hellman gives
 * the x coordinate of sQ; the y coordinate follows from that of (s + 1)Q (Brier and Joye, "Weierstrass elliptic curves and
 * side-channel attacks", PKC 2002: recovery of y from the two points that a ladder ends with, whose difference is Q):
 *
 *   y(sQ) = (2b + (a + x x1)(x + x1) - x2 (x - x1)^2) / 2y        Q = (x, y), x1 = x(sQ), x2 = x((s + 1)Q)
 *
 * Only s and s + 1 are secret, and only OpenSSL computes with them. What is computed here in bigints is a function of Q and sQ, which
 * whoever gets sQ knows anyway. y is not 0: the group has odd order.
 */
import { createECDH } from 'node:crypto';
import { invert, modulo } from './group.ts';

export interface ShortWeierstrass {
  /** OpenSSL's name. */
  readonly name: string;
  readonly p: bigint;
  readonly a: bigint;
  readonly b: bigint;
  readonly order: bigint;
  readonly fieldBytes: number;
  encodeScalar(scalar: bigint): Uint8Array;
}

/**
 * @param element uncompressed; OpenSSL checks that it is on the curve
 * @param scalar in [1, order - 1): with order - 1 there is no second multiple
 * @returns uncompressed
 * @throws RangeError when the element is none
 */
export function opensslMultiply(curve: ShortWeierstrass, element: Uint8Array, scalar: bigint): Uint8Array {
  const { p, a, b, fieldBytes } = curve;
  const x = numberOf(element.subarray(1, 1 + fieldBytes));
  const y = numberOf(element.subarray(1 + fieldBytes));
  const first = xOfMultiple(curve, element, scalar);
  const x1 = numberOf(first);
  const x2 = numberOf(xOfMultiple(curve, element, scalar + 1n));
  const above = 2n * b + ((a + x * x1) % p) * (x + x1) - x2 * (((x - x1) * (x - x1)) % p);
  const y1 = modulo(above * invert(2n * y, p), p);
  // A fault of the machine must not become a point of another curve, from which a share could be read.
  if ((y1 * y1 - (x1 * x1 + a) * x1 - b) % p !== 0n) throw new Error('a multiple is not on its curve');
  const result = new Uint8Array(element.length);
  result[0] = 4;
  result.set(first, 1);
  result.set(Buffer.from(y1.toString(16).padStart(2 * fieldBytes, '0'), 'hex'), 1 + fieldBytes);
  return result;
}

function xOfMultiple(curve: ShortWeierstrass, element: Uint8Array, scalar: bigint): Uint8Array {
  const key = createECDH(curve.name);
  key.setPrivateKey(curve.encodeScalar(scalar));
  try {
    return key.computeSecret(element);
  } catch (error) {
    // The first for what is no point, the second for the identity.
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ERR_CRYPTO_ECDH_INVALID_PUBLIC_KEY' || code === 'ERR_CRYPTO_OPERATION_FAILED')
      throw new RangeError('encoding of a point', { cause: error });
    throw error;
  }
}

function numberOf(bytes: Uint8Array): bigint {
  return BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}
