/** Statements of a function. */
import type {
  AssignmentNode,
  BinaryOperator,
  BlockNode,
  DeclarationNode,
  NameNode,
  PatternNode,
  StatementNode,
} from './ast.ts';
import type { Cursor } from './cursor.ts';
import { parseExpression, parseOperand } from './parse-expressions.ts';
import { parseType } from './parse-types.ts';

const compound = new Map<string, BinaryOperator>(
  (['+', '-', '*', '/', '%', '<<', '>>', '>>>', '&', '|', '^', '&&', '||'] as const).map((operator) => [
    `${operator}=`,
    operator,
  ]),
);

const refused = new Map<string, string>([
  ['switch', 'there is no switch: write if and else'],
  ['do', 'there is no do: write a for loop'],
  ['function', 'functions are declared at the top level'],
  ['class', 'there are no classes: write an interface and functions'],
  ['enum', 'there are no enums: write constants'],
  ['var', 'write let or const'],
  ['throw', 'nothing can be thrown: a circuit always ends with its outputs'],
  ['try', 'nothing can be thrown, so that there is nothing to try'],
  ['import', 'import stands at the top level'],
  ['export', 'export stands at the top level'],
  ['interface', 'types are declared at the top level'],
]);

export function parseBlock(cursor: Cursor): BlockNode {
  const open = cursor.expect('{');
  const statements: StatementNode[] = [];
  while (!cursor.is('}')) {
    if (cursor.current.kind === 'end') throw cursor.unexpected('"}"');
    statements.push(...parseStatements(cursor));
  }
  cursor.expect('}');
  return { kind: 'block', statements, ...cursor.spanFrom(open) };
}

/** One statement as TypeScript counts them; several declarations may be in one. */
function parseStatements(cursor: Cursor): readonly StatementNode[] {
  return cursor.nested(() => {
    if (cursor.take(';')) return [];
    if (cursor.is('const') || cursor.is('let')) {
      const declarations = parseDeclarations(cursor);
      cursor.endStatement();
      return declarations;
    }
    return [parseStatement(cursor)];
  });
}

/** A statement where no declaration may be. */
function parseBody(cursor: Cursor): StatementNode {
  return cursor.nested(() => {
    if (cursor.is('const') || cursor.is('let')) {
      throw cursor.error('syntax', cursor.current, 'a declaration needs a block around it');
    }
    const first = cursor.current;
    if (cursor.take(';')) return { kind: 'block', statements: [], start: first.start, end: first.end };
    return parseStatement(cursor);
  });
}

function parseStatement(cursor: Cursor): StatementNode {
  const first = cursor.current;
  if (first.kind === 'keyword') {
    const why = refused.get(first.text);
    if (why !== undefined) throw cursor.error('unsupported', first, why);
  }
  if (cursor.is('{')) return parseBlock(cursor);
  if (cursor.is('if')) return parseIf(cursor);
  if (cursor.is('for')) return parseFor(cursor);
  if (cursor.is('while')) return parseWhile(cursor);
  if (cursor.take('return')) {
    const ends =
      cursor.is(';') || cursor.is('}') || cursor.current.kind === 'end' || cursor.current.onNewLine;
    const value = ends ? undefined : parseExpression(cursor);
    cursor.endStatement();
    return { kind: 'return', value, ...cursor.spanFrom(first) };
  }
  if (cursor.is('break') || cursor.is('continue')) return parseJump(cursor);
  if (first.kind === 'name' && cursor.following.text === ':') {
    throw cursor.error('unsupported', first, 'there are no labels');
  }
  const statement = parseChange(cursor);
  cursor.endStatement();
  return statement;
}

function parseJump(cursor: Cursor): StatementNode {
  const first = cursor.advance();
  if (cursor.current.kind === 'name' && !cursor.current.onNewLine) {
    throw cursor.error('unsupported', cursor.current, 'there are no labels');
  }
  cursor.endStatement();
  return { kind: first.text as 'break' | 'continue', start: first.start, end: first.end };
}

/** An assignment, `i++`, or an expression. */
function parseChange(cursor: Cursor): StatementNode {
  const first = cursor.current;
  if (cursor.is('++') || cursor.is('--')) {
    const { text } = cursor.advance();
    return stepOf(cursor, text, parseOperand(cursor), first);
  }
  const target = parseOperand(cursor);
  const { kind, text, onNewLine } = cursor.current;
  if (kind === 'sign' && !onNewLine && (text === '++' || text === '--')) {
    cursor.advance();
    return stepOf(cursor, text, target, first);
  }
  const operator = compound.get(text);
  if (kind === 'sign' && (text === '=' || operator !== undefined)) {
    cursor.advance();
    const value = parseExpression(cursor);
    return { kind: 'assignment', target, operator, value, ...cursor.spanFrom(first) };
  }
  if (kind === 'sign' && (text === '**=' || text === '??=')) {
    throw cursor.error('unsupported', cursor.current, `there is no ${text}`);
  }
  if (kind === 'sign' && text === ',') {
    throw cursor.error('unsupported', cursor.current, 'there are no comma expressions');
  }
  return { kind: 'expression', value: target, ...cursor.spanFrom(first) };
}

