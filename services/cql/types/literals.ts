/**
 * Constants of CQL and texts of values to bytes, with the messages of Cassandra 4.0, and which constant may stand for which type.
 * Only native types are written as one constant; what is made of several is put together from its parts.
 */
import type { CqlType, NativeName, Value } from './api.ts';
import {
  bytesOfFloat32,
  bytesOfFloat64,
  bytesOfHex,
  bytesOfInt8,
  bytesOfInt16,
  bytesOfInt32,
  bytesOfInt64,
  bytesOfText,
  noBytes,
} from './binary.ts';
import { compareDecimals, encodeDecimal, parseDecimal } from './decimal.ts';
import { parseDuration } from './duration-text.ts';
import { encodeDuration } from './duration-value.ts';
import { doubleText, parseFloating } from './floating-text.ts';
import { parseInet } from './inet-text.ts';
import { typeLimits } from './limits.ts';
import { MarshalError } from './marshal-error.ts';
import { parseDate, parseTime, parseTimestamp } from './temporal-text.ts';
import { typeText } from './type-text.ts';
import { parseUuid, uuidVersion } from './uuid-text.ts';
import { encodeVarint } from './varint.ts';

export type ConstantKind = 'STRING' | 'INTEGER' | 'UUID' | 'FLOAT' | 'BOOLEAN' | 'HEX' | 'DURATION';

/** As the parser read it: a string without its quotes, bytes with `0x` in front. */
export interface Constant {
  readonly kind: ConstantKind;
  readonly text: string;
}

const integerPattern = /^[+-]?\d+$/;

/** `undefined` where the text is no integer or has more digits than may be looked at. */
export function parseInteger(text: string): bigint | undefined {
  if (text.length > typeLimits.numberCharactersMax || !integerPattern.test(text)) return undefined;
  return text.startsWith('+') ? BigInt(text.slice(1)) : BigInt(text);
}

function integer(text: string, bits: number, name: string): bigint {
  const value = parseInteger(text);
  if (value === undefined || BigInt.asIntN(bits, value) !== value)
    throw new MarshalError(`Unable to make ${name} from '${text}'`);
  return value;
}

function floating(text: string, name: string): number {
  const value = text.length > typeLimits.numberCharactersMax ? undefined : parseFloating(text);
  if (value === undefined) throw new MarshalError(`Unable to make ${name} from '${text}'`);
  return value;
}

function orFail<T>(value: T | undefined, message: string): T {
  if (value === undefined) throw new MarshalError(message);
  return value;
}

function boolean(text: string): Value {
  const lower = text.toLowerCase();
  if (lower !== 'true' && lower !== 'false' && lower !== '')
    throw new MarshalError(`Unable to make boolean from '${text}'`);
  return Uint8Array.of(lower === 'true' ? 1 : 0);
}

function timeuuid(text: string): Value {
  const value = orFail(parseUuid(text), `Unknown timeuuid representation: ${text}`);
  if (uuidVersion(value) !== 1) throw new MarshalError('TimeUUID supports only version 1 UUIDs');
  return value;
}

function ascii(text: string): Value {
  for (const character of text)
    if (character > '\x7f') {
      const byte = bytesOfText(character)[0]!;
      throw new MarshalError(`Invalid ASCII character in string literal: ${byte - 256}`);
    }
  return bytesOfText(text);
}

/** Digits without `0x`. */
function hex(text: string): Value {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text))
    throw new MarshalError(`cannot parse '${text}' as hex bytes`);
  return bytesOfHex(text);
}

function emptyOr(parse: (text: string) => Value): (text: string) => Value {
  return (text) => (text === '' ? noBytes : parse(text));
}

const long = emptyOr((text) => bytesOfInt64(integer(text, 64, 'long')));

