/** Operators on integers and booleans as gates. */
import type { Bit, Word } from '../../circuit/builder.ts';
import * as words from '../../circuit/words/index.ts';
import type { BinaryExpression } from '../check/tree.ts';
import { compareNumbers, computeNumber } from '../numbers.ts';
import type { BinaryOperator } from '../syntax/ast.ts';
import type { IntegerType } from '../types.ts';
import { asBit, asNumber, asWord, bitOf, type Making, type Value } from './making.ts';

/** Of both sides, but for `&&` and `||`, of which the right one may not be needed. */
export function applyBinary(making: Making, expression: BinaryExpression, left: Value, right: Value): Value {
  const { operator } = expression;
  const { type } = expression.left;
  switch (type.kind) {
    case 'number':
      return applyToNumbers(making, expression, asNumber(left), asNumber(right));
    case 'bool':
      return applyToBits(making, operator, asBit(left), asBit(right));
    case 'integer':
      if (operator === '<<' || operator === '>>' || operator === '>>>') {
        return applyShift(making, expression, type, asWord(left), right);
      }
      return applyToWords(making, operator, type, asWord(left), asWord(right));
    default:
      throw new Error(`${operator} of a ${type.kind}`);
  }
}

function applyToNumbers(making: Making, expression: BinaryExpression, left: bigint, right: bigint): Value {
  const { operator } = expression;
  if (expression.type.kind === 'bool') return bitOf(compareNumbers(operator, left, right));
  const result = computeNumber(operator, left, right);
  if (typeof result === 'bigint') return result;
  throw making.error(result.code, expression, result.text);
}

function applyToBits({ builder }: Making, operator: BinaryOperator, a: Bit, b: Bit): Bit {
  switch (operator) {
    case '&&':
      return builder.and(a, b);
    case '||':
      return builder.or(a, b);
    case '===':
      return builder.not(builder.xor(a, b));
    case '!==':
      return builder.xor(a, b);
    default:
      throw new Error(`${operator} of booleans`);
  }
}

function applyToWords(
  { builder }: Making,
  operator: BinaryOperator,
  { isSigned }: IntegerType,
  a: Word,
  b: Word,
): Value {
  switch (operator) {
    case '+':
      return words.add(builder, a, b);
    case '-':
      return words.subtract(builder, a, b);
    case '*':
      return words.multiply(builder, a, b);
    case '/':
      return (isSigned ? words.signedDivide : words.divide)(builder, a, b).quotient;
    case '%':
      return (isSigned ? words.signedDivide : words.divide)(builder, a, b).remainder;
    case '&':
      return words.andWord(builder, a, b);
    case '|':
      return words.orWord(builder, a, b);
    case '^':
      return words.xorWord(builder, a, b);
    case '<':
      return less(isSigned)(builder, a, b);
    case '>':
      return less(isSigned)(builder, b, a);
    case '<=':
      return builder.not(less(isSigned)(builder, b, a));
    case '>=':
      return builder.not(less(isSigned)(builder, a, b));
    case '===':
      return words.equal(builder, a, b);
    case '!==':
      return builder.not(words.equal(builder, a, b));
    default:
      throw new Error(`${operator} of integers`);
  }
}

function less(isSigned: boolean): typeof words.lessThan {
  return isSigned ? words.signedLessThan : words.lessThan;
}

function applyShift(
  making: Making,
  { operator, right: { type: rightType }, ...span }: BinaryExpression,
  { isSigned }: IntegerType,
  word: Word,
  by: Value,
): Word {
  const { builder } = making;
  const isArithmetic = operator === '>>' && isSigned;
  if (rightType.kind === 'number') {
    const amount = shiftAmount(making, span, asNumber(by), word.length);
    if (operator === '<<') return words.shiftLeft(word, amount);
    return isArithmetic ? words.arithmeticShiftRight(word, amount) : words.shiftRight(word, amount);
  }
  if (operator === '<<') return words.shiftLeftBy(builder, word, asWord(by));
  if (isArithmetic) return words.arithmeticShiftRightBy(builder, word, asWord(by));
  return words.shiftRightBy(builder, word, asWord(by));
}

/** What is beyond the width shifts all bits out, as the width does. */
function shiftAmount(
  making: Making,
  span: { start: number; end: number },
  by: bigint,
  width: number,
): number {
  if (by < 0n) throw making.error('out-of-range', span, 'a shift by less than zero');
  return by > BigInt(width) ? width : Number(by);
}
