/**
 * Classes of positive definite binary quadratic forms of a negative prime discriminant: the group of unknown order in which
 * the delay function squares.
 *
 * Sources: H. Cohen, A Course in Computational Algebraic Number Theory (1993), section 5.2 and Algorithms 5.4.2 (reduction)
 * and 5.4.7 (composition).
 */
import { vdfLimits } from './limits.ts';

/** a x^2 + b x y + c y^2 with b^2 - 4 a c = discriminant and a > 0. */
export interface Form {
  readonly a: bigint;
  readonly b: bigint;
  readonly c: bigint;
}

/**
 * The class group of `discriminant` = -p, p prime, p = 7 mod 8. Its order is odd, so it has no element of order two, and
 * every form is primitive because a common divisor of a, b and c would have its square divide p.
 */
export interface ClassGroup {
  readonly discriminant: bigint;
  /** Length of -discriminant in bits. */
  readonly bits: number;
}

/** @throws RangeError when -discriminant has no supported length or is not 7 mod 8. That it is prime is not checked. */
export function classGroup(discriminant: bigint, bits: number): ClassGroup {
  const size = -discriminant;
  if (!isSupportedBits(bits) || size >> BigInt(bits - 1) !== 1n) {
    throw new RangeError(`a discriminant of ${bits} bits is not supported or has another length`);
  }
  if ((size & 7n) !== 7n) throw new RangeError('the discriminant must be 1 mod 8');
  return { discriminant, bits };
}

export function isSupportedBits(bits: number): boolean {
  return Number.isInteger(bits) && bits >= vdfLimits.bitsMin && bits <= vdfLimits.bitsMax;
}

/** The neutral element (1, 1, (1 - D) / 4). */
export function identity(group: ClassGroup): Form {
  return { a: 1n, b: 1n, c: (1n - group.discriminant) >> 2n };
}

/** The element that is squared: (2, 1, (1 - D) / 8). */
export function generator(group: ClassGroup): Form {
  return { a: 2n, b: 1n, c: (1n - group.discriminant) >> 3n };
}

/** The inverse of a reduced form, reduced. */
export function inverse(form: Form): Form {
  if (form.b === form.a || form.a === form.c) return form;
  return { a: form.a, b: -form.b, c: form.c };
}

export function equal(left: Form, right: Form): boolean {
  return left.a === right.a && left.b === right.b;
}

/** |b| <= a <= c, and b >= 0 when one of them is an equality: exactly one form of each class. */
export function isReduced({ a, b, c }: Form): boolean {
  const size = b < 0n ? -b : b;
  return a > 0n && size <= a && a <= c && (b >= 0n || (size !== a && a !== c));
}

/** The reduced form of the same class. Each turn but the last halves a, or nearly so. */
export function reduce(form: Form): Form {
  let { a, b, c } = form;
  for (;;) {
    if (b > a || b <= -a) {
      const twice = a << 1n;
      const shifted = b + a;
      let quotient = shifted / twice;
      if (shifted <= 0n && quotient * twice !== shifted) quotient -= 1n;
      let next = b - quotient * twice;
      if (next === -a) {
        // b of (-a, a]: the floor above gives [-a, a).
        next = a;
        quotient -= 1n;
      }
      c -= (quotient * (b + next)) >> 1n;
      b = next;
    }
    if (a <= c) break;
    const swap = a;
    a = c;
    c = swap;
    b = -b;
  }
  if (a === c && b < 0n) b = -b;
  return { a, b, c };
}
