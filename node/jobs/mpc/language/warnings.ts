/** What a program does that its author may not have meant: inputs that nothing needs, outputs that need no computation. */
import { type Circuit, gateKind } from '../circuit/circuit.ts';
import type { Program } from './check/tree.ts';
import type { CompileWarning, SourceText } from './errors.ts';
import { bitsOf, typeText } from './types.ts';

/**
 * @param constants by output and bit whether it depends on no input
 */
export function warningsOf(
  source: SourceText,
  program: Program,
  circuit: Circuit,
  constants: readonly (readonly boolean[])[],
): CompileWarning[] {
  const parties = partiesByWire(program, circuit);
  const warnings: CompileWarning[] = [];
  for (const [index, output] of program.outputs.entries()) {
    const { wires } = circuit.outputs[index]!;
    let depends = 0;
    for (const [i, wire] of wires.entries()) if (!constants[index]![i]) depends |= parties[wire]!;
    const known = program.parties.filter((_, i) => depends === 1 << i)[0];
    if (depends === 0 && wires.length > 0) {
      const text = `the output ${output.name} depends on no input`;
      warnings.push(source.warning('constant-output', output, text));
    } else if (known !== undefined && output.to.every((party) => party === known)) {
      const text = `${known} learns ${output.name}, which follows from the own inputs alone: no other party is needed for it`;
      warnings.push(source.warning('known-output', output, text));
    }
  }
  const used = usedInputs(circuit, constants);
  for (const [index, input] of program.inputs.entries()) {
    if (used[index] || bitsOf(input.type) === 0) continue;
    const text = `no output depends on the input ${input.name} (${typeText(input.type)}) of ${input.party}`;
    warnings.push(source.warning('unused-input', input, text));
  }
  return warnings;
}

/** By wire: a bit for each party on whose inputs it depends. */
function partiesByWire(program: Program, circuit: Circuit): Uint32Array {
  const { inputBits, kinds, left, right } = circuit;
  const depends = new Uint32Array(circuit.wires);
  let at = 0;
  for (const { party, bits } of circuit.inputs) {
    depends.fill(1 << program.parties.indexOf(party), at, at + bits);
    at += bits;
  }
  for (let gate = 0; gate < kinds.length; gate++) {
    // How a circuit makes a constant: from any wire and itself.
    const isConstant = kinds[gate] === gateKind.xor && left[gate] === right[gate];
    depends[inputBits + gate] = isConstant ? 0 : depends[left[gate]!]! | depends[right[gate]!]!;
  }
  return depends;
}

/** Whether some output depends on the input. */
function usedInputs(circuit: Circuit, constants: readonly (readonly boolean[])[]): boolean[] {
  const { inputBits, kinds, left, right } = circuit;
  const needed = new Uint8Array(circuit.wires);
  for (const [index, { wires }] of circuit.outputs.entries()) {
    for (const [i, wire] of wires.entries()) if (!constants[index]![i]) needed[wire] = 1;
  }
  for (let gate = kinds.length - 1; gate >= 0; gate--) {
    if (needed[inputBits + gate] === 0) continue;
    if (kinds[gate] === gateKind.xor && left[gate] === right[gate]) continue;
    needed[left[gate]!] = 1;
    needed[right[gate]!] = 1;
  }
  let at = 0;
  return circuit.inputs.map(({ bits }) => {
    at += bits;
    return needed.subarray(at - bits, at).includes(1);
  });
}
