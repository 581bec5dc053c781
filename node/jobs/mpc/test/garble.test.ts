/** The garbling kernel computes what the circuit says, and exactly what the paper's construction says. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { layeredCircuit } from '../bench/kernel.ts';
import { CircuitBuilder } from '../circuit/builder.ts';
import { type Circuit, gateKind } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { Evaluator } from '../garble/evaluator.ts';
import { Garbler } from '../garble/garbler.ts';
import { keptLabelBytesMax, LabelMemory } from '../garble/label-memory.ts';
import { batchAnds, rowBytes } from '../garble/tables.ts';
import { gatherLabels, labelsOf, permuteBits, secretsFromSeed } from '../garble/wires.ts';
import { plainGarble, toBlock, toBlocks } from './support/plain-half-gates.ts';
import { randomCase } from './support/random-circuit.ts';
import { seededRandom } from './support/seeded-random.ts';

const hashKey = Buffer.from('a key of garbling').subarray(0, 16);

function garbleAndEvaluate(
  circuit: Circuit,
  inputs: readonly Uint8Array[],
  seed: string,
  pieceBytes?: number,
) {
  const secrets = secretsFromSeed(seededRandom(seed)(16), circuit.inputBits);
  const garbler = new Garbler(circuit, secrets, hashKey);
  const bits = Buffer.concat(inputs);
  const evaluator = new Evaluator(circuit, labelsOf(secrets.inputLabels, bits, secrets.delta), hashKey);
  const pieces = [...garbler.tables(pieceBytes)];
  for (const piece of pieces) evaluator.push(piece);
  expect(evaluator.done).toBe(true);
  expect(evaluator.tableBytesLeft).toBe(0);
  const outputs = circuit.outputs.map(({ wires }) => {
    const flips = permuteBits(garbler.zeroLabels, wires);
    const values = permuteBits(evaluator.labels, wires).map((bit, i) => bit ^ flips[i]!);
    // Not only the lowest bit: the whole label is the one of the value.
    const expected = labelsOf(gatherLabels(garbler.zeroLabels, wires), values, secrets.delta);
    expect(gatherLabels(evaluator.labels, wires)).toEqual(expected);
    return [...values];
  });
  return { outputs, pieces, garbler, secrets };
}

test('random circuits give what they give in the clear, in pieces of any size', () => {
  for (let i = 0; i < 150; i++) {
    const { circuit, inputs } = randomCase({ seed: `garble ${i}` });
    const pieceBytes = rowBytes * (1 + (i % 7));
    const { outputs, pieces } = garbleAndEvaluate(circuit, inputs, `labels ${i}`, pieceBytes);
    expect(outputs, `case ${i}`).toEqual(evaluate(circuit, inputs).map((bits) => [...bits]));
    expect(Buffer.concat(pieces).length).toBe(rowBytes * circuit.ands);
    for (const piece of pieces.slice(0, -1)) expect(piece.length).toBe(pieceBytes);
  }
});

test('labels of one run after another in the same memory', () => {
  const [ofGarbler, ofEvaluator] = [new LabelMemory(), new LabelMemory()];
  for (let i = 0; i < 20; i++) {
    const { circuit, inputs } = randomCase({ seed: `memory ${i}` });
    const secrets = secretsFromSeed(seededRandom(`memory ${i}`)(16), circuit.inputBits);
    const labels = labelsOf(secrets.inputLabels, Buffer.concat(inputs), secrets.delta);
    const alone = new Garbler(circuit, secrets, hashKey);
    const garbler = new Garbler(circuit, secrets, hashKey, ofGarbler);
    const evaluator = new Evaluator(circuit, labels, hashKey, ofEvaluator);
    const tables = Buffer.concat([...alone.tables()]);
    for (const piece of garbler.tables()) evaluator.push(piece);
    expect(garbler.zeroLabels).toEqual(alone.zeroLabels);
    expect(garbler.zeroLabels.length).toBe(4 * circuit.wires);
    const again = new Evaluator(circuit, labels, hashKey);
    again.push(tables);
    expect(evaluator.labels).toEqual(again.labels);
  }
  const { byteLength } = ofGarbler.take(1).buffer;
  expect(ofGarbler.take(keptLabelBytesMax / 16 + 1).byteLength).toBe(keptLabelBytesMax + 16);
  expect(ofGarbler.take(1).buffer.byteLength).toBe(byteLength);
});

test('layers wider than a batch, and batches that end with a piece', () => {
  const circuit = layeredCircuit(batchAnds + 37, 3);
  const inputs = circuit.inputs.map(({ bits }) => seededRandom('wide')(bits).map((byte) => byte & 1));
  const expected = evaluate(circuit, inputs).map((bits) => [...bits]);
  const whole = garbleAndEvaluate(circuit, inputs, 'wide');
  expect(whole.outputs).toEqual(expected);
  for (const rows of [1000, 1024, 3000]) {
    const { outputs, pieces } = garbleAndEvaluate(circuit, inputs, 'wide', rows * rowBytes);
    expect(outputs).toEqual(expected);
    expect(Buffer.concat(pieces).equals(Buffer.concat(whole.pieces))).toBe(true);
  }
});

test('tables and labels are those of the plain construction', () => {
  for (let i = 0; i < 10; i++) {
    const { circuit, inputs } = randomCase({ seed: `plain ${i}` });
    const { pieces, garbler, secrets } = garbleAndEvaluate(circuit, inputs, `plain ${i}`);
    const delta = toBlock(secrets.delta);
    const plain = plainGarble(circuit, delta, toBlocks(secrets.inputLabels), hashKey);
    expect(Buffer.concat(pieces).equals(plain.tables)).toBe(true);
    expect(toBlocks(Buffer.from(garbler.zeroLabels.buffer))).toEqual(plain.zeros);
  }
});

/** Four layers of 3 XOR, 1 NOT and 4 AND gates over 8 inputs, made without the builder so that its choices do not matter. */
function fixedCircuit(): Circuit {
  const { xor, not, and } = gateKind;
  const layer = [xor, xor, xor, not, and, and, and, and];
  const kinds = Uint8Array.from({ length: 32 }, (_, gate) => layer[gate % 8]!);
  const left = Uint32Array.from(
    kinds,
    (_, gate) => gate - (gate % 8) + ((3 * gate) % (gate % 8 < 4 ? 8 : 12)),
  );
  const right = Uint32Array.from(kinds, (kind, gate) =>
    kind === not ? left[gate]! : gate - (gate % 8) + ((5 * gate + 1) % (gate % 8 < 4 ? 8 : 12)),
  );
  return {
    inputs: [{ party: 'a', name: 'x', bits: 8 }],
    inputBits: 8,
    outputs: [{ name: 'out', to: ['a'], wires: Uint32Array.from({ length: 32 }, (_, gate) => 8 + gate) }],
    parties: ['a'],
    kinds,
    left,
    right,
    layers: [0, 8, 16, 24].map((from) => ({ linearFrom: from, andFrom: from + 4, end: from + 8 })),
    wires: 40,
    ands: 16,
  };
}

