/** A checked program as a circuit. */
import type { Bit } from '../../circuit/builder.ts';
import type { Circuit } from '../../circuit/circuit.ts';
import { CircuitError } from '../../errors.ts';
import { mpcLimits } from '../../limits.ts';
import type { Budget } from '../budget.ts';
import type { Program, ProgramOutput } from '../check/tree.ts';
import type { SourceText } from '../errors.ts';
import { bitsOf } from '../types.ts';
import { make } from './expressions.ts';
import { callFunction } from './functions.ts';
import { asParts, fromBits, Making, toBits, type Value } from './making.ts';

export interface Generated {
  readonly circuit: Circuit;
  /** By output: the bits that depend on no input, as they are made. */
  readonly constants: readonly (readonly boolean[])[];
}

/** @throws CompileError for an index, a number or a size that is wrong where the program comes to it */
export function generate(source: SourceText, program: Program, budget: Budget): Generated {
  const making = new Making(source, budget);
  try {
    return generateWith(making, program);
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    throw source.error('limit', making.at, error.message, { cause: error });
  }
}

function generateWith(making: Making, program: Program): Generated {
  const { builder } = making;
  const inputs = new Map<string, Value[]>(program.parties.map((party) => [party, []]));
  for (const input of program.inputs) {
    making.at = input;
    const bits = builder.input(input.party, input.name, bitsOf(input.type));
    inputs.get(input.party)!.push(fromBits(input.type, bits));
  }
  for (const global of program.globals) making.globals.push(make(making, global, []));
  const { entry } = program;
  const result = callFunction(making, entry, [...inputs.values()], entry.span);
  const constants: boolean[][] = [];
  for (const [index, output] of program.outputs.entries()) {
    making.at = output;
    const value = asParts(asParts(result)[output.path[0]]!)[output.path[1]]!;
    const bits = toBits(output.type, value);
    constants.push(bits.map(isConstantBit));
    builder.output(outputName(program, output, index), output.to, bits);
  }
  return { circuit: builder.build(), constants };
}

/** FALSE or TRUE. */
function isConstantBit(bit: Bit): boolean {
  return bit >>> 1 === 0;
}

/** Two groups of parties can have outputs of one name; in a circuit names differ. */
export function outputName(
  { parties }: Program,
  { to, name }: Pick<ProgramOutput, 'to' | 'name'>,
  index: number,
): string {
  const group = to.length === parties.length ? 'all' : to.join('-');
  const full = `${group}.${name}`;
  return full.length <= mpcLimits.nameCharsMax ? full : `output${index}.${name}`;
}
