/**
 * Whether bytes are a value of a type, with the messages of Cassandra 4.0. Allocates nothing for values that are no collections. What
 * checks the bytes of texts is passed in, since the quickest way is not there everywhere (validate.ts).
 */
import type { CqlType, NativeName, UdtType, Value } from './api.ts';
import { int32At } from './binary.ts';
import { listElements, mapEntries, setElements, tupleElements, vectorElements } from './collections.ts';
import { decodeDuration } from './duration-value.ts';
import { typeLimits } from './limits.ts';
import { MarshalError } from './marshal-error.ts';

type Check = (value: Value) => void;

/** Of longer texts. */
export interface TextChecks {
  isUtf8(value: Value): boolean;
  isAscii(value: Value): boolean;
}

/** Below this a loop is quicker than a call out of JavaScript. */
const shortText = 24;

/** Position of the first byte that is not ASCII, or the length. */
function asciiLength(value: Value): number {
  let at = 0;
  while (at < value.length && value[at]! < 0x80) at += 1;
  return at;
}

function textCheck({ isUtf8 }: TextChecks): Check {
  return (value) => {
    if (value.length <= shortText && asciiLength(value) === value.length) return;
    if (!isUtf8(value)) throw new MarshalError("String didn't validate.");
  };
}

function asciiCheck({ isAscii }: TextChecks): Check {
  return (value) => {
    if (value.length > shortText && isAscii(value)) return;
    const at = asciiLength(value);
    if (at < value.length) throw new MarshalError(`Invalid byte for ascii: ${value[at]! - 256}`);
  };
}

function lengthOf(bytes: number, empty: boolean, message: string): Check {
  return ({ length }) => {
    if (length !== bytes && !(empty && length === 0)) throw new MarshalError(`${message} (${length})`);
  };
}

function uuid({ length }: Value): void {
  if (length !== 16 && length !== 0) throw new MarshalError(`UUID should be 16 or 0 bytes (${length})`);
}

function timeuuid(value: Value): void {
  uuid(value);
  if (value.length > 0 && (value[6]! & 0xf0) !== 0x10)
    throw new MarshalError('Invalid version for TimeUUID type.');
}

function varint({ length }: Value): void {
  if (length > typeLimits.numberBytesMax)
    throw new MarshalError(`A varint has at most ${typeLimits.numberBytesMax} bytes (${length})`);
}

function decimal({ length }: Value): void {
  if (length !== 0 && length < 4) throw new MarshalError(`Expected 0 or at least 4 bytes (${length})`);
  if (length > typeLimits.numberBytesMax + 4)
    throw new MarshalError(`A decimal has at most ${typeLimits.numberBytesMax + 4} bytes (${length})`);
}

function inet({ length }: Value): void {
  if (length !== 0 && length !== 4 && length !== 16)
    throw new MarshalError(`Expected 4 or 16 byte inetaddress; got ${length}`);
}

const others: Readonly<Record<Exclude<NativeName, 'ascii' | 'text'>, Check>> = {
  bigint: lengthOf(8, true, 'Expected 8 or 0 byte long'),
  blob: () => undefined,
  boolean: lengthOf(1, true, 'Expected 1 or 0 byte value'),
  counter: lengthOf(8, true, 'Expected 8 or 0 byte long'),
  date: lengthOf(4, false, 'Expected 4 byte long for date'),
  decimal,
  double: lengthOf(8, true, 'Expected 8 or 0 byte value for a double'),
  duration: (value) => void decodeDuration(value),
  float: lengthOf(4, true, 'Expected 4 or 0 byte value for a float'),
  inet,
  int: lengthOf(4, true, 'Expected 4 or 0 byte int'),
  smallint: lengthOf(2, false, 'Expected 2 bytes for a smallint'),
  time: lengthOf(8, false, 'Expected 8 byte long for time'),
  timestamp: lengthOf(8, true, 'Expected 8 or 0 byte long for date'),
  timeuuid,
  tinyint: lengthOf(1, false, 'Expected 1 byte for a tinyint'),
  uuid,
  varint,
};

/** Fields may be missing at the end: the type had fewer when the value was written. */
function udt({ fields }: UdtType, value: Value, validate: Validate): void {
  let at = 0;
  for (const [index, { name, type }] of fields.entries()) {
    if (at === value.length) return;
    if (at + 4 > value.length)
      throw new MarshalError(`Not enough bytes to read size of ${index}th field ${name}`);
    const size = int32At(value, at);
    at += 4;
    if (size < 0) continue;
    if (size > value.length - at) throw new MarshalError(`Not enough bytes to read ${index}th field ${name}`);
    validate(type, value.subarray(at, at + size));
    at += size;
  }
  if (at < value.length) throw new MarshalError('Invalid remaining data after end of UDT value');
}

/** Throws a `MarshalError` unless the bytes are a value of the type. */
export type Validate = (type: CqlType, value: Value) => void;

export function validator(checks: TextChecks): Validate {
  const natives: Readonly<Record<NativeName, Check>> = {
    ...others,
    ascii: asciiCheck(checks),
    text: textCheck(checks),
  };
  const validate: Validate = (type, value) => {
    switch (type.kind) {
      case 'native':
        natives[type.name](value);
        return;
      case 'list':
        for (const element of listElements(value)) validate(type.element, element);
        return;
      case 'set':
        for (const element of setElements(value)) validate(type.element, element);
        return;
      case 'map':
        for (const [index, part] of mapEntries(value).entries())
          validate(index % 2 === 0 ? type.key : type.value, part);
        return;
      case 'tuple':
        for (const [index, part] of tupleElements(value, type.elements.length).entries())
          if (part !== undefined) validate(type.elements[index]!, part);
        return;
      case 'udt':
        udt(type, value, validate);
        return;
      case 'vector':
        if (value.length === 0) return;
        for (const element of vectorElements(type, value)) validate(type.element, element);
        return;
      case 'custom':
        return;
    }
  };
  return validate;
}
