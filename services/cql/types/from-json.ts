/** Values out of JSON, as `INSERT JSON` and `fromJson` of Cassandra 4.0 read them, with their messages. */
import type { CqlType, NativeName, UdtType, Value } from './api.ts';
import { bytesOfFloat32, bytesOfFloat64, bytesOfInt64 } from './binary.ts';
import { encodeList, encodeMap, encodeTuple, encodeVector } from './collections.ts';
import { encodeDecimal, parseDecimal } from './decimal.ts';
import {
  isJsonArray,
  isJsonObject,
  JsonNumber,
  type JsonValue,
  jsonClass,
  jsonNames,
  jsonShown,
  parseJson,
} from './json-text.ts';
import { fromText, parseInteger } from './literals.ts';
import { MarshalError } from './marshal-error.ts';
import { sortMap, sortSet } from './sort.ts';
import { encodeVarint } from './varint.ts';

function mismatch(wanted: string, json: JsonValue): MarshalError {
  return new MarshalError(`Expected ${wanted}, but got a ${jsonClass(json)}: ${jsonShown(json)}`);
}

/** A string is read as in CQL; a number must be one of the class. */
function integer(name: NativeName, wanted: string, classes: readonly string[]) {
  return (json: JsonValue): Value => {
    if (typeof json === 'string') return fromText(name, json);
    if (!(json instanceof JsonNumber) || !classes.includes(jsonClass(json))) throw mismatch(wanted, json);
    return fromText(name, json.text);
  };
}

function floating(name: 'float' | 'double', encode: (value: number) => Value) {
  return (json: JsonValue): Value => {
    if (typeof json === 'string') return fromText(name, json);
    if (!(json instanceof JsonNumber)) throw mismatch(`a ${name} value`, json);
    return encode(Number(json.text));
  };
}

function string(name: NativeName, wanted: string) {
  return (json: JsonValue): Value => {
    if (typeof json !== 'string') throw mismatch(wanted, json);
    return fromText(name, json);
  };
}

function numberText(json: JsonValue): string {
  return json instanceof JsonNumber ? json.text : jsonShown(json);
}

function blob(json: JsonValue): Value {
  const fail = (what: string) =>
    new MarshalError(`Value '${jsonShown(json)}' is not a valid blob representation: ${what}`);
  if (typeof json !== 'string') throw fail(`${jsonClass(json)} cannot be cast to String`);
  if (!json.startsWith('0x')) throw fail(`String representation of blob is missing 0x prefix: ${json}`);
  try {
    return fromText('blob', json.slice(2));
  } catch (error) {
    if (error instanceof MarshalError) throw fail(error.message);
    throw error;
  }
}

function boolean(json: JsonValue): Value {
  if (typeof json === 'string') return fromText('boolean', json);
  if (typeof json !== 'boolean') throw mismatch('a boolean value', json);
  return Uint8Array.of(json ? 1 : 0);
}

function decimal(json: JsonValue): Value {
  const value = parseDecimal(numberText(json));
  if (value === undefined)
    throw new MarshalError(`Value '${jsonShown(json)}' is not a valid representation of a decimal value`);
  return encodeDecimal(value);
}

function varint(json: JsonValue): Value {
  const value = parseInteger(numberText(json));
  if (value === undefined)
    throw new MarshalError(`Value '${jsonShown(json)}' is not a valid representation of a varint value`);
  return encodeVarint(value);
}

function timestamp(json: JsonValue): Value {
  if (typeof json === 'string') return fromText('timestamp', json);
  const number = json instanceof JsonNumber ? parseInteger(json.text) : undefined;
  if (number === undefined || BigInt.asIntN(64, number) !== number)
    throw mismatch('a long or a datestring representation of a timestamp value', json);
  return bytesOfInt64(number);
}

const bigint = integer('bigint', 'a bigint value', ['Integer', 'Long']);

