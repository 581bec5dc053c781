/** G1: encoding, sums, multiples, hashing. */
import { expand_message_xmd } from '@noble/curves/abstract/hash-to-curve.js';
import { bytesToNumberBE } from '@noble/curves/utils.js';
import { sha512 } from '@noble/hashes/sha2.js';
import { type Curve, curveSizes, type G1 } from '../curve.ts';
import { encodeField, g1Bytes, getG1, isNull, putEncoded, putG1, tags } from './elements.ts';
import type { KernelInstance } from './instance.ts';
import { multiSumG1 } from './multi-sum.ts';
import { fieldBytes, p } from './numbers.ts';
import { checkScalar, secretBytes } from './scalars.ts';

const jacobianBytes = 3 * fieldBytes;
/** RFC 9380: ceil((581 + 256) / 8). */
const hashElementBytes = 105;
const encoder = new TextEncoder();

export type CurveG1 = Pick<
  Curve,
  | 'g1'
  | 'g1Identity'
  | 'decodeG1'
  | 'encodeG1'
  | 'isIdentity'
  | 'addG1'
  | 'negateG1'
  | 'multiplyG1'
  | 'multiplyG1Secret'
  | 'multiSumG1'
  | 'hashToG1'
>;

export function curveG1(kernel: KernelInstance, generator: Uint8Array): CurveG1 {
  const { call } = kernel;
  const identity = new Uint8Array(g1Bytes) as G1;
  const decodeG1 = (bytes: Uint8Array) => decode(kernel, identity, bytes);
  const g1 = decodeG1(generator);
  if (g1 === undefined) throw new Error('the generator does not decode');
  return {
    g1,
    g1Identity: identity,
    decodeG1,
    encodeG1: (point) => encode(kernel, point),
    isIdentity: isNull,
    addG1(left, right) {
      kernel.begin();
      const [a, b] = [putG1(kernel, left), putG1(kernel, right)];
      const sum = kernel.take(jacobianBytes);
      call.g1FromAffine(sum, a);
      call.g1AddAffine(sum, sum, b);
      call.g1ToAffine(a, sum);
      return getG1(kernel, a);
    },
    negateG1(point) {
      kernel.begin();
      const address = putG1(kernel, point);
      call.g1Signed(address, address, 1);
      call.fpCanonical(address + fieldBytes, address + fieldBytes);
      return getG1(kernel, address);
    },
    multiplyG1: (point, scalar) => multiSumG1(kernel, identity, [point], [scalar]),
    multiplyG1Secret(point, scalar) {
      checkScalar(scalar);
      kernel.begin();
      const address = putG1(kernel, point);
      if (isNull(point)) return identity;
      const secret = kernel.put(secretBytes(scalar));
      call.g1Secret(address, address, secret);
      kernel.view.fill(0, secret, secret + 65);
      return getG1(kernel, address);
    },
    multiSumG1: (points, scalars) => multiSumG1(kernel, identity, points, scalars),
    hashToG1: (message, domain) => hash(kernel, message, domain),
  };
}

function decode(kernel: KernelInstance, identity: G1, bytes: Uint8Array): G1 | undefined {
  if (bytes.length !== curveSizes.g1) return undefined;
  const [tag] = bytes;
  if (tag === tags.identity) return isNull(bytes) ? identity : undefined;
  if (tag !== tags.even && tag !== tags.odd) return undefined;
  kernel.begin();
  const point = kernel.take(g1Bytes);
  if (!putEncoded(kernel, bytes.subarray(1), [point])) return undefined;
  if (kernel.call.g1FromX(point, point) !== 1) return undefined;
  if (kernel.call.fpIsOdd(point + fieldBytes) !== tag - tags.even) {
    kernel.call.g1Signed(point, point, 1);
    kernel.call.fpCanonical(point + fieldBytes, point + fieldBytes);
  }
  return kernel.call.g1InSubgroup(point) === 1 ? getG1(kernel, point) : undefined;
}

function encode(kernel: KernelInstance, point: G1): Uint8Array {
  kernel.begin();
  const address = putG1(kernel, point);
  const encoded = new Uint8Array(curveSizes.g1);
  if (isNull(point)) return encoded;
  encoded[0] = tags.even + kernel.call.fpIsOdd(address + fieldBytes);
  encoded.set(encodeField(kernel, address), 1);
  return encoded;
}

/** Hash to two field elements, the map of each, and the multiplication of their sum by the cofactor 1 - x = seed + 1. */
function hash(kernel: KernelInstance, message: Uint8Array, domain: string): G1 {
  const uniform = expand_message_xmd(message, encoder.encode(domain), 2 * hashElementBytes, sha512);
  kernel.begin();
  const [left, right] = [kernel.take(g1Bytes), kernel.take(g1Bytes)];
  const [sum, multiple] = [kernel.take(jacobianBytes), kernel.take(jacobianBytes)];
  const field = kernel.take(fieldBytes);
  [left, right].forEach((target, index) => {
    const bytes = uniform.subarray(index * hashElementBytes, (index + 1) * hashElementBytes);
    kernel.putField(bytesToNumberBE(bytes) % p, field);
    kernel.call.g1Map(target, field);
  });
  kernel.call.g1FromAffine(sum, left);
  kernel.call.g1AddAffine(sum, sum, right);
  kernel.call.g1TimesSeed(multiple, sum);
  kernel.call.g1Add(sum, sum, multiple);
  kernel.call.g1ToAffine(left, sum);
  return getG1(kernel, left);
}
