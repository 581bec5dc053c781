/** A circuit in the clear: the oracle of every protocol. */
import { CircuitError } from '../errors.ts';
import { type Circuit, gateKind } from './circuit.ts';

/**
 * @param inputs bits of each input, in the order of the circuit
 * @returns bits of each output
 */
export function evaluate(circuit: Circuit, inputs: readonly Uint8Array[]): Uint8Array[] {
  if (inputs.length !== circuit.inputs.length) {
    throw new CircuitError(`the circuit has ${circuit.inputs.length} inputs, not ${inputs.length}`);
  }
  const { kinds, left, right, inputBits } = circuit;
  const values = new Uint8Array(circuit.wires);
  let at = 0;
  for (const [index, { name, bits }] of circuit.inputs.entries()) {
    const given = inputs[index]!;
    if (given.length !== bits) throw new CircuitError(`input ${name} has ${bits} bits, not ${given.length}`);
    for (const bit of given) values[at++] = bit & 1;
  }
  for (let gate = 0; gate < kinds.length; gate++) {
    const a = values[left[gate]!]!;
    const b = values[right[gate]!]!;
    const kind = kinds[gate]!;
    values[inputBits + gate] = kind === gateKind.xor ? a ^ b : kind === gateKind.and ? a & b : a ^ 1;
  }
  return circuit.outputs.map(({ wires }) => Uint8Array.from(wires, (wire) => values[wire]!));
}
