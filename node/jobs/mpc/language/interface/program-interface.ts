/**
 * How values of a program's inputs and outputs are bits of its circuit. It is plain JSON, to be kept beside the circuit; what was
 * kept is read back with `parseInterface`, which believes nothing.
 *
 * Bits of a value: an integer from the least significant, in two's complement; a boolean one; arrays, tuples and structs one part
 * after the other.
 */
import type { Circuit } from '../../circuit/circuit.ts';
import { languageLimits } from '../limits.ts';
import { bitsOf } from '../types.ts';
import { InterfaceError } from './value-error.ts';

/** A type without numbers that are known while compiling. */
export type ValueType =
  | { readonly kind: 'integer'; readonly isSigned: boolean; readonly bits: number }
  | { readonly kind: 'bool' }
  | { readonly kind: 'array'; readonly element: ValueType; readonly length: number }
  | {
      readonly kind: 'struct';
      readonly fields: readonly { readonly name: string; readonly type: ValueType }[];
    }
  | { readonly kind: 'tuple'; readonly elements: readonly ValueType[] };

export interface InterfaceInput {
  readonly party: string;
  readonly name: string;
  readonly type: ValueType;
}

export interface InterfaceOutput {
  /** As the parties that learn it call it. */
  readonly name: string;
  /** As the circuit calls it. */
  readonly port: string;
  readonly to: readonly string[];
  readonly type: ValueType;
}

export interface ProgramInterface {
  readonly version: 1;
  readonly parties: readonly string[];
  /** In the order of the circuit, as are the outputs. */
  readonly inputs: readonly InterfaceInput[];
  readonly outputs: readonly InterfaceOutput[];
}

/**
 * @param value what JSON.parse made of it
 * @throws InterfaceError
 */
export function parseInterface(value: unknown): ProgramInterface {
  const { version, parties, inputs, outputs } = objectOf(value, 'an interface');
  if (version !== 1) throw new InterfaceError('an interface of another version');
  const names = listOf(parties, 'parties', languageLimits.partiesMax).map((each) => nameOf(each));
  const party = (each: unknown): string => {
    if (typeof each !== 'string' || !names.includes(each)) throw new InterfaceError('a party that is none');
    return each;
  };
  const budget = { types: typesMax };
  return {
    version: 1,
    parties: names,
    inputs: listOf(inputs, 'inputs', portsMax).map((each) => {
      const input = objectOf(each, 'an input');
      return { party: party(input.party), name: nameOf(input.name), type: parseType(input.type, budget) };
    }),
    outputs: listOf(outputs, 'outputs', portsMax).map((each) => {
      const output = objectOf(each, 'an output');
      const to = listOf(output.to, 'parties', languageLimits.partiesMax).map(party);
      const [name, port] = [nameOf(output.name), nameOf(output.port)];
      return { name, port, to, type: parseType(output.type, budget) };
    }),
  };
}

/**
 * That a circuit has these inputs and outputs.
 * @throws InterfaceError
 */
export function checkInterface({ inputs, outputs }: ProgramInterface, circuit: Circuit): void {
  const isSame =
    inputs.length === circuit.inputs.length &&
    outputs.length === circuit.outputs.length &&
    inputs.every((each, i) => {
      const { party, name, bits } = circuit.inputs[i]!;
      return each.party === party && each.name === name && bitsOf(each.type) === bits;
    }) &&
    outputs.every((each, i) => {
      const { name, to, wires } = circuit.outputs[i]!;
      return each.port === name && each.to.join() === to.join() && bitsOf(each.type) === wires.length;
    });
  if (!isSame) throw new InterfaceError('the interface is that of another circuit');
}

const typesMax = 65_536;
const portsMax = 65_536;
const depthMax = 64;

function parseType(value: unknown, budget: { types: number }, depth = 0): ValueType {
  if (--budget.types < 0 || depth > depthMax) throw new InterfaceError('the types are too large');
  const type = objectOf(value, 'a type');
  const parsed = parseNode(type, (part) => parseType(part, budget, depth + 1));
  if (bitsOf(parsed) > languageLimits.valueBitsMax) throw new InterfaceError('a value is too large');
  return parsed;
}

function parseNode(type: Record<string, unknown>, parse: (value: unknown) => ValueType): ValueType {
  switch (type.kind) {
    case 'integer':
      if (typeof type.isSigned !== 'boolean') throw new InterfaceError('an integer without signedness');
      return {
        kind: 'integer',
        isSigned: type.isSigned,
        bits: countOf(type.bits, 1, languageLimits.integerBitsMax),
      };
    case 'bool':
      return { kind: 'bool' };
    case 'array':
      return {
        kind: 'array',
        element: parse(type.element),
        length: countOf(type.length, 0, languageLimits.valueBitsMax),
      };
    case 'tuple':
      return {
        kind: 'tuple',
        elements: listOf(type.elements, 'elements', languageLimits.typesMax).map(parse),
      };
    case 'struct': {
      const fields = listOf(type.fields, 'fields', languageLimits.typesMax).map((each) => {
        const field = objectOf(each, 'a field');
        if (typeof field.name !== 'string' || field.name === '__proto__') {
          throw new InterfaceError('a field without a name');
        }
        return { name: field.name, type: parse(field.type) };
      });
      if (new Set(fields.map(({ name }) => name)).size !== fields.length) {
        throw new InterfaceError('two fields of one name');
      }
      return { kind: 'struct', fields };
    }
    default:
      throw new InterfaceError('a type of an unknown kind');
  }
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new InterfaceError(`${what} is not there`);
  }
  // What is missing is not looked for in Object.prototype.
  return Object.assign(Object.create(null), value) as Record<string, unknown>;
}

function listOf(value: unknown, what: string, most: number): unknown[] {
  if (!Array.isArray(value) || value.length > most)
    throw new InterfaceError(`${what} are no list, or too many`);
  return value;
}

function nameOf(value: unknown): string {
  if (typeof value !== 'string' || !/^[A-Za-z_][A-Za-z0-9_.-]{0,63}$/.test(value)) {
    throw new InterfaceError('a name that is none');
  }
  return value;
}

function countOf(value: unknown, least: number, most: number): number {
  if (!Number.isInteger(value) || (value as number) < least || (value as number) > most) {
    throw new InterfaceError('a size that is none');
  }
  return value as number;
}
