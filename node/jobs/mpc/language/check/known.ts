/** Values of expressions that no loop or call changes: what a size or the index of a tuple can be. */
import { computeNumber } from '../numbers.ts';
import type { Context } from './context.ts';
import type { Expression } from './tree.ts';

/**
 * @returns undefined when it depends on where the program is, or is no number
 * @throws CompileError for a division by zero and the like
 */
export function knownNumber(context: Context, expression: Expression): bigint | undefined {
  context.budget.open(expression);
  const value = compute(context, expression);
  context.budget.close();
  return value;
}

function compute(context: Context, expression: Expression): bigint | undefined {
  switch (expression.kind) {
    case 'constant':
      return typeof expression.value === 'bigint' ? expression.value : undefined;
    case 'global':
      return knownNumber(context, context.globals[expression.index]!);
    case 'convert':
      return expression.type.kind === 'number' ? knownNumber(context, expression.operand) : undefined;
    case 'unary': {
      if (expression.type.kind !== 'number') return undefined;
      const value = knownNumber(context, expression.operand);
      if (value === undefined) return undefined;
      return expression.operator === '-' ? -value : expression.operator === '~' ? ~value : value;
    }
    case 'binary': {
      if (expression.type.kind !== 'number') return undefined;
      const left = knownNumber(context, expression.left);
      const right = knownNumber(context, expression.right);
      if (left === undefined || right === undefined) return undefined;
      const result = computeNumber(expression.operator, left, right);
      if (typeof result === 'bigint') return result;
      throw context.error(result.code, expression, result.text);
    }
    default:
      return undefined;
  }
}
