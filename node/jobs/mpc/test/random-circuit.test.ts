/** The random circuits of other tests are circuits, are what was asked for, and hold the odd cases. */
import { describe, expect, test } from 'vitest';
import { gateKind } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { checkCircuit } from './support/check-circuit.ts';
import { randomCase, randomCircuit } from './support/random-circuit.ts';

const seeds = Array.from({ length: 200 }, (_, index) => `seed ${index}`);

describe('random circuits', () => {
  test('are well-formed and can be evaluated', () => {
    for (const seed of seeds) {
      const { circuit, inputs } = randomCase({ seed, parties: ['a', 'b', 'c'] });
      checkCircuit(circuit);
      const outputs = evaluate(circuit, inputs);
      expect(
        outputs.map(({ length }) => length),
        seed,
      ).toEqual(circuit.outputs.map(({ wires }) => wires.length));
    }
  });

  test('are determined by the seed', () => {
    expect(randomCase({ seed: 'x' })).toEqual(randomCase({ seed: 'x' }));
    expect(randomCase({ seed: 'x' })).not.toEqual(randomCase({ seed: 'y' }));
  });

  test('have about the gates and the depth that were asked for', () => {
    const { ands, layers } = randomCircuit({ seed: 'large', ands: 5000, depth: 50 });
    expect(ands).toBeGreaterThan(4500);
    expect(ands).toBeLessThanOrEqual(5000);
    const depth = layers.filter(({ andFrom, end }) => end > andFrom).length;
    expect(depth).toBeGreaterThanOrEqual(45);
    expect(depth).toBeLessThanOrEqual(50);
    expect(randomCircuit({ seed: 'linear', ands: 0 }).ands).toBe(0);
  });

  test('hold the odd cases', () => {
    const circuits = seeds.map((seed) => randomCircuit({ seed }));
    const outputWires = circuits.map(({ outputs }) => outputs.flatMap(({ wires }) => [...wires]));
    const some = (what: (index: number) => boolean) => seeds.filter((_, index) => what(index)).length;
    expect(some((i) => outputWires[i]!.some((wire) => wire < circuits[i]!.inputBits))).toBeGreaterThan(10);
    expect(some((i) => new Set(outputWires[i]).size < outputWires[i]!.length)).toBeGreaterThan(10);
    expect(some((i) => circuits[i]!.outputs.some(({ name }) => name === 'constants'))).toBeGreaterThan(10);
    expect(some((i) => circuits[i]!.inputs.some(({ bits }) => bits === 0))).toBeGreaterThan(5);
    expect(some((i) => circuits[i]!.outputs.some(({ to }) => to.length === 1))).toBeGreaterThan(10);
    expect(some((i) => circuits[i]!.kinds.includes(gateKind.not))).toBeGreaterThan(10);
    expect(some((i) => circuits[i]!.layers.some(({ andFrom, end }) => end - andFrom === 1))).toBeGreaterThan(
      10,
    );
  });
});
