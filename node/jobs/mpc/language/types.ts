/** Types of values. All but `number` are bits in a circuit; a `number` is known while compiling. */
import { languageLimits } from './limits.ts';

export interface IntegerType {
  readonly kind: 'integer';
  readonly isSigned: boolean;
  readonly bits: number;
}

export interface ArrayType {
  readonly kind: 'array';
  readonly element: Type;
  readonly length: number;
}

export interface StructType {
  readonly kind: 'struct';
  readonly fields: readonly StructField[];
}

export interface StructField {
  readonly name: string;
  readonly type: Type;
}

export interface TupleType {
  readonly kind: 'tuple';
  readonly elements: readonly Type[];
}

export type Type =
  | IntegerType
  | { readonly kind: 'bool' }
  | { readonly kind: 'number' }
  | ArrayType
  | StructType
  | TupleType;

export const bool: Type = { kind: 'bool' };
export const number: Type = { kind: 'number' };
export const byte = uint(8);

export function uint(bits: number): IntegerType {
  return { kind: 'integer', isSigned: false, bits };
}

export function arrayOf(element: Type, length: number): ArrayType {
  return { kind: 'array', element, length };
}

/** Widths that have a name of their own in `mpc.d.ts`. */
export const namedWidths = [1, 2, 4, 8, 16, 24, 32, 48, 64, 96, 128, 256, 512] as const;

/** The type that a name such as `u8` means. */
export function integerNamed(name: string): IntegerType | undefined {
  const match = /^([ui])([0-9]{1,4})$/.exec(name);
  if (match === null) return undefined;
  const bits = Number(match[2]);
  if (!namedWidths.some((width) => width === bits) || String(bits) !== match[2]) return undefined;
  return { kind: 'integer', isSigned: match[1] === 'i', bits };
}

/** As a source would say it, cut where it is long. */
export function typeText(type: Type, levels = 3): string {
  switch (type.kind) {
    case 'integer': {
      const short = `${type.isSigned ? 'i' : 'u'}${type.bits}`;
      return integerNamed(short) === undefined ? `${type.isSigned ? 'int' : 'uint'}<${type.bits}>` : short;
    }
    case 'bool':
    case 'number':
      return type.kind;
    case 'array':
      return `FixedArray<${levels === 0 ? '…' : typeText(type.element, levels - 1)}, ${type.length}>`;
    case 'tuple': {
      const shown = levels === 0 ? [] : type.elements.slice(0, 4).map((each) => typeText(each, levels - 1));
      return `[${[...shown, ...(shown.length < type.elements.length ? ['…'] : [])].join(', ')}]`;
    }
    case 'struct': {
      const shown = levels === 0 ? [] : type.fields.slice(0, 4).map((each) => fieldText(each, levels - 1));
      return `{ ${[...shown, ...(shown.length < type.fields.length ? ['…'] : [])].join('; ')} }`;
    }
  }
}

function fieldText({ name, type }: StructField, levels: number): string {
  return `${name}: ${typeText(type, levels)}`;
}

/** The same bits in the same order, under the same names. */
export function sameType(a: Type, b: Type): boolean {
  if (a === b) return true;
  switch (a.kind) {
    case 'integer':
      return b.kind === 'integer' && a.isSigned === b.isSigned && a.bits === b.bits;
    case 'bool':
    case 'number':
      return a.kind === b.kind;
    case 'array':
      return b.kind === 'array' && a.length === b.length && sameType(a.element, b.element);
    case 'tuple':
      return (
        b.kind === 'tuple' &&
        a.elements.length === b.elements.length &&
        a.elements.every((each, i) => sameType(each, b.elements[i]!))
      );
    case 'struct':
      return (
        b.kind === 'struct' &&
        a.fields.length === b.fields.length &&
        a.fields.every(({ name, type }, i) => name === b.fields[i]!.name && sameType(type, b.fields[i]!.type))
      );
  }
}

