/** Circuits survive the Bristol formats; text that is not in them is refused with the line. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type BristolExportOptions,
  type BristolPorts,
  bristolPieces,
  exportBristol,
  importBristol,
  importBristolStream,
  portsOf,
} from '../circuit/bristol/index.ts';
import { type Circuit, inputOffsets } from '../circuit/circuit.ts';
import { evaluate } from '../circuit/evaluate.ts';
import { standardCircuit } from '../circuit/standard/index.ts';
import { CircuitError } from '../errors.ts';
import { checkCircuit } from './support/check-circuit.ts';
import { hexOf, numbersOf } from './support/circuit-io.ts';
import { randomCase } from './support/random-circuit.ts';

const ports: BristolPorts = {
  inputs: [
    { party: 'a', name: 'x' },
    { party: 'b', name: 'y' },
  ],
  outputs: [{ name: 'z', to: ['a', 'b'] }],
};

/** A full adder of a bit and two, in the old format and in the new one with its own kinds of gates. */
const adderOld = '5 8\n1 2 2\n\n2 1 0 1 3 XOR\n2 1 1 2 4 XOR\n2 1 3 4 5 AND\n2 1 3 2 6 XOR\n2 1 5 1 7 XOR\n';
const adderFashion = [
  '6 12',
  '2 1 2',
  '1 2',
  '',
  '1 1 1 3 EQ',
  '2 1 0 1 4 XOR',
  '4 2 0 3 1 2 5 6 MAND',
  '2 1 4 2 10 XOR',
  '4 2 4 5 2 3 7 8 MAND',
  '2 1 7 8 11 XOR',
];

describe('text of others', () => {
  test.each([
    ['old', adderOld],
    ['old with other ends of lines', adderOld.replaceAll('\n', '\r\n')],
    ['fashion', adderFashion.join('\n')],
  ])('%s is read', (_name, text) => {
    const circuit = importBristol(text, ports);
    checkCircuit(circuit);
    for (let x = 0n; x < 2n; x++) {
      for (let y = 0n; y < 4n; y++) {
        expect(numbersOf(circuit, [x, y])).toEqual({ z: x + (y & 1n) + (y >> 1n) });
      }
    }
    expect(circuit.ands).toBeLessThanOrEqual(2);
  });

  test('in any pieces is the same', async () => {
    const whole = importBristol(adderOld, ports);
    for (const size of [1, 3, 7]) {
      const pieces = adderOld.match(new RegExp(`[^]{1,${size}}`, 'g'))!;
      async function* stream() {
        for (const [i, piece] of pieces.entries()) yield i % 2 === 0 ? piece : Buffer.from(piece);
      }
      expect(await importBristolStream(stream(), ports)).toEqual(whole);
    }
  });

  test('may have outputs that the caller cuts apart', () => {
    const cut: BristolPorts = {
      inputs: ['p', 'q', 'r'].map((party) => ({ party, name: 'x', bits: 1 })),
      outputs: [
        { name: 'sum', to: ['p'], bits: 1 },
        { name: 'carry', to: ['q', 'r'], bits: 1 },
      ],
    };
    expect(numbersOf(importBristol(adderOld, cut), [1n, 1n, 0n])).toEqual({ sum: 0n, carry: 1n });
  });
});

describe('what is written', () => {
  const ways: readonly (readonly [string, BristolExportOptions])[] = [
    ['old', { format: 'old' }],
    ['fashion', { format: 'fashion' }],
    ['fashion with MAND', { format: 'fashion', manyAnds: true }],
  ];

  test.each(ways)('in %s is the same circuit when it is read', (_name, options) => {
    for (let i = 0; i < 100; i++) {
      const { circuit, inputs } = randomCase({ seed: `bristol ${i}` });
      const text = exportBristol(circuit, options);
      checkNumbering(text, circuit);
      const again = importBristol(text, portsOf(circuit));
      checkCircuit(again);
      expect(again.inputs).toEqual(circuit.inputs);
      expect(again.ands).toBeLessThanOrEqual(circuit.ands);
      expect(evaluate(again, inputs)).toEqual(evaluate(circuit, inputs));
    }
  });

  test('has no more AND gates when it comes back', () => {
    const aes = standardCircuit('aes-128', { parties: ['a', 'b'] });
    for (const [, options] of ways) {
      const again = importBristol([...bristolPieces(aes, options)].join(''), portsOf(aes));
      expect(again.ands).toBe(6400);
      const [key, block] = ['000102030405060708090a0b0c0d0e0f', '00112233445566778899aabbccddeeff'];
      expect(hexOf(again, Buffer.from(key, 'hex'), Buffer.from(block, 'hex'))).toBe(
        '69c4e0d86a7b0430d8cdb78070b4c55a',
      );
    }
  });

  test('in the old format has the inputs of the first party first', () => {
    const { circuit, inputs } = randomCase({ seed: 'order', parties: ['a', 'b'] });
    const [a, b] = ['a', 'b'].map((party) => circuit.inputs.filter((input) => input.party === party));
    const text = exportBristol(circuit, { format: 'old', parties: ['b', 'a'] });
    const swapped = importBristol(text, { inputs: [...b!, ...a!], outputs: portsOf(circuit).outputs });
    const offset = a!.length;
    expect(evaluate(swapped, [...inputs.slice(offset), ...inputs.slice(0, offset)])).toEqual(
      evaluate(circuit, inputs),
    );
    const three = randomCase({ seed: 'three', parties: ['a', 'b', 'c'] }).circuit;
    expect(() => exportBristol(three, { format: 'old' })).toThrow(CircuitError);
    expect(inputOffsets(swapped)[0]).toBe(0);
  });
});

