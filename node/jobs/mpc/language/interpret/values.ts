/** Values while a program runs in the clear, and integers of a width. */
import { compareNumbers, computeNumber } from '../numbers.ts';
import type { BinaryOperator } from '../syntax/ast.ts';
import type { IntegerType, Type } from '../types.ts';

/** A number and an integer are a bigint in the range of the type; an array, a tuple and a struct are their parts in order. */
export type ClearValue = bigint | boolean | readonly ClearValue[];

/** The integer of the type that has the same low bits. */
export function wrap({ isSigned, bits }: IntegerType, value: bigint): bigint {
  return isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

export function zeroOf(type: Type): ClearValue {
  switch (type.kind) {
    case 'integer':
    case 'number':
      return 0n;
    case 'bool':
      return false;
    case 'array':
      return Array.from({ length: type.length }, () => zeroOf(type.element));
    case 'tuple':
      return type.elements.map(zeroOf);
    case 'struct':
      return type.fields.map((each) => zeroOf(each.type));
  }
}

export function isEqual(a: ClearValue, b: ClearValue): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return a.every((each, i) => isEqual(each, b[i]!));
}

const comparisons = new Set<BinaryOperator>(['<', '<=', '>', '>=', '===', '!==']);

export function operate(operator: BinaryOperator, type: Type, a: ClearValue, b: ClearValue): ClearValue {
  if (typeof a === 'boolean' || typeof b === 'boolean') return operator === '===' ? a === b : a !== b;
  if (typeof a !== 'bigint' || typeof b !== 'bigint') throw new Error(`${operator} of values with parts`);
  if (comparisons.has(operator)) return compareNumbers(operator, a, b);
  if (type.kind === 'integer') return wrap(type, operateInteger(operator, type, a, b));
  const result = computeNumber(operator, a, b);
  if (typeof result !== 'bigint') throw new Error(`the generator found no ${result.code}`);
  return result;
}

/** Before it is brought back into the range. */
function operateInteger(operator: BinaryOperator, type: IntegerType, a: bigint, b: bigint): bigint {
  switch (operator) {
    case '+':
      return a + b;
    case '-':
      return a - b;
    case '*':
      return a * b;
    case '/':
      return b === 0n ? -1n : a / b;
    case '%':
      return b === 0n ? a : a % b;
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
      return b >= BigInt(type.bits) ? 0n : a << b;
    case '>>':
      return b >= BigInt(type.bits) ? (a < 0n ? -1n : 0n) : a >> b;
    case '>>>':
      return b >= BigInt(type.bits) ? 0n : BigInt.asUintN(type.bits, a) >> b;
    default:
      throw new Error(`${operator} of integers`);
  }
}
