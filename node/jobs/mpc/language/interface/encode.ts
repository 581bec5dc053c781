/** JSON values to bits. */
import { quote } from '../errors.ts';
import { holds, isBytes, rangeOf, typeText } from '../types.ts';
import type { ValueType } from './program-interface.ts';
import { ValueError } from './value-error.ts';

/**
 * Integers are numbers, bigints, or decimal or 0x-hexadecimal strings; arrays of `u8` may be hexadecimal strings; structs are
 * objects with exactly their fields.
 * @returns one bit per element, as the circuit takes them
 * @throws ValueError that names the part which does not fit, never the value
 */
export function encodeInput(type: ValueType, value: unknown, path = ''): Uint8Array {
  const bits: number[] = [];
  encode(bits, type, value, path);
  return Uint8Array.from(bits);
}

function encode(bits: number[], type: ValueType, value: unknown, path: string): void {
  switch (type.kind) {
    case 'bool':
      if (typeof value !== 'boolean')
        throw new ValueError(path, `true or false has to be here${found(value)}`);
      bits.push(value ? 1 : 0);
      return;
    case 'integer':
      encodeInteger(bits, type, value, path);
      return;
    case 'array':
      encodeArray(bits, type, value, path);
      return;
    case 'tuple': {
      const elements = listOf(value, type.elements.length, path);
      for (const [i, each] of type.elements.entries()) encode(bits, each, elements[i], `${path}[${i}]`);
      return;
    }
    case 'struct':
      encodeStruct(bits, type, value, path);
  }
}

function encodeInteger(
  bits: number[],
  type: ValueType & { readonly kind: 'integer' },
  value: unknown,
  path: string,
): void {
  const number = integerOf(value, path);
  if (!holds(type, number)) {
    const [least, greatest] = rangeOf(type);
    const range = type.bits <= 128 ? `${least} to ${greatest}` : `${type.bits} bits`;
    throw new ValueError(path, `out of the range of ${typeText(type)}, which is ${range}`);
  }
  const digits = BigInt.asUintN(type.bits, number).toString(2).padStart(type.bits, '0');
  for (let i = type.bits - 1; i >= 0; i--) bits.push(digits.charCodeAt(i) & 1);
}

/** Longest text of an integer of 1,024 bits, with its sign. */
const digitsMax = 310;

function integerOf(value: unknown, path: string): bigint {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'number') {
    if (Number.isSafeInteger(value)) return BigInt(value);
    const text = 'a number beyond 2^53 or not whole: give it as a string of decimal digits';
    throw new ValueError(path, text);
  }
  if (typeof value !== 'string') {
    throw new ValueError(path, `an integer has to be here, or a string of its digits${found(value)}`);
  }
  const match = /^(-?)([0-9]+|0x[0-9a-fA-F]+)$/.exec(value);
  if (match === null || value.length > digitsMax) throw new ValueError(path, 'the text is no integer');
  const magnitude = BigInt(match[2]!);
  return match[1] === '-' ? -magnitude : magnitude;
}

function encodeArray(
  bits: number[],
  type: ValueType & { readonly kind: 'array' },
  value: unknown,
  path: string,
): void {
  if (isBytes(type) && (typeof value === 'string' || value instanceof Uint8Array)) {
    for (const byte of bytesOf(value, type.length, path)) {
      for (let i = 0; i < 8; i++) bits.push((byte >> i) & 1);
    }
    return;
  }
  for (const [i, each] of listOf(value, type.length, path).entries()) {
    encode(bits, type.element, each, `${path}[${i}]`);
  }
}

function bytesOf(value: string | Uint8Array, length: number, path: string): Uint8Array {
  const digits = typeof value === 'string' ? value.length / 2 : value.length;
  if (typeof value === 'string' && !/^[0-9a-fA-F]*$/.test(value)) {
    throw new ValueError(path, 'hexadecimal digits have to be here, two for each byte');
  }
  if (digits !== length) throw new ValueError(path, `${length} bytes have to be here, not ${digits}`);
  return typeof value === 'string' ? Buffer.from(value, 'hex') : value;
}

function listOf(value: unknown, length: number, path: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ValueError(path, `an array has to be here${found(value)}`);
  if (value.length !== length) {
    throw new ValueError(path, `${length} elements have to be here, not ${value.length}`);
  }
  return value;
}

function encodeStruct(
  bits: number[],
  { fields }: ValueType & { readonly kind: 'struct' },
  value: unknown,
  path: string,
): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ValueError(path, `an object has to be here${found(value)}`);
  }
  const names = new Set(fields.map(({ name }) => name));
  for (const name of Object.keys(value)) {
    if (!names.has(name)) throw new ValueError(path, `there is no field ${quote(name)}`);
  }
  for (const { name, type } of fields) {
    const inner = path === '' ? name : `${path}.${name}`;
    if (!Object.hasOwn(value, name)) throw new ValueError(inner, 'the field is missing');
    encode(bits, type, (value as Record<string, unknown>)[name], inner);
  }
}

/** The kind of a value, which says nothing about it. */
function found(value: unknown): string {
  const kind = value === null ? 'null' : Array.isArray(value) ? 'an array' : typeof value;
  return `, not ${kind === 'undefined' ? 'nothing' : kind}`;
}
