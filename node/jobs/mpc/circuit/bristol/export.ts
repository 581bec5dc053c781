/**
 * Circuits as text of the Bristol formats. Outputs have to be the last wires, each once: an output that is an input, or the same wire
 * as another, gets a copy, of EQW in the new format and of two INV in the old one.
 */
import { CircuitError } from '../../errors.ts';
import { type Circuit, gateKind, inputOffsets } from '../circuit.ts';
import type { BristolFormat } from './format.ts';

export interface BristolExportOptions {
  readonly format: BristolFormat;
  /** Of the old format, the two parties: inputs of the first are the first wires. The order of the circuit unless said otherwise. */
  readonly parties?: readonly [string, string];
  /** Of the new format: AND gates of a layer together in MAND gates. */
  readonly manyAnds?: boolean;
}

/** Of one MAND gate, so that lines do not grow without end. */
const mandAndsMax = 1024;
/** A piece of the text has about so many characters. */
const pieceChars = 64 * 1024;

export function exportBristol(circuit: Circuit, options: BristolExportOptions): string {
  return [...bristolPieces(circuit, options)].join('');
}

/**
 * The text in pieces, for circuits whose text is too long for a string.
 * @throws CircuitError when the old format has no room for the parties
 */
export function* bristolPieces(circuit: Circuit, options: BristolExportOptions): Generator<string> {
  let piece = '';
  for (const line of new Exporter(circuit, options).lines()) {
    piece += `${line}\n`;
    if (piece.length >= pieceChars) {
      yield piece;
      piece = '';
    }
  }
  yield piece;
}

const none = 0xffffffff;

class Exporter {
  private readonly circuit: Circuit;
  private readonly options: BristolExportOptions;
  /** Wires of all outputs, in order. */
  private readonly outputWires: readonly number[];
  /** By wire of the circuit: its number in the text. */
  private readonly numbers: Uint32Array;
  /** Outputs, by index of their bit, that need a copy. */
  private readonly copied: readonly number[];
  private readonly wires: number;
  private readonly inputBits: readonly number[];

  constructor(circuit: Circuit, options: BristolExportOptions) {
    this.circuit = circuit;
    this.options = options;
    this.outputWires = circuit.outputs.flatMap(({ wires }) => Array.from(wires));
    this.numbers = new Uint32Array(circuit.wires).fill(none);
    this.inputBits = this.numberInputs();
    const last = new Map<number, number>();
    const copied: number[] = [];
    for (const [index, wire] of this.outputWires.entries()) {
      if (wire < circuit.inputBits || last.has(wire)) copied.push(index);
      else last.set(wire, index);
    }
    this.copied = copied;
    const between = options.format === 'old' ? copied.length : 0;
    this.wires = circuit.wires - last.size + between + this.outputWires.length;
    let next = circuit.inputBits;
    for (let wire = circuit.inputBits; wire < circuit.wires; wire++) {
      const index = last.get(wire);
      this.numbers[wire] = index === undefined ? next++ : this.outputNumber(index);
    }
  }

  *lines(): Generator<string> {
    const { circuit, options, inputBits } = this;
    const outputBits = circuit.outputs.map(({ wires }) => wires.length);
    yield `${this.gates()} ${this.wires}`;
    if (options.format === 'old') yield `${inputBits.join(' ')} ${this.outputWires.length}`;
    else {
      yield [inputBits.length, ...inputBits].join(' ');
      yield [outputBits.length, ...outputBits].join(' ');
    }
    yield '';
    for (const { linearFrom, andFrom, end } of circuit.layers) {
      const single = this.usesMand ? andFrom : end;
      for (let gate = linearFrom; gate < single; gate++) yield this.gateLine(gate);
      for (let gate = single; gate < end; gate += mandAndsMax) {
        yield this.mandLine(gate, Math.min(gate + mandAndsMax, end));
      }
    }
    yield* this.copyLines();
  }

  private get usesMand(): boolean {
    return this.options.format === 'fashion' && this.options.manyAnds === true;
  }

  private gates(): number {
    const { kinds, layers, ands } = this.circuit;
    const perCopy = this.options.format === 'old' ? 2 : 1;
    const groups = layers.reduce(
      (sum, { andFrom, end }) => sum + Math.ceil((end - andFrom) / mandAndsMax),
      0,
    );
    return kinds.length - ands + (this.usesMand ? groups : ands) + perCopy * this.copied.length;
  }

  private outputNumber(index: number): number {
    return this.wires - this.outputWires.length + index;
  }

  private gateLine(gate: number): string {
    const { kinds, left, right, inputBits } = this.circuit;
    const [a, b] = [this.numbers[left[gate]!]!, this.numbers[right[gate]!]!];
    const out = this.numbers[inputBits + gate]!;
    const kind = kinds[gate]!;
    if (kind === gateKind.not) return `1 1 ${a} ${out} INV`;
    if (kind === gateKind.and) return `2 1 ${a} ${b} ${out} AND`;
    return a === b && this.options.format === 'fashion' ? `1 1 0 ${out} EQ` : `2 1 ${a} ${b} ${out} XOR`;
  }

  private mandLine(from: number, end: number): string {
    const { left, right, inputBits } = this.circuit;
    const numbers = (wireOf: (gate: number) => number) =>
      Array.from({ length: end - from }, (_, i) => this.numbers[wireOf(from + i)]!).join(' ');
    const operands = [numbers((gate) => left[gate]!), numbers((gate) => right[gate]!)];
    const count = end - from;
    return `${2 * count} ${count} ${operands.join(' ')} ${numbers((gate) => inputBits + gate)} MAND`;
  }

  private *copyLines(): Generator<string> {
    let between = this.wires - this.outputWires.length - this.copied.length;
    for (const index of this.copied) {
      const [from, to] = [this.numbers[this.outputWires[index]!]!, this.outputNumber(index)];
      if (this.options.format === 'fashion') yield `1 1 ${from} ${to} EQW`;
      else {
        yield `1 1 ${from} ${between} INV`;
        yield `1 1 ${between++} ${to} INV`;
      }
    }
  }

  /** @returns bits by input of the text */
  private numberInputs(): number[] {
    const { inputs, inputBits } = this.circuit;
    if (this.options.format === 'fashion') {
      for (let wire = 0; wire < inputBits; wire++) this.numbers[wire] = wire;
      return inputs.map(({ bits }) => bits);
    }
    const owners = [...new Set(inputs.map(({ party }) => party))];
    const parties = this.options.parties ?? owners;
    if (parties.length > 2 || owners.some((party) => !parties.includes(party))) {
      throw new CircuitError('the old Bristol format has the inputs of two parties');
    }
    const offsets = inputOffsets(this.circuit);
    let next = 0;
    const bitsOf = (party: string | undefined) => {
      const from = next;
      for (const [index, input] of inputs.entries()) {
        if (input.party !== party) continue;
        for (let i = 0; i < input.bits; i++) this.numbers[offsets[index]! + i] = next++;
      }
      return next - from;
    };
    return [bitsOf(parties[0]), bitsOf(parties[1])];
  }
}
