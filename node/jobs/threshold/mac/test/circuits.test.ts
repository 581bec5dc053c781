/** The circuits in the clear, and what they cost. */
import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bitsOfBytes, bytesOfBits } from '../../../mpc/circuit/bits.ts';
import { CircuitBuilder } from '../../../mpc/circuit/builder.ts';
import { evaluate } from '../../../mpc/circuit/evaluate.ts';
import {
  blockBytes,
  compressScheduled,
  sha256,
  sha512,
  wordsOf,
} from '../../../mpc/circuit/standard/sha2.ts';
import { createCircuit, lastCircuit, middleCircuit } from '../circuits.ts';
import { innerBlocks, innerSchedules } from '../schedule.ts';
import { type MacScheme, macSchemes } from '../schemes.ts';

/** By name: the first input of it has the value, others are zero. */
function inClear(circuit: ReturnType<typeof lastCircuit>, values: Record<string, Uint8Array>): Uint8Array {
  const given = new Set<string>();
  const inputs = circuit.inputs.map(({ name, bits }) => {
    if (given.has(name)) return new Uint8Array(bits);
    given.add(name);
    return values[name] ?? new Uint8Array(bits);
  });
  return bytesOfBits(evaluate(circuit, inputs)[0]!);
}

function macInClear(scheme: MacScheme, key: Uint8Array, message: Uint8Array): string {
  const states = inClear(createCircuit(scheme), { key: bitsOfBytes(key) });
  const half = scheme.hash.wordBits;
  let state = states.subarray(0, half);
  const blocks = innerSchedules(scheme.hash, message);
  for (const schedule of blocks.slice(0, -1))
    state = inClear(middleCircuit(scheme.hash, 1), { state: bitsOfBytes(state), schedule });
  const outer = bitsOfBytes(states.subarray(half, 2 * half));
  const values = { state: bitsOfBytes(state), outer, schedule: blocks.at(-1)! };
  return Buffer.from(inClear(lastCircuit(scheme), values)).toString('hex');
}

test.each(macSchemes)('$scheme', (scheme) => {
  fc.assert(
    fc.property(
      fc.uint8Array({ minLength: scheme.tagBytes, maxLength: scheme.tagBytes }),
      fc.uint8Array({ maxLength: 300 }),
      (key, message) => {
        const expected = createHmac(scheme.digest, key).update(message).digest('hex');
        expect(macInClear(scheme, key, message)).toBe(expected);
      },
    ),
    { numRuns: 6 },
  );
});

test.each([
  { hash: sha256, ends: [0, 55], next: 56 },
  { hash: sha512, ends: [0, 111], next: 112 },
])('$hash.name: blocks of the inner hash', ({ hash, ends, next }) => {
  for (const bytes of ends) expect(innerBlocks(hash, bytes)).toBe(1);
  expect(innerBlocks(hash, next)).toBe(2);
  expect(innerBlocks(hash, next + blockBytes(hash))).toBe(3);
});

test.each([
  { hash: sha256, ands: 16_120 },
  { hash: sha512, ands: 40_824 },
])('a public block of $hash.name costs $ands AND gates', ({ hash, ands }) => {
  const builder = new CircuitBuilder();
  const state = wordsOf(hash, builder.input('a', 'state', 8 * hash.wordBits));
  const schedule = Array.from({ length: hash.rounds }, (_, i) => builder.input('b', `w${i}`, hash.wordBits));
  builder.output('state', ['a'], compressScheduled(builder, hash, state, schedule).flat());
  expect(builder.build().ands).toBe(ands);
  expect(() => compressScheduled(builder, hash, state, schedule.slice(1))).toThrow('one word for each round');
});
