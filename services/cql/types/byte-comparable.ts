/**
 * Keys of several values as bytes whose order is the order of the values: "Byte-comparable translation of types", version OSS50, of
 * Apache Cassandra 5. A separator stands before each value and a terminator behind the last, or a byte that lies before or behind
 * everything that begins with the same values.
 */
import { FormatError } from '@hypergate/kit/bytes';
import type { CqlType, Value } from './api.ts';
import { noBytes } from './binary.ts';
import {
  encodeList,
  encodeMap,
  encodeTuple,
  encodeVector,
  listElements,
  mapEntries,
  setElements,
  tupleElements,
  vectorElements,
} from './collections.ts';
import { nativeOrders } from './comparable-natives.ts';
import { ComparableSink, ComparableSource } from './comparable-sink.ts';

export interface KeyPart {
  readonly type: CqlType;
  readonly descending: boolean;
}

const nextValue = 0x40;
const nextNull = 0x3e;
const nextEmpty = 0x3f;
const nextEmptyDescending = 0x41;

export const keyEnds = {
  /** Of a whole key. */
  terminator: 0x38,
  /** Before all keys that begin so. */
  before: 0x20,
  /** Behind all keys that begin so. */
  after: 0x60,
} as const;

export type KeyEnd = keyof typeof keyEnds;

const bytesOrder = nativeOrders.blob;

function orderOf(type: CqlType) {
  return type.kind === 'native' ? nativeOrders[type.name] : bytesOrder;
}

function encodePart(
  type: CqlType,
  value: Value | undefined,
  descending: boolean,
  sink: ComparableSink,
): void {
  if (value === undefined) {
    sink.u8(nextNull);
    return;
  }
  if (value.length === 0 && !(isSingle(type) && orderOf(type).takesEmpty)) {
    sink.u8(descending ? nextEmptyDescending : nextEmpty);
    return;
  }
  sink.u8(nextValue);
  const start = sink.length;
  encodeValue(type, value, sink);
  if (descending) sink.flip(start);
}

function isSingle(type: CqlType): boolean {
  return type.kind === 'native' || type.kind === 'custom';
}

function encodeParts(
  values: readonly (Value | undefined)[],
  typeAt: (index: number) => CqlType,
  sink: ComparableSink,
): void {
  for (let index = 0; index < values.length; index += 1)
    encodePart(typeAt(index), values[index], false, sink);
  sink.u8(keyEnds.terminator);
}

/** Nulls at the end are as good as missing. */
function encodeTupleParts(types: readonly CqlType[], value: Value, sink: ComparableSink): void {
  const values = tupleElements(value, types.length);
  while (values.length > 0 && values.at(-1) === undefined) values.pop();
  encodeParts(values, (index) => types[index]!, sink);
}

function encodeValue(type: CqlType, value: Value, sink: ComparableSink): void {
  switch (type.kind) {
    case 'native':
      nativeOrders[type.name].encode(value, sink);
      return;
    case 'list':
      encodeParts(listElements(value), () => type.element, sink);
      return;
    case 'set':
      encodeParts(setElements(value), () => type.element, sink);
      return;
    case 'map':
      encodeParts(mapEntries(value), (index) => (index % 2 === 0 ? type.key : type.value), sink);
      return;
    case 'tuple':
      encodeTupleParts(type.elements, value, sink);
      return;
    case 'udt':
      encodeTupleParts(
        type.fields.map((field) => field.type),
        value,
        sink,
      );
      return;
    case 'vector':
      encodeParts(vectorElements(type, value), () => type.element, sink);
      return;
    case 'custom':
      bytesOrder.encode(value, sink);
      return;
  }
}

