/**
 * Quadratic extensions F[s] / (s^2 - n) of any field F of odd characteristic in which n is no square.
 *
 * Multiplication: Karatsuba. Squaring: the complex method (Devegili et al. 2006). Square roots: by the norm (Adj and
 * Rodriguez-Henriquez 2012, "Square root computation over even extension fields", complex method). All levels of the tower of BLS48-581 above Fp are made with it, but for the last.
 */
import { type Field, fieldPrime, power } from './field.ts';

/** a + b*s */
export interface Pair<T> {
  readonly a: T;
  readonly b: T;
}

export interface QuadraticField<T> extends Field<Pair<T>> {
  /** a - b*s */
  conjugate(x: Pair<T>): Pair<T>;
}

/**
 * @param base F
 * @param nonResidue n = s^2
 * @param timesNonResidue n * a, cheaper than a multiplication
 */
export function quadraticExtension<T>(
  base: Field<T>,
  nonResidue: T,
  timesNonResidue: (a: T) => T,
): QuadraticField<T> {
  const { add, subtract } = base;
  const half = base.invert(add(base.one, base.one));
  // s^p = s * n^((p-1)/2). Computed when first needed: it is a whole exponentiation.
  let frobeniusFactor: T | undefined;

  const norm = ({ a, b }: Pair<T>): T => subtract(base.square(a), timesNonResidue(base.square(b)));

  const field: QuadraticField<T> = {
    zero: { a: base.zero, b: base.zero },
    one: { a: base.one, b: base.zero },
    isZero: ({ a, b }) => base.isZero(a) && base.isZero(b),
    equal: (x, y) => base.equal(x.a, y.a) && base.equal(x.b, y.b),
    add: (x, y) => ({ a: add(x.a, y.a), b: add(x.b, y.b) }),
    subtract: (x, y) => ({ a: subtract(x.a, y.a), b: subtract(x.b, y.b) }),
    negate: ({ a, b }) => ({ a: base.negate(a), b: base.negate(b) }),
    conjugate: ({ a, b }) => ({ a, b: base.negate(b) }),
    multiply(x, y) {
      const aa = base.multiply(x.a, y.a);
      const bb = base.multiply(x.b, y.b);
      const cross = base.multiply(add(x.a, x.b), add(y.a, y.b));
      return { a: add(aa, timesNonResidue(bb)), b: subtract(subtract(cross, aa), bb) };
    },
    square({ a, b }) {
      // (a + b)(a + n*b) = a^2 + n*b^2 + (1 + n)*a*b
      const ab = base.multiply(a, b);
      const product = base.multiply(add(a, b), add(a, timesNonResidue(b)));
      return { a: subtract(subtract(product, ab), timesNonResidue(ab)), b: add(ab, ab) };
    },
    scale: ({ a, b }, factor) => ({ a: base.scale(a, factor), b: base.scale(b, factor) }),
    invert(x) {
      const inverse = base.invert(norm(x));
      return { a: base.multiply(x.a, inverse), b: base.negate(base.multiply(x.b, inverse)) };
    },
    /** The norm is x^(q+1), so it is a square below exactly when x is one here. */
    isSquare: (x) => base.isSquare(norm(x)),
    squareRoot(x) {
      if (field.isZero(x)) return x;
      const root = base.squareRoot(norm(x));
      if (root === undefined) return undefined;
      // One of (a +- root) / 2 is a square c^2, and then c + b/(2c)*s is a root of x. With b = 0 it may be that a itself
      // is no square below; then it is n times one.
      const plus = base.multiply(add(x.a, root), half);
      const square =
        base.isSquare(plus) && !base.isZero(plus) ? plus : base.multiply(subtract(x.a, root), half);
      const c = base.squareRoot(square);
      if (c !== undefined && !base.isZero(c)) {
        return checked({ a: c, b: base.multiply(x.b, base.multiply(half, base.invert(c))) }, x);
      }
      const d = base.squareRoot(base.multiply(x.a, base.invert(nonResidue)));
      return d === undefined ? undefined : checked({ a: base.zero, b: d }, x);
    },
    frobenius({ a, b }) {
      frobeniusFactor ??= power(base, nonResidue, (fieldPrime - 1n) / 2n);
      return { a: base.frobenius(a), b: base.multiply(base.frobenius(b), frobeniusFactor) };
    },
  };

  const checked = (root: Pair<T>, x: Pair<T>) => (field.equal(field.square(root), x) ? root : undefined);
  return field;
}