test('a seed gives the same tables as ever', () => {
  const circuit = fixedCircuit();
  const inputs = [Uint8Array.of(1, 0, 1, 1, 0, 0, 1, 0)];
  expect(garbleAndEvaluate(circuit, inputs, 'fixed').outputs).toEqual([[...evaluate(circuit, inputs)[0]!]]);
  const secrets = secretsFromSeed(Buffer.from('a seed of labels').subarray(0, 16), circuit.inputBits);
  const tables = Buffer.concat([...new Garbler(circuit, secrets, hashKey).tables()]);
  expect(tables.length).toBe(16 * rowBytes);
  const plain = plainGarble(circuit, toBlock(secrets.delta), toBlocks(secrets.inputLabels), hashKey);
  expect(tables.equals(plain.tables)).toBe(true);
  expect(createHash('sha256').update(tables).digest('hex')).toBe(
    '40f649422e666eee4a433b0154eb94ad9f6694555d30060e9ed8f4dafd18847d',
  );
});

test('gates that read a wire twice, as circuits from elsewhere have them', () => {
  const kinds = Uint8Array.of(gateKind.xor, gateKind.not, gateKind.and, gateKind.and, gateKind.and);
  // Of the input w0: w1 = 0, w2 = 1, w3 = w0 & w0, w4 = w1 & w0, w5 = w2 & w0.
  const circuit: Circuit = {
    inputs: [{ party: 'a', name: 'x', bits: 1 }],
    inputBits: 1,
    outputs: [{ name: 'out', to: ['a'], wires: Uint32Array.of(1, 2, 3, 4, 5) }],
    parties: ['a'],
    kinds,
    left: Uint32Array.of(0, 1, 0, 1, 2),
    right: Uint32Array.of(0, 1, 0, 0, 0),
    layers: [{ linearFrom: 0, andFrom: 2, end: 5 }],
    wires: 6,
    ands: 3,
  };
  for (const bit of [0, 1]) {
    expect(garbleAndEvaluate(circuit, [Uint8Array.of(bit)], 'twice').outputs).toEqual([[0, 1, bit, 0, bit]]);
  }
});

