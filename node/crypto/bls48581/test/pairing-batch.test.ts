/** Many equations in one product: all true, or one false one is found. */
import { describe, expect, test } from 'vitest';
import { type Curve, equationsHold, type PairingEquation, pairingArgument } from '../index.ts';
import { testCurve } from './test-curve.ts';

/** Counts pairings. */
function countingCurve(): { curve: Curve; pairings: number[] } {
  const plain = testCurve;
  const pairings: number[] = [];
  const pairingProductIsOne: Curve['pairingProductIsOne'] = (pairs) => {
    pairings.push(pairs.length);
    return plain.pairingProductIsOne(pairs);
  };
  return { curve: { ...plain, pairingProductIsOne }, pairings };
}

const { curve, pairings } = countingCurve();
const arguments_ = [1n, 2n, 3n].map((k) => pairingArgument(curve, curve.multiplyG2(curve.g2, k)));
const times = (k: bigint) => curve.multiplyG1(curve.g1, k);

/** e(a G1, G2) e(-b G1, k G2), true when a = b k. */
const equation = (a: bigint, b: bigint, k: number): PairingEquation => ({
  pairs: [
    { g1: times(a), argument: arguments_[0]! },
    { g1: curve.negateG1(times(b)), argument: arguments_[k - 1]! },
  ],
});

describe('batches of equations', () => {
  test('share pairings with equal arguments', () => {
    const all = [equation(10n, 5n, 2), equation(9n, 3n, 3), equation(8n, 4n, 2), equation(7n, 7n, 1)];
    pairings.length = 0;
    expect(equationsHold(curve, all)).toBe(true);
    expect(pairings).toEqual([3]);
  });

  test('find one false equation among true ones, wherever it stands', () => {
    const wrong = equation(11n, 5n, 2);
    const right = equation(10n, 5n, 2);
    expect(equationsHold(curve, [wrong])).toBe(false);
    expect(equationsHold(curve, [wrong, right])).toBe(false);
    expect(equationsHold(curve, [right, wrong])).toBe(false);
  });

  test('false equations that cancel out are found', () => {
    expect(equationsHold(curve, [equation(11n, 5n, 2), equation(9n, 5n, 2)])).toBe(false);
  });

  test('of nothing hold', () => expect(equationsHold(curve, [])).toBe(true));

  test('an argument prepared twice is one', () => {
    const again = pairingArgument(curve, curve.multiplyG2(curve.g2, 2n));
    pairings.length = 0;
    const pairs = [
      { g1: times(10n), argument: arguments_[0]! },
      { g1: curve.negateG1(times(5n)), argument: again },
    ];
    expect(equationsHold(curve, [equation(10n, 5n, 2), { pairs }])).toBe(true);
    expect(pairings).toEqual([2]);
  });
});
