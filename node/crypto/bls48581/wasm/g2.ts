/** G2: encoding, sums, multiples. */
import { type Curve, curveSizes, type G2 } from '../curve.ts';
import {
  encodeField,
  g2Bytes,
  g2Coordinates,
  g2HalfBytes,
  getG2,
  isNull,
  putEncoded,
  putG2,
  tags,
} from './elements.ts';
import type { KernelInstance } from './instance.ts';
import { fieldBytes } from './numbers.ts';
import { bitLength, checkScalar, nonAdjacentForm, secretBytes, splitBySeed } from './scalars.ts';

const jacobianBytes = 3 * g2HalfBytes;
const tableEntries = 8;

export type CurveG2 = Pick<
  Curve,
  'g2' | 'decodeG2' | 'encodeG2' | 'addG2' | 'negateG2' | 'multiplyG2' | 'publicKey'
>;

export function curveG2(kernel: KernelInstance, generator: Uint8Array): CurveG2 {
  const { call } = kernel;
  const identity = new Uint8Array(g2Bytes) as G2;
  const decodeG2 = (bytes: Uint8Array) => decode(kernel, bytes);
  const g2 = decodeG2(generator);
  if (g2 === undefined) throw new Error('the generator does not decode');
  return {
    g2,
    decodeG2,
    encodeG2: (point) => encode(kernel, point),
    addG2(left, right) {
      kernel.begin();
      const [a, b] = [putG2(kernel, left), putG2(kernel, right)];
      const [sum, other] = [kernel.take(jacobianBytes), kernel.take(jacobianBytes)];
      call.g2FromAffine(sum, a);
      call.g2FromAffine(other, b);
      call.g2Add(sum, sum, other);
      call.g2ToAffine(a, sum);
      return getG2(kernel, a);
    },
    negateG2(point) {
      kernel.begin();
      const address = putG2(kernel, point);
      negateY(kernel, address);
      return getG2(kernel, address);
    },
    multiplyG2(point, scalar) {
      checkScalar(scalar);
      kernel.begin();
      const address = putG2(kernel, point);
      if (scalar === 0n || isNull(point)) return identity;
      multiply(kernel, address, scalar);
      return getG2(kernel, address);
    },
    publicKey(scalar) {
      checkScalar(scalar);
      kernel.begin();
      const address = putG2(kernel, g2);
      const secret = kernel.put(secretBytes(scalar));
      call.g2Secret(address, address, secret);
      kernel.view.fill(0, secret, secret + 65);
      return getG2(kernel, address);
    },
  };
}

function negateY(kernel: KernelInstance, address: number): void {
  kernel.call.g2Signed(address, address, 1);
  for (let index = g2Coordinates; index < 2 * g2Coordinates; index++) {
    kernel.call.fpCanonical(address + index * fieldBytes, address + index * fieldBytes);
  }
}

/** In place: sixteen digits below the seed, for the points (-psi)^i of the operand; 33 doublings for all. */
function multiply(kernel: KernelInstance, address: number, scalar: bigint): void {
  const powers = 16;
  const tables = kernel.take(powers * tableEntries * g2Bytes);
  const room = kernel.take(tableEntries * (jacobianBytes + fieldBytes * g2Coordinates) + g2HalfBytes);
  kernel.call.g2OddTables(tables, address, 1, room);
  for (let entry = tableEntries; entry < powers * tableEntries; entry++) {
    const target = tables + entry * g2Bytes;
    kernel.call.g2Endomorphism(target, target - tableEntries * g2Bytes);
    kernel.call.g2Signed(target, target, 1);
  }
  const parts = splitBySeed(scalar);
  const length = Math.max(...parts.map(bitLength)) + 1;
  const digits = kernel.take(length * powers);
  const view = new Int8Array(kernel.view.buffer, digits, length * powers);
  view.fill(0);
  parts.forEach((part, index) => {
    nonAdjacentForm(part, (position, digit) => {
      view[position * powers + index] = digit;
    });
  });
  const result = kernel.take(jacobianBytes);
  kernel.call.g2Straus(result, tables, powers, digits, length);
  kernel.call.g2ToAffine(address, result);
}

/** Addresses of the eight coordinates of x, the most nested first, as they are encoded. */
const encodedOrder = (address: number) =>
  Array.from({ length: g2Coordinates }, (_, index) => address + (g2Coordinates - 1 - index) * fieldBytes);

/** Parity of the first coordinate of y that is not zero, counted from the least nested. */
function signOf(kernel: KernelInstance, address: number): number {
  for (let index = 0; index < g2Coordinates; index++) {
    const coordinate = address + g2HalfBytes + index * fieldBytes;
    if (!isNull(kernel.get(coordinate, fieldBytes))) return kernel.call.fpIsOdd(coordinate);
  }
  return 0;
}

function decode(kernel: KernelInstance, bytes: Uint8Array): G2 | undefined {
  if (bytes.length !== curveSizes.g2) return undefined;
  const [tag] = bytes;
  if (tag !== tags.even && tag !== tags.odd) return undefined;
  kernel.begin();
  const point = kernel.take(g2Bytes);
  if (!putEncoded(kernel, bytes.subarray(1), encodedOrder(point))) return undefined;
  if (kernel.call.g2FromX(point, point) !== 1) return undefined;
  if (signOf(kernel, point) !== tag - tags.even) negateY(kernel, point);
  return kernel.call.g2InSubgroup(point) === 1 ? getG2(kernel, point) : undefined;
}

/** The identity is written as zeros, which do not decode. */
function encode(kernel: KernelInstance, point: G2): Uint8Array {
  kernel.begin();
  const address = putG2(kernel, point);
  const encoded = new Uint8Array(curveSizes.g2);
  if (isNull(point)) return encoded;
  encoded[0] = tags.even + signOf(kernel, address);
  encodedOrder(address).forEach((coordinate, index) => {
    encoded.set(encodeField(kernel, coordinate), 1 + index * curveSizes.field);
  });
  return encoded;
}
