import { createHash, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Committee } from '../../committee.ts';
import { type Group, groups, modulo } from '../../groups/index.ts';
import { interpolate } from '../../sharing/shamir.ts';
import { Prss, positionsWith, shareCommitment, subsetsOf } from '../index.ts';

const committeeOf = (n: number, threshold: number): Committee => ({
  epoch: 0,
  threshold,
  members: Array.from({ length: n }, (_, at) => ({
    index: at + 1,
    key: new Uint8Array(33),
    sealingKey: new Uint8Array(32),
  })),
});

/** All custodians, with keys that the test knows. */
function deal(n: number, t: number, keys: readonly Uint8Array[]) {
  const committee = committeeOf(n, t);
  const id = new Uint8Array(32);
  const prss = committee.members.map(
    ({ index }) =>
      new Prss(committee, index, {
        epoch: 1,
        id,
        keys: positionsWith(committee, index).map((position) => keys[position]!),
      }),
  );
  return { committee, prss };
}

const dealt = (n: number, t: number) => {
  const keys = subsetsOf(committeeOf(n, t)).map(() => randomBytes(32));
  return { keys, ...deal(n, t, keys) };
};

/** Sets of `size` custodians. */
const someOf = (n: number, size: number) =>
  fc.shuffledSubarray(
    Array.from({ length: n }, (_, at) => at + 1),
    { minLength: size, maxLength: size },
  );

const pick = (places: readonly number[], shares: readonly bigint[]) =>
  new Map(places.map((place) => [place, shares[place - 1]!]));

const label = fc.uint8Array({ minLength: 32, maxLength: 32 });

describe.each([
  [4, 1, 'p256'],
  [7, 2, 'secp256k1'],
  [10, 3, 'p521'],
] as const)('%i custodians, %i faulty, %s', (n, t, name) => {
  const group: Group = groups[name];
  const { committee, prss, keys } = dealt(n, t);

  it('has shares of degree t of one value, whoever puts them together', () => {
    fc.assert(
      fc.property(label, someOf(n, t + 1), someOf(n, t + 1), (text, some, others) => {
        const shares = prss.map((one) => one.randomShares('test', text, group, 2)[1]!);
        const value = interpolate(pick(some, shares), group.order);
        expect(interpolate(pick(others, shares), group.order)).toBe(value);
        const sum = new Map<number, bigint>();
        for (const [at, one] of prss.entries()) {
          const values = one.values('t', 'test', text, group, 2);
          for (const [set, position] of positionsWith(committee, at + 1).entries())
            sum.set(position, values[set]![1]![0]!);
        }
        expect(
          modulo(
            [...sum.values()].reduce((total, one) => total + one, 0n),
            group.order,
          ),
        ).toBe(value);
      }),
      { numRuns: 6 },
    );
  });

  it('has shares of degree 2t of zero, and of no lower degree', () => {
    fc.assert(
      fc.property(label, someOf(n, 2 * t + 1), someOf(n, 2 * t), (text, some, fewer) => {
        const shares = prss.map((one) => one.zeroShares('test', text, group)[0]!);
        expect(interpolate(pick(some, shares), group.order)).toBe(0n);
        expect(interpolate(pick(fewer, shares), group.order)).not.toBe(0n);
      }),
      { numRuns: 6 },
    );
  });

  it('hides values from any t, which lack one key', () => {
    fc.assert(
      fc.property(label, someOf(n, t), someOf(n, t), (text, faulty, places) => {
        // Another key of the set that has none of the faulty: what these see is the same, and everything else is not.
        const hidden = subsetsOf(committee).findIndex((set) => !faulty.some((index) => set.includes(index)));
        const other = deal(
          n,
          t,
          keys.map((key, position) =>
            position === hidden ? createHash('sha256').update(key).update(text).digest() : key,
          ),
        );
        const of = (all: readonly Prss[]) => ({
          random: all.map((one) => one.randomShares('test', text, group)[0]!),
          zero: all.map((one) => one.zeroShares('test', text, group)[0]!),
        });
        const [first, second] = [of(prss), of(other.prss)];
        for (const index of faulty) {
          expect(second.random[index - 1]).toBe(first.random[index - 1]);
          expect(second.zero[index - 1]).toBe(first.zero[index - 1]);
        }
        const whole = Array.from({ length: t + 1 }, (_, at) => at + 1);
        expect(interpolate(pick(whole, second.random), group.order)).not.toBe(
          interpolate(pick(whole, first.random), group.order),
        );
        for (const place of places.filter((index) => !faulty.includes(index))) {
          expect(second.zero[place - 1]).not.toBe(first.zero[place - 1]);
        }
      }),
      { numRuns: 6 },
    );
  });

  it('has other values for other labels, purposes and groups', () => {
    const [text, another] = [randomBytes(32), randomBytes(32)];
    const one = prss[0]!;
    const values = [
      one.randomShares('test', text, group),
      one.randomShares('test', another, group),
      one.randomShares('other', text, group),
      one.zeroShares('test', text, group),
      one.randomShares('test', text, groups.p384),
    ];
    expect(new Set(values.map(String)).size).toBe(values.length);
    expect(one.randomShares('test', text, group)).toEqual(values[0]);
    expect(() => one.randomShares('test', text.subarray(1), group)).toThrow(RangeError);
  });
});

it('makes the multiple of a share from what sets show of a sharing', () => {
  const group = groups.p256;
  const { committee, prss } = dealt(7, 2);
  const text = randomBytes(32);
  for (const degree of ['t', '2t'] as const) {
    const shown = new Map<number, Uint8Array[]>();
    for (const [at, one] of prss.entries()) {
      const values = one.values(degree, 'test', text, group);
      for (const [set, position] of positionsWith(committee, at + 1).entries())
        shown.set(
          position,
          values[set]![0]!.map((value) => group.baseMultiply(value)),
        );
    }
    const shares =
      degree === 't' ? prss[4]!.randomShares('test', text, group) : prss[4]!.zeroShares('test', text, group);
    const made = shareCommitment(committee, degree, shown, 5, group);
    expect(Buffer.from(made)).toEqual(Buffer.from(group.baseMultiply(shares[0]!)));
  }
});
