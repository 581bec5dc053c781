/** Circuits from the Bristol formats, gate by gate through the builder, so that the result is as small as one that was built here. */
import { CircuitError } from '../../errors.ts';
import { mpcLimits } from '../../limits.ts';
import { type Bit, type BuildOptions, CircuitBuilder, FALSE, TRUE } from '../builder.ts';
import { checkPortBits } from '../check.ts';
import type { Circuit } from '../circuit.ts';
import type { BristolPorts } from './format.ts';
import { LineReader, wholeNumber } from './lines.ts';

/** @throws CircuitError with the number of the line for text that is neither format, and for ports that do not fit it */
export function importBristol(text: string, ports: BristolPorts, options?: BuildOptions): Circuit {
  const importer = new BristolImporter(ports);
  importer.push(text);
  return importer.end(options);
}

/** Of a text that comes in pieces: memory is for the circuit and one line. */
export async function importBristolStream(
  pieces: AsyncIterable<Uint8Array | string>,
  ports: BristolPorts,
  options?: BuildOptions,
): Promise<Circuit> {
  const importer = new BristolImporter(ports);
  for await (const piece of pieces) {
    importer.push(typeof piece === 'string' ? piece : Buffer.from(piece).toString('latin1'));
  }
  return importer.end(options);
}

interface Header {
  readonly gates: number;
  readonly wires: number;
  readonly outputBits: readonly number[];
}

/** Inputs of the gates that have one output. Some write NOT for INV. */
const inputsOfKind: ReadonlyMap<string, number> = new Map([
  ['XOR', 2],
  ['AND', 2],
  ['INV', 1],
  ['NOT', 1],
  ['EQ', 1],
  ['EQW', 1],
]);

const isNumbers = (words: readonly string[]) => words.every((word) => /^\d/.test(word));

export class BristolImporter {
  private readonly ports: BristolPorts;
  private readonly builder = new CircuitBuilder();
  private readonly reader = new LineReader((words, line) => this.line(words, line));
  /** The lines before the first that is not of numbers alone: they tell the format. */
  private readonly opening: { readonly words: readonly string[]; readonly line: number }[] = [];
  private header: Header | undefined;
  /** By wire: the bit plus one; 0 while no gate has written it. The system gives such memory when it is touched first. */
  private bits = new Uint32Array(0);
  private gates = 0;
  private lastLine = 0;

  constructor(ports: BristolPorts) {
    this.ports = ports;
  }

  /** @throws CircuitError */
  push(text: string): void {
    this.reader.push(text);
  }

  /** @throws CircuitError */
  end(options?: BuildOptions): Circuit {
    this.reader.end();
    const header = this.header ?? this.open(this.lastLine);
    if (this.gates !== header.gates) {
      throw new CircuitError(`line ${this.lastLine}: there are ${this.gates} gates, not ${header.gates}`);
    }
    const total = sum(header.outputBits);
    let wire = header.wires - total;
    const sizes = sizesOf(this.ports.outputs, header.outputBits, 'outputs');
    for (const [index, { name, to }] of this.ports.outputs.entries()) {
      const bits = Array.from({ length: sizes[index]! }, () => this.read(wire++, this.lastLine));
      this.builder.output(name, to, bits);
    }
    return this.builder.build(options);
  }

  private line(words: readonly string[], line: number): void {
    this.lastLine = line;
    if (this.header === undefined && this.opening.length < 3 && isNumbers(words)) {
      this.opening.push({ words, line });
      return;
    }
    this.header ??= this.open(line);
    this.gate(words, line, this.header);
  }

  /** Two lines of numbers are the old format, three the new one. */
  private open(line: number): Header {
    const [sizes, second, third] = this.opening;
    if (sizes === undefined || second === undefined || sizes.words.length !== 2) {
      throw new CircuitError(`line ${line}: no header of a Bristol format stands before it`);
    }
    const isOld = third === undefined;
    const gates = wholeNumber(sizes.words[0], mpcLimits.gatesMax, sizes.line);
    const wires = wholeNumber(sizes.words[1], mpcLimits.gatesMax + mpcLimits.portBitsMax, sizes.line);
    if (isOld && second.words.length !== 3) {
      throw new CircuitError(`line ${second.line}: there are not three numbers`);
    }
    const numbers = (words: readonly string[], at: number) =>
      words.map((word) => wholeNumber(word, mpcLimits.portBitsMax, at));
    const inputBits = isOld ? numbers(second.words.slice(0, 2), second.line) : counted(second);
    const outputBits = isOld ? numbers(second.words.slice(2), second.line) : counted(third);
    checkPortBits(sum(inputBits));
    checkPortBits(sum(outputBits));
    if (sum(inputBits) > wires || sum(outputBits) > wires) {
      throw new CircuitError(`line ${second.line}: more inputs or outputs than wires`);
    }
    this.bits = new Uint32Array(wires);
    this.addInputs(inputBits);
    this.header = { gates, wires, outputBits };
    return this.header;
  }