const natives: Readonly<Record<NativeName, (text: string) => Value>> = {
  ascii,
  bigint: long,
  blob: hex,
  boolean,
  counter: long,
  date: (text) => bytesOfInt32(parseDate(text)),
  decimal: emptyOr((text) =>
    encodeDecimal(orFail(parseDecimal(text), `unable to make BigDecimal from '${text}'`)),
  ),
  double: emptyOr((text) => bytesOfFloat64(floating(text, 'double'))),
  duration: emptyOr((text) => encodeDuration(parseDuration(text))),
  float: emptyOr((text) => bytesOfFloat32(floating(text, 'float'))),
  inet: emptyOr((text) => orFail(parseInet(text), `Unable to make inet address from '${text}'`)),
  int: emptyOr((text) => bytesOfInt32(Number(integer(text, 32, 'int')))),
  smallint: emptyOr((text) => bytesOfInt16(Number(integer(text, 16, 'short')))),
  text: bytesOfText,
  time: (text) => bytesOfInt64(parseTime(text)),
  timestamp: emptyOr((text) => bytesOfInt64(parseTimestamp(text))),
  timeuuid: emptyOr(timeuuid),
  tinyint: emptyOr((text) => bytesOfInt8(Number(integer(text, 8, 'byte')))),
  uuid: emptyOr((text) => orFail(parseUuid(text), `Unable to make UUID from '${text}'`)),
  varint: emptyOr((text) => encodeVarint(orFail(parseInteger(text), `unable to make int from '${text}'`))),
};

/** The value that a text stands for, as `fromString` of Cassandra's types: an empty text is mostly an empty value. */
export function fromText(name: NativeName, text: string): Value {
  return natives[name](text);
}

const assignable: Readonly<Record<ConstantKind, ReadonlySet<NativeName>>> = {
  STRING: new Set(['ascii', 'text', 'inet', 'date', 'time', 'timestamp']),
  INTEGER: new Set([
    'bigint',
    'counter',
    'date',
    'decimal',
    'double',
    'duration',
    'float',
    'int',
    'smallint',
    'time',
    'timestamp',
    'tinyint',
    'varint',
  ]),
  UUID: new Set(['uuid', 'timeuuid']),
  FLOAT: new Set(['decimal', 'double', 'float']),
  BOOLEAN: new Set(['boolean']),
  HEX: new Set(['blob']),
  DURATION: new Set(['duration']),
};

/** The type that a constant has where nothing asks for another. */
export function preferredType({ kind, text }: Constant): NativeName {
  switch (kind) {
    case 'STRING':
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are ASCII
      return /^[\x00-\x7f]*$/.test(text) ? 'ascii' : 'text';
    case 'INTEGER': {
      const value = parseInteger(text) ?? 0n;
      if (BigInt.asIntN(32, value) === value) return 'int';
      return BigInt.asIntN(64, value) === value ? 'bigint' : 'varint';
    }
    case 'UUID':
      return text[14] === '1' ? 'timeuuid' : 'uuid';
    case 'FLOAT': {
      const exact = parseDecimal(text);
      if (exact === undefined) return 'double';
      // Whatever a double says again when it is written.
      const nearest = parseDecimal(doubleText(Number(text)));
      return nearest !== undefined && compareDecimals(exact, nearest) === 0 ? 'double' : 'decimal';
    }
    case 'BOOLEAN':
      return 'boolean';
    case 'HEX':
      return 'blob';
    case 'DURATION':
      return 'duration';
  }
}

export type Assignability = 'exact' | 'weak' | 'none';

/** Whether a constant may stand where a value of the type is wanted. Functions are chosen by how well their arguments fit. */
export function assignability(constant: Constant, type: CqlType): Assignability {
  if (type.kind === 'custom') return 'weak';
  if (type.kind !== 'native') return 'none';
  if (!assignable[constant.kind].has(type.name)) return 'none';
  return preferredType(constant) === type.name ? 'exact' : 'weak';
}

/** `Invalid STRING constant (abc) for "c" of type int` */
export function invalidConstantText({ kind, text }: Constant, column: string, type: CqlType): string {
  return `Invalid ${kind} constant (${text}) for "${column}" of type ${typeText(type)}`;
}

/** The bytes of a constant that may be assigned to the type. */
export function constantValue({ kind, text }: Constant, type: CqlType): Value {
  if (kind === 'HEX') return hex(text.slice(2));
  if (type.kind === 'custom') return hex(text);
  if (type.kind !== 'native') throw new MarshalError(`A constant is no value of type ${typeText(type)}`);
  return fromText(type.name, text);
}
