/**
 * What functions return as values of CQL. Numbers become integers as `Number.intValue` and `longValue` of Java make them, as
 * Cassandra did with results of scripts; other kinds of values are not converted into one another.
 */
import { CqlError } from '../../errors.ts';
import type { CqlType, MapType, NativeName, TupleType, UdtType, Value, VectorType } from '../../types/api.ts';
import { bytesOfInt32, bytesOfInt64, bytesOfText, textOfBytes } from '../../types/binary.ts';
import { encodeList, encodeMap, encodeTuple, encodeVector } from '../../types/collections.ts';
import { encodeDecimal, parseDecimal } from '../../types/decimal.ts';
import { encodeDuration } from '../../types/duration-value.ts';
import { fromText } from '../../types/literals.ts';
import { encodeNumber, isNumber } from '../../types/numbers.ts';
import { sortMap, sortSet } from '../../types/sort.ts';
import { typeText } from '../../types/type-text.ts';
import { validate } from '../../types/validate.ts';
import { encodeVarint } from '../../types/varint.ts';
import { GuestFailure } from './failure.ts';
import { sandboxLimits } from './limits.ts';
import type { Plain, PlainEntries } from './plain.ts';

const millisecondsPerDay = 86_400_000;
/** Days are counted from here, so that their order is that of unsigned numbers. */
const dayOfEpoch = 0x80000000;

function described(plain: Plain): string {
  if (plain === null) return 'null';
  if (typeof plain !== 'object') return `a ${typeof plain}`;
  if (plain instanceof Uint8Array) return 'bytes';
  const names = {
    exact: 'a number',
    moment: 'a date',
    words: 'a string',
    list: 'a list',
    entries: 'an object',
  } as const;
  return names[plain.kind];
}

function mismatch(type: CqlType, plain: Plain): GuestFailure {
  return new GuestFailure(`Invalid value for CQL type ${typeText(type)}: ${described(plain)}`);
}

function isObject(plain: Plain): plain is Extract<Plain, { readonly kind: string }> {
  return plain !== null && typeof plain === 'object' && !(plain instanceof Uint8Array);
}

/** The text that it is or could be, undefined if it is something else. */
function textOf(plain: Plain): string | undefined {
  if (typeof plain === 'string') return plain;
  return isObject(plain) && plain.kind === 'words' ? textOfBytes(plain.bytes) : undefined;
}

/** Of numbers that doubles do not have, and of Lua's strings of digits. */
function digitsOf(plain: Plain): string | undefined {
  if (isObject(plain) && plain.kind === 'exact') return plain.text;
  return isObject(plain) && plain.kind === 'words' ? textOfBytes(plain.bytes) : undefined;
}

function number(name: NativeName, plain: Plain): Value | undefined {
  if (!isNumber(name)) return undefined;
  if (typeof plain !== 'number') {
    const digits = digitsOf(plain);
    return digits === undefined || digits === '' ? undefined : fromText(name, digits);
  }
  if (name === 'float' || name === 'double') return encodeNumber(name, plain);
  if (name === 'varint' || name === 'decimal') {
    if (!Number.isFinite(plain)) return undefined;
    if (name === 'varint') return encodeVarint(BigInt(Math.trunc(plain)));
    return encodeDecimal(parseDecimal(String(plain))!);
  }
  return encodeNumber(name, plain);
}

function instant(name: NativeName, plain: Plain): Value | undefined {
  const milliseconds = isObject(plain) && plain.kind === 'moment' ? plain.milliseconds : undefined;
  if (name === 'date' && milliseconds !== undefined && Number.isFinite(milliseconds))
    return bytesOfInt32(Math.floor(milliseconds / millisecondsPerDay) + dayOfEpoch);
  const count = milliseconds ?? plain;
  // Times of a day have a range, and days are no number that anybody counts.
  if (typeof count === 'number' && Number.isSafeInteger(count) && name !== 'date')
    return name === 'time' ? fromText(name, String(count)) : bytesOfInt64(BigInt(count));
  const text = textOf(plain) ?? digitsOf(plain);
  return text === undefined ? undefined : fromText(name, text);
}

function duration(plain: PlainEntries): Value | undefined {
  const part = (name: string): bigint | undefined => {
    const found = field(plain, name);
    if (found === undefined || found === null) return 0n;
    if (typeof found === 'number') return Number.isSafeInteger(found) ? BigInt(found) : undefined;
    const digits = digitsOf(found);
    return digits !== undefined && /^-?\d{1,19}$/.test(digits) ? BigInt(digits) : undefined;
  };
  const months = part('months');
  const days = part('days');
  const nanoseconds = part('nanoseconds');
  if (months === undefined || days === undefined || nanoseconds === undefined) return undefined;
  return encodeDuration({ months: Number(months), days: Number(days), nanoseconds });
}