/**
 * Whether a value of one type can be taken for one of another without a cast: the same type, a number for an integer (its range
 * is checked where it is known), and what is made of these. Fields of a struct go by name.
 */
export function isConvertible(from: Type, to: Type): boolean {
  if (from === to) return true;
  if (from.kind === 'number') return to.kind === 'integer' || to.kind === 'number';
  switch (from.kind) {
    case 'array':
      return to.kind === 'array' && from.length === to.length && isConvertible(from.element, to.element);
    case 'tuple':
      return (
        to.kind === 'tuple' &&
        from.elements.length === to.elements.length &&
        from.elements.every((each, i) => isConvertible(each, to.elements[i]!))
      );
    case 'struct':
      return (
        to.kind === 'struct' &&
        from.fields.length === to.fields.length &&
        to.fields.every(({ name, type }) => {
          const field = from.fields.find((each) => each.name === name);
          return field !== undefined && isConvertible(field.type, type);
        })
      );
    default:
      return sameType(from, to);
  }
}

export interface TypeSize {
  /** Bits in a circuit; numbers have none. */
  readonly bits: number;
  /** Values within a value, itself included: what it costs to visit one. */
  readonly values: number;
  /** Types within the type, itself included: what it costs to visit the type. */
  readonly types: number;
  /** Whether some part is known while compiling, and so has no place in a circuit. */
  readonly hasNumber: boolean;
}

const sizes = new WeakMap<Type, TypeSize>();

/** Remembered by type: a struct whose fields share a struct, and so on, is visited once for each of them. */
export function sizeOf(type: Type): TypeSize {
  let size = sizes.get(type);
  if (size === undefined) {
    size = measure(type);
    sizes.set(type, size);
  }
  return size;
}

export function bitsOf(type: Type): number {
  return sizeOf(type).bits;
}

export function hasNumber(type: Type): boolean {
  return sizeOf(type).hasNumber;
}

function measure(type: Type): TypeSize {
  switch (type.kind) {
    case 'integer':
      return { bits: type.bits, values: 1, types: 1, hasNumber: false };
    case 'bool':
      return { bits: 1, values: 1, types: 1, hasNumber: false };
    case 'number':
      return { bits: 0, values: 1, types: 1, hasNumber: true };
    case 'array': {
      const { bits, values, types, hasNumber } = sizeOf(type.element);
      return { bits: bits * type.length, values: 1 + values * type.length, types: 1 + types, hasNumber };
    }
    case 'tuple':
      return sumOf(type.elements);
    case 'struct':
      return sumOf(type.fields.map((each) => each.type));
  }
}

function sumOf(parts: readonly Type[]): TypeSize {
  let [bits, values, types] = [0, 1, 1];
  for (const part of parts) {
    const size = sizeOf(part);
    bits += size.bits;
    values += size.values;
    types += size.types;
  }
  return { bits, values, types, hasNumber: parts.some(hasNumber) };
}

export function isUnsigned(type: Type): type is IntegerType {
  return type.kind === 'integer' && !type.isSigned;
}

export function isBytes(type: Type): type is ArrayType {
  return type.kind === 'array' && isUnsigned(type.element) && type.element.bits === 8;
}

/** Least and greatest value. */
export function rangeOf({ isSigned, bits }: IntegerType): readonly [bigint, bigint] {
  const size = 1n << BigInt(bits);
  return isSigned ? [-(size >> 1n), (size >> 1n) - 1n] : [0n, size - 1n];
}

export function holds(type: IntegerType, value: bigint): boolean {
  const [least, greatest] = rangeOf(type);
  return value >= least && value <= greatest;
}

/** What is too much for a number that is known while compiling. */
export function isTooLong(value: bigint): boolean {
  const limit = BigInt(languageLimits.numberBitsMax);
  return value >> limit !== 0n && value >> limit !== -1n;
}
