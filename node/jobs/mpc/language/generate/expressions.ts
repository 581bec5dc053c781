/** Expressions as gates. Nothing has an effect, so that both sides of a choice can be made; of a known one, one side is. */
import { FALSE, TRUE } from '../../circuit/builder.ts';
import { constantBytes, negate, notWord, signExtend, zeroExtend } from '../../circuit/words/index.ts';
import type { ArrayPart, BinaryExpression, Expression, StructPart } from '../check/tree.ts';
import { bitsOf, isTooLong, type StructType, type Type } from '../types.ts';
import { elementAt } from './arrays.ts';
import { makeBuiltin } from './builtins.ts';
import { callFunction } from './functions.ts';
import {
  asBit,
  asNumber,
  asParts,
  asWord,
  bitOf,
  choose,
  convertValue,
  fromBits,
  type Making,
  type Value,
} from './making.ts';
import { applyBinary } from './operators.ts';

/** Values of variables by slot. */
export type Slots = readonly (Value | undefined)[];

export function make(making: Making, expression: Expression, slots: Slots): Value {
  making.budget.open(expression);
  making.at = expression;
  const value = makeNode(making, expression, slots);
  making.count(expression, costOf(expression));
  making.budget.close();
  return value;
}

/** Steps of an operator beyond its AND gates: of constants it makes none, and still takes its time. */
function costOf(expression: Expression): number {
  if (expression.kind === 'unary') return bitsOf(expression.type);
  if (expression.kind !== 'binary') return 1;
  const bits = 1 + bitsOf(expression.left.type);
  switch (expression.operator) {
    case '*':
    case '/':
    case '%':
      return bits * bits;
    case '<<':
    case '>>':
    case '>>>':
      return 8 * bits;
    default:
      return bits;
  }
}

function makeNode(making: Making, expression: Expression, slots: Slots): Value {
  switch (expression.kind) {
    case 'constant':
      return makeConstant(expression.type, expression.value);
    case 'bytes':
      return fromBits(expression.type, constantBytes(expression.value));
    case 'variable':
      return slots[expression.slot]!;
    case 'global':
      return making.globals[expression.index]!;
    case 'array':
      return expression.parts.flatMap((part) => makeArrayPart(making, part, slots));
    case 'struct':
      return makeStruct(making, expression.type, expression.parts, slots);
    case 'unary':
      return makeUnary(making, expression, slots);
    case 'binary':
      return makeBinary(making, expression, slots);
    case 'conditional':
      return makeConditional(making, expression, slots);
    case 'call': {
      const args = expression.arguments.map((each) => make(making, each, slots));
      return callFunction(making, expression.callee, args, expression);
    }
    case 'builtin': {
      const args = expression.arguments.map((each) => make(making, each, slots));
      making.at = expression;
      return makeBuiltin(making, expression, args);
    }
    case 'field':
      return asParts(make(making, expression.object, slots))[expression.index]!;
    case 'element':
      return makeElement(making, expression, slots);
    case 'convert': {
      const value = make(making, expression.operand, slots);
      return convertValue(making, value, expression.operand.type, expression.type, expression);
    }
    case 'cast':
      return makeCast(making, expression, slots);
  }
}

type Node<K extends Expression['kind']> = Expression & { readonly kind: K };

function makeConstant(type: Type, value: bigint | boolean): Value {
  if (typeof value === 'boolean') return bitOf(value);
  if (type.kind !== 'integer') return value;
  return Array.from({ length: type.bits }, (_, i) => bitOf(((value >> BigInt(i)) & 1n) === 1n));
}

function makeArrayPart(making: Making, { isSpread, value }: ArrayPart, slots: Slots): readonly Value[] {
  const made = make(making, value, slots);
  if (!isSpread) return [made];
  making.count(value, asParts(made).length);
  return asParts(made);
}

function makeStruct(
  making: Making,
  { fields }: StructType,
  parts: readonly StructPart[],
  slots: Slots,
): Value {
  const values = Array<Value>(fields.length);
  for (const part of parts) {
    const value = make(making, part.value, slots);
    for (const [i, field] of part.fields.entries())
      values[field] = part.isSpread ? asParts(value)[i]! : value;
  }
  return values;
}

function makeUnary(making: Making, expression: Node<'unary'>, slots: Slots): Value {
  const { operator, type } = expression;
  const operand = make(making, expression.operand, slots);
  if (type.kind === 'bool') return making.builder.not(asBit(operand));
  if (type.kind === 'number') {
    const value = operator === '-' ? -asNumber(operand) : operator === '~' ? ~asNumber(operand) : operand;
    if (isTooLong(asNumber(value))) throw making.error('limit', expression, 'the number is too long');
    return value;
  }
  if (operator === '-') return negate(making.builder, asWord(operand));
  return operator === '~' ? notWord(making.builder, asWord(operand)) : operand;
}

function makeBinary(making: Making, expression: BinaryExpression, slots: Slots): Value {
  const left = make(making, expression.left, slots);
  // What guards something that is known to be out of reach keeps it from being made.
  if (expression.operator === '&&' && left === FALSE) return FALSE;
  if (expression.operator === '||' && left === TRUE) return TRUE;
  const right = make(making, expression.right, slots);
  making.at = expression;
  return applyBinary(making, expression, left, right);
}

function makeConditional(making: Making, expression: Node<'conditional'>, slots: Slots): Value {
  const condition = asBit(make(making, expression.condition, slots));
  if (condition === TRUE) return make(making, expression.whenTrue, slots);
  if (condition === FALSE) return make(making, expression.whenFalse, slots);
  const whenTrue = make(making, expression.whenTrue, slots);
  const whenFalse = make(making, expression.whenFalse, slots);
  making.at = expression;
  return choose(making, condition, whenTrue, whenFalse, expression.type, () =>
    making.error('number-under-secret', expression, 'a secret condition chooses between numbers'),
  );
}

function makeElement(making: Making, expression: Node<'element'>, slots: Slots): Value {
  const elements = asParts(make(making, expression.object, slots));
  const index = make(making, expression.index, slots);
  making.at = expression;
  if (expression.index.type.kind === 'number') {
    checkInside(making, expression.index, asNumber(index), elements.length);
    return elements[Number(index)]!;
  }
  return elementAt(making, elements, asWord(index), expression.type);
}

/** @throws CompileError for an index that is known and that no element has */
export function checkInside(making: Making, span: Expression, index: bigint, length: number): void {
  if (index >= 0n && index < BigInt(length)) return;
  const text = `there is no element ${index}: the length is ${length}`;
  throw making.error('index-out-of-range', span, text);
}

function makeCast(making: Making, { operand, type }: Node<'cast'>, slots: Slots): Value {
  const value = make(making, operand, slots);
  const from = operand.type;
  const word = from.kind === 'bool' ? [asBit(value)] : asWord(value);
  const bits = bitsOf(type);
  if (bits <= word.length) return word.slice(0, bits);
  const isSigned = from.kind === 'integer' && from.isSigned;
  return isSigned ? signExtend(word, bits) : zeroExtend(word, bits);
}
