/** Expressions, with the precedence of ECMAScript. Assignments are statements, so that no expression changes anything. */
import { CompileError } from '../errors.ts';
import type {
  BinaryOperator,
  ExpressionNode,
  FieldNode,
  NameNode,
  SpreadNode,
  TypeNode,
  UnaryOperator,
} from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseTypeArguments } from './parse-types.ts';
import { numberValue } from './tokens.ts';

const precedence = new Map<string, number>([
  ['||', 1],
  ['&&', 2],
  ['|', 3],
  ['^', 4],
  ['&', 5],
  ...['===', '!=='].map((sign): [string, number] => [sign, 6]),
  ...['<', '<=', '>', '>='].map((sign): [string, number] => [sign, 7]),
  ...['<<', '>>', '>>>'].map((sign): [string, number] => [sign, 8]),
  ...['+', '-'].map((sign): [string, number] => [sign, 9]),
  ...['*', '/', '%'].map((sign): [string, number] => [sign, 10]),
]);

const refused = new Map<string, string>([
  ['==', 'write === for equality'],
  ['!=', 'write !== for inequality'],
  ['??', 'there is no null or undefined, so that ?? has no use'],
  ['?.', 'there is no null or undefined, so that ?. has no use'],
  ['=>', 'there are no arrow functions: declare a function'],
  ['in', '"in" is not part of the language'],
  ['instanceof', '"instanceof" is not part of the language'],
  ...[
    '=',
    '+=',
    '-=',
    '*=',
    '/=',
    '%=',
    '**=',
    '<<=',
    '>>=',
    '>>>=',
    '&=',
    '|=',
    '^=',
    '&&=',
    '||=',
    '??=',
  ].map((sign): [string, string] => [
    sign,
    'an assignment is a statement of its own, not part of an expression',
  ]),
  ['++', '++ is a statement of its own, not part of an expression'],
  ['--', '-- is a statement of its own, not part of an expression'],
]);

/** An expression that ends where no operator follows. */
export function parseExpression(cursor: Cursor): ExpressionNode {
  const expression = parseOperand(cursor);
  checkRefused(cursor);
  return expression;
}

/** Without the check for what follows: an assignment may. */
export function parseOperand(cursor: Cursor): ExpressionNode {
  return cursor.nested(() => {
    const condition = parseBinary(cursor, 1);
    if (!cursor.take('?')) return condition;
    const whenTrue = parseExpression(cursor);
    cursor.expect(':');
    const whenFalse = parseExpression(cursor);
    return { kind: 'conditional', condition, whenTrue, whenFalse, ...cursor.spanFrom(condition) };
  });
}

function checkRefused(cursor: Cursor): void {
  const { kind, text, onNewLine } = cursor.current;
  if (kind !== 'sign' && kind !== 'keyword') return;
  if (onNewLine && (text === '++' || text === '--')) return;
  const why = refused.get(text);
  if (why !== undefined) throw cursor.error('unsupported', cursor.current, why);
}

function parseBinary(cursor: Cursor, least: number): ExpressionNode {
  let left = parsePower(cursor);
  for (;;) {
    const { kind, text } = cursor.current;
    const level = kind === 'sign' ? precedence.get(text) : undefined;
    if (level === undefined || level < least) return left;
    cursor.advance();
    const right = cursor.nested(() => parseBinary(cursor, level + 1));
    left = { kind: 'binary', operator: text as BinaryOperator, left, right, ...cursor.spanFrom(left) };
  }
}

function parsePower(cursor: Cursor): ExpressionNode {
  const first = cursor.current;
  const left = parseUnary(cursor);
  if (!cursor.is('**')) return left;
  if (left.kind === 'unary' && !(first.kind === 'sign' && first.text === '(')) {
    throw cursor.error('syntax', left, 'put the base of ** in parentheses');
  }
  cursor.advance();
  const right = cursor.nested(() => parsePower(cursor));
  return { kind: 'binary', operator: '**', left, right, ...cursor.spanFrom(left) };
}

function parseUnary(cursor: Cursor): ExpressionNode {
  const first = cursor.current;
  if (first.kind === 'sign' && /^[-+~!]$/.test(first.text)) {
    cursor.advance();
    const operand = cursor.nested(() => parseUnary(cursor));
    return { kind: 'unary', operator: first.text as UnaryOperator, operand, ...cursor.spanFrom(first) };
  }
  checkRefused(cursor);
  return parsePostfix(cursor);
}

function parsePostfix(cursor: Cursor): ExpressionNode {
  const first = cursor.current;
  let expression = parsePrimary(cursor);
  for (;;) {
    if (cursor.take('.')) {
      const { name } = cursor.fieldName();
      expression = { kind: 'member', object: expression, name, ...cursor.spanFrom(first) };
    } else if (cursor.take('[')) {
      const object = expression;
      const index = parseExpression(cursor);
      cursor.expect(']');
      expression = { kind: 'index', object, index, ...cursor.spanFrom(first) };
    } else if (cursor.is('(')) {
      expression = parseCall(cursor, expression, []);
    } else if (cursor.is('<') && expression.kind === 'name') {
      const types = tryTypeArguments(cursor);
      if (types === undefined) return expression;
      expression = parseCall(cursor, expression, types);
    } else if (cursor.is('!') && !cursor.current.onNewLine) {
      cursor.advance();
    } else return expression;
  }
}

