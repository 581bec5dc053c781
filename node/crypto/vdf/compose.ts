/**
 * Composition and squaring of forms without large intermediates: NUCOMP and NUDUPL, after D. Shanks.
 *
 * Sources: M. J. Jacobson Jr., A. J. van der Poorten, Computational aspects of NUCOMP (ANTS-V, 2002); H. Cohen, A Course in
 * Computational Algebraic Number Theory (1993), Algorithms 5.4.7 to 5.4.9. The formulas below are written in the way they
 * were derived for this file:
 *
 * With g = gcd(a1, a2, s), s = (b1 + b2) / 2, t = (b2 - b1) / 2, A = a1 / g, A2 = a2 / g and k such that A2 k = -t and
 * (s / g) k = -c2 (mod A), the composed form is
 *     F(X, Y) = (A2 R^2 + b2 R Y + g c2 Y^2) / A,   R = A X + k Y.
 * The vectors (R, Y) are the lattice spanned by (A, 0) and (k, 1); `partialEuclid` gives a basis (R0, Y0), (R1, Y1) of it
 * with entries of half the length. With M = (A2 R + t Y) / A and N = (s R + g c2 Y) / A, both whole, the form in that basis is
 *     a = R1 M1 + Y1 N1,   c = R0 M0 + Y0 N0,   b = +-(R0 M1 + R1 M0 + Y0 N1 + Y1 N0),
 * which is already reduced but for a step or two. The sign is minus that of the basis, R0 Y1 - R1 Y0 = +-A, because the
 * second vector comes first. The wrong sign would give the inverse class.
 */
import { type ClassGroup, type Form, identity, inverse, reduce } from './form.ts';
import { invariant } from './invariant.ts';
import { bitLength, partialEuclid } from './lehmer.ts';

/** @param value any sign @param modulus positive */
function modulo(value: bigint, modulus: bigint): bigint {
  const rest = value % modulus;
  return rest < 0n ? rest + modulus : rest;
}

/** form^2, reduced. `form` must be reduced. */
export function square(form: Form, group: ClassGroup): Form {
  const { a, b, c } = form;
  const aBits = group.bits >> 1;
  // A prime discriminant: gcd(a, b) = 1, as a common divisor d of a and b divides it, and d <= a < p.
  const negative = b < 0n;
  const ends = partialEuclid(a, negative ? -b : b, aBits, 0);
  invariant(ends.remainder0 === 1n, 'a and b have a common divisor: the discriminant is not prime');
  const k = modulo((negative ? c : -c) * ends.cofactor0, a);

  const {
    remainder0: r0,
    remainder1: r1,
    cofactor0: y0,
    cofactor1: y1,
  } = partialEuclid(a, k, aBits, group.bits >> 2);
  // Here M = R, and N = (b R + c Y) / a; y1 N0 - y0 N1 = +-b says the orientation, and that no step went wrong.
  const n0 = (b * r0 + c * y0) / a;
  const n1 = (b * r1 + c * y1) / a;
  const left = y1 * n0;
  const right = y0 * n1;
  const middle = ((r0 * r1) << 1n) + left + right;
  const difference = left - right;
  invariant(difference === b || difference === -b, 'a basis of the lattice is none');
  return reduce({ a: r1 * r1 + y1 * n1, b: difference === b ? -middle : middle, c: r0 * r0 + y0 * n0 });
}