function stepOf(
  cursor: Cursor,
  sign: string,
  target: AssignmentNode['target'],
  first: { start: number; end: number },
): AssignmentNode {
  const span = cursor.spanFrom(first);
  const value = { kind: 'number', value: 1n, ...span } as const;
  return { kind: 'assignment', target, operator: sign === '++' ? '+' : '-', value, ...span };
}

function parseIf(cursor: Cursor): StatementNode {
  const first = cursor.advance();
  const condition = parseCondition(cursor);
  const whenTrue = parseBody(cursor);
  const whenFalse = cursor.take('else') ? parseBody(cursor) : undefined;
  return { kind: 'if', condition, whenTrue, whenFalse, ...cursor.spanFrom(first) };
}

function parseCondition(cursor: Cursor): ReturnType<typeof parseExpression> {
  cursor.expect('(');
  const condition = parseExpression(cursor);
  cursor.expect(')');
  return condition;
}

function parseWhile(cursor: Cursor): StatementNode {
  const first = cursor.advance();
  const condition = parseCondition(cursor);
  const body = parseBody(cursor);
  return { kind: 'for', initial: [], condition, update: [], body, ...cursor.spanFrom(first) };
}

function parseFor(cursor: Cursor): StatementNode {
  const first = cursor.advance();
  if (cursor.is('await')) throw cursor.error('unsupported', cursor.current, 'there is no await');
  cursor.expect('(');
  const head = cursor.mark();
  if (cursor.is('const') || cursor.is('let')) {
    const isConst = cursor.advance().text === 'const';
    const pattern = parsePattern(cursor);
    if (cursor.is('in')) throw cursor.error('unsupported', cursor.current, 'write for (const x of xs)');
    if (cursor.isWord('of')) {
      cursor.advance();
      const iterable = parseExpression(cursor);
      cursor.expect(')');
      const body = parseBody(cursor);
      return { kind: 'for-of', isConst, pattern, iterable, body, ...cursor.spanFrom(first) };
    }
    cursor.reset(head);
  }
  const initial = cursor.is(';') ? [] : parseInitial(cursor);
  cursor.expect(';');
  const condition = cursor.is(';') ? undefined : parseExpression(cursor);
  cursor.expect(';');
  const update: StatementNode[] = [];
  if (!cursor.is(')')) {
    do update.push(parseChange(cursor));
    while (cursor.take(','));
  }
  cursor.expect(')');
  const body = parseBody(cursor);
  return { kind: 'for', initial, condition, update, body, ...cursor.spanFrom(first) };
}

function parseInitial(cursor: Cursor): readonly StatementNode[] {
  return cursor.is('const') || cursor.is('let') ? parseDeclarations(cursor) : [parseChange(cursor)];
}

/** `const` or `let` and what follows, without the end of the statement. */
export function parseDeclarations(cursor: Cursor): DeclarationNode[] {
  const isConst = cursor.advance().text === 'const';
  const declarations: DeclarationNode[] = [];
  do {
    const pattern = parsePattern(cursor);
    const type = cursor.take(':') ? parseType(cursor) : undefined;
    cursor.expect('=', ': every variable has a value from the beginning');
    const value = parseExpression(cursor);
    const span = cursor.spanFrom(pattern);
    declarations.push({ kind: 'declaration', isConst, pattern, type, value, ...span });
  } while (cursor.take(','));
  return declarations;
}

function parsePattern(cursor: Cursor): PatternNode {
  const open = cursor.current;
  if (cursor.take('[')) {
    const names: (NameNode | undefined)[] = [];
    while (!cursor.is(']')) {
      names.push(cursor.is(',') ? undefined : cursor.name());
      if (!cursor.take(',')) break;
    }
    cursor.expect(']');
    return { kind: 'elements', names, ...cursor.spanFrom(open) };
  }
  if (!cursor.take('{')) return cursor.name();
  const fields: { field: NameNode; name: NameNode }[] = [];
  while (!cursor.is('}')) {
    const field = cursor.fieldName();
    fields.push({ field, name: cursor.take(':') ? cursor.name() : field });
    if (!cursor.take(',')) break;
  }
  cursor.expect('}');
  return { kind: 'fields', fields, ...cursor.spanFrom(open) };
}
