/**
 * secp256k1, P-256, P-384 and P-521 (SEC 2; NIST SP 800-186). Elements are uncompressed points (SEC 1, section 2.3.3): nothing has to
 * be decompressed. Multiples of the base by secret scalars are OpenSSL's; other multiples and sums are @noble/curves'. Scalars
 * are big-endian.
 */
import { createECDH } from 'node:crypto';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { type Group, modulo, type Term } from './group.ts';

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
  const scale = (point: P, factor: bigint): P => {
    const size = factor < 0n ? -factor : factor;
    const product = size === 1n ? point : point.multiplyUnsafe(modulo(size, order));
    return factor < 0n ? product.negate() : product;
  };
  const encodeScalar = (scalar: bigint): Uint8Array => {
    if (scalar < 0n || scalar >= order) throw new RangeError('scalar out of range');
    return Uint8Array.from(Buffer.from(scalar.toString(16).padStart(2 * scalarBytes, '0'), 'hex'));
  };
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
    multiply: (element, scalar) => encode(decode(element).multiply(inRange(scalar))),
    multiplyPublic: (element, scalar) => encode(decode(element).multiplyUnsafe(inRange(scalar))),
    add: (left, right) => encode(decode(left).add(decode(right))),
    negate: (element) => encode(decode(element).negate()),
    combine: (terms: readonly Term[]) =>
      encode(terms.reduce((sum, { element, factor }) => sum.add(scale(decode(element), factor)), Point.ZERO)),
  };
}

export const secp256k1Group: Group = makeGroup('secp256k1', secp256k1, 'secp256k1');
export const p256Group: Group = makeGroup('p256', p256, 'prime256v1');
export const p384Group: Group = makeGroup('p384', p384, 'secp384r1');
export const p521Group: Group = makeGroup('p521', p521, 'secp521r1');
