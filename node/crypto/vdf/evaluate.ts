/**
 * Evaluation and proof: y = x^(2^T), pi = x^floor(2^T / B).
 *
 * Source: B. Wesolowski, Efficient verifiable delay functions (EUROCRYPT 2019), section 4.1: intermediate powers kept while
 * squaring make the proof a product of few terms. Here digits are signed and sparse (width-w non-adjacent form), because
 * inverses are free in class groups; all powers are kept up to a limit, then every second, third, ...
 */
import { challengePrime } from './challenge-prime.ts';
import { compose, signedDigits, square } from './compose.ts';
import { type ClassGroup, type Form, generator, identity, inverse } from './form.ts';
import { vdfLimits } from './limits.ts';

/** The caller asked to stop. */
export class VdfAbortedError extends Error {
  constructor() {
    super('the evaluation was aborted');
    this.name = 'VdfAbortedError';
  }
}

export interface Control {
  /** Called about every `squaringsPerLook` operations. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Asked as often; true ends the work with VdfAbortedError. */
  readonly isAborted?: () => boolean;
}

/** What the proof needs of an evaluation. */
export interface Evaluation {
  readonly group: ClassGroup;
  readonly iterations: number;
  readonly y: Form;
  /** powers[n] = x^(2^(n * stride)) */
  readonly powers: readonly Form[];
  readonly stride: number;
}

export function checkAborted(control: Control): void {
  if (control.isAborted?.() === true) throw new VdfAbortedError();
}

export function checkIterations(iterations: number): void {
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > vdfLimits.iterationsMax) {
    throw new RangeError(`the number of squarings must be from 1 to ${vdfLimits.iterationsMax}`);
  }
}

/**
 * Squares the group's element (2, 1) `iterations` times. Synchronous and long: for a worker.
 *
 * @throws RangeError for a wrong number, VdfAbortedError
 */
export function evaluate(group: ClassGroup, iterations: number, control: Control = {}): Evaluation {
  checkIterations(iterations);
  const stride = Math.ceil(iterations / vdfLimits.storedPowersMax);
  const powers: Form[] = [];
  let y = generator(group);
  for (let done = 0; done < iterations; done++) {
    if (done % vdfLimits.squaringsPerLook === 0) {
      checkAborted(control);
      control.onProgress?.(done, iterations);
    }
    if (done % stride === 0) powers.push(y);
    y = square(y, group);
  }
  control.onProgress?.(iterations, iterations);
  return { group, iterations, y, powers, stride };
}

/** Width of the digits with the fewest compositions: iterations / (width + 1) and, per residue, two per odd digit. */
function bestWidth(iterations: number, stride: number): number {
  let best = 2;
  let bestCost = Number.POSITIVE_INFINITY;
  for (let width = 2; width <= 14; width++) {
    const cost = iterations / (width + 1) + stride * 2 ** (width - 1);
    if (cost < bestCost) {
      best = width;
      bestCost = cost;
    }
  }
  return best;
}

/** Product of two of which either may be missing, standing for the identity. */
function product(left: Form | undefined, right: Form | undefined, group: ClassGroup): Form | undefined {
  if (left === undefined) return right;
  return right === undefined ? left : compose(left, right, group);
}

/** Product of buckets[n]^(2n + 1). With s_n the product of buckets n and above: s_0 * (s_1 * s_2 * ...)^2. */
function weighBuckets(buckets: readonly (Form | undefined)[], group: ClassGroup): Form | undefined {
  let above: Form | undefined;
  let sum: Form | undefined;
  for (let n = buckets.length - 1; n >= 1; n--) {
    above = product(above, buckets[n], group);
    sum = product(sum, above, group);
  }
  return product(
    product(above, buckets[0], group),
    sum === undefined ? undefined : square(sum, group),
    group,
  );
}

/** The proof element. @throws VdfAbortedError; Error when the transcript has no prime, which does not happen */
export function prove(evaluation: Evaluation, control: Control = {}): Form {
  const { group, iterations, y, powers, stride } = evaluation;
  const prime = challengePrime(group, y, iterations);
  if (prime === undefined) throw new Error('the transcript has no prime');
  const exponent = (1n << BigInt(iterations)) / prime;
  const width = bestWidth(iterations, stride);
  const digits = signedDigits(exponent, width);
  let result: Form | undefined;
  // Digits at n * stride + residue weigh powers[n]^(2^residue): one set of buckets per residue, joined by Horner's rule.
  for (let residue = stride - 1; residue >= 0; residue--) {
    const buckets = new Array<Form | undefined>(2 ** (width - 2)).fill(undefined);
    for (let n = 0, place = residue; place < digits.length; n++, place += stride) {
      if (n % vdfLimits.squaringsPerLook === 0) checkAborted(control);
      const digit = digits[place]!;
      if (digit === 0) continue;
      const bucket = (Math.abs(digit) - 1) >> 1;
      buckets[bucket] = product(buckets[bucket], digit < 0 ? inverse(powers[n]!) : powers[n]!, group);
    }
    if (result !== undefined) result = square(result, group);
    result = product(result, weighBuckets(buckets, group), group);
  }
  return result ?? identity(group);
}
