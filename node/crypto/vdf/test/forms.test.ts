import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { compose, multiPower, oddPowers, power, signedDigits, square } from '../compose.ts';
import {
  type ClassGroup,
  classGroup,
  equal,
  type Form,
  generator,
  identity,
  inverse,
  isReduced,
  reduce,
} from '../form.ts';
import { isProbablePrime } from '../prime.ts';
import { elementOf, testGroup } from './groups.ts';
import { allForms, plainCompose, plainPower, plainReduce } from './plain.ts';

const discriminantIs = ({ a, b, c }: Form, { discriminant }: ClassGroup): boolean =>
  b * b - 4n * a * c === discriminant;

function expectElement(actual: Form, expected: Form, group: ClassGroup): void {
  expect(actual).toEqual(expected);
  expect(isReduced(actual) && discriminantIs(actual, group)).toBe(true);
}

describe.each([256, 512, 1024])('class group of %i bits', (bits) => {
  const group = testGroup(bits);
  const element = elementOf(group);
  const numRuns = bits === 1024 ? 15 : 60;

  test('composition and squaring give what plain arithmetic gives', () => {
    fc.assert(
      fc.property(element, element, (f, g) => {
        expectElement(compose(f, g, group), plainCompose(f, g, group), group);
        expectElement(square(f, group), plainCompose(f, f, group), group);
        expectElement(compose(f, f, group), plainCompose(f, f, group), group);
      }),
      { numRuns },
    );
  });

  test('it is an abelian group', () => {
    fc.assert(
      fc.property(element, element, element, (f, g, h) => {
        expect(compose(f, g, group)).toEqual(compose(g, f, group));
        expect(compose(compose(f, g, group), h, group)).toEqual(compose(f, compose(g, h, group), group));
        expect(compose(f, identity(group), group)).toEqual(f);
        expect(compose(f, inverse(f), group)).toEqual(identity(group));
        // Common divisors of every kind: f g and f / g share factors with f.
        const fg = compose(f, g, group);
        expect(compose(fg, inverse(g), group)).toEqual(f);
      }),
      { numRuns },
    );
  });

  test('a power is the product of its parts', () => {
    fc.assert(
      fc.property(element, fc.bigInt(0n, 2n ** 140n), fc.bigInt(0n, 2n ** 140n), (f, m, n) => {
        expect(power(f, m, group)).toEqual(plainPower(f, m, group));
        const x = generator(group);
        expect(
          multiPower(
            [
              [f, m],
              [x, n],
            ],
            group,
          ),
        ).toEqual(plainCompose(plainPower(f, m, group), plainPower(x, n, group), group));
      }),
      { numRuns: Math.ceil(numRuns / 6) },
    );
  });

  test('a long run of squarings equals plain squarings', () => {
    let fast = generator(group);
    let plain = fast;
    for (let n = 0; n < 300; n++) {
      fast = square(fast, group);
      plain = plainCompose(plain, plain, group);
      expect(fast).toEqual(plain);
    }
  });
});

test('small class groups, every pair of elements: common divisors of every kind', () => {
  let pairs = 0;
  for (let size = 23n; pairs < 12_000; size += 8n) {
    if (!isProbablePrime(size)) continue;
    // The length of a small discriminant is no supported one, so the group is written down by hand.
    const group: ClassGroup = { discriminant: -size, bits: size.toString(2).length };
    const forms = allForms(-size);
    expect(forms.length % 2).toBe(1);
    for (const f of forms) {
      expect(square(f, group)).toEqual(plainCompose(f, f, group));
      for (const g of forms) {
        expect(compose(f, g, group)).toEqual(plainCompose(f, g, group));
        pairs += 1;
      }
    }
    // The order of the group is a multiple of each element's order.
    for (const f of forms) expect(power(f, BigInt(forms.length), group)).toEqual(identity(group));
  }
});

test('reduction gives the reduced form of the class, and leaves it as it is', () => {
  const group = testGroup(256);
  fc.assert(
    fc.property(
      elementOf(group),
      fc.array(fc.bigInt(-(2n ** 80n), 2n ** 80n), { maxLength: 6 }),
      (f, shears) => {
        let { a, b, c } = f;
        // Proper equivalences: x -> x + n y, then (x, y) -> (-y, x).
        for (const n of shears) {
          [b, c] = [b + 2n * a * n, c + b * n + a * n * n];
          [a, b, c] = [c, -b, a];
        }
        const reduced = reduce({ a, b, c });
        expect(reduced).toEqual(f);
        expect(reduced).toEqual(plainReduce(a, b, group.discriminant));
        expect(reduce(reduced)).toEqual(reduced);
      },
    ),
    { numRuns: 300 },
  );
});

test('of the forms on the border only one of two is reduced', () => {
  // D = -55: (2, 1, 7), (4, 3, 4); D = -15 has (2, 1, 2).
  expect(isReduced({ a: 4n, b: 3n, c: 4n })).toBe(true);
  expect(isReduced({ a: 4n, b: -3n, c: 4n })).toBe(false);
  expect(reduce({ a: 4n, b: -3n, c: 4n })).toEqual({ a: 4n, b: 3n, c: 4n });
  expect(isReduced({ a: 1n, b: -1n, c: 4n })).toBe(false);
  expect(reduce({ a: 1n, b: -1n, c: 4n })).toEqual({ a: 1n, b: 1n, c: 4n });
  expect(inverse({ a: 4n, b: 3n, c: 4n })).toEqual({ a: 4n, b: 3n, c: 4n });
  expect(inverse({ a: 2n, b: 1n, c: 7n })).toEqual({ a: 2n, b: -1n, c: 7n });
});

test('signed digits are sparse, odd, and add up to the exponent', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 2n ** 300n), fc.integer({ min: 2, max: 14 }), (exponent, width) => {
      const digits = signedDigits(exponent, width);
      let sum = 0n;
      let last = -width;
      digits.forEach((digit, place) => {
        sum += BigInt(digit) << BigInt(place);
        if (digit === 0) return;
        expect(Math.abs(digit) % 2).toBe(1);
        expect(Math.abs(digit)).toBeLessThan(2 ** (width - 1));
        expect(place - last).toBeGreaterThanOrEqual(width);
        last = place;
      });
      expect(sum).toBe(exponent);
    }),
  );
});

test('odd powers', () => {
  const group = testGroup(256);
  const f = power(generator(group), 2n ** 200n, group);
  expect(oddPowers(f, 4, group)).toEqual([1n, 3n, 5n, 7n].map((n) => plainPower(f, n, group)));
});

test('a discriminant of another length or residue is refused', () => {
  const { discriminant } = testGroup(256);
  expect(() => classGroup(discriminant, 257)).toThrow(RangeError);
  expect(() => classGroup(discriminant, 128)).toThrow(RangeError);
  expect(() => classGroup(discriminant - 2n, 256)).toThrow(RangeError);
  expect(() => classGroup(-discriminant, 256)).toThrow(RangeError);
});

test('a discriminant that is not prime stops the arithmetic instead of giving a wrong element', () => {
  // 3 divides a and b of (3, 3, ...), so b has no inverse.
  const discriminant = -(3n * 5n);
  const group: ClassGroup = { discriminant, bits: 4 };
  expect(() => square({ a: 3n, b: 3n, c: 2n }, group)).toThrow('not prime');
  expect(equal({ a: 3n, b: 3n, c: 2n }, { a: 3n, b: 3n, c: 2n })).toBe(true);
});
