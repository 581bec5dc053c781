/**
 * The tower of BLS48-581 below Fp48: i^2 = -1, j^2 = -(1+i), k^2 = -j, l^2 = -k, as in the reference protocol. The signs
 * matter: other ones give other twists and other bytes.
 */
import { type Pair, quadraticExtension } from './extension.ts';
import { type Field, fp, reduce } from './field.ts';

export type Fp2 = Pair<bigint>;
export type Fp4 = Pair<Fp2>;
export type Fp8 = Pair<Fp4>;
export type Fp16 = Pair<Fp8>;

const plainFp2 = quadraticExtension(fp, fp.negate(1n), fp.negate);

/** The same field; products are reduced once instead of at every step, for most of the time goes here. */
export const fp2 = {
  ...plainFp2,
  multiply(x: Fp2, y: Fp2): Fp2 {
    const aa = x.a * y.a;
    const bb = x.b * y.b;
    return { a: reduce(aa - bb), b: reduce((x.a + x.b) * (y.a + y.b) - aa - bb) };
  },
  square({ a, b }: Fp2): Fp2 {
    return { a: reduce((a + b) * (a - b)), b: reduce(2n * a * b) };
  },
};

const { add, subtract } = fp;

/** (1 + i)(a + b*i) = (a - b) + (a + b)*i, negated. */
const timesMinusOnePlusI = ({ a, b }: Fp2): Fp2 => ({ a: subtract(b, a), b: fp.negate(add(a, b)) });

export const fp4 = quadraticExtension(fp2, timesMinusOnePlusI(fp2.one), timesMinusOnePlusI);

/** -s * (a + b*s) = -n*b - a*s, n = s^2. */
function timesMinusGenerator<T>(base: Field<T>, timesNonResidue: (a: T) => T) {
  return ({ a, b }: Pair<T>): Pair<T> => ({ a: base.negate(timesNonResidue(b)), b: base.negate(a) });
}

const timesMinusJ = timesMinusGenerator(fp2, timesMinusOnePlusI);
export const fp8 = quadraticExtension(fp4, timesMinusJ(fp4.one), timesMinusJ);

const timesMinusK = timesMinusGenerator(fp4, timesMinusJ);
export const fp16 = quadraticExtension(fp8, timesMinusK(fp8.one), timesMinusK);

/** xi = -k: the twist is y^2 = x^3 + 1/xi, and w^6 = xi in Fp48. */
export const xi: Fp8 = timesMinusK(fp8.one);

/** l * (a + b*l) = -k*b + a*l. */
export const timesL = ({ a, b }: Fp16): Fp16 => ({ a: timesMinusK(b), b: a });

/** Leaves of nested pairs in the order of the wire: the half with the generator first, at every level. */
export function coordinates(x: Pair<unknown> | bigint): bigint[] {
  if (typeof x === 'bigint') return [x];
  return [...coordinates(x.b as Pair<unknown> | bigint), ...coordinates(x.a as Pair<unknown> | bigint)];
}

/** Inverse of `coordinates`, for 8 values below p. */
export function fp8FromCoordinates(values: readonly bigint[]): Fp8 {
  if (values.length !== 8) throw new RangeError('an element of Fp8 has 8 coordinates');
  const at = (index: number) => values[index]!;
  return {
    b: { b: { b: at(0), a: at(1) }, a: { b: at(2), a: at(3) } },
    a: { b: { b: at(4), a: at(5) }, a: { b: at(6), a: at(7) } },
  };
}
