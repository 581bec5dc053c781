import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { concat, signedBytes } from '../bytes.ts';
import { compose, power, square } from '../compose.ts';
import { discriminantOf } from '../discriminant.ts';
import { type Form, generator, identity, inverse } from '../form.ts';
import { decodeElement, elementBytes, encodeElement, integerBytes, outputBytes } from '../format/v1.ts';
import { vdfLimits } from '../limits.ts';
import { solve } from '../solve.ts';
import { refusal, refusalIn, refusalWithHint, verify, verifyWithHint } from '../verify.ts';
import { elementOf } from './groups.ts';

const challengeBytes = fc.uint8Array({ maxLength: 40 });

test('what is solved verifies; another challenge, number of squarings, length or hint does not', () => {
  fc.assert(
    fc.property(
      challengeBytes,
      fc.integer({ min: 1, max: 700 }),
      fc.integer({ min: 256, max: 300 }),
      (challenge, iterations, bits) => {
        const statement = { challenge, iterations, bits };
        const { output, hint } = solve(statement);
        expect(refusal(statement, output)).toBeUndefined();
        expect(refusalWithHint(statement, hint, output)).toBeUndefined();
        expect(verify({ ...statement, iterations: iterations + 1 }, output)).toBe(false);
        expect(verify({ ...statement, bits: bits + 1 }, output)).toBe(false);
        expect(verify({ ...statement, challenge: concat(challenge, new Uint8Array(1)) }, output)).toBe(false);
        expect(verifyWithHint(statement, hint + 1, output)).toBe(false);
      },
    ),
    { numRuns: 25 },
  );
});

test('every flipped byte and bit is refused', () => {
  for (const [bits, iterations] of [
    [256, 300],
    [257, 10],
    [320, 150],
  ] as const) {
    const statement = { challenge: new TextEncoder().encode('flip'), iterations, bits };
    const { output, hint } = solve(statement);
    const found = discriminantOf(statement.challenge, bits);
    for (let at = 0; at < output.length; at++) {
      for (const mask of [0xff, 1 << (at % 8)]) {
        const flipped = output.slice();
        flipped[at]! ^= mask;
        expect(refusalIn(found, iterations, flipped)).toBeDefined();
        if (at % 16 === 0) expect(refusalWithHint(statement, hint, flipped)).toBeDefined();
      }
    }
  }
});

describe('true elements, false statements', () => {
  const bits = 256;
  const iterations = 400;
  const challenge = new TextEncoder().encode('elements');
  const found = discriminantOf(challenge, bits);
  const { group } = found;
  const { output } = solve({ challenge, iterations, bits });
  const half = elementBytes(bits);
  const y = decodeElement(output.subarray(0, half), group)!;
  const pi = decodeElement(output.subarray(half), group)!;
  const blob = (first: Form, second: Form) => concat(encodeElement(first, bits), encodeElement(second, bits));

  test('the solved output is the blob of its elements', () => {
    expect(refusalIn(found, iterations, blob(y, pi))).toBeUndefined();
  });

  test('elements of the group that are related to the right ones are refused', () => {
    const x = generator(group);
    const related = (f: Form) => [
      identity(group),
      x,
      inverse(f),
      square(f, group),
      compose(f, x, group),
      compose(f, y, group),
    ];
    for (const other of related(y)) expect(refusalIn(found, iterations, blob(other, pi))).toBe('equation');
    for (const other of related(pi)) expect(refusalIn(found, iterations, blob(y, other))).toBe('equation');
    // Both moved so that they would agree if B did not depend on y.
    expect(refusalIn(found, iterations, blob(power(y, 2n, group), power(pi, 2n, group)))).toBe('equation');
  });

  test('any two elements of the group', () => {
    const element = elementOf(group);
    fc.assert(
      fc.property(element, element, (f, g) => refusalIn(found, iterations, blob(f, g)) === 'equation'),
      { numRuns: 40 },
    );
  });

  test('equivalent forms that are not reduced', () => {
    const length = integerBytes(bits);
    const raw = (a: bigint, b: bigint) => concat(signedBytes(a, length), signedBytes(b, length));
    const { a, b, c } = pi;
    for (const element of [
      raw(a, b + 2n * a),
      raw(a, b - 2n * a),
      raw(c, -b),
      raw(-a, b),
      raw(0n, 0n),
      raw(0n, 1n),
    ]) {
      expect(refusalIn(found, iterations, concat(encodeElement(y, bits), element))).toBe('pi');
      expect(refusalIn(found, iterations, concat(element, encodeElement(pi, bits)))).toBe('y');
    }
  });
});

