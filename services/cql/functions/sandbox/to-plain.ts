/** Values of CQL as functions see them. */
import type { CqlType, NativeType, Value } from '../../types/api.ts';
import { float32At, float64At, int32At, int64At, textOfBytes } from '../../types/binary.ts';
import {
  listElements,
  mapEntries,
  setElements,
  tupleElements,
  vectorElements,
} from '../../types/collections.ts';
import { decimalText, decodeDecimal } from '../../types/decimal.ts';
import { decodeDuration } from '../../types/duration-value.ts';
import { nativeText } from '../../types/to-text.ts';
import { decodeVarint } from '../../types/varint.ts';
import type { Plain, PlainEntries, PlainList } from './plain.ts';

function integer(value: bigint): Plain {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : { kind: 'exact', text: value.toString() };
}

/** A number if its shortest text is the same: 1.10 is none, as a number would lose its scale. */
function decimal(value: Value): Plain {
  const text = decimalText(decodeDecimal(value));
  const number = Number(text);
  return String(number) === text ? number : { kind: 'exact', text };
}

function duration(value: Value): PlainEntries {
  const { months, days, nanoseconds } = decodeDuration(value);
  const entries = [
    ['months', months],
    ['days', days],
    ['nanoseconds', integer(nanoseconds)],
  ] as const;
  return { kind: 'entries', entries };
}

/** Of all but texts and blobs an empty value is as none. */
function native({ name }: NativeType, value: Value): Plain {
  if (name === 'text' || name === 'ascii') return textOfBytes(value);
  if (name === 'blob') return value;
  if (value.length === 0) return null;
  switch (name) {
    case 'boolean':
      return value[0] !== 0;
    case 'tinyint':
      return (value[0]! << 24) >> 24;
    case 'smallint':
      return ((value[0]! << 24) >> 16) | value[1]!;
    case 'int':
      return int32At(value, 0);
    case 'bigint':
    case 'counter':
    case 'time':
      return integer(int64At(value, 0));
    case 'varint':
      return integer(decodeVarint(value));
    case 'float':
      return float32At(value, 0);
    case 'double':
      return float64At(value, 0);
    case 'decimal':
      return decimal(value);
    case 'timestamp':
      return { kind: 'moment', milliseconds: Number(int64At(value, 0)) };
    case 'duration':
      return duration(value);
    default:
      return nativeText(name, value);
  }
}

function list(element: CqlType, values: readonly Value[]): PlainList {
  return { kind: 'list', items: values.map((value) => toPlain(element, value)) };
}

/** Of a valid value. */
export function toPlain(type: CqlType, value: Value | undefined): Plain {
  if (value === undefined) return null;
  switch (type.kind) {
    case 'native':
      return native(type, value);
    case 'list':
      return value.length === 0 ? null : list(type.element, listElements(value));
    case 'set':
      return value.length === 0 ? null : list(type.element, setElements(value));
    case 'vector':
      return value.length === 0 ? null : list(type.element, vectorElements(type, value));
    case 'map': {
      if (value.length === 0) return null;
      const parts = mapEntries(value);
      const entries: [Plain, Plain][] = [];
      for (let at = 0; at < parts.length; at += 2)
        entries.push([toPlain(type.key, parts[at]), toPlain(type.value, parts[at + 1])]);
      return { kind: 'entries', entries };
    }
    case 'tuple': {
      const elements = tupleElements(value, type.elements.length);
      return {
        kind: 'list',
        items: type.elements.map((element, index) => toPlain(element, elements[index])),
      };
    }
    case 'udt': {
      const fields = tupleElements(value, type.fields.length);
      return {
        kind: 'entries',
        entries: type.fields.map((field, index) => [field.name, toPlain(field.type, fields[index])]),
      };
    }
    case 'custom':
      return value;
  }
}