/** Reads a separator and what it stands for; `undefined` is null. */
function decodePart(type: CqlType, separator: number, descending: boolean, source: ComparableSource) {
  if (separator === nextNull) return undefined;
  if (separator === (descending ? nextEmptyDescending : nextEmpty)) return noBytes;
  if (separator !== nextValue) throw new FormatError('the separator of an ordered key');
  const { mask } = source;
  if (descending) source.mask ^= 0xff;
  const value = decodeValue(type, source);
  source.mask = mask;
  return value;
}

function decodeParts(source: ComparableSource, typeAt: (index: number) => CqlType | undefined) {
  const values: (Value | undefined)[] = [];
  for (let separator = source.u8(); separator !== keyEnds.terminator; separator = source.u8()) {
    const type = typeAt(values.length);
    if (type === undefined) throw new FormatError('an ordered key has too many parts');
    values.push(decodePart(type, separator, false, source));
  }
  return values;
}

function present(values: readonly (Value | undefined)[]): Value[] {
  return values.map((value) => {
    if (value === undefined) throw new FormatError('an ordered collection has a null');
    return value;
  });
}

/** One of nulls only has one at least: without any it would be an empty value. */
function decodeTuple(source: ComparableSource, typeAt: (index: number) => CqlType | undefined): Value {
  const values = decodeParts(source, typeAt);
  return encodeTuple(values.length === 0 ? [undefined] : values);
}

function decodeValue(type: CqlType, source: ComparableSource): Value {
  switch (type.kind) {
    case 'native':
      return nativeOrders[type.name].decode(source);
    case 'list':
    case 'set':
      return encodeList(present(decodeParts(source, () => type.element)));
    case 'map':
      return encodeMap(present(decodeParts(source, (index) => (index % 2 === 0 ? type.key : type.value))));
    case 'tuple':
      return decodeTuple(source, (index) => type.elements[index]);
    case 'udt':
      return decodeTuple(source, (index) => type.fields[index]?.type);
    case 'vector':
      return encodeVector(type, present(decodeParts(source, () => type.element)));
    case 'custom':
      return bytesOrder.decode(source);
  }
}

const sink = new ComparableSink();

/** One value, without separators. Not of an empty value whose type has a mark for it. */
export function encodeComparable(type: CqlType, value: Value): Uint8Array {
  sink.length = 0;
  encodeValue(type, value, sink);
  return sink.take();
}

export function decodeComparable(type: CqlType, bytes: Uint8Array): Value {
  return decodeValue(type, new ComparableSource(bytes));
}

/** Appends to what the sink has: a key may stand behind others. Fewer values than parts make a prefix. */
export function appendKey(
  parts: readonly KeyPart[],
  values: readonly (Value | undefined)[],
  end: KeyEnd,
  target: ComparableSink,
): void {
  for (let index = 0; index < values.length; index += 1) {
    const part = parts[index]!;
    encodePart(part.type, values[index], part.descending, target);
  }
  target.u8(keyEnds[end]);
}

export function encodeKey(
  parts: readonly KeyPart[],
  values: readonly (Value | undefined)[],
  end: KeyEnd = 'terminator',
): Uint8Array {
  sink.length = 0;
  appendKey(parts, values, end, sink);
  return sink.take();
}

export interface DecodedKey {
  readonly values: (Value | undefined)[];
  readonly end: KeyEnd;
  /** Behind the end's byte. */
  readonly next: number;
}

/** Reads what `encodeKey` wrote, from `at` on. Decimals come back without their scale, tuples without nulls at their end. */
export function decodeKey(parts: readonly KeyPart[], bytes: Uint8Array, at = 0): DecodedKey {
  const source = new ComparableSource(bytes, at);
  const values: (Value | undefined)[] = [];
  for (;;) {
    const separator = source.u8();
    for (const end of ['terminator', 'before', 'after'] as const)
      if (separator === keyEnds[end]) return { values, end, next: source.at };
    const part = parts[values.length];
    if (part === undefined) throw new FormatError('an ordered key has too many parts');
    values.push(decodePart(part.type, separator, part.descending, source));
  }
}