describe('hostile input gets an answer, never an exception', () => {
  const bits = 256;
  const challenge = new TextEncoder().encode('hostile');
  const found = discriminantOf(challenge, bits);
  const length = integerBytes(bits);
  /** Integers at and around every border a form can have, and random ones, in the width of the field. */
  const integer = fc
    .oneof(
      fc.bigInt(-(2n ** 135n), 2n ** 135n - 1n),
      fc
        .tuple(fc.integer({ min: 0, max: 134 }), fc.bigInt(-2n, 2n))
        .map(([shift, near]) => (1n << BigInt(shift)) + near),
      fc.bigInt(-3n, 3n),
    )
    .map((value) => signedBytes(value, length));
  const element = fc.oneof(
    fc.tuple(integer, integer).map(([a, b]) => concat(a, b)),
    elementOf(found.group).map((form) => encodeElement(form, bits)),
    fc.uint8Array({ minLength: 2 * length, maxLength: 2 * length }),
  );

  test('outputs', () => {
    fc.assert(
      fc.property(
        element,
        element,
        fc.integer({ min: 1, max: vdfLimits.iterationsMax }),
        (first, second, iterations) => {
          expect(refusalIn(found, iterations, concat(first, second))).toBeDefined();
        },
      ),
      { numRuns: 1500 },
    );
  });

  test('lengths', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (output) => {
        if (output.length === outputBytes(bits)) return;
        expect(refusalIn(found, 5, output)).toBe('length');
      }),
    );
  });

  test('statements', () => {
    const output = new Uint8Array(outputBytes(bits));
    const wrong = [Number.NaN, -1, 0, 0.5, 2 ** 32, Number.POSITIVE_INFINITY, Number.MAX_SAFE_INTEGER];
    for (const value of wrong) {
      expect(refusal({ challenge, iterations: value, bits }, output)).toBe('statement');
      expect(refusal({ challenge, iterations: 5, bits: value }, output)).toBe('statement');
    }
    for (const value of [255, 4097, 256.5]) {
      expect(refusal({ challenge, iterations: 5, bits: value }, output)).toBe('statement');
    }
    const long = new Uint8Array(vdfLimits.challengeBytesMax + 1);
    expect(refusal({ challenge: long, iterations: 5, bits }, output)).toBe('statement');
    // What JSON may hold in place of bytes and numbers.
    for (const value of [null, undefined, 'aa', {}, [], '5', 5n]) {
      expect(refusal({ challenge: value as Uint8Array, iterations: 5, bits }, output)).toBe('statement');
      expect(refusal({ challenge, iterations: value as number, bits }, output)).toBe('statement');
      expect(refusal({ challenge, iterations: 5, bits: value as number }, output)).toBe('statement');
      expect(refusal({ challenge, iterations: 5, bits }, value as Uint8Array)).toBe('length');
    }
  });

  test('hints', () => {
    const { output, hint } = solve({ challenge, iterations: 5, bits });
    expect(verifyWithHint({ challenge, iterations: 5, bits }, hint, output)).toBe(true);
    for (const value of [
      -1,
      0.5,
      Number.NaN,
      2 ** 53,
      1e300,
      bits * vdfLimits.candidatesPerBit,
      '5',
      null,
      5n,
    ]) {
      expect(refusalWithHint({ challenge, iterations: 5, bits }, value as number, output)).toBe('hint');
    }
  });

  test('a group whose discriminant is not prime', () => {
    // Two primes of 128 bits, 1 and 7 mod 8. Arithmetic may meet a form without an inverse: refused all the same.
    const group = { discriminant: -((2n ** 127n + 29n) * (2n ** 127n + 45n)), bits: 255 };
    const output = new Uint8Array(outputBytes(255));
    expect(() => refusalIn({ group }, 5, output)).not.toThrow();
  });
});

test('only a full search tells the first prime of the stream from a later one', () => {
  const challenge = new TextEncoder().encode('later prime');
  const statement = { challenge, iterations: 20, bits: 256 };
  const { hint } = solve(statement);
  // An output made under the next prime of the same stream.
  let first = true;
  const later = solve(statement, {
    mayBePrime: (candidate) => {
      const isFirst = first && -discriminantOf(challenge, 256).group.discriminant === candidate;
      if (isFirst) first = false;
      return !isFirst;
    },
  });
  expect(later.hint).toBeGreaterThan(hint);
  expect(verifyWithHint(statement, later.hint, later.output)).toBe(true);
  expect(refusal(statement, later.output)).toBeDefined();
});
