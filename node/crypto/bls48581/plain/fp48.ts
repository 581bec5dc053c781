/**
 * Fp48 = Fp16[w] / (w^3 - l), where the values of pairings live. Then w^6 = xi and w^48 + 2*w^24 + 2 = 0.
 *
 * Sources: cyclotomic squaring, Granger and Scott, "Faster squaring in the cyclotomic subgroup of sixth degree
 * extensions", PKC 2010 (q = p^8); multiplication, Karatsuba.
 */
import { fieldPrime, power } from './field.ts';
import { type Fp8, type Fp16, fp8, fp16, timesL } from './tower.ts';

/** a + b*w + c*w^2 */
export interface Fp48 {
  readonly a: Fp16;
  readonly b: Fp16;
  readonly c: Fp16;
}

const { add, subtract, multiply, square, negate, conjugate } = fp16;

export const one48: Fp48 = { a: fp16.one, b: fp16.zero, c: fp16.zero };

export function equal48(x: Fp48, y: Fp48): boolean {
  return fp16.equal(x.a, y.a) && fp16.equal(x.b, y.b) && fp16.equal(x.c, y.c);
}

export function multiply48(x: Fp48, y: Fp48): Fp48 {
  const aa = multiply(x.a, y.a);
  const bb = multiply(x.b, y.b);
  const cc = multiply(x.c, y.c);
  const ab = subtract(multiply(add(x.a, x.b), add(y.a, y.b)), add(aa, bb));
  const ac = subtract(multiply(add(x.a, x.c), add(y.a, y.c)), add(aa, cc));
  const bc = subtract(multiply(add(x.b, x.c), add(y.b, y.c)), add(bb, cc));
  return { a: add(aa, timesL(bc)), b: add(ab, timesL(cc)), c: add(ac, bb) };
}

export function square48(x: Fp48): Fp48 {
  const ab = multiply(x.a, x.b);
  const bc = multiply(x.b, x.c);
  const ac = multiply(x.a, x.c);
  return {
    a: add(square(x.a), timesL(add(bc, bc))),
    b: add(add(ab, ab), timesL(square(x.c))),
    c: add(add(ac, ac), square(x.b)),
  };
}

/**
 * x * (constant + linear*w + cubic*w^3), the shape of a line: w^3 = l, so that its first part is (constant, cubic) in
 * Fp16.
 */
export function multiplyByLine(x: Fp48, constant: Fp8, linear: Fp8, cubic: Fp8): Fp48 {
  const head: Fp16 = { a: constant, b: cubic };
  const byLinear = (y: Fp16): Fp16 => ({ a: fp8.multiply(y.a, linear), b: fp8.multiply(y.b, linear) });
  const aHead = multiply(x.a, head);
  const bLinear = byLinear(x.b);
  const both = multiply(add(x.a, x.b), { a: add8(constant, linear), b: cubic });
  return {
    a: add(aHead, timesL(byLinear(x.c))),
    b: subtract(subtract(both, aHead), bLinear),
    c: add(multiply(x.c, head), bLinear),
  };
}
const add8 = fp8.add;

export function invert48({ a, b, c }: Fp48): Fp48 {
  // The adjugate of multiplication by x, over its determinant.
  const u = subtract(square(a), timesL(multiply(b, c)));
  const v = subtract(timesL(square(c)), multiply(a, b));
  const w = subtract(square(b), multiply(a, c));
  const norm = add(multiply(a, u), timesL(add(multiply(c, v), multiply(b, w))));
  const inverse = fp16.invert(norm);
  return { a: multiply(u, inverse), b: multiply(v, inverse), c: multiply(w, inverse) };
}

/** x^(p^24): w becomes -w. In the cyclotomic subgroup this is the inverse. */
export function conjugate48({ a, b, c }: Fp48): Fp48 {
  return { a: conjugate(a), b: negate(conjugate(b)), c: conjugate(c) };
}

/** w^(p-1) = l^((p-1)/3). */
let frobeniusFactor: Fp16 | undefined;

/** x^(p^times). */
export function frobenius48(x: Fp48, times: number): Fp48 {
  frobeniusFactor ??= power(fp16, { a: fp8.zero, b: fp8.one }, (fieldPrime - 1n) / 3n);
  const squared = square(frobeniusFactor);
  let result = x;
  for (let round = 0; round < times; round += 1) {
    result = {
      a: fp16.frobenius(result.a),
      b: multiply(fp16.frobenius(result.b), frobeniusFactor),
      c: multiply(fp16.frobenius(result.c), squared),
    };
  }
  return result;
}

/** x^2 for x of order dividing p^16 - p^8 + 1. */
export function cyclotomicSquare({ a, b, c }: Fp48): Fp48 {
  const triple = (y: Fp16) => add(add(y, y), y);
  const double = (y: Fp16) => add(y, y);
  return {
    a: subtract(triple(square(a)), double(conjugate(a))),
    b: add(triple(timesL(square(c))), double(conjugate(b))),
    c: subtract(triple(square(b)), double(conjugate(c))),
  };
}