/** Inputs first, outputs last, every wire written once and before it is read. */
function checkNumbering(text: string, circuit: Circuit): void {
  const lines = text.split('\n').filter((line) => line !== '');
  const [gates, wires] = lines[0]!.split(' ').map(Number) as [number, number];
  const body = lines.filter((line) => /[A-Z]$/.test(line));
  expect(body.length).toBe(gates);
  const written = new Set(Array.from({ length: circuit.inputBits }, (_, i) => i));
  for (const line of body) {
    const words = line.split(' ');
    const [ins, outs] = [Number(words[0]), Number(words[1])];
    if (words.at(-1) !== 'EQ')
      for (const read of words.slice(2, 2 + ins)) expect(written.has(Number(read))).toBe(true);
    for (const write of words.slice(2 + ins, 2 + ins + outs)) {
      expect(written.has(Number(write))).toBe(false);
      written.add(Number(write));
    }
  }
  expect(written.size).toBe(wires);
  expect(Math.max(...written)).toBe(wires - 1);
}

describe('what is refused', () => {
  const body = '2 1 0 1 3 AND\n';
  test.each([
    ['nothing', '', 'no header'],
    ['a gate first', '2 1 0 1 2 AND\n', 'line 1'],
    ['a header of one number', `1\n1 2 1\n${body}`, 'line 3'],
    ['a header of letters', `x y\n1 2 1\n${body}`, 'line 1'],
    ['negative counts', `1 4\n1 -2 1\n${body}`, 'line 2'],
    ['four sizes in the old format', `1 4\n1 2 1 1\n${body}`, 'line 2'],
    ['a list that is too short', `1 4\n3 1 2\n1 1\n${body}`, 'line 2'],
    ['more gates than there may be', `99999999999 4\n1 2 1\n${body}`, 'line 1'],
    ['more wires than there may be', `1 4000000000\n1 2 1\n${body}`, 'line 1'],
    ['more inputs than wires', `1 4\n3 2 1\n${body}`, 'line 2'],
    ['too few gates', `2 4\n1 2 1\n${body}`, '1 gates, not 2'],
    ['too many gates', `1 4\n1 2 1\n${body}${body}`, 'line 4: there are more than 1'],
    ['a wire that is not there', '1 4\n1 2 1\n2 1 0 4 3 AND\n', 'line 3: 4 is more than 3'],
    ['a wire that is not written yet', '1 4\n1 2 1\n2 1 0 3 3 AND\n', 'line 3: wire 3 is read'],
    ['a wire that is written twice', '1 4\n1 2 1\n2 1 0 1 2 AND\n', 'line 3: wire 2 is written twice'],
    ['an output that is not written', '1 5\n1 2 1\n2 1 0 1 3 AND\n', 'wire 4 is read'],
    ['a gate of another name', '1 4\n1 2 1\n2 1 0 1 3 NAND\n', 'no gate "NAND"'],
    ['a name that objects have', '1 4\n1 2 1\n2 1 0 1 3 constructor\n', 'line 3'],
    ['a gate of other wires', '1 4\n1 2 1\n1 1 0 3 AND\n', 'AND has no 1 inputs'],
    ['a gate without its kind', '1 4\n1 2 1\n2 1 0 1 3\n', 'line'],
    ['a gate of many wires more', '1 4\n1 2 1\n4 0 0 1 2 2 MAND\n', 'MAND has no'],
    ['a constant that is none', '1 4\n2 1 2\n1 1\n1 1 2 3 EQ\n', '2 is more than 1'],
    ['a line without an end', `1 4\n1 2 1\n${'2'.repeat(2_000_000)}`, 'longer than'],
  ])('%s', (_name, text, message) => {
    expect(() => importBristol(text, ports)).toThrow(CircuitError);
    expect(() => importBristol(text, ports)).toThrow(message);
  });

  test('ports that do not fit', () => {
    const [first, second] = ports.inputs as [BristolPorts['inputs'][0], BristolPorts['inputs'][0]];
    for (const inputs of [
      [first],
      [first, { ...second, bits: 2 }],
      [
        { ...first, bits: 2 },
        { ...second, bits: 2 },
      ],
    ]) {
      expect(() => importBristol(adderOld, { ...ports, inputs })).toThrow('the inputs of the circuit');
    }
    expect(() => importBristol(adderOld, { ...ports, outputs: [] })).toThrow('the outputs of the circuit');
  });

  test('noise and broken text, and nothing else happens', () => {
    const broken = fc.record({
      at: fc.nat(200),
      remove: fc.nat(5),
      insert: fc.constantFrom('', ' ', '\n', '9', '-', 'A', '2 1 0'),
    });
    fc.assert(
      fc.property(broken, ({ at, remove, insert }) => {
        const text = adderOld.slice(0, at) + insert + adderOld.slice(at + remove);
        try {
          checkCircuit(importBristol(text, ports));
        } catch (error) {
          expect(error).toBeInstanceOf(CircuitError);
        }
      }),
      { numRuns: 500 },
    );
  });
});
