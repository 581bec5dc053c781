/**
 * The order of values, as Cassandra's. An empty value comes before all others, null before an empty one. Values have been validated.
 */
import type { CqlType, NativeName, Value } from './api.ts';
import { float32At, float64At, int32At } from './binary.ts';
import { listElements, mapEntries, setElements, tupleElements, vectorElements } from './collections.ts';
import { compareDecimals, decodeDecimal } from './decimal.ts';

export type Compare = (left: Value, right: Value) => number;

/** Below this a loop is quicker than a call out of JavaScript. */
const shortValue = 32;

/** By unsigned bytes; a prefix is first. */
export function compareBytes(left: Value, right: Value): number {
  const shared = Math.min(left.length, right.length);
  if (shared > shortValue) return Buffer.compare(left, right);
  for (let at = 0; at < shared; at += 1) {
    const difference = left[at]! - right[at]!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

function emptyFirst(compare: Compare): Compare {
  return (left, right) =>
    left.length === 0 || right.length === 0 ? left.length - right.length : compare(left, right);
}

/** Of one length. */
const signed = emptyFirst((left, right) => {
  const first = ((left[0]! << 24) >> 24) - ((right[0]! << 24) >> 24);
  return first !== 0 ? first : compareBytes(left, right);
});

/** The order of `Double.compare`: -0 before 0, NaN last. */
export function compareFloats(left: number, right: number): number {
  if (left < right) return -1;
  if (left > right) return 1;
  if (left === right) return left !== 0 ? 0 : Object.is(left, right) ? 0 : Object.is(left, -0) ? -1 : 1;
  return Number(Number.isNaN(left)) - Number(Number.isNaN(right));
}

/** First the version, then version 1 by time, then all bytes. */
function compareUuids(left: Value, right: Value): number {
  const version = left[6]! >> 4;
  const versions = version - (right[6]! >> 4);
  if (versions !== 0) return versions;
  if (version === 1) {
    const high = timeHigh(left) - timeHigh(right);
    if (high !== 0) return high;
    const low = (int32At(left, 0) >>> 0) - (int32At(right, 0) >>> 0);
    if (low !== 0) return low;
  }
  return compareBytes(left, right);
}

function timeHigh(value: Value): number {
  return ((value[6]! & 0xf) << 24) | (value[7]! << 16) | (value[4]! << 8) | value[5]!;
}

/** By time; the rest, as Cassandra has it, by signed bytes. */
const compareTimeuuids = emptyFirst((left, right) => {
  const high = timeHigh(left) - timeHigh(right);
  if (high !== 0) return high;
  const low = (int32At(left, 0) >>> 0) - (int32At(right, 0) >>> 0);
  if (low !== 0) return low;
  for (let at = 8; at < 16; at += 1) {
    const difference = ((left[at]! << 24) >> 24) - ((right[at]! << 24) >> 24);
    if (difference !== 0) return difference;
  }
  return 0;
});

/** Where a varint's digits begin that are not just its sign. */
function significantAt(value: Value): number {
  const sign = value[0]! >= 0x80 ? 0xff : 0;
  let at = 0;
  while (at < value.length - 1 && value[at] === sign && value[at + 1]! >= 0x80 === value[0]! >= 0x80) at += 1;
  return at;
}

const compareVarints = emptyFirst((left, right) => {
  const negative = left[0]! >= 0x80;
  if (negative !== right[0]! >= 0x80) return negative ? -1 : 1;
  const first = significantAt(left);
  const second = significantAt(right);
  const lengths = left.length - first - (right.length - second);
  if (lengths !== 0) return negative ? -lengths : lengths;
  return compareBytes(left.subarray(first), right.subarray(second));
});

const natives: Readonly<Record<NativeName, Compare>> = {
  ascii: compareBytes,
  bigint: signed,
  blob: compareBytes,
  boolean: emptyFirst((left, right) => Number(left[0] !== 0) - Number(right[0] !== 0)),
  counter: signed,
  date: compareBytes,
  decimal: emptyFirst((left, right) => compareDecimals(decodeDecimal(left), decodeDecimal(right))),
  double: emptyFirst((left, right) => compareFloats(float64At(left, 0), float64At(right, 0))),
  duration: compareBytes,
  float: emptyFirst((left, right) => compareFloats(float32At(left, 0), float32At(right, 0))),
  inet: compareBytes,
  int: signed,
  smallint: signed,
  text: compareBytes,
  time: compareBytes,
  timestamp: signed,
  timeuuid: compareTimeuuids,
  tinyint: signed,
  uuid: emptyFirst(compareUuids),
  varint: compareVarints,
};

function compareAll(
  left: readonly (Value | undefined)[],
  right: readonly (Value | undefined)[],
  compareAt: (index: number) => Compare,
): number {
  const shared = Math.min(left.length, right.length);
  for (let index = 0; index < shared; index += 1) {
    const first = left[index];
    const second = right[index];
    if (first === undefined || second === undefined) {
      if (first !== second) return first === undefined ? -1 : 1;
      continue;
    }
    const result = compareAt(index)(first, second);
    if (result !== 0) return result;
  }
  return 0;
}

function compareCollections(
  elements: (value: Value) => Value[],
  compareAt: (index: number) => Compare,
): Compare {
  return emptyFirst((left, right) => {
    const first = elements(left);
    const second = elements(right);
    return compareAll(first, second, compareAt) || first.length - second.length;
  });
}

/** Nulls at the end are as good as missing. */
function compareTuples(types: readonly CqlType[]): Compare {
  const compares = types.map(comparatorOf);
  return emptyFirst((left, right) => {
    const first = tupleElements(left, types.length);
    const second = tupleElements(right, types.length);
    while (first.length < second.length) first.push(undefined);
    while (second.length < first.length) second.push(undefined);
    return compareAll(first, second, (index) => compares[index]!);
  });
}

const made = new WeakMap<CqlType, Compare>();

function make(type: CqlType): Compare {
  switch (type.kind) {
    case 'native':
      return natives[type.name];
    case 'list':
    case 'set': {
      const compare = comparatorOf(type.element);
      return compareCollections(type.kind === 'list' ? listElements : setElements, () => compare);
    }
    case 'map': {
      const keys = comparatorOf(type.key);
      const values = comparatorOf(type.value);
      return compareCollections(mapEntries, (index) => (index % 2 === 0 ? keys : values));
    }
    case 'tuple':
      return compareTuples(type.elements);
    case 'udt':
      return compareTuples(type.fields.map((field) => field.type));
    case 'vector': {
      const compare = comparatorOf(type.element);
      return compareCollections(
        (value) => vectorElements(type, value),
        () => compare,
      );
    }
    case 'custom':
      return compareBytes;
  }
}

/** The order of a type's values, made once for each. */
export function comparatorOf(type: CqlType): Compare {
  if (type.kind === 'native') return natives[type.name];
  let compare = made.get(type);
  if (compare === undefined) {
    compare = make(type);
    made.set(type, compare);
  }
  return compare;
}

export function compareValues(type: CqlType, left: Value, right: Value): number {
  return comparatorOf(type)(left, right);
}
