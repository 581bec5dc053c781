/** Values of a circuit of which only the gates are known: each input and output is a number, or bytes when it is too wide for one. */
import type { Circuit } from '../../circuit/circuit.ts';
import { languageLimits } from '../limits.ts';
import type { ProgramInterface, ValueType } from './program-interface.ts';

export function plainInterface({ parties, inputs, outputs }: Circuit): ProgramInterface {
  return {
    version: 1,
    parties,
    inputs: inputs.map(({ party, name, bits }) => ({ party, name, type: plainType(bits) })),
    outputs: outputs.map(({ name, to, wires }) => ({ name, port: name, to, type: plainType(wires.length) })),
  };
}

function plainType(bits: number): ValueType {
  if (bits > 0 && bits <= languageLimits.integerBitsMax) return { kind: 'integer', isSigned: false, bits };
  if (bits % 8 !== 0) return { kind: 'array', element: { kind: 'bool' }, length: bits };
  return { kind: 'array', element: { kind: 'integer', isSigned: false, bits: 8 }, length: bits / 8 };
}
