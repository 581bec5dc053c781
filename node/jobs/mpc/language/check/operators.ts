/** Types of operators. Both sides have one type, or one side is a number that takes the type of the other. */
import { quote } from '../errors.ts';
import type { BinaryNode, BinaryOperator, ExpressionNode } from '../syntax/ast.ts';
import { bool, isUnsigned, number, sameType, type Type, typeText } from '../types.ts';
import type { Context, FunctionScope } from './context.ts';
import { convert, mismatchText } from './convert.ts';
import { check, checkAs } from './expressions.ts';
import type { Expression } from './tree.ts';

type Group = 'arithmetic' | 'power' | 'shift' | 'bits' | 'order' | 'equality' | 'logic';

const groups = new Map<BinaryOperator, Group>([
  ...(['+', '-', '*', '/', '%'] as const).map((operator): [BinaryOperator, Group] => [
    operator,
    'arithmetic',
  ]),
  ['**', 'power'],
  ...(['<<', '>>', '>>>'] as const).map((operator): [BinaryOperator, Group] => [operator, 'shift']),
  ...(['&', '|', '^'] as const).map((operator): [BinaryOperator, Group] => [operator, 'bits']),
  ...(['<', '<=', '>', '>='] as const).map((operator): [BinaryOperator, Group] => [operator, 'order']),
  ...(['===', '!=='] as const).map((operator): [BinaryOperator, Group] => [operator, 'equality']),
  ...(['&&', '||'] as const).map((operator): [BinaryOperator, Group] => [operator, 'logic']),
]);

export function checkUnary(
  scope: FunctionScope,
  node: ExpressionNode & { readonly kind: 'unary' },
  expected: Type | undefined,
): Expression {
  const { context } = scope;
  const { operator, start, end } = node;
  if (operator === '!') {
    const operand = checkAs(scope, node.operand, bool);
    return { kind: 'unary', type: bool, isKnown: operand.isKnown, operator, operand, start, end };
  }
  const operand = check(scope, node.operand, expected);
  const { type, isKnown } = operand;
  if (type.kind !== 'integer' && type.kind !== 'number') {
    throw context.error('type-mismatch', node, `${operator} takes an integer, not ${typeText(type)}`);
  }
  if (operand.kind === 'constant' && type.kind === 'number' && typeof operand.value === 'bigint') {
    // A literal with its sign is one constant, so that its range is checked where it is written.
    const value = operator === '-' ? -operand.value : operator === '~' ? ~operand.value : operand.value;
    return { ...operand, value, start, end };
  }
  return { kind: 'unary', type, isKnown, operator, operand, start, end };
}

export function checkBinary(scope: FunctionScope, node: BinaryNode, expected: Type | undefined): Expression {
  const group = groups.get(node.operator)!;
  const operands = group === 'logic' ? bool : hasOwnType(group) ? undefined : expected;
  const left = check(scope, node.left, operands);
  const right = check(scope, node.right, group === 'shift' ? undefined : operands);
  const isTyped = group === 'shift' && right.type.kind === 'integer' && expected?.kind === 'integer';
  const typed = isTyped && left.type.kind === 'number' ? convert(scope.context, left, expected) : left;
  return joinBinary(scope.context, node, node.operator, typed, right);
}

/** Comparisons make a boolean of operands of which nothing is expected. */
function hasOwnType(group: Group): boolean {
  return group === 'order' || group === 'equality';
}

/** @param span of the whole */
export function joinBinary(
  context: Context,
  { start, end }: { readonly start: number; readonly end: number },
  operator: BinaryOperator,
  left: Expression,
  right: Expression,
): Expression {
  const group = groups.get(operator)!;
  const span = { start, end };
  if (group === 'shift') checkShift(context, operator, left, right);
  const [a, b] = group === 'shift' ? [left, right] : sameSides(context, operator, group, left, right);
  checkOperands(context, operator, group, a);
  const type = group === 'order' || group === 'equality' || group === 'logic' ? bool : a.type;
  const divisor = b.kind === 'constant' ? b.value : undefined;
  if ((operator === '/' || operator === '%') && divisor === 0n) {
    throw context.error('division-by-zero', span, 'division by zero');
  }
  const isKnown = a.isKnown && b.isKnown;
  return { kind: 'binary', type, isKnown, operator, left: a, right: b, ...span };
}

function sameSides(
  context: Context,
  operator: BinaryOperator,
  group: Group,
  left: Expression,
  right: Expression,
): [Expression, Expression] {
  if (group === 'logic') return [convert(context, left, bool), convert(context, right, bool)];
  if (sameType(left.type, right.type)) return [left, right];
  if (left.type.kind === 'number' && right.type.kind === 'integer') {
    return [convert(context, left, right.type), right];
  }
  if (right.type.kind === 'number' && left.type.kind === 'integer') {
    return [left, convert(context, right, left.type)];
  }
  const both = left.type.kind === 'integer' && right.type.kind === 'integer';
  const help = both ? `: ${mismatchText(right.type, left.type)}` : '';
  const text = `${operator} between ${typeText(left.type)} and ${typeText(right.type)}${help}`;
  throw context.error('type-mismatch', { start: left.start, end: right.end }, text);
}

function checkOperands(
  context: Context,
  operator: BinaryOperator,
  group: Group,
  { type, start, end }: Expression,
): void {
  const span = { start, end };
  if (group === 'logic') return;
  if (group === 'power') {
    if (type.kind === 'number') return;
    throw context.error('unsupported', span, '** is for numbers that are known while compiling: multiply');
  }
  if (type.kind === 'integer' || type.kind === 'number') return;
  if (group === 'equality') {
    if (type.kind === 'bool') return;
    throw context.error('type-mismatch', span, `${operator} of ${typeText(type)}: use equal(a, b)`);
  }
  const help = group === 'bits' && type.kind === 'bool' ? ': use && or || or !==' : '';
  throw context.error(
    'type-mismatch',
    span,
    `${quote(operator)} takes integers, not ${typeText(type)}${help}`,
  );
}

function checkShift(context: Context, operator: BinaryOperator, left: Expression, right: Expression): void {
  if (left.type.kind === 'number') {
    if (right.type.kind !== 'number') {
      throw context.error('type-mismatch', left, 'a number has no width: give it a type, as in u32(1)');
    }
    if (operator === '>>>') throw context.error('unsupported', left, 'a number has no width: write >>');
  }
  if (right.type.kind !== 'number' && !isUnsigned(right.type)) {
    const text = `a shift is by a number or an unsigned integer, not ${typeText(right.type)}`;
    throw context.error('type-mismatch', right, text);
  }
  if (right.kind === 'constant' && right.type === number && (right.value as bigint) < 0n) {
    throw context.error('out-of-range', right, 'a shift by less than zero');
  }
}
