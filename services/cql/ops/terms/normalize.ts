/**
 * Sets and maps as clients send them may be in any order and have an element twice. What is stored is in the order of the type, at any depth,
 * so that equal values have equal bytes.
 */
import type { CqlType, Value } from '../../types/api.ts';
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
} from '../../types/collections.ts';
import { type Compare, comparatorOf } from '../../types/compare.ts';
import { sortMap, sortSet } from '../../types/sort.ts';
import { typesWithin } from '../../types/type-shape.ts';

export type Normalize = (value: Value) => Value;

const unchanged: Normalize = (value) => value;

/** Undefined: values of the type are what they are. They are valid already. */
export function normalizerOf(type: CqlType): Normalize | undefined {
  const isOrdered = typesWithin(type).some(({ kind }) => kind === 'set' || kind === 'map');
  return isOrdered ? made(type) : undefined;
}

/** The same array if every part is as it was. */
function each<Part extends Value | undefined>(
  parts: readonly Part[],
  normalize: (part: Value, index: number) => Value,
): readonly Part[] {
  let isSame = true;
  const next = parts.map((part, index) => {
    if (part === undefined) return part;
    const normal = normalize(part, index);
    if (normal !== part) isSame = false;
    return normal as Part;
  });
  return isSame ? parts : next;
}

function isAscending(values: readonly Value[], step: number, compare: Compare): boolean {
  for (let at = step; at < values.length; at += step)
    if (compare(values[at - step]!, values[at]!) >= 0) return false;
  return true;
}

function made(type: CqlType): Normalize {
  switch (type.kind) {
    case 'list': {
      const element = normalizerOf(type.element) ?? unchanged;
      return (value) => {
        const elements = listElements(value);
        const next = each(elements, element);
        return next === elements ? value : encodeList(next);
      };
    }
    case 'set': {
      const element = normalizerOf(type.element) ?? unchanged;
      const compare = comparatorOf(type.element);
      return (value) => {
        const elements = setElements(value);
        const next = each(elements, element);
        if (!isAscending(next, 1, compare)) return encodeList(sortSet(type.element, next));
        return next === elements ? value : encodeList(next);
      };
    }
    case 'map': {
      const key = normalizerOf(type.key) ?? unchanged;
      const ofValue = normalizerOf(type.value) ?? unchanged;
      const compare = comparatorOf(type.key);
      return (value) => {
        const entries = mapEntries(value);
        const next = each(entries, (part, index) => (index % 2 === 0 ? key : ofValue)(part));
        if (!isAscending(next, 2, compare)) return encodeMap(sortMap(type.key, next));
        return next === entries ? value : encodeMap(next);
      };
    }
    case 'tuple':
      return ofParts(type.elements);
    case 'udt':
      return ofParts(type.fields.map((field) => field.type));
    case 'vector': {
      const element = normalizerOf(type.element) ?? unchanged;
      return (value) => {
        const elements = vectorElements(type, value);
        const next = each(elements, element);
        return next === elements ? value : encodeVector(type, next);
      };
    }
    default:
      return unchanged;
  }
}

function ofParts(types: readonly CqlType[]): Normalize {
  const normalizers = types.map((type) => normalizerOf(type) ?? unchanged);
  return (value) => {
    const parts = tupleElements(value, types.length);
    const next = each(parts, (part, index) => normalizers[index]!(part));
    return next === parts ? value : encodeTuple(next);
  };
}
