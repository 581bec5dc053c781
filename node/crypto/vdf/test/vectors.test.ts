/** The reference protocol's discriminants, outputs and refusals (test/golden/vdf.json). */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { challengePrime } from '../challenge-prime.ts';
import { discriminantAt, discriminantOf, findPrime } from '../discriminant.ts';
import { classGroup } from '../form.ts';
import { decodeElement, elementBytes, outputBytes } from '../format/v1.ts';
import { solve } from '../solve.ts';
import { refusal, refusalIn, refusalWithHint, verify, verifyWithHint } from '../verify.ts';
import { nativeMayBePrime } from '../worker/native-prime.ts';
import { bytesOf, hexOf } from './groups.ts';

interface Golden {
  discriminants: { seed: string; bits: number; discriminant: string }[];
  proofs: {
    challenge: string;
    bits: number;
    iterations: number;
    y: string;
    pi: string;
    primeB: string;
    piIsIdentity: boolean;
  }[];
  tampered: {
    name: string;
    challenge: string;
    bits: number;
    iterations: number;
    blob: string;
    expect: boolean;
  }[];
}

const golden = JSON.parse(readFileSync(new URL('./golden/vdf.json', import.meta.url), 'utf8')) as Golden;

/** Groups of the vectors, from the listed discriminants: each search is tested once, not in every test. */
const groupOf = (challenge: string, bits: number) => {
  const entry = golden.discriminants.find((item) => item.seed === challenge && item.bits === bits);
  if (entry === undefined) throw new Error('no discriminant for this challenge');
  return { group: classGroup(-BigInt(`0x${entry.discriminant.slice(1)}`), bits) };
};

test.each(golden.discriminants)(
  'discriminant of $bits bits for seed "$seed"',
  ({ seed, bits, discriminant }) => {
    const found = findPrime(bytesOf(seed), bits, { mayBePrime: nativeMayBePrime });
    expect(`-${found?.prime.toString(16)}`).toBe(discriminant);
    if (bits < 256) return;
    expect(discriminantAt(bytesOf(seed), bits, found!.hint)).toEqual(groupOf(seed, bits).group);
    if (bits <= 1024)
      expect(discriminantOf(bytesOf(seed), bits)).toEqual({ ...groupOf(seed, bits), hint: found!.hint });
  },
);

describe.each(golden.proofs)(
  '$bits bits, $iterations squarings',
  ({ challenge, bits, iterations, y, pi, primeB, piIsIdentity }) => {
    const statement = { challenge: bytesOf(challenge), iterations, bits };
    const output = bytesOf(y + pi);

    test('the prime, the output and its verification', () => {
      const { group } = groupOf(challenge, bits);
      expect(output.length).toBe(outputBytes(bits));
      const element = decodeElement(bytesOf(y), group)!;
      expect(challengePrime(group, element, iterations)).toBe(BigInt(`0x${primeB}`));
      expect(refusalIn({ group }, iterations, output)).toBeUndefined();
      expect(refusalIn({ group }, iterations + 1, output)).toBe('equation');
      expect(decodeElement(bytesOf(pi), group)?.a === 1n).toBe(piIsIdentity);
      const solution = solve(statement, { mayBePrime: nativeMayBePrime });
      expect(hexOf(solution.output)).toBe(y + pi);
      expect(verifyWithHint(statement, solution.hint, output)).toBe(true);
      expect(refusalWithHint(statement, solution.hint + 1, output)).toBe('hint');
      if (bits <= 512) expect(verify(statement, output)).toBe(true);
    });
  },
);

const hints = new Map<string, number>();
function hintOf(challenge: string, bits: number): number {
  const key = `${challenge} ${bits}`;
  const known = hints.get(key);
  if (known !== undefined) return known;
  const { hint } = discriminantOf(bytesOf(challenge), bits, { mayBePrime: nativeMayBePrime });
  hints.set(key, hint);
  return hint;
}

test.each(golden.tampered)('$bits bits: $name', ({ challenge, bits, iterations, blob, expect: valid }) => {
  const statement = { challenge: bytesOf(challenge), iterations, bits };
  if (bits <= 512) expect(verify(statement, bytesOf(blob))).toBe(valid);
  expect(verifyWithHint(statement, hintOf(challenge, bits), bytesOf(blob))).toBe(valid);
});

test('the elements of the vectors have the stated lengths', () => {
  expect([256, 512, 1024, 2048].map(outputBytes)).toEqual([68, 132, 260, 516]);
  expect(elementBytes(257)).toBe(34);
});

test('a refusal names what is wrong', () => {
  const byName = new Map(
    golden.tampered
      .filter(({ bits }) => bits === 256)
      .map(({ name, challenge, bits, iterations, blob }) => [
        name,
        refusal({ challenge: bytesOf(challenge), iterations, bits }, bytesOf(blob)),
      ]),
  );
  expect(byName.get('truncated by one byte')).toBe('length');
  expect(byName.get('y and pi swapped')).toBe('equation');
  expect(byName.get('pi all zero bytes (a = 0)')).toBe('pi');
  expect(byName.get('pi written as the non-reduced form (a, b+2a): same class, other bytes')).toBe('pi');
  expect(byName.get('another challenge')).toBe('y');
});
