/**
 * Whether elements at 2t + 1 places are multiples of the base by the values of one polynomial of degree t, and its element at 0. The factors
 * of Lagrange's interpolation are made whole numbers: these are small, and multiplying with them is a few additions.
 */
import { type Group, invert, modulo, type Term } from '../groups/index.ts';

/** factors at the base places make `scale` times the element at `place`. */
interface Relation {
  readonly place: number;
  readonly factors: readonly bigint[];
  readonly scale: bigint;
}

export interface Line {
  /** t + 1 places that determine the polynomial. */
  readonly base: readonly number[];
  readonly checks: readonly Relation[];
  readonly atZero: Relation;
}

const lines = new Map<string, Line>();

/** @param places 2t + 1, ascending */
export function lineThrough(places: readonly number[], threshold: number): Line {
  const name = `${threshold}/${places.join()}`;
  const known = lines.get(name);
  if (known !== undefined) return known;
  const base = neighbours(places, threshold + 1) ?? places.slice(0, threshold + 1);
  const checks = places.filter((place) => !base.includes(place)).map((place) => relation(base, place));
  const line = { base, checks, atZero: relation(base, 0) };
  lines.set(name, line);
  return line;
}

/** The element at 0; undefined when they are of no polynomial of that degree. @param elements checked to be such */
export function elementAtZero(
  line: Line,
  elements: ReadonlyMap<number, Uint8Array>,
  group: Group,
): Uint8Array | undefined {
  try {
    for (const check of line.checks) {
      const expected = combineAt(line.base, check.factors, elements, group);
      const element = elements.get(check.place)!;
      const scaled = check.scale === 1n ? element : group.combine([{ element, factor: check.scale }]);
      if (Buffer.compare(expected, scaled) !== 0) return undefined;
    }
    const { factors, scale } = line.atZero;
    // Neighbours have whole factors at 0: these are binomial coefficients, up to their sign.
    const inverse = scale === 1n ? 1n : invert(scale, group.order);
    const whole = scale === 1n ? factors : factors.map((factor) => modulo(factor * inverse, group.order));
    return combineAt(line.base, whole, elements, group);
  } catch (error) {
    // Some sum is the identity, which random elements do not make.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function combineAt(
  base: readonly number[],
  factors: readonly bigint[],
  elements: ReadonlyMap<number, Uint8Array>,
  group: Group,
): Uint8Array {
  return group.combine(
    base.map((place, at): Term => ({ element: elements.get(place)!, factor: factors[at]! })),
  );
}

/** That many places, each next to the one before it. */
function neighbours(places: readonly number[], count: number): number[] | undefined {
  const from = places.findIndex((place, at) => places[at + count - 1] === place + count - 1);
  return from < 0 ? undefined : places.slice(from, from + count);
}

function relation(base: readonly number[], place: number): Relation {
  const fractions = base.map((i) => {
    let [above, below] = [1n, 1n];
    for (const j of base) {
      if (j === i) continue;
      above *= BigInt(place - j);
      below *= BigInt(i - j);
    }
    const common = divisor(above, below);
    return { above: above / common, below: below / common };
  });
  const scale = fractions.reduce((product, { below }) => product * (below / divisor(product, below)), 1n);
  const size = scale < 0n ? -scale : scale;
  return { place, scale: size, factors: fractions.map(({ above, below }) => above * (size / below)) };
}

/** Greatest common divisor, positive. */
function divisor(left: bigint, right: bigint): bigint {
  let [a, b] = [left, right];
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}