const natives: Readonly<Record<NativeName, (json: JsonValue) => Value>> = {
  ascii: string('ascii', 'an ascii string'),
  bigint,
  blob,
  boolean,
  counter: bigint,
  date: string('date', 'a string representation of a date value'),
  decimal,
  double: floating('double', bytesOfFloat64),
  duration: string('duration', 'a string representation of a duration'),
  float: floating('float', bytesOfFloat32),
  inet: string('inet', 'a string representation of an inet value'),
  int: integer('int', 'an int value', ['Integer']),
  smallint: integer('smallint', 'a short value', ['Integer']),
  text: string('text', 'a UTF-8 string'),
  time: string('time', 'a string representation of a time value'),
  timestamp,
  timeuuid: string('timeuuid', 'a string representation of a timeuuid'),
  tinyint: integer('tinyint', 'a byte value', ['Integer']),
  uuid: string('uuid', 'a string representation of a uuid'),
  varint,
};

/** A collection may stand in a string, as it must where it is a key. */
function unwrapped(json: JsonValue): JsonValue {
  return typeof json === 'string' ? parseJson(json) : json;
}

function arrayOf(json: JsonValue, wanted: string): readonly JsonValue[] {
  const inner = unwrapped(json);
  if (!isJsonArray(inner)) throw mismatch(wanted, inner);
  return inner;
}

function elements(type: CqlType, json: readonly JsonValue[], where: string): Value[] {
  return json.map((element) => {
    if (element === null) throw new MarshalError(`Invalid null element in ${where}`);
    return present(type, element);
  });
}

function mapOf(key: CqlType, value: CqlType, json: JsonValue): Value {
  const inner = unwrapped(json);
  if (!isJsonObject(inner)) throw mismatch('a map', inner);
  const entries: Value[] = [];
  for (const [name, one] of inner) {
    if (one === null) throw new MarshalError('Invalid null value in map');
    entries.push(present(key, name), present(value, one));
  }
  return encodeMap(sortMap(key, entries));
}

function tupleOf(types: readonly CqlType[], json: JsonValue): Value {
  const parts = arrayOf(json, 'a list representation of a tuple');
  if (parts.length !== types.length) {
    const what = parts.length > types.length ? 'contains extra' : 'is missing';
    throw new MarshalError(`Tuple ${what} items (expected ${types.length}): ${jsonShown(parts)}`);
  }
  return encodeTuple(parts.map((part, index) => fromJson(types[index]!, part)));
}

function udtOf({ fields, name }: UdtType, json: JsonValue): Value {
  const inner = unwrapped(json);
  if (!isJsonObject(inner)) throw mismatch('a map', inner);
  const names = jsonNames(inner);
  const known = new Set(fields.map((field) => field.name));
  for (const field of names.keys())
    if (!known.has(field))
      throw new MarshalError(`Unknown field '${field}' in value of user defined type ${name}`);
  return encodeTuple(fields.map((field) => fromJson(field.type, names.get(field.name) ?? null)));
}

function present(type: CqlType, json: JsonValue): Value {
  switch (type.kind) {
    case 'native':
      return natives[type.name](json);
    case 'list':
      return encodeList(elements(type.element, arrayOf(json, 'a list'), 'list'));
    case 'set': {
      const values = elements(type.element, arrayOf(json, 'a list (representing a set)'), 'set');
      return encodeList(sortSet(type.element, values));
    }
    case 'map':
      return mapOf(type.key, type.value, json);
    case 'tuple':
      return tupleOf(type.elements, json);
    case 'udt':
      return udtOf(type, json);
    case 'vector': {
      const parts = arrayOf(json, 'a list');
      if (parts.length !== type.dimension)
        throw new MarshalError(
          `List had incorrect size: expected ${type.dimension} but given ${parts.length}; ${jsonShown(parts)}`,
        );
      return encodeVector(type, elements(type.element, parts, 'list'));
    }
    case 'custom':
      return blob(json);
  }
}

/** Null is `undefined`. */
export function fromJson(type: CqlType, json: JsonValue): Value | undefined {
  return json === null ? undefined : present(type, json);
}
