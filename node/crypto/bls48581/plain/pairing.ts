/**
 * The optimal ate pairing e: G1 x G2 -> roots of one of order r in Fp48 (Vercauteren 2010; for BLS curves the Miller
 * loop is that of the seed).
 *
 * The untwist is (x, y) -> (x*w^2, y*w^3). A line through T on the twist with slope s becomes, at P,
 *   y_P - s*x_P * w + (s*x_T - y_T) * w^3.
 * Vertical lines lie in Fp24 and vanish in the final exponentiation. So do the factors of the affine slopes.
 *
 * Final exponentiation: to 3(p^48-1)/r, as the reference does. Hard part: with p = (x-1)^2 r/3 + x and r = x^16 - x^8 + 1,
 *   3(p^16 - p^8 + 1)/r = (x-1)^2 (p+x)(p^2+x^2)(p^4+x^4)(p^8+x^8-1) + 3
 * (Hayashida, Hayasaka and Teruya 2020; here p^16 - x^16 and p^8 - x^8 are divided by p - x).
 */
import type { G1, G2, PreparedG2 } from '../curve.ts';
import { writeElements } from './bytes.ts';
import { seedMagnitude } from './constants.ts';
import {
  conjugate48,
  cyclotomicSquare,
  equal48,
  type Fp48,
  frobenius48,
  invert48,
  multiply48,
  multiplyByLine,
  one48,
  square48,
} from './fp48.ts';
import { fromG1 } from './g1.ts';
import { fromG2 } from './g2.ts';
import type { Affine } from './points.ts';
import { coordinates, type Fp8, fp8 } from './tower.ts';

interface Line {
  readonly slope: Fp8;
  /** slope * x_T - y_T */
  readonly offset: Fp8;
}

/** Lines in the order in which the Miller loop uses them; none for the identity. */
class PreparedLines {
  readonly lines: readonly Line[];
  constructor(lines: readonly Line[]) {
    this.lines = lines;
  }
}

const seedBits = [...seedMagnitude.toString(2)].slice(1);

export function prepareG2(element: G2): PreparedG2 {
  const point = fromG2(element);
  const lines: Line[] = [];
  if (point !== undefined) {
    let current = point;
    for (const bit of seedBits) {
      current = step(lines, current, doublingSlope(current), current.x);
      if (bit === '1') current = step(lines, current, chordSlope(current, point), point.x);
    }
  }
  return new PreparedLines(lines) as unknown as PreparedG2;
}

/** Notes the line through `point` and returns the sum of the two points on it, the other with x-coordinate `otherX`. */
function step(lines: Line[], point: Affine<Fp8>, slope: Fp8, otherX: Fp8): Affine<Fp8> {
  const offset = fp8.subtract(fp8.multiply(slope, point.x), point.y);
  lines.push({ slope, offset });
  const x = fp8.subtract(fp8.square(slope), fp8.add(point.x, otherX));
  return { x, y: fp8.subtract(offset, fp8.multiply(slope, x)) };
}

const doublingSlope = ({ x, y }: Affine<Fp8>): Fp8 =>
  fp8.multiply(fp8.scale(fp8.square(x), 3n), fp8.invert(fp8.add(y, y)));

/** The points are multiples of one of prime order by different numbers below it: neither equal nor opposite. */
const chordSlope = (left: Affine<Fp8>, right: Affine<Fp8>): Fp8 =>
  fp8.multiply(fp8.subtract(left.y, right.y), fp8.invert(fp8.subtract(left.x, right.x)));

export interface PairingInput {
  readonly g1: G1;
  readonly g2: PreparedG2;
}

/** Product of f_{|x|,Q}(P), conjugated because x is negative. One squaring serves all pairs. */
function millerLoop(pairs: readonly PairingInput[]): Fp48 {
  const active = pairs.flatMap(({ g1, g2 }) => {
    if (!((g2 as unknown) instanceof PreparedLines)) {
      throw new TypeError('not a point prepared by this implementation');
    }
    const point = fromG1(g1);
    const { lines } = g2 as unknown as PreparedLines;
    return point === undefined || lines.length === 0 ? [] : [{ point, lines }];
  });
  let value = one48;
  let used = 0;
  const multiplyLines = () => {
    for (const { point, lines } of active) {
      const { slope, offset } = lines[used]!;
      const constant = fp8.scale(fp8.one, point.y);
      value = multiplyByLine(value, constant, fp8.negate(fp8.scale(slope, point.x)), offset);
    }
    used += 1;
  };
  for (const bit of seedBits) {
    value = square48(value);
    multiplyLines();
    if (bit === '1') multiplyLines();
  }
  return conjugate48(value);
}

/** value^|x|, then the inverse: the seed is negative. For values of the cyclotomic subgroup. */
function powerOfSeed(value: Fp48, times = 1): Fp48 {
  let result = value;
  for (let round = 0; round < times; round += 1) {
    const base = result;
    for (const bit of seedBits) {
      result = cyclotomicSquare(result);
      if (bit === '1') result = multiply48(result, base);
    }
    result = conjugate48(result);
  }
  return result;
}

function finalExponentiation(value: Fp48): Fp48 {
  // (p^24 - 1)(p^8 + 1): into the cyclotomic subgroup.
  const half = multiply48(conjugate48(value), invert48(value));
  const base = multiply48(frobenius48(half, 8), half);
  let hard = base;
  for (let round = 0; round < 2; round += 1) hard = multiply48(powerOfSeed(hard), conjugate48(hard));
  for (const degree of [1, 2, 4]) {
    hard = multiply48(powerOfSeed(hard, degree), frobenius48(hard, degree));
  }
  hard = multiply48(multiply48(powerOfSeed(hard, 8), frobenius48(hard, 8)), conjugate48(hard));
  return multiply48(hard, multiply48(cyclotomicSquare(base), base));
}

const product = (pairs: readonly PairingInput[]) => finalExponentiation(millerLoop(pairs));

export const pairingProductIsOne = (pairs: readonly PairingInput[]): boolean =>
  equal48(product(pairs), one48);

/** c, b, a of Fp48, each with the halves of the generators first. */
export function pairingProduct(pairs: readonly PairingInput[]): Uint8Array {
  const { a, b, c } = product(pairs);
  return writeElements([...coordinates(c), ...coordinates(b), ...coordinates(a)]);
}