  private addInputs(given: readonly number[]): void {
    const sizes = sizesOf(this.ports.inputs, given, 'inputs');
    let wire = 0;
    for (const [index, { party, name }] of this.ports.inputs.entries()) {
      for (const bit of this.builder.input(party, name, sizes[index]!)) this.bits[wire++] = bit + 1;
    }
  }

  private gate(words: readonly string[], line: number, { gates, wires }: Header): void {
    if (++this.gates > gates) throw new CircuitError(`line ${line}: there are more than ${gates} gates`);
    const kind = words.at(-1)!;
    const ins = wholeNumber(words[0], wires, line);
    const outs = wholeNumber(words[1], wires, line);
    const wiresAt = 2 + ins + outs;
    if (words.length !== wiresAt + 1) {
      throw new CircuitError(`line ${line}: ${ins} and ${outs} wires and a kind of gate are not here`);
    }
    const wire = (at: number) => wholeNumber(words[at], wires - 1, line);
    const read = (at: number) => this.read(wire(at), line);
    const shape = kind === 'MAND' ? outs : 1;
    const expected = kind === 'MAND' ? 2 * outs : inputsOfKind.get(kind);
    if (expected === undefined) {
      throw new CircuitError(`line ${line}: there is no gate ${JSON.stringify(kind.slice(0, 20))}`);
    }
    if (ins !== expected || outs !== shape || shape === 0) {
      throw new CircuitError(`line ${line}: ${kind} has no ${ins} inputs and ${outs} outputs`);
    }
    const results: Bit[] = [];
    for (let i = 0; i < outs; i++) {
      if (kind === 'XOR') results.push(this.builder.xor(read(2), read(3)));
      else if (kind === 'AND' || kind === 'MAND')
        results.push(this.builder.and(read(2 + i), read(2 + outs + i)));
      else if (kind === 'EQW') results.push(read(2));
      else if (kind === 'EQ') results.push(wholeNumber(words[2], 1, line) === 1 ? TRUE : FALSE);
      else results.push(this.builder.not(read(2)));
    }
    for (const [i, bit] of results.entries()) this.write(wire(2 + ins + i), bit, line);
  }

  private read(wire: number, line: number): Bit {
    const bit = this.bits[wire]!;
    if (bit === 0) throw new CircuitError(`line ${line}: wire ${wire} is read before it is written`);
    return bit - 1;
  }

  private write(wire: number, bit: Bit, line: number): void {
    if (this.bits[wire] !== 0) throw new CircuitError(`line ${line}: wire ${wire} is written twice`);
    this.bits[wire] = bit + 1;
  }
}

/** A count and so many numbers. */
function counted({ words, line }: { readonly words: readonly string[]; readonly line: number }): number[] {
  const count = wholeNumber(words[0], mpcLimits.portBitsMax, line);
  if (words.length !== count + 1) throw new CircuitError(`line ${line}: there are not ${count} numbers`);
  return words.slice(1).map((word) => wholeNumber(word, mpcLimits.portBitsMax, line));
}

/** Bits of the ports: their own, or those of the header. */
function sizesOf(
  ports: readonly { readonly bits?: number }[],
  header: readonly number[],
  what: string,
): readonly number[] {
  const own = ports.flatMap(({ bits }) => (bits === undefined ? [] : [bits]));
  if (own.length === 0 && ports.length === header.length) return header;
  if (own.length === ports.length && sum(own) === sum(header)) return own;
  throw new CircuitError(
    `the ${what} of the circuit have ${header.join(', ')} bits, which are not those given`,
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((left, right) => left + right, 0);
}
