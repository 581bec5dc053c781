/**
 * Forms in plain arithmetic, after Cohen 1993: reduction (Algorithm 5.4.2) step by step, composition (Algorithm 5.4.7) with full
 * intermediates. The oracle of the tests; shares nothing with the code under test but the types.
 */
import type { ClassGroup, Form } from '../form.ts';

/** [g, x, y] with x a + y b = g = gcd(a, b) >= 0. */
export function extendedGcd(a: bigint, b: bigint): [bigint, bigint, bigint] {
  if (b === 0n) return a < 0n ? [-a, -1n, 0n] : [a, 1n, 0n];
  const [g, x, y] = extendedGcd(b, a % b);
  return [g, y, x - (a / b) * y];
}

export const mod = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus;

export function plainReduce(a: bigint, b: bigint, discriminant: bigint): Form {
  for (;;) {
    // b to (-a, a]
    let next = mod(b, 2n * a);
    if (next > a) next -= 2n * a;
    const c = (next * next - discriminant) / (4n * a);
    if (a < c || (a === c && next >= 0n)) return { a, b: next, c };
    if (a === c) return { a, b: -next, c };
    [a, b] = [c, -next];
  }
}

export function plainCompose(
  left: Form,
  right: Form,
  { discriminant }: Pick<ClassGroup, 'discriminant'>,
): Form {
  const s = (left.b + right.b) / 2n;
  const [d1, , y1] = extendedGcd(left.a, right.a);
  const [d, x2, y2] = extendedGcd(d1, s);
  const v1 = left.a / d;
  const v2 = right.a / d;
  const n = (left.b - right.b) / 2n;
  const r = mod(y1 * x2 * n - y2 * right.c, v1);
  return plainReduce(v1 * v2, right.b + 2n * v2 * r, discriminant);
}

export function plainPower(base: Form, exponent: bigint, group: Pick<ClassGroup, 'discriminant'>): Form {
  let result: Form = { a: 1n, b: 1n, c: (1n - group.discriminant) / 4n };
  for (const bit of exponent.toString(2)) {
    result = plainCompose(result, result, group);
    if (bit === '1') result = plainCompose(result, base, group);
  }
  return result;
}

/** All reduced primitive forms of a small negative discriminant: the class group, element by element. */
export function allForms(discriminant: bigint): Form[] {
  const forms: Form[] = [];
  for (let a = 1n; 3n * a * a <= -discriminant; a++) {
    for (let b = -a + 1n; b <= a; b++) {
      const product = b * b - discriminant;
      if (product % (4n * a) !== 0n) continue;
      const c = product / (4n * a);
      if (c > a || (c === a && b >= 0n)) forms.push({ a, b, c });
    }
  }
  return forms;
}
