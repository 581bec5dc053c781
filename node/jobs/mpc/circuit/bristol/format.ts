/**
 * The two text formats of circuits that go by the name of Bristol. In both the first wires are the inputs and the last the outputs.
 *
 * `old`, of "Circuits of basic functions suitable for MPC and FHE" and read by emp: a line `gates wires`, a line `n1 n2 n3` with the
 * input bits of two parties and the output bits, then gates XOR, AND and INV.
 *
 * `fashion`, of "Bristol Fashion MPC circuits": a line `gates wires`, a line with the number of inputs and the bits of each, a line the
 * same for outputs, then gates XOR, AND, INV, EQ (a constant), EQW (a copy) and MAND (many AND gates).
 *
 * Neither says whose the inputs are, nor has names: ports do.
 */
import type { Circuit } from '../circuit.ts';

export type BristolFormat = 'old' | 'fashion';

export interface InputPort {
  readonly party: string;
  readonly name: string;
  /** Given for all ports or for none: then the ports are those of the header, in its order. */
  readonly bits?: number;
}

export interface OutputPort {
  readonly name: string;
  readonly to: readonly string[];
  readonly bits?: number;
}

export interface BristolPorts {
  readonly inputs: readonly InputPort[];
  readonly outputs: readonly OutputPort[];
}

/** Ports with which the text of a circuit is that circuit again. */
export function portsOf(circuit: Circuit): BristolPorts {
  return {
    inputs: circuit.inputs.map(({ party, name, bits }) => ({ party, name, bits })),
    outputs: circuit.outputs.map(({ name, to, wires }) => ({ name, to, bits: wires.length })),
  };
}