function native(name: NativeName, plain: Plain): Value | undefined {
  switch (name) {
    case 'text':
    case 'ascii':
      if (typeof plain === 'string') return bytesOfText(plain);
      return isObject(plain) && plain.kind === 'words' ? plain.bytes : undefined;
    case 'blob':
      if (plain instanceof Uint8Array) return plain;
      return isObject(plain) && plain.kind === 'words' ? plain.bytes : undefined;
    case 'boolean':
      return typeof plain === 'boolean' ? Uint8Array.of(plain ? 1 : 0) : undefined;
    case 'date':
    case 'time':
    case 'timestamp':
      return instant(name, plain);
    case 'duration': {
      if (isObject(plain) && plain.kind === 'entries') return duration(plain);
      const text = textOf(plain);
      return text === undefined ? undefined : fromText(name, text);
    }
    case 'uuid':
    case 'timeuuid':
    case 'inet': {
      const text = textOf(plain);
      return text === undefined || text === '' ? undefined : fromText(name, text);
    }
    default:
      return number(name, plain);
  }
}

/** What a field is; undefined without one. The last of several of a name. */
function field({ entries }: PlainEntries, name: string): Plain | undefined {
  return entries.findLast(([key]) => textOf(key) === name)?.[1];
}

/** Items from one on: so Lua has lists. Undefined if it is something else. */
function itemsOf(plain: Plain, length?: number): readonly Plain[] | undefined {
  if (!isObject(plain)) return undefined;
  if (plain.kind === 'list') return plain.items;
  if (plain.kind !== 'entries') return undefined;
  const { entries } = plain;
  const items: Plain[] = Array.from({ length: length ?? entries.length }, () => null);
  for (const [key, value] of entries) {
    if (typeof key !== 'number' || !Number.isInteger(key) || key < 1 || key > items.length) return undefined;
    items[key - 1] = value;
  }
  return items;
}

function elements(type: CqlType, element: CqlType, plain: Plain): Value[] {
  const items = itemsOf(plain);
  if (items === undefined) throw mismatch(type, plain);
  return items.map((item) => within(element, item));
}

/** An element, which cannot be null. */
function within(type: CqlType, plain: Plain): Value {
  const value = convert(type, plain);
  if (value === undefined) throw new GuestFailure('null is not supported inside collections');
  return value;
}

/** Objects of JavaScript have only texts as keys. */
function key(type: CqlType, plain: Plain): Value {
  if (typeof plain !== 'string' || type.kind !== 'native') return within(type, plain);
  if (type.name === 'text' || type.name === 'ascii') return within(type, plain);
  return fromText(type.name, plain);
}

function map(type: MapType, plain: Plain): Value {
  if (!isObject(plain) || (plain.kind !== 'entries' && !(plain.kind === 'list' && plain.items.length === 0)))
    throw mismatch(type, plain);
  const parts: Value[] = [];
  const { entries } = plain.kind === 'entries' ? plain : { entries: [] };
  for (const [name, value] of entries) parts.push(key(type.key, name), within(type.value, value));
  return encodeMap(sortMap(type.key, parts));
}

function tuple(type: TupleType, plain: Plain): Value {
  const items = itemsOf(plain, type.elements.length);
  if (items === undefined || items.length > type.elements.length) throw mismatch(type, plain);
  return encodeTuple(type.elements.map((element, index) => convert(element, items[index] ?? null)));
}

function udt(type: UdtType, plain: Plain): Value {
  if (!isObject(plain) || plain.kind !== 'entries') throw mismatch(type, plain);
  for (const [name] of plain.entries) {
    const text = textOf(name);
    if (!type.fields.some((one) => one.name === text))
      throw new GuestFailure(
        `Unknown field '${text ?? String(name)}' in value of user defined type ${type.name}`,
      );
  }
  return encodeTuple(type.fields.map((one) => convert(one.type, field(plain, one.name) ?? null)));
}

function vector(type: VectorType, plain: Plain): Value {
  return encodeVector(type, elements(type, type.element, plain));
}

function convert(type: CqlType, plain: Plain): Value | undefined {
  if (plain === null) return undefined;
  switch (type.kind) {
    case 'native': {
      const value = native(type.name, plain);
      if (value === undefined) throw mismatch(type, plain);
      return value;
    }
    case 'list':
      return encodeList(elements(type, type.element, plain));
    case 'set':
      return encodeList(sortSet(type.element, elements(type, type.element, plain)));
    case 'map':
      return map(type, plain);
    case 'tuple':
      return tuple(type, plain);
    case 'udt':
      return udt(type, plain);
    case 'vector':
      return vector(type, plain);
    case 'custom':
      if (plain instanceof Uint8Array) return plain;
      if (isObject(plain) && plain.kind === 'words') return plain.bytes;
      throw mismatch(type, plain);
  }
}

/** @throws GuestFailure if it is no value of the type */
export function fromPlain(type: CqlType, plain: Plain): Value | undefined {
  try {
    const value = convert(type, plain);
    if (value === undefined) return undefined;
    if (value.length > sandboxLimits.resultBytesMax)
      throw new GuestFailure(`the result is longer than ${sandboxLimits.resultBytesMax} bytes`);
    validate(type, value);
    return value;
  } catch (error) {
    if (error instanceof CqlError) throw new GuestFailure(error.message, { cause: error });
    throw error;
  }
}
