/** A program on known inputs, as tests of a developer run it. */
import { evaluate } from '../circuit/evaluate.ts';
import type { CheckedProgram, CompiledProgram } from './compile.ts';
import { quote } from './errors.ts';
import { type DecodeOptions, decodeOutput, type OutputValue } from './interface/decode.ts';
import { encodeInput } from './interface/encode.ts';
import type { ProgramInterface, ValueType } from './interface/program-interface.ts';
import { ValueError } from './interface/value-error.ts';
import { interpret } from './interpret/interpreter.ts';
import type { ClearValue } from './interpret/values.ts';

/** By party, then by name. */
export type ProgramInputs = { readonly [party: string]: { readonly [name: string]: unknown } };

/** By party, then by name: what it learns. */
export type ProgramResults = { readonly [party: string]: { readonly [name: string]: OutputValue } };

/**
 * Runs the statements of the source one after the other; needs no circuit.
 * @throws ValueError for inputs that do not fit
 */
export function runInClear(
  { program, interface: schema }: CheckedProgram,
  inputs: ProgramInputs,
  options: DecodeOptions = {},
): ProgramResults {
  const bits = encodeInputs(schema, inputs);
  const values = schema.inputs.map(({ type }, i) => ({ type, bits: bits[i]! }));
  const parties = schema.parties.map((party) =>
    values.filter((_, i) => schema.inputs[i]!.party === party).map(({ type, bits }) => clearOf(type, bits)),
  );
  const result = interpret(program, parties);
  const outputs = program.outputs.map(({ path: [group, field], type }) =>
    bitsOfClear(type as ValueType, partsOf(partsOf(result)[group]!)[field]!),
  );
  return resultsOf(schema, outputs, options);
}

/**
 * Evaluates the gates that the parties will evaluate together.
 * @throws ValueError for inputs that do not fit
 */
export function runCircuitInClear(
  { circuit, interface: schema }: Pick<CompiledProgram, 'circuit' | 'interface'>,
  inputs: ProgramInputs,
  options: DecodeOptions = {},
): ProgramResults {
  return resultsOf(schema, evaluate(circuit, encodeInputs(schema, inputs)), options);
}

/** @returns bits by input of the circuit */
export function encodeInputs(schema: ProgramInterface, inputs: ProgramInputs): Uint8Array[] {
  for (const party of Object.keys(inputs)) {
    if (!schema.parties.includes(party)) throw new ValueError('', `there is no party ${quote(party)}`);
    encodeParty(schema, party, inputs[party]!);
  }
  return schema.inputs.map(({ party, name, type }) => {
    const given = Object.hasOwn(inputs, party) ? inputs[party] : undefined;
    if (given === undefined) throw new ValueError(party, 'the inputs are missing');
    return encodeInput(type, given[name], `${party}.${name}`);
  });
}

/**
 * The inputs of one party, as it gives them to a protocol.
 * @returns bits by input of the circuit; undefined for those of others
 */
export function encodeParty(
  schema: ProgramInterface,
  party: string,
  inputs: { readonly [name: string]: unknown },
): (Uint8Array | undefined)[] {
  if (typeof inputs !== 'object' || inputs === null) throw new ValueError(party, 'an object has to be here');
  const names = schema.inputs.filter((each) => each.party === party).map(({ name }) => name);
  for (const name of Object.keys(inputs)) {
    if (!names.includes(name)) throw new ValueError(party, `there is no input ${quote(name)}`);
  }
  return schema.inputs.map((input) => {
    if (input.party !== party) return undefined;
    if (!Object.hasOwn(inputs, input.name))
      throw new ValueError(`${party}.${input.name}`, 'the input is missing');
    return encodeInput(input.type, inputs[input.name], `${party}.${input.name}`);
  });
}

/**
 * What one party learns, from what a protocol gave it.
 * @param outputs bits by output of the circuit; undefined for those of others
 */
export function decodeParty(
  schema: ProgramInterface,
  party: string,
  outputs: readonly (Uint8Array | undefined)[],
  options: DecodeOptions = {},
): { readonly [name: string]: OutputValue } {
  return Object.fromEntries(
    schema.outputs.flatMap(({ name, to, type }, i) => {
      const bits = outputs[i];
      return to.includes(party) && bits !== undefined ? [[name, decodeOutput(type, bits, options)]] : [];
    }),
  );
}

function resultsOf(
  schema: ProgramInterface,
  outputs: readonly Uint8Array[],
  options: DecodeOptions,
): ProgramResults {
  return Object.fromEntries(
    schema.parties.map((party) => [party, decodeParty(schema, party, outputs, options)]),
  );
}

function clearOf(type: ValueType, bits: Uint8Array): ClearValue {
  let at = 0;
  const read = (part: ValueType): ClearValue => {
    switch (part.kind) {
      case 'bool':
        return bits[at++] === 1;
      case 'integer': {
        at += part.bits;
        const digits = [...bits.subarray(at - part.bits, at)].reverse().join('');
        const value = BigInt(`0b${digits}`);
        return part.isSigned ? BigInt.asIntN(part.bits, value) : value;
      }
      case 'array':
        return Array.from({ length: part.length }, () => read(part.element));
      case 'tuple':
        return part.elements.map(read);
      case 'struct':
        return part.fields.map((each) => read(each.type));
    }
  };
  return read(type);
}

function bitsOfClear(type: ValueType, value: ClearValue): Uint8Array {
  const bits: number[] = [];
  const write = (part: ValueType, each: ClearValue): void => {
    if (typeof each === 'boolean') bits.push(each ? 1 : 0);
    else if (typeof each === 'bigint') {
      const width = part.kind === 'integer' ? part.bits : 0;
      for (let i = 0; i < width; i++) bits.push(Number((each >> BigInt(i)) & 1n));
    } else if (part.kind === 'array') for (const inner of each) write(part.element, inner);
    else if (part.kind === 'tuple') for (const [i, inner] of each.entries()) write(part.elements[i]!, inner);
    else if (part.kind === 'struct')
      for (const [i, inner] of each.entries()) write(part.fields[i]!.type, inner);
  };
  write(type, value);
  return Uint8Array.from(bits);
}

function partsOf(value: ClearValue): readonly ClearValue[] {
  if (typeof value !== 'object') throw new Error('the entry point returns groups of outputs');
  return value;
}
