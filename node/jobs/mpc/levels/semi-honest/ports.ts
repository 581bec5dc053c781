/** Inputs and outputs of a circuit by who has them. */
import { type Circuit, inputOffsets } from '../../circuit/circuit.ts';
import { CircuitError } from '../../errors.ts';
import type { ProtocolRun } from '../../protocol.ts';

/** Bits of some inputs that follow each other when these inputs alone are laid in a row. */
interface InputSpan {
  /** First wire. */
  readonly wire: number;
  readonly bits: number;
}

export function inputSpans(circuit: Circuit, party: string): readonly InputSpan[] {
  const offsets = inputOffsets(circuit);
  return circuit.inputs.flatMap((input, index) =>
    input.party === party ? [{ wire: offsets[index]!, bits: input.bits }] : [],
  );
}

export function spanBits(spans: readonly InputSpan[]): number {
  return spans.reduce((sum, { bits }) => sum + bits, 0);
}

/** @returns bits of the party's own inputs in a row. @throws CircuitError when one is missing or of another length */
export function ownBits({ circuit, inputs }: ProtocolRun, party: string): Uint8Array {
  const own = circuit.inputs.flatMap((input, index) => {
    if (input.party !== party) return [];
    const given = inputs[index];
    if (given === undefined || given.length !== input.bits) {
      throw new CircuitError(`input ${input.name} needs ${input.bits} bits`);
    }
    return [given];
  });
  return new Uint8Array(Buffer.concat(own));
}

/** Puts blocks of 16 bytes that are in a row where their wires are. */
export function scatterBlocks(row: Uint8Array, spans: readonly InputSpan[], all: Uint8Array): void {
  let at = 0;
  for (const { wire, bits } of spans) {
    all.set(row.subarray(at, at + 16 * bits), 16 * wire);
    at += 16 * bits;
  }
}

/** Wires of all outputs that go to a party, in a row. */
export function outputWires(circuit: Circuit, party: string): Uint32Array {
  const wires = circuit.outputs.filter(({ to }) => to.includes(party)).map((output) => output.wires);
  const row = new Uint32Array(wires.reduce((sum, each) => sum + each.length, 0));
  let at = 0;
  for (const each of wires) {
    row.set(each, at);
    at += each.length;
  }
  return row;
}

/** @param row bits of the outputs that go to a party. @returns by output; undefined where it does not */
export function splitOutputs(circuit: Circuit, party: string, row: Uint8Array): (Uint8Array | undefined)[] {
  let at = 0;
  return circuit.outputs.map(({ to, wires }) => {
    if (!to.includes(party)) return undefined;
    const from = at;
    at += wires.length;
    return row.slice(from, at);
  });
}
