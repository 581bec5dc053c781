/** Evaluation of many inputs at once is that of each. */
import { expect, test } from 'vitest';
import { gateKind } from '../circuit/circuit.ts';
import { evaluate, evaluateMany } from '../circuit/evaluate.ts';
import { CircuitError } from '../errors.ts';
import { randomCircuit } from './support/random-circuit.ts';
import { seededRandom } from './support/seeded-random.ts';

test('many inputs at once give what each gives', () => {
  for (let i = 0; i < 40; i++) {
    const circuit = randomCircuit({ seed: `many ${i}`, parties: ['a', 'b', 'c'] });
    const random = seededRandom(`many ${i}`);
    const cases = Array.from({ length: 1 + ((i * 7) % 70) }, () =>
      circuit.inputs.map(({ bits }) => random(bits).map((byte) => byte & 1)),
    );
    expect(evaluateMany(circuit, cases)).toEqual(cases.map((inputs) => evaluate(circuit, inputs)));
  }
});

test('gates by kind, in the order in which they stand, say the same', () => {
  const circuit = randomCircuit({ seed: 'naive', ands: 200, depth: 9 });
  const inputs = circuit.inputs.map(({ bits }) => seededRandom('naive')(bits).map((byte) => byte & 1));
  const values = inputs.flatMap((input) => [...input]);
  for (const [gate, kind] of circuit.kinds.entries()) {
    const [a, b] = [values[circuit.left[gate]!]!, values[circuit.right[gate]!]!];
    values.push(kind === gateKind.xor ? a ^ b : kind === gateKind.and ? a & b : 1 - a);
  }
  const expected = circuit.outputs.map(({ wires }) => Uint8Array.from(wires, (wire) => values[wire]!));
  expect(evaluate(circuit, inputs)).toEqual(expected);
});

test('inputs that do not fit are refused', () => {
  const circuit = randomCircuit({ seed: 'fit' });
  const inputs = circuit.inputs.map(({ bits }) => new Uint8Array(bits));
  for (const wrong of [
    inputs.slice(1),
    [...inputs, new Uint8Array(1)],
    [new Uint8Array(99), ...inputs.slice(1)],
  ]) {
    expect(() => evaluate(circuit, wrong)).toThrow(CircuitError);
    expect(() => evaluateMany(circuit, [inputs, wrong])).toThrow(CircuitError);
  }
});
