/** Arithmetic of numbers that are known while compiling: whole, exact, of any size up to a limit. */
import type { CompileErrorCode } from './errors.ts';
import { languageLimits } from './limits.ts';
import type { BinaryOperator } from './syntax/ast.ts';
import { isTooLong } from './types.ts';

/** Says why there is no value; who knows the place makes a `CompileError` of it. */
export interface NoNumber {
  readonly code: CompileErrorCode;
  readonly text: string;
}

export type NumberResult = bigint | NoNumber;

const tooLong: NoNumber = {
  code: 'limit',
  text: `numbers have at most ${languageLimits.numberBitsMax} bits`,
};

/** Of the operators whose result is a number. `/` and `%` are those of whole numbers: they round towards zero. */
export function computeNumber(operator: BinaryOperator, a: bigint, b: bigint): NumberResult {
  switch (operator) {
    case '+':
      return checked(a + b);
    case '-':
      return checked(a - b);
    case '*':
      return checked(a * b);
    case '/':
    case '%':
      if (b === 0n) return { code: 'division-by-zero', text: 'division by zero' };
      return operator === '/' ? a / b : a % b;
    case '**':
      return power(a, b);
    case '&':
      return a & b;
    case '|':
      return a | b;
    case '^':
      return a ^ b;
    case '<<':
    case '>>':
      return shift(operator, a, b);
    default:
      throw new Error(`${operator} does not make a number`);
  }
}

export function compareNumbers(operator: BinaryOperator, a: bigint, b: bigint): boolean {
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    case '>=':
      return a >= b;
    case '===':
      return a === b;
    case '!==':
      return a !== b;
    default:
      throw new Error(`${operator} does not compare`);
  }
}

function shift(operator: '<<' | '>>', a: bigint, b: bigint): NumberResult {
  if (b < 0n) return { code: 'out-of-range', text: 'a shift by less than zero' };
  if (operator === '>>') return a >> (isTooLong(b) ? BigInt(languageLimits.numberBitsMax) : b);
  if (a === 0n) return 0n;
  return b > BigInt(languageLimits.numberBitsMax) ? tooLong : checked(a << b);
}

function power(a: bigint, b: bigint): NumberResult {
  if (b < 0n) return { code: 'out-of-range', text: 'a power of less than zero' };
  if (a === 0n || a === 1n) return b === 0n ? 1n : a;
  if (a === -1n) return b % 2n === 0n ? 1n : -1n;
  const bits = BigInt((a < 0n ? -a : a).toString(2).length - 1);
  return bits * b > BigInt(languageLimits.numberBitsMax) ? tooLong : checked(a ** b);
}

function checked(value: bigint): NumberResult {
  return isTooLong(value) ? tooLong : value;
}