/** Product of two classes, reduced. Both forms must be reduced. */
export function compose(left: Form, right: Form, group: ClassGroup): Form {
  const [first, second] = left.a < right.a ? [left, right] : [right, left];
  const { a: a1, b: b1 } = first;
  const { a: a2, b: b2, c: c2 } = second;
  const s = (b1 + b2) >> 1n;
  const t = b2 - s;
  const a1Bits = bitLength(a1);

  let modulus = a1;
  let otherA = a2;
  let gc2 = c2;
  let k: bigint;
  const ends = partialEuclid(a1, a2 % a1, a1Bits, 0);
  const y = ends.cofactor0;
  const d = ends.remainder0;
  if (d === 1n) {
    k = modulo(-t * y, a1);
  } else {
    const sRest = modulo(s, d);
    const inner = partialEuclid(d, sRest, bitLength(d), 0);
    const g = inner.remainder0;
    const v = inner.cofactor0;
    const u = (g - v * s) / d;
    modulus = a1 / g;
    otherA = a2 / g;
    gc2 = g * c2;
    k = modulo(-(u * y * t + v * c2), modulus);
  }

  // Both new outer coefficients come out near sqrt(|D|) when R is near sqrt(A / A2) |D|^(1/4).
  const modulusBits = modulus === a1 ? a1Bits : bitLength(modulus);
  const stopBits = Math.max(0, (group.bits + 2 * modulusBits - 2 * bitLength(otherA)) >> 2);
  const {
    remainder0: r0,
    remainder1: r1,
    cofactor0: y0,
    cofactor1: y1,
  } = partialEuclid(modulus, k, modulusBits, stopBits);
  const m0 = (otherA * r0 + t * y0) / modulus;
  const m1 = (otherA * r1 + t * y1) / modulus;
  const n0 = (s * r0 + gc2 * y0) / modulus;
  const n1 = (s * r1 + gc2 * y1) / modulus;
  const middle = r0 * m1 + r1 * m0 + y0 * n1 + y1 * n0;
  const orientation = r0 * y1 - r1 * y0;
  invariant(orientation === modulus || orientation === -modulus, 'a basis of the lattice is none');
  return reduce({
    a: r1 * m1 + y1 * n1,
    b: orientation === modulus ? -middle : middle,
    c: r0 * m0 + y0 * n0,
  });
}

/**
 * Digits of a non-negative exponent, least significant first: zero or odd and below 2^(width-1) in size, and of `width`
 * neighbours at most one is not zero (non-adjacent form; Cohen 2005, Handbook of Elliptic and Hyperelliptic Curve
 * Cryptography, 9.1.4). Inverting a form is free, so signs cost nothing.
 */
export function signedDigits(exponent: bigint, width: number): Int32Array {
  const text = exponent.toString(2);
  const digits = new Int32Array(text.length + 1);
  const half = 2 ** (width - 1);
  let carry = 0;
  const bit = (place: number): number => (text.charCodeAt(text.length - 1 - place) === 49 ? 1 : 0);
  for (let place = 0; place < digits.length; ) {
    if (((place < text.length ? bit(place) : 0) ^ carry) === 0) {
      place += 1;
      continue;
    }
    let value = carry;
    for (let offset = 0; offset < width && place + offset < text.length; offset++) {
      value += bit(place + offset) * 2 ** offset;
    }
    carry = value > half ? 1 : 0;
    digits[place] = carry === 1 ? value - 2 * half : value;
    place += width;
  }
  return digits;
}

/** base^1, base^3, base^5, ... for digits of `width`. */
export function oddPowers(base: Form, width: number, group: ClassGroup): Form[] {
  const powers = [base];
  const twice = width > 2 ? square(base, group) : base;
  for (let n = 1; n < 2 ** (width - 2); n++) powers.push(compose(powers[n - 1]!, twice, group));
  return powers;
}

export function digitPower(odd: readonly Form[], digit: number): Form {
  const form = odd[(Math.abs(digit) - 1) >> 1]!;
  return digit < 0 ? inverse(form) : form;
}

/** Product of base_i^exponent_i with one common chain of squarings (Straus). Exponents are not negative. */
export function multiPower(
  terms: readonly (readonly [base: Form, exponent: bigint])[],
  group: ClassGroup,
): Form {
  const rows = terms.map(([base, exponent]) => {
    // Multiplying by a form of tiny a costs next to nothing, so a table would not pay.
    const width = base.a < 256n ? 2 : 5;
    return { digits: signedDigits(exponent, width), odd: oddPowers(base, width, group) };
  });
  const length = Math.max(0, ...rows.map(({ digits }) => digits.length));
  let result: Form | undefined;
  for (let place = length - 1; place >= 0; place--) {
    if (result !== undefined) result = square(result, group);
    for (const { digits, odd } of rows) {
      const digit = digits[place] ?? 0;
      if (digit === 0) continue;
      const factor = digitPower(odd, digit);
      result = result === undefined ? factor : compose(result, factor, group);
    }
  }
  return result ?? identity(group);
}

export function power(base: Form, exponent: bigint, group: ClassGroup): Form {
  return multiPower([[base, exponent]], group);
}
