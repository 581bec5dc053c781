/**
 * The operators `+ - * / %` and the minus in front: of which type their result is, and what it is. Integers overflow silently, as Java's;
 * dates and timestamps take durations. Reference: CQL 3.4.5, "Arithmetic operators".
 */
import { CqlError } from '../errors.ts';
import type { CqlType, Value } from './api.ts';
import { bytesOfFloat32, bytesOfFloat64, bytesOfInt32, bytesOfInt64, int32At, int64At } from './binary.ts';
import { addMonths, splitDays } from './calendar.ts';
import { type Decimal, encodeDecimal } from './decimal.ts';
import {
  ArithmeticError,
  addDecimals,
  divideDecimals,
  multiplyDecimals,
  negateDecimal,
  remainderOfDecimals,
  subtractDecimals,
} from './decimal-arithmetic.ts';
import { decodeDuration, durationText } from './duration-value.ts';
import {
  decodeNumber,
  encodeInteger,
  integerBits,
  isInteger,
  isNumber,
  type NumberName,
  toDecimal,
  toDouble,
} from './numbers.ts';
import { typeText } from './type-text.ts';
import { encodeVarint } from './varint.ts';

export type Operator = '+' | '-' | '*' | '/' | '%';

/** Names of the functions that they are in Cassandra; errors carry them. */
const functionNames: Readonly<Record<Operator, string>> = {
  '+': '_add',
  '-': '_substract',
  '*': '_multiply',
  '/': '_divide',
  '%': '_modulo',
};

const unlimited = Number.POSITIVE_INFINITY;

function bitsOf(name: NumberName): number {
  if (isInteger(name)) return integerBits[name];
  return name === 'float' ? 32 : name === 'double' ? 64 : unlimited;
}

function isFloating(name: NumberName): boolean {
  return name === 'float' || name === 'double' || name === 'decimal';
}

/** The type that holds both: the wider, and a floating one if either is. */
function promoted(left: NumberName, right: NumberName): NumberName {
  const bits = Math.max(bitsOf(left), bitsOf(right));
  if (isFloating(left) || isFloating(right)) return bits <= 32 ? 'float' : bits === 64 ? 'double' : 'decimal';
  return bits === 8
    ? 'tinyint'
    : bits === 16
      ? 'smallint'
      : bits === 32
        ? 'int'
        : bits === 64
          ? 'bigint'
          : 'varint';
}

function isTemporal(type: CqlType): boolean {
  return type.kind === 'native' && (type.name === 'date' || type.name === 'timestamp');
}

/** The type of `left operator right`; `undefined` where there is no such operation. */
export function resultType(operator: Operator, left: CqlType, right: CqlType): CqlType | undefined {
  if (left.kind !== 'native' || right.kind !== 'native') return undefined;
  if (isNumber(left.name) && isNumber(right.name))
    return { kind: 'native', name: promoted(left.name, right.name) };
  const isMove = isTemporal(left) && right.name === 'duration' && (operator === '+' || operator === '-');
  return isMove ? left : undefined;
}

function ofIntegers(operator: Operator, left: bigint, right: bigint, zeroText: string): bigint {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
    case '%':
      if (right === 0n) throw new ArithmeticError(zeroText);
      return operator === '/' ? left / right : left % right;
  }
}

function ofNumbers(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '%':
      return left % right;
  }
}

const ofDecimals: Readonly<Record<Operator, (left: Decimal, right: Decimal) => Decimal>> = {
  '+': addDecimals,
  '-': subtractDecimals,
  '*': multiplyDecimals,
  '/': divideDecimals,
  '%': remainderOfDecimals,
};

function numeric(operator: Operator, left: NumberName, a: Value, right: NumberName, b: Value): Value {
  const first = decodeNumber(left, a);
  const second = decodeNumber(right, b);
  const type = promoted(left, right);
  if (isInteger(type))
    return encodeInteger(type, ofIntegers(operator, first as bigint, second as bigint, '/ by zero'));
  switch (type) {
    case 'varint': {
      const zeroText = 'BigInteger divide by zero';
      return encodeVarint(ofIntegers(operator, first as bigint, second as bigint, zeroText));
    }
    case 'float':
      return bytesOfFloat32(ofNumbers(operator, Math.fround(toDouble(first)), Math.fround(toDouble(second))));
    case 'double':
      return bytesOfFloat64(ofNumbers(operator, toDouble(first), toDouble(second)));
    case 'decimal':
      return encodeDecimal(ofDecimals[operator](toDecimal(first), toDecimal(second)));
  }
}

const nanosecondsPerMillisecond = 1_000_000n;

function checkPrecision(isPrecise: boolean, precision: string, duration: Value): void {
  if (!isPrecise)
    throw new ArithmeticError(
      `The duration must have a ${precision} precision. Was: ${durationText(decodeDuration(duration))}`,
    );
}

function moved(operator: Operator, name: 'date' | 'timestamp', value: Value, by: Value): Value {
  const { months, days, nanoseconds } = decodeDuration(by);
  const sign = operator === '+' ? 1 : -1;
  if (name === 'date') {
    checkPrecision(nanoseconds === 0n, 'day', by);
    const day = (int32At(value, 0) >>> 0) - 2 ** 31;
    return bytesOfInt32(addMonths(day, months * sign) + days * sign + 2 ** 31);
  }
  checkPrecision(nanoseconds % nanosecondsPerMillisecond === 0n, 'millisecond', by);
  const { days: day, rest } = splitDays(int64At(value, 0));
  const newDay = addMonths(day, months * sign) + days * sign;
  const added = (nanoseconds / nanosecondsPerMillisecond) * BigInt(sign);
  return bytesOfInt64(BigInt(newDay) * 86_400_000n + BigInt(rest) + added);
}

function failure(operator: Operator, types: readonly CqlType[], error: ArithmeticError): CqlError {
  const [left, right] = types.map(typeText);
  return new CqlError(
    'functionFailure',
    `the operation '${left} ${operator} ${right}' failed: ${error.message}`,
    {
      kind: 'functionFailure',
      keyspace: 'system',
      function: functionNames[operator],
      argumentTypes: [left!, right!],
    },
  );
}

/** Of types that have a `resultType`, to which the result belongs. Null and empty values give null. */
export function evaluate(
  operator: Operator,
  left: CqlType,
  a: Value | undefined,
  right: CqlType,
  b: Value | undefined,
): Value | undefined {
  if (!a?.length || !b?.length) return undefined;
  if (left.kind !== 'native' || right.kind !== 'native') return undefined;
  try {
    if (left.name === 'date' || left.name === 'timestamp') return moved(operator, left.name, a, b);
    if (!isNumber(left.name) || !isNumber(right.name)) return undefined;
    return numeric(operator, left.name, a, right.name, b);
  } catch (error) {
    if (error instanceof ArithmeticError) throw failure(operator, [left, right], error);
    throw error;
  }
}

/** The minus in front of a number. */
export function negate(name: NumberName, value: Value | undefined): Value | undefined {
  if (!value?.length) return undefined;
  const number = decodeNumber(name, value);
  if (isInteger(name)) return encodeInteger(name, -(number as bigint));
  switch (name) {
    case 'varint':
      return encodeVarint(-(number as bigint));
    case 'float':
      return bytesOfFloat32(-(number as number));
    case 'double':
      return bytesOfFloat64(-(number as number));
    case 'decimal':
      return encodeDecimal(negateDecimal(number as Decimal));
  }
}