function parseCall(
  cursor: Cursor,
  callee: ExpressionNode,
  typeArguments: readonly TypeNode[],
): ExpressionNode {
  if (callee.kind === 'member') {
    const text = 'there are no methods: write a loop, or call a function with the value';
    throw cursor.error('unsupported', callee, text);
  }
  if (callee.kind !== 'name') throw cursor.error('unsupported', callee, 'functions are called by their name');
  cursor.expect('(');
  const args: ExpressionNode[] = [];
  while (!cursor.is(')')) {
    if (cursor.is('...')) throw cursor.error('unsupported', cursor.current, 'arguments cannot be spread');
    args.push(parseExpression(cursor));
    if (!cursor.take(',')) break;
  }
  cursor.expect(')');
  return { kind: 'call', callee, typeArguments, arguments: args, ...cursor.spanFrom(callee) };
}

/** Type arguments are followed by a call; otherwise `<` is an operator, and nothing is taken. */
function tryTypeArguments(cursor: Cursor): TypeNode[] | undefined {
  const mark = cursor.mark();
  try {
    const types = parseTypeArguments(cursor);
    if (cursor.is('(')) return types;
  } catch (error) {
    if (!(error instanceof CompileError)) throw error;
  }
  cursor.reset(mark);
  return undefined;
}

function parsePrimary(cursor: Cursor): ExpressionNode {
  const first = cursor.current;
  if (first.kind === 'name') return cursor.name();
  if (first.kind === 'number') {
    cursor.advance();
    return { kind: 'number', value: numberValue(first), start: first.start, end: first.end };
  }
  if (first.kind === 'string') {
    cursor.advance();
    return { kind: 'string', value: first.text, start: first.start, end: first.end };
  }
  if (cursor.is('true') || cursor.is('false')) {
    cursor.advance();
    return { kind: 'boolean', value: first.text === 'true', start: first.start, end: first.end };
  }
  if (cursor.is('(')) return parseParentheses(cursor);
  if (cursor.is('[')) return parseArray(cursor);
  if (cursor.is('{')) return parseObject(cursor);
  if (first.kind === 'keyword') {
    const text =
      first.text === 'function'
        ? 'functions are declared at the top level'
        : `"${first.text}" is not part of the language`;
    throw cursor.error('unsupported', first, text);
  }
  throw cursor.unexpected('an expression');
}

function parseParentheses(cursor: Cursor): ExpressionNode {
  const open = cursor.advance();
  const isArrow = cursor.is(')') || (cursor.current.kind === 'name' && /^[:,]$/.test(cursor.following.text));
  if (isArrow && cursor.following.kind === 'sign') {
    throw cursor.error('unsupported', open, 'there are no arrow functions or comma expressions here');
  }
  const inner = parseExpression(cursor);
  cursor.expect(')');
  return { ...inner, ...cursor.spanFrom(open) };
}

function parseArray(cursor: Cursor): ExpressionNode {
  const open = cursor.advance();
  const elements: (ExpressionNode | SpreadNode)[] = [];
  while (!cursor.is(']')) {
    elements.push(parseSpread(cursor) ?? parseExpression(cursor));
    if (!cursor.take(',')) break;
  }
  cursor.expect(']');
  return { kind: 'array', elements, ...cursor.spanFrom(open) };
}

function parseObject(cursor: Cursor): ExpressionNode {
  const open = cursor.advance();
  const fields: (FieldNode | SpreadNode)[] = [];
  while (!cursor.is('}')) {
    fields.push(parseSpread(cursor) ?? parseField(cursor));
    if (!cursor.take(',')) break;
  }
  cursor.expect('}');
  return { kind: 'object', fields, ...cursor.spanFrom(open) };
}

function parseSpread(cursor: Cursor): SpreadNode | undefined {
  const first = cursor.current;
  if (!cursor.take('...')) return undefined;
  return { kind: 'spread', value: parseExpression(cursor), ...cursor.spanFrom(first) };
}

function parseField(cursor: Cursor): FieldNode {
  if (cursor.is('[')) throw cursor.error('unsupported', cursor.current, 'names of fields are not computed');
  const isName = cursor.current.kind === 'name';
  const name = cursor.fieldName();
  const value: ExpressionNode = cursor.take(':') ? parseExpression(cursor) : shorthand(cursor, isName, name);
  return { kind: 'field', name: name.name, value, start: name.start, end: name.end };
}

function shorthand(cursor: Cursor, isName: boolean, name: NameNode): ExpressionNode {
  if (!isName || !(cursor.is(',') || cursor.is('}'))) throw cursor.unexpected('":"');
  return name;
}
