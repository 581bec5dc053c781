/** The bytes of a circuit are those of no other, and bytes that are not of a circuit are refused. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkCircuit } from '../circuit/check.ts';
import { type Circuit, gateKind } from '../circuit/circuit.ts';
import { circuitCommitment, decodeCircuit, encodeCircuit } from '../circuit/encode.ts';
import { standardCircuit } from '../circuit/standard/index.ts';
import { CircuitError } from '../errors.ts';
import { randomCircuit } from './support/random-circuit.ts';

const seeds = Array.from({ length: 100 }, (_, index) => `seed ${index}`);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

describe('the encoding', () => {
  test('gives the circuit back', () => {
    for (const seed of seeds) {
      const circuit = randomCircuit({ seed, parties: ['a', 'b', 'c'] });
      expect(decodeCircuit(encodeCircuit(circuit))).toEqual(circuit);
    }
    const aes = standardCircuit('aes-128', { parties: ['a', 'b'] });
    expect(decodeCircuit(encodeCircuit(aes))).toEqual(aes);
  });

  test('of one circuit never changes', () => {
    const circuit = standardCircuit('equality', { parties: ['alice', 'bob'], bits: 2 });
    const golden = [
      // HGCIRCUI, version
      '484743495243554901000000',
      // inputs
      '02000000',
      // alice, number, 2 bits
      '05616c696365066e756d62657202000000',
      // bob, number, 2 bits
      '03626f62066e756d62657202000000',
      // outputs
      '01000000',
      // equal to alice and bob, one bit of wire 8
      '05657175616c0205616c69636503626f620100000008000000',
      // one layer of four gates and one
      '010000000400000005000000',
      // five gates
      '05000000',
      // kinds
      '0000010102',
      // left
      '0000000001000000040000000500000006000000',
      // right
      '0200000003000000040000000500000007000000',
    ];
    expect(hex(encodeCircuit(circuit))).toBe(golden.join(''));
    expect(hex(circuitCommitment(circuit))).toBe(
      '01fb2a22c462e4b81235d3099ea9140d1341214ffb6d5c01b97f8d18c72e40143d',
    );
  });

  test('with any byte changed is refused, or is that of another circuit', () => {
    const changes = fc.record({
      seed: fc.constantFrom(...seeds),
      at: fc.nat(1_000_000),
      by: fc.integer({ min: 1, max: 255 }),
    });
    let refused = 0;
    fc.assert(
      fc.property(changes, ({ seed, at, by }) => {
        const circuit = randomCircuit({ seed, ands: 10 });
        const bytes = encodeCircuit(circuit);
        bytes[at % bytes.length]! ^= by;
        const changed = decodedOrRefused(bytes);
        if (changed === undefined) refused++;
        else {
          checkCircuit(changed);
          expect(encodeCircuit(changed).equals(bytes)).toBe(true);
          expect(hex(circuitCommitment(changed))).not.toBe(hex(circuitCommitment(circuit)));
        }
      }),
      { numRuns: 3000 },
    );
    expect(refused).toBeGreaterThan(500);
  });

  test('cut off, prolonged or of nothing but noise is refused', () => {
    const bytes = encodeCircuit(randomCircuit({ seed: 'cut', ands: 5 }));
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decodeCircuit(bytes.subarray(0, length))).toThrow(CircuitError);
    }
    expect(() => decodeCircuit(Buffer.concat([bytes, Buffer.alloc(1)]))).toThrow(CircuitError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (noise) => {
        expect(decodedOrRefused(noise)).toBeUndefined();
        expect(decodedOrRefused(Buffer.concat([bytes.subarray(0, 12), noise]))).toBeUndefined();
      }),
    );
  });

  test('that promises more than there is makes nothing of that size', () => {
    const bytes = encodeCircuit(randomCircuit({ seed: 'large', ands: 5 }));
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 8; at + 4 <= bytes.length; at++) {
      const changed = Buffer.from(bytes);
      changed.writeUInt32LE(0x03ffffff, at);
      decodedOrRefused(changed);
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 * 1024);
  });
});

function decodedOrRefused(bytes: Uint8Array): Circuit | undefined {
  try {
    return decodeCircuit(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(CircuitError);
    return undefined;
  }
}

describe('what is not well-formed is found', () => {
  const good = randomCircuit({ seed: 'good', ands: 20, depth: 4 });
  const gate = good.kinds.indexOf(gateKind.and);
  const changedAt = (values: Uint32Array, at: number, value: number) => {
    const copy = Uint32Array.from(values);
    copy[at] = value;
    return copy;
  };
  const [input, output] = [good.inputs[0]!, good.outputs[0]!];

  test.each<readonly [string, Partial<Circuit>]>([
    ['a gate that reads itself', { left: changedAt(good.left, gate, good.inputBits + gate) }],
    ['a gate that reads the last wire', { right: changedAt(good.right, gate, good.wires - 1) }],
    ['an AND gate among the others', { kinds: good.kinds.with(good.layers[0]!.linearFrom, gateKind.and) }],
    ['a kind of gate that is none', { kinds: good.kinds.with(gate, 3) }],
    ['layers that leave gates out', { layers: good.layers.slice(0, -1) }],
    ['an empty layer', { layers: [{ linearFrom: 0, andFrom: 0, end: 0 }, ...good.layers] }],
    ['another count of AND gates', { ands: good.ands + 1 }],
    ['another count of wires', { wires: good.wires + 1 }],
    ['another count of input bits', { inputBits: good.inputBits - 1 }],
    ['an output of no wire', { outputs: [{ ...output, wires: Uint32Array.of(good.wires) }] }],
    ['an output to nobody', { outputs: [{ ...output, to: [] }] }],
    ['two outputs of a name', { outputs: [...good.outputs, output] }],
    ['no output', { outputs: [] }],
    ['two inputs of a name', { inputs: [input, ...good.inputs] }],
    ['a name that is none', { inputs: [{ ...input, name: 'a b' }, ...good.inputs.slice(1)] }],
    ['too many bits', { inputs: [{ ...input, bits: 2 ** 31 }, ...good.inputs.slice(1)] }],
    ['other parties', { parties: [...good.parties].reverse() }],
    ['fewer operands', { left: good.left.slice(1) }],
  ])('%s', (_name, change) => {
    checkCircuit(good);
    expect(() => checkCircuit({ ...good, ...change })).toThrow(CircuitError);
  });
});
