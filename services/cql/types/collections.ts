/**
 * Values made of values: a count and elements with their lengths (lists, sets, maps), elements with lengths and no count (tuples,
 * user-defined types; -1 is null, what is missing at the end is null), and bare elements (vectors). Elements are views of the
 * whole's memory. Specification: native protocol v5, section 6.
 */
import type { CqlType, Value, VectorType } from './api.ts';
import { int32At, putInt32 } from './binary.ts';
import { MarshalError } from './marshal-error.ts';
import { putUnsignedVint, unsignedVintAt, unsignedVintLength, vintLengthAt } from './vint.ts';

export type CollectionKind = 'list' | 'set' | 'map';

function tooShort(kind: CollectionKind): MarshalError {
  return new MarshalError(`Not enough bytes to read a ${kind}`);
}

function elementsOf(value: Value, kind: CollectionKind): Value[] {
  const { length } = value;
  if (length < 4) throw tooShort(kind);
  const count = int32At(value, 0) * (kind === 'map' ? 2 : 1);
  if (count < 0) throw new MarshalError(`The data cannot be deserialized as a ${kind}`);
  // Each takes four bytes at least: a count that cannot be true costs nothing.
  if (count > (length - 4) / 4) throw tooShort(kind);
  const elements: Value[] = [];
  let at = 4;
  for (let index = 0; index < count; index += 1) {
    if (at + 4 > length) throw tooShort(kind);
    const size = int32At(value, at);
    at += 4;
    if (size < 0) throw new MarshalError('Null value read when not allowed');
    if (size > length - at) throw tooShort(kind);
    elements.push(value.subarray(at, at + size));
    at += size;
  }
  if (at < length) throw new MarshalError(`Unexpected extraneous bytes after ${kind} value`);
  return elements;
}

export function listElements(value: Value): Value[] {
  return elementsOf(value, 'list');
}

export function setElements(value: Value): Value[] {
  return elementsOf(value, 'set');
}

/** Keys and values in turns. */
export function mapEntries(value: Value): Value[] {
  return elementsOf(value, 'map');
}

function encode(elements: readonly Value[], count: number): Value {
  let length = 4;
  for (const element of elements) length += 4 + element.length;
  const bytes = new Uint8Array(length);
  putInt32(bytes, 0, count);
  let at = 4;
  for (const element of elements) {
    putInt32(bytes, at, element.length);
    bytes.set(element, at + 4);
    at += 4 + element.length;
  }
  return bytes;
}

/** Lists and sets; a set's elements are in order already. */
export function encodeList(elements: readonly Value[]): Value {
  return encode(elements, elements.length);
}

/** Of keys and values in turns, in the order of the keys. */
export function encodeMap(entries: readonly Value[]): Value {
  return encode(entries, entries.length / 2);
}

/** As many as there are; what is missing behind them is null. */
export function tupleElements(value: Value, countMax: number): (Value | undefined)[] {
  const elements: (Value | undefined)[] = [];
  let at = 0;
  while (at < value.length) {
    const index = elements.length;
    if (index === countMax) throw new MarshalError('Invalid remaining data after end of tuple value');
    if (at + 4 > value.length)
      throw new MarshalError(`Not enough bytes to read size of ${index}th component`);
    const size = int32At(value, at);
    at += 4;
    if (size > value.length - at) throw new MarshalError(`Not enough bytes to read ${index}th component`);
    elements.push(size < 0 ? undefined : value.subarray(at, at + size));
    at += Math.max(size, 0);
  }
  return elements;
}

/** Tuples and user-defined types. */
export function encodeTuple(elements: readonly (Value | undefined)[]): Value {
  let length = 0;
  for (const element of elements) length += 4 + (element?.length ?? 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const element of elements) {
    putInt32(bytes, at, element?.length ?? -1);
    at += 4;
    if (element === undefined) continue;
    bytes.set(element, at);
    at += element.length;
  }
  return bytes;
}

const fixedLengths: Readonly<Record<string, number>> = {
  boolean: 1,
  int: 4,
  float: 4,
  bigint: 8,
  counter: 8,
  double: 8,
  timestamp: 8,
  uuid: 16,
  timeuuid: 16,
};

/**
 * Bytes of every value, for the types that Cassandra says have a length of their own. Smallints, tinyints, dates and times do not
 * count as such, although they do: within vectors they have their lengths in front.
 */
export function fixedLength(type: CqlType): number | undefined {
  if (type.kind === 'native') return fixedLengths[type.name];
  if (type.kind !== 'vector') return undefined;
  const length = fixedLength(type.element);
  return length === undefined ? undefined : length * type.dimension;
}

const vectorTooShort = 'Not enough bytes to read a vector';

export function vectorElements({ element, dimension }: VectorType, value: Value): Value[] {
  const fixed = fixedLength(element);
  const elements: Value[] = [];
  if ((fixed ?? 1) * dimension > value.length) throw new MarshalError(vectorTooShort);
  let at = 0;
  for (let index = 0; index < dimension; index += 1) {
    let size = fixed;
    if (size === undefined) {
      const written = unsignedVintAt(value, at, value.length);
      if (written === undefined) throw new MarshalError(vectorTooShort);
      at += vintLengthAt(value, at);
      if (written > BigInt(value.length - at)) throw new MarshalError(vectorTooShort);
      size = Number(written);
    }
    elements.push(value.subarray(at, at + size));
    at += size;
  }
  if (at < value.length) throw new MarshalError('Unexpected extraneous bytes after vector value');
  return elements;
}

export function encodeVector({ element, dimension }: VectorType, elements: readonly Value[]): Value {
  if (elements.length !== dimension)
    throw new MarshalError(`Required ${dimension} elements, but saw ${elements.length}`);
  const fixed = fixedLength(element);
  let length = 0;
  for (const { length: size } of elements)
    length += size + (fixed === undefined ? unsignedVintLength(BigInt(size)) : 0);
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const one of elements) {
    if (fixed === undefined) at = putUnsignedVint(bytes, at, BigInt(one.length));
    else if (one.length !== fixed) throw new MarshalError(`Expected ${fixed} bytes for an element`);
    bytes.set(one, at);
    at += one.length;
  }
  return bytes;
}
