/** Circuits that the builder makes compute what was built, in well-formed layers. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitsOfBytes, bitsOfNumber, bytesOfBits, numberOfBits } from '../circuit/bits.ts';
import { type Bit, CircuitBuilder, FALSE, TRUE } from '../circuit/builder.ts';
import { type Circuit, gateKind } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { everybodyOf, jointParty } from '../circuit/holders.ts';
import { CircuitError } from '../errors.ts';

function checkLayers(circuit: Circuit): void {
  const { kinds, left, right, inputBits, layers } = circuit;
  const depth = new Uint32Array(circuit.wires);
  let next = 0;
  let ands = 0;
  for (const [index, { linearFrom, andFrom, end }] of layers.entries()) {
    expect(linearFrom).toBe(next);
    next = end;
    for (let gate = linearFrom; gate < end; gate++) {
      const wire = inputBits + gate;
      expect(Math.max(left[gate]!, right[gate]!)).toBeLessThan(wire);
      expect(kinds[gate] === gateKind.and).toBe(gate >= andFrom);
      const below = Math.max(depth[left[gate]!]!, depth[right[gate]!]!);
      expect(below).toBeLessThanOrEqual(index);
      depth[wire] = gate >= andFrom ? index + 1 : index;
      if (gate >= andFrom) ands++;
    }
  }
  expect(next).toBe(kinds.length);
  expect(ands).toBe(circuit.ands);
}

/** Operations on bits by index of what was made before. */
const steps = fc.array(
  fc.record({
    operation: fc.constantFrom('xor' as const, 'and' as const, 'or' as const, 'not' as const, 'mux' as const),
    operands: fc.tuple(fc.nat(1000), fc.nat(1000), fc.nat(1000)),
  }),
  { maxLength: 60 },
);

test('a random circuit is what its operations say', () => {
  fc.assert(
    fc.property(steps, fc.uint8Array({ minLength: 6, maxLength: 6 }), (operations, given) => {
      const builder = new CircuitBuilder();
      const bits: Bit[] = [FALSE, TRUE, ...builder.input('a', 'x', 3), ...builder.input('b', 'y', 3)];
      const values = [0, 1, ...given.map((value) => value & 1)];
      for (const { operation, operands } of operations) {
        const [i, j, k] = operands.map((operand) => operand % bits.length) as [number, number, number];
        const [a, b, c] = [bits[i]!, bits[j]!, bits[k]!];
        const [x, y, z] = [values[i]!, values[j]!, values[k]!];
        const [bit, value] = {
          xor: [builder.xor(a, b), x ^ y],
          and: [builder.and(a, b), x & y],
          or: [builder.or(a, b), x | y],
          not: [builder.not(a), x ^ 1],
          mux: [builder.mux(a, b, c), x === 1 ? y : z],
        }[operation] as [Bit, number];
        bits.push(bit);
        values.push(value);
      }
      builder.output('all', ['a', 'b'], bits);
      const circuit = builder.build();
      checkLayers(circuit);
      const inputs = [given.slice(0, 3), given.slice(3)].map((part) => part.map((value) => value & 1));
      expect([...evaluate(circuit, inputs)[0]!]).toEqual(values);
    }),
    { numRuns: 300 },
  );
});

describe('the builder', () => {
  test('folds constants, finds equal gates and leaves out what nobody needs', () => {
    const builder = new CircuitBuilder();
    const [x, y] = builder.input('a', 'x', 2) as [Bit, Bit];
    expect(builder.and(x, FALSE)).toBe(FALSE);
    expect(builder.and(TRUE, x)).toBe(x);
    expect(builder.and(x, builder.not(x))).toBe(FALSE);
    expect(builder.xor(x, x)).toBe(FALSE);
    expect(builder.xor(x, TRUE)).toBe(builder.not(x));
    expect(builder.xor(builder.not(x), y)).toBe(builder.not(builder.xor(y, x)));
    expect(builder.and(x, y)).toBe(builder.and(y, x));
    builder.and(builder.not(x), y);
    builder.output('both', ['a'], [builder.and(x, y)]);
    const circuit = builder.build();
    expect(circuit.ands).toBe(1);
    expect(circuit.kinds.length).toBe(1);
  });

  test('refuses names, ports and sizes that are none', () => {
    const builder = new CircuitBuilder();
    builder.input('a', 'x', 1);
    expect(() => builder.input('a', 'x', 1)).toThrow(CircuitError);
    expect(() => builder.input('a b', 'y', 1)).toThrow(CircuitError);
    expect(() => builder.input('b+a', 'y', 1)).toThrow(CircuitError);
    expect(() => builder.input('a+a', 'y', 1)).toThrow(CircuitError);
    expect(() => builder.input('a+', 'y', 1)).toThrow(CircuitError);
    expect(() => builder.input('a', 'y', 2 ** 30)).toThrow(CircuitError);
    expect(() => builder.output('o', [], [TRUE])).toThrow(CircuitError);
    expect(() => builder.output('o', ['a', 'a'], [TRUE])).toThrow(CircuitError);
    expect(() => builder.build()).toThrow('no output');
  });
});

test('an input may have several holders, each of them a party', () => {
  const builder = new CircuitBuilder();
  const [x] = builder.input(jointParty(['p2', 'p1']), 'x', 1) as [Bit];
  builder.output('x', ['p3'], [x]);
  const circuit = builder.build();
  expect(circuit.inputs[0]!.party).toBe('p1+p2');
  expect(circuit.parties).toEqual(['p1+p2', 'p3']);
  expect(everybodyOf(circuit)).toEqual(['p1', 'p2', 'p3']);
});

test('bits are bytes and numbers again', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      expect([...bytesOfBits(bitsOfBytes(bytes))]).toEqual([...bytes]);
      const value = numberOfBits(bitsOfBytes(bytes));
      expect([...bitsOfNumber(value, bytes.length * 8)]).toEqual([...bitsOfBytes(bytes)]);
    }),
  );
});
