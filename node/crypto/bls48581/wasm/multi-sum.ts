/** Sums of multiples in G1 with public scalars: each scalar split by the endomorphism, then tables per point or buckets. */
import type { G1 } from '../curve.ts';
import { g1Bytes, getG1, isNull, putG1 } from './elements.ts';
import type { KernelInstance } from './instance.ts';
import { kernelLimits } from './limits.ts';
import { fieldBytes } from './numbers.ts';
import { bitLength, checkScalar, nonAdjacentForm, signedWindows, splitByEndomorphism } from './scalars.ts';

const jacobianBytes = 3 * fieldBytes;
const xyzzBytes = 4 * fieldBytes;
/** Odd multiples 1..15. */
const tableEntries = 8;

interface Term {
  readonly point: G1;
  readonly low: bigint;
  readonly high: bigint;
}

/** @throws RangeError for lists of different lengths, scalars outside [0, r), or foreign points */
export function multiSumG1(
  kernel: KernelInstance,
  identity: G1,
  points: readonly G1[],
  scalars: readonly bigint[],
): G1 {
  if (points.length !== scalars.length) throw new RangeError('as many scalars as points are needed');
  const terms: Term[] = [];
  scalars.forEach((scalar, index) => {
    checkScalar(scalar);
    const point = points[index]!;
    if (scalar === 0n || isNull(point)) {
      // Also what does not count must be an element.
      kernel.begin();
      putG1(kernel, point);
      return;
    }
    const [low, high] = splitByEndomorphism(scalar);
    terms.push({ point, low, high });
  });
  let sum = identity;
  for (let start = 0; start < terms.length; start += kernelLimits.multiSumPointsMax) {
    const part = partSum(kernel, terms.slice(start, start + kernelLimits.multiSumPointsMax));
    sum = start === 0 ? part : add(kernel, sum, part);
  }
  return sum;
}

function partSum(kernel: KernelInstance, terms: readonly Term[]): G1 {
  kernel.begin();
  return terms.length <= kernelLimits.strausPointsMax ? straus(kernel, terms) : pippenger(kernel, terms);
}

function add(kernel: KernelInstance, left: G1, right: G1): G1 {
  kernel.begin();
  const [a, b, sum] = [putG1(kernel, left), putG1(kernel, right), kernel.take(jacobianBytes)];
  kernel.call.g1FromAffine(sum, a);
  kernel.call.g1AddAffine(sum, sum, b);
  kernel.call.g1ToAffine(a, sum);
  return getG1(kernel, a);
}

/** Points in sequence, each checked. */
function putAll(kernel: KernelInstance, terms: readonly Term[], address: number): void {
  terms.forEach(({ point }, index) => {
    putG1(kernel, point, address + index * g1Bytes);
  });
}

const bitsOf = (terms: readonly Term[]) =>
  Math.max(...terms.map(({ low, high }) => bitLength(low > high ? low : high)));

/** High halves are left out when all are zero: weights of 128 bits then cost half. */
const halvesOf = (terms: readonly Term[]) => (terms.some(({ high }) => high !== 0n) ? 2 : 1);

function straus(kernel: KernelInstance, terms: readonly Term[]): G1 {
  const count = terms.length;
  const halves = halvesOf(terms);
  const entries = count * tableEntries;
  const points = kernel.take(count * g1Bytes);
  const tables = kernel.take(halves * entries * g1Bytes);
  const room = kernel.take(entries * (jacobianBytes + fieldBytes) + fieldBytes);
  const result = kernel.take(jacobianBytes);
  const length = bitsOf(terms) + 1;
  const width = halves * count;
  const digits = kernel.take(length * width);
  putAll(kernel, terms, points);
  kernel.call.g1OddTables(tables, points, count, room);
  for (let entry = 0; halves === 2 && entry < entries; entry++) {
    kernel.call.g1Endomorphism(tables + (entries + entry) * g1Bytes, tables + entry * g1Bytes);
  }
  const view = new Int8Array(kernel.view.buffer, digits, length * width);
  view.fill(0);
  terms.forEach(({ low, high }, index) => {
    for (const [half, value] of [low, high].slice(0, halves).entries()) {
      nonAdjacentForm(value, (position, digit) => {
        view[position * width + half * count + index] = digit;
      });
    }
  });
  kernel.call.g1Straus(result, tables, width, digits, length);
  kernel.call.g1ToAffine(points, result);
  return getG1(kernel, points);
}

/** Bits of a window for which the sums of buckets and points cost least; a bucket costs about three of a point's additions. */
function windowBitsFor(width: number, bits: number): number {
  let [best, cost] = [2, Number.POSITIVE_INFINITY];
  for (let windowBits = 2; windowBits <= 14; windowBits++) {
    const sums = Math.ceil((bits + 1) / windowBits) * (width + 3 * 2 ** (windowBits - 1));
    if (sums < cost) [best, cost] = [windowBits, sums];
  }
  return best;
}

function pippenger(kernel: KernelInstance, terms: readonly Term[]): G1 {
  const count = terms.length;
  const halves = halvesOf(terms);
  const width = halves * count;
  const bits = bitsOf(terms);
  const windowBits = windowBitsFor(width, bits);
  const windows = Math.ceil((bits + 1) / windowBits);
  const points = kernel.take(width * g1Bytes);
  const digits = kernel.take(windows * width * 2);
  const buckets = kernel.take(2 ** (windowBits - 1) * xyzzBytes);
  const result = kernel.take(xyzzBytes);
  putAll(kernel, terms, points);
  for (let index = 0; halves === 2 && index < count; index++) {
    kernel.call.g1Endomorphism(points + (count + index) * g1Bytes, points + index * g1Bytes);
  }
  const view = new Int16Array(kernel.view.buffer, digits, windows * width);
  terms.forEach(({ low, high }, index) => {
    for (const [half, value] of [low, high].slice(0, halves).entries()) {
      signedWindows(value, windowBits, windows, (window, digit) => {
        view[window * width + half * count + index] = digit;
      });
    }
  });
  kernel.call.g1Pippenger(result, points, width, digits, windows, windowBits, buckets);
  kernel.call.g1XyzzToAffine(points, result);
  return getG1(kernel, points);
}
