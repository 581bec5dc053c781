/** Circuits in the clear: the oracle of every protocol. */
import { CircuitError } from '../errors.ts';
import { type Circuit, gateKind } from './circuit.ts';

/** Inputs that are evaluated at once by `evaluateMany`: one for each bit of a lane. */
const lanes = 32;

/**
 * @param inputs bits of each input, in the order of the circuit
 * @returns bits of each output
 * @throws CircuitError for inputs of other counts or widths
 */
export function evaluate(circuit: Circuit, inputs: readonly Uint8Array[]): Uint8Array[] {
  checkInputs(circuit, inputs);
  const values = new Uint8Array(circuit.wires);
  let at = 0;
  for (const input of inputs) for (const bit of input) values[at++] = bit & 1;
  run(circuit, values, 1);
  const outputs = circuit.outputs.map(({ wires }) => Uint8Array.from(wires, (wire) => values[wire]!));
  // Inputs may be secret.
  values.fill(0);
  return outputs;
}

/**
 * The same for many inputs: 32 at once, one in each bit of a number.
 * @param cases inputs of each evaluation
 * @returns outputs of each evaluation
 */
export function evaluateMany(circuit: Circuit, cases: readonly (readonly Uint8Array[])[]): Uint8Array[][] {
  for (const inputs of cases) checkInputs(circuit, inputs);
  const results: Uint8Array[][] = [];
  const values = new Int32Array(circuit.wires);
  for (let from = 0; from < cases.length; from += lanes) {
    const some = cases.slice(from, from + lanes);
    values.fill(0, 0, circuit.inputBits);
    for (const [lane, inputs] of some.entries()) {
      let at = 0;
      for (const input of inputs) for (const bit of input) values[at++]! |= (bit & 1) << lane;
    }
    run(circuit, values, -1);
    for (const lane of some.keys()) {
      results.push(
        circuit.outputs.map(({ wires }) => Uint8Array.from(wires, (wire) => (values[wire]! >>> lane) & 1)),
      );
    }
  }
  return results;
}

/** @param ones what negates a value */
function run(circuit: Circuit, values: Uint8Array | Int32Array, ones: number): void {
  const { kinds, left, right, inputBits, layers } = circuit;
  for (const { linearFrom, andFrom, end } of layers) {
    for (let gate = linearFrom; gate < andFrom; gate++) {
      const other = kinds[gate] === gateKind.xor ? values[right[gate]!]! : ones;
      values[inputBits + gate] = values[left[gate]!]! ^ other;
    }
    for (let gate = andFrom; gate < end; gate++) {
      values[inputBits + gate] = values[left[gate]!]! & values[right[gate]!]!;
    }
  }
}

function checkInputs(circuit: Circuit, inputs: readonly Uint8Array[]): void {
  if (inputs.length !== circuit.inputs.length) {
    throw new CircuitError(`the circuit has ${circuit.inputs.length} inputs, not ${inputs.length}`);
  }
  for (const [index, { name, bits }] of circuit.inputs.entries()) {
    const given = inputs[index]!.length;
    if (given !== bits) throw new CircuitError(`input ${name} has ${bits} bits, not ${given}`);
  }
}
