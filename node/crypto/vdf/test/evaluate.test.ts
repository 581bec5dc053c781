import { expect, test } from 'vitest';
import { concat } from '../bytes.ts';
import { square } from '../compose.ts';
import { evaluate, prove, VdfAbortedError } from '../evaluate.ts';
import { equal, generator } from '../form.ts';
import { encodeElement } from '../format/v1.ts';
import { vdfLimits } from '../limits.ts';
import { solve } from '../solve.ts';
import { refusalIn } from '../verify.ts';
import { testGroup } from './groups.ts';

const group = testGroup(256);

test('more squarings than powers are kept: the proof uses every second or third', () => {
  for (const iterations of [vdfLimits.storedPowersMax + 1, 2 * vdfLimits.storedPowersMax + 4321]) {
    const evaluation = evaluate(group, iterations);
    expect(evaluation.stride).toBe(iterations > 2 * vdfLimits.storedPowersMax ? 3 : 2);
    expect(evaluation.powers.length).toBeLessThanOrEqual(vdfLimits.storedPowersMax);
    const output = concat(encodeElement(evaluation.y, 256), encodeElement(prove(evaluation), 256));
    expect(refusalIn({ group }, iterations, output)).toBeUndefined();
  }
});

test('y is the last square, and every kept power is in its place', () => {
  const { y, powers, stride } = evaluate(group, 100);
  expect(stride).toBe(1);
  let form = generator(group);
  for (let n = 0; n < 100; n++) {
    expect(powers[n]).toEqual(form);
    form = square(form, group);
  }
  expect(equal(y, form)).toBe(true);
});

test('progress rises to the whole', () => {
  const seen: number[] = [];
  evaluate(group, 1000, {
    onProgress: (done, total) => {
      expect(total).toBe(1000);
      seen.push(done);
    },
  });
  expect(seen).toEqual([...seen].sort((a, b) => a - b));
  expect(seen[0]).toBe(0);
  expect(seen.at(-1)).toBe(1000);
  expect(seen.length).toBe(Math.ceil(1000 / vdfLimits.squaringsPerLook) + 1);
});

test('an abort ends the search, the evaluation and the proof', () => {
  const statement = { challenge: new Uint8Array([1]), iterations: 5000, bits: 256 };
  expect(() => solve(statement, { isAborted: () => true })).toThrow(VdfAbortedError);
  let asked = 0;
  expect(() => evaluate(group, 5000, { isAborted: () => ++asked > 10 })).toThrow(VdfAbortedError);
  expect(asked).toBe(11);
  const evaluation = evaluate(group, 5000);
  expect(() => prove(evaluation, { isAborted: () => true })).toThrow(VdfAbortedError);
});

test('numbers of squarings and lengths outside the limits are refused', () => {
  for (const iterations of [0, -1, 0.5, Number.NaN, 2 ** 32]) {
    expect(() => evaluate(group, iterations)).toThrow(RangeError);
    expect(() => solve({ challenge: new Uint8Array(), iterations, bits: 256 })).toThrow(RangeError);
  }
  for (const bits of [0, 255, 256.5, 4097]) {
    expect(() => solve({ challenge: new Uint8Array(), iterations: 1, bits })).toThrow(RangeError);
  }
});