test('a circuit without AND gates has no tables', () => {
  const builder = new CircuitBuilder();
  const [x, y] = builder.input('a', 'x', 2) as [number, number];
  builder.output('out', ['a'], [builder.xor(x, y), builder.not(x), y]);
  const circuit = builder.build();
  const { outputs, pieces } = garbleAndEvaluate(circuit, [Uint8Array.of(1, 0)], 'linear');
  expect(outputs).toEqual([[1, 0, 0]]);
  expect(pieces).toEqual([]);
});

describe('what does not fit is refused', () => {
  const { circuit } = randomCase({ seed: 'refused', ands: 10 });
  const secrets = secretsFromSeed(Buffer.alloc(16), circuit.inputBits);

  test('by the garbler', () => {
    const even = Buffer.from(secrets.delta);
    even[0]! &= 0xfe;
    expect(() => new Garbler(circuit, { ...secrets, delta: even }, hashKey)).toThrow('delta');
    const { inputLabels } = secrets;
    for (const labels of [inputLabels.subarray(16), Buffer.concat([inputLabels, Buffer.alloc(16)])]) {
      expect(() => new Garbler(circuit, { ...secrets, inputLabels: labels }, hashKey)).toThrow('label');
      expect(() => new Evaluator(circuit, labels, hashKey)).toThrow('label');
    }
  });

  test('by the evaluator', () => {
    const evaluator = new Evaluator(circuit, secrets.inputLabels, hashKey);
    const all = rowBytes * circuit.ands;
    expect(() => evaluator.push(Buffer.alloc(rowBytes - 1))).toThrow(RangeError);
    expect(() => evaluator.push(Buffer.alloc(all + rowBytes))).toThrow(RangeError);
    evaluator.push(Buffer.alloc(all));
    expect(() => evaluator.push(Buffer.alloc(rowBytes))).toThrow(RangeError);
  });
});

test('tables at any place in memory', () => {
  const { circuit, inputs } = randomCase({ seed: 'places', ands: 20 });
  const secrets = secretsFromSeed(Buffer.alloc(16, 1), circuit.inputBits);
  const tables = Buffer.concat([...new Garbler(circuit, secrets, hashKey).tables()]);
  const labels = labelsOf(secrets.inputLabels, Buffer.concat(inputs), secrets.delta);
  const results = [0, 1, 4, 7].map((at) => {
    const memory = Buffer.concat([Buffer.alloc(at), tables]);
    const evaluator = new Evaluator(circuit, labels, hashKey);
    evaluator.push(memory.subarray(at));
    return [...evaluator.labels];
  });
  for (const each of results) expect(each).toEqual(results[0]);
});

test('lowest bits of labels and bits of tables are as good as random', () => {
  const circuit = layeredCircuit(512, 16);
  const secrets = secretsFromSeed(Buffer.from('statistics of it').subarray(0, 16), circuit.inputBits);
  const garbler = new Garbler(circuit, secrets, hashKey);
  const tables = Buffer.concat([...garbler.tables()]);
  let ones = 0;
  for (const byte of tables) for (let bit = 0; bit < 8; bit++) ones += (byte >> bit) & 1;
  const deviations = (count: number, of: number) => Math.abs(count - of / 2) / Math.sqrt(of / 4);
  expect(deviations(ones, 8 * tables.length)).toBeLessThan(5);
  const gates = Uint32Array.from({ length: circuit.wires }, (_, wire) => wire);
  const lowest = permuteBits(garbler.zeroLabels, gates).reduce((sum, bit) => sum + bit, 0);
  expect(deviations(lowest, circuit.wires)).toBeLessThan(5);
});
