/**
 * secp256k1, P-256, P-384 and P-521 (SEC 2; NIST SP 800-186). Elements are uncompressed points (SEC 1, section 2.3.3): nothing has to
 * be decompressed. Multiples by secret scalars are OpenSSL's; other multiples and sums are @noble/curves', but for P-256, where
 * OpenSSL's are several times faster. Scalars are big-endian.
 */
import { createECDH } from 'node:crypto';
import { mulAddUnsafe } from '@noble/curves/abstract/curve.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type Group, modulo, type Term } from './group.ts';
import { opensslMultiply, type ShortWeierstrass } from './openssl-multiply.ts';

type Curve = typeof p256 | typeof p384 | typeof p521 | typeof secp256k1;

function makeGroup(name: 'secp256k1' | 'p256' | 'p384' | 'p521', curve: Curve, opensslName: string): Group {
  const { Point } = curve;
  const order = Point.Fn.ORDER;
  const scalarBytes = Point.Fn.BYTES;
  const elementBytes = 1 + 2 * Point.Fp.BYTES;
  type P = InstanceType<typeof Point>;
  const decode = (bytes: Uint8Array): P => {
    if (bytes.length !== elementBytes || bytes[0] !== 4) throw new RangeError('encoding of a point');
    const point = Point.fromBytes(bytes);
    if (point.is0()) throw new RangeError('the identity');
    return point;
  };
  const encode = (point: P): Uint8Array => {
    if (point.is0()) throw new RangeError('the result is the identity');
    return point.toBytes(false);
  };
  const inRange = (scalar: bigint): bigint => {
    if (scalar <= 0n || scalar >= order) throw new RangeError('scalar out of range');
    return scalar;
  };
  const encodeScalar = (scalar: bigint): Uint8Array => {
    if (scalar < 0n || scalar >= order) throw new RangeError('scalar out of range');
    return Uint8Array.from(Buffer.from(scalar.toString(16).padStart(2 * scalarBytes, '0'), 'hex'));
  };
  const { p, a, b } = Point.CURVE();
  const openssl: ShortWeierstrass = {
    name: opensslName,
    p,
    a,
    b,
    order,
    fieldBytes: Point.Fp.BYTES,
    encodeScalar,
  };
  const multiply = (element: Uint8Array, scalar: bigint): Uint8Array => {
    if (element.length !== elementBytes || element[0] !== 4) throw new RangeError('encoding of a point');
    if (inRange(scalar) === order - 1n) return encode(decode(element).negate());
    return opensslMultiply(openssl, element, scalar);
  };
  const opensslIsFaster = name === 'p256';
  return {
    name,
    order,
    scalarBytes,
    elementBytes,
    encodeScalar,
    decodeScalar(bytes) {
      if (bytes.length !== scalarBytes) throw new RangeError('length of a scalar');
      const scalar = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
      if (scalar >= order) throw new RangeError('scalar out of range');
      return scalar;
    },
    isElement(bytes) {
      try {
        decode(bytes);
        return true;
      } catch {
        // Whatever is wrong with it, it is no element.
        return false;
      }
    },
    baseMultiply(scalar) {
      const key = createECDH(opensslName);
      key.setPrivateKey(encodeScalar(inRange(scalar)));
      return Uint8Array.from(key.getPublicKey());
    },
    multiply,
    multiplyPublic: opensslIsFaster
      ? multiply
      : (element, scalar) => encode(decode(element).multiplyUnsafe(inRange(scalar))),
    add: (left, right) => encode(decode(left).add(decode(right))),
    negate: (element) => encode(decode(element).negate()),
    combine(terms: readonly Term[]) {
      const points: P[] = [];
      const factors: bigint[] = [];
      for (const { element, factor } of terms) {
        const size = modulo(factor < 0n ? -factor : factor, order);
        const whole = opensslIsFaster && size >= 1n << 64n;
        const point = decode(whole ? multiply(element, size) : element);
        points.push(factor < 0n ? point.negate() : point);
        factors.push(whole ? 1n : size);
      }
      // One chain of doublings for all: as long as the longest factor.
      return encode(mulAddUnsafe(Point, points, factors));
    },
  };
}

export const secp256k1Group: Group = makeGroup('secp256k1', secp256k1, 'secp256k1');
export const p256Group: Group = makeGroup('p256', p256, 'prime256v1');
export const p384Group: Group = makeGroup('p384', p384, 'secp384r1');
export const p521Group: Group = makeGroup('p521', p521, 'secp521r1');
