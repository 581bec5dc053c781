/**
 * Values as JSON, as `SELECT JSON` and `toJson` of Cassandra 4.0 write them: with spaces behind commas and colons, keys of maps as
 * strings, and null for the floating-point values that JSON does not have.
 */
import type { CqlType, NativeName, Value } from './api.ts';
import { float32At, float64At, hexOf, int64At, textOfBytes } from './binary.ts';
import { listElements, mapEntries, setElements, tupleElements, vectorElements } from './collections.ts';
import { timestampText } from './temporal-text.ts';
import { nativeText } from './to-text.ts';

export { fromJson } from './from-json.ts';
export { type JsonObject, type JsonValue, jsonNames, parseJson } from './json-text.ts';

/** Nothing around them: JSON reads them as numbers or booleans. */
const bare: ReadonlySet<NativeName> = new Set([
  'bigint',
  'boolean',
  'counter',
  'decimal',
  'double',
  'float',
  'int',
  'smallint',
  'tinyint',
  'varint',
]);

function native(name: NativeName, value: Value): string {
  if (name === 'text' || name === 'ascii') return JSON.stringify(textOfBytes(value));
  if (name === 'blob') return `"0x${hexOf(value)}"`;
  if (value.length === 0) return '""';
  if (name === 'timestamp') return `"${timestampText(int64At(value, 0), ' ')}"`;
  if (name === 'double' && !Number.isFinite(float64At(value, 0))) return 'null';
  if (name === 'float' && !Number.isFinite(float32At(value, 0))) return 'null';
  const text = nativeText(name, value);
  return bare.has(name) ? text : `"${text}"`;
}

function listed(type: CqlType, values: readonly (Value | undefined)[]): string {
  return `[${values.map((value) => toJson(type, value)).join(', ')}]`;
}

/** The name of a column or field as a key: with quotes of its own where it is not in lower case. */
export function jsonKey(name: string): string {
  return JSON.stringify(name === name.toLowerCase() ? name : `"${name}"`);
}

/** `undefined` is null. */
export function toJson(type: CqlType, value: Value | undefined): string {
  if (value === undefined) return 'null';
  switch (type.kind) {
    case 'native':
      return native(type.name, value);
    case 'list':
      return listed(type.element, listElements(value));
    case 'set':
      return listed(type.element, setElements(value));
    case 'vector':
      return listed(type.element, vectorElements(type, value));
    case 'map': {
      const parts = mapEntries(value);
      const entries: string[] = [];
      for (let index = 0; index < parts.length; index += 2) {
        const key = toJson(type.key, parts[index]);
        const quoted = key.startsWith('"') ? key : JSON.stringify(key);
        entries.push(`${quoted}: ${toJson(type.value, parts[index + 1])}`);
      }
      return `{${entries.join(', ')}}`;
    }
    case 'tuple': {
      const parts = tupleElements(value, type.elements.length);
      return `[${type.elements.map((element, index) => toJson(element, parts[index])).join(', ')}]`;
    }
    case 'udt': {
      const parts = tupleElements(value, type.fields.length);
      const fields = type.fields.map(
        ({ name, type: field }, index) => `${jsonKey(name)}: ${toJson(field, parts[index])}`,
      );
      return `{${fields.join(', ')}}`;
    }
    case 'custom':
      return `"0x${hexOf(value)}"`;
  }
}
