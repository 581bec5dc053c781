/** What a SELECT shows: columns, parts of them, functions and arithmetic over them, and literals. */
import type { ArithmeticOperator, Selector, SelectorWithAlias, Term } from './ast.ts';
import { inParentheses, listOf, mapOrSetOf, tupleOf, typeHintOf } from './collections.ts';
import { acceptConstant, isConstant } from './constants.ts';
import type { Cursor } from './cursor.ts';
import { uses } from './keywords.ts';
import { functionName, isFunctionName, isName, name } from './names.ts';
import { term } from './terms.ts';
import type { Token } from './tokens.ts';
import { nativeType, typeEnd } from './types.ts';

/** @returns undefined: `*` */
export function selectors(cursor: Cursor): SelectorWithAlias[] | undefined {
  return cursor.accept('*') ? undefined : cursor.list(selectorWithAlias);
}

function selectorWithAlias(cursor: Cursor): SelectorWithAlias {
  return { selector: selector(cursor), alias: cursor.accept('AS') ? name(cursor) : undefined };
}

export function selector(cursor: Cursor): Selector {
  return cursor.nested(addition);
}

/** Whether a selector may begin so. */
export function beginsSelector({ kind, uses: bits }: Token): boolean {
  if ((bits & (uses.name | uses.function)) !== 0 || isConstant(kind)) return true;
  return kind === 'NULL' || kind === 'QMARK' || kind === ':' || kind === '(' || kind === '[' || kind === '{';
}

function addition(cursor: Cursor): Selector {
  let left = multiplication(cursor);
  for (;;) {
    const { kind } = cursor;
    if (kind !== '+' && kind !== '-') return left;
    left = operation(cursor, kind, left, multiplication);
  }
}

function multiplication(cursor: Cursor): Selector {
  let left = group(cursor);
  for (;;) {
    const { kind } = cursor;
    if (kind !== '*' && kind !== '/' && kind !== '%') return left;
    left = operation(cursor, kind, left, group);
  }
}

function operation(
  cursor: Cursor,
  operator: ArithmeticOperator,
  left: Selector,
  operand: (cursor: Cursor) => Selector,
): Selector {
  cursor.countOperation();
  cursor.take();
  return { kind: 'operation', operator, left, right: operand(cursor) };
}

function group(cursor: Cursor): Selector {
  if (cursor.is('-')) return cursor.nested(negation);
  return withAccess(cursor, simple(cursor));
}

function negation(cursor: Cursor): Selector {
  cursor.expect('-');
  return { kind: 'negation', operand: group(cursor) };
}

/** Fields, elements and slices of what was read. */
function withAccess(cursor: Cursor, operand: Selector): Selector {
  let result = operand;
  for (;;) {
    if (!cursor.is('.') && !cursor.is('[')) return result;
    cursor.countOperation();
    if (cursor.accept('.')) {
      result = { kind: 'field', operand: result, field: name(cursor) };
    } else {
      cursor.expect('[');
      result = elementOrSlice(cursor, result);
      cursor.expect(']');
    }
  }
}

function elementOrSlice(cursor: Cursor, operand: Selector): Selector {
  if (cursor.accept('RANGE')) return { kind: 'slice', operand, from: undefined, to: term(cursor) };
  const from = term(cursor);
  if (!cursor.accept('RANGE')) return { kind: 'element', operand, key: from };
  const to: Term | undefined = cursor.is(']') ? undefined : term(cursor);
  return { kind: 'slice', operand, from, to };
}

function simple(cursor: Cursor): Selector {
  const constant = acceptConstant(cursor);
  if (constant !== undefined) return { kind: 'term', term: constant };
  switch (cursor.kind) {
    case 'QMARK':
    case ':':
      return { kind: 'term', term: cursor.marker() };
    case 'NULL':
      cursor.take();
      return { kind: 'term', term: { kind: 'null' } };
    case '(':
      return isTypeHint(cursor) ? cursor.nested(typeHint) : tupleOf(cursor, selector);
    case '[':
      return listOf(cursor, selector);
    case '{':
      return braces(cursor);
    default:
      return named(cursor);
  }
}

/** A column or a function. */
function named(cursor: Cursor): Selector {
  const { token } = cursor;
  if (!isName(token) && !isFunctionName(token)) throw cursor.noAlternative();
  const next = cursor.peek(1).kind;
  if (next === '(') {
    switch (token.kind) {
      case 'WRITETIME':
      case 'MAXWRITETIME':
      case 'TTL':
        return metadata(cursor);
      case 'CAST':
        return cast(cursor);
      case 'COUNT':
        if (cursor.peek(2).kind === '*') return countRows(cursor);
        return call(cursor);
      default:
        if (isFunctionName(token)) return call(cursor);
    }
  }
  if (next === '.' && isName(token) && isFunctionName(cursor.peek(2)) && cursor.peek(3).kind === '(') {
    return call(cursor);
  }
  return { kind: 'column', name: name(cursor) };
}

function metadata(cursor: Cursor): Selector {
  const { kind } = cursor.take();
  cursor.expect('(');
  const operand = withAccess(cursor, { kind: 'column', name: name(cursor) });
  cursor.expect(')');
  return { kind: kind === 'TTL' ? 'ttl' : kind === 'WRITETIME' ? 'writetime' : 'maxwritetime', operand };
}

function countRows(cursor: Cursor): Selector {
  cursor.expectAll('COUNT', '(', '*', ')');
  return { kind: 'countRows' };
}

function cast(cursor: Cursor): Selector {
  cursor.expectAll('CAST', '(');
  const operand = selector(cursor);
  cursor.expect('AS');
  const to = nativeType(cursor);
  cursor.expect(')');
  return { kind: 'cast', operand, type: to };
}

function call(cursor: Cursor): Selector {
  const called = functionName(cursor);
  const args = inParentheses(cursor, selector);
  const isCount = called.name === 'count' && (called.keyspace === undefined || called.keyspace === 'system');
  // COUNT(1) counts rows: older than the function, which would not know of which type the 1 is.
  const [only] = args;
  if (isCount && args.length === 1 && only?.kind === 'term' && only.term.kind === 'constant') {
    return { kind: 'countRows' };
  }
  return { kind: 'call', function: called, args };
}

function braces(cursor: Cursor): Selector {
  cursor.expect('{');
  if (cursor.accept('}')) return { kind: 'set', elements: [] };
  const result = mapOrSetOf(cursor, selector);
  cursor.expect('}');
  return result;
}

function typeHint(cursor: Cursor): Selector {
  return typeHintOf(cursor, simple);
}

/**
 * A type in parentheses and something it can be said of. `(a) AS b` is a column with an alias, and `{(a) : b}` a map; but
 * `(int) :b` says of which type a marker is.
 */
function isTypeHint(cursor: Cursor): boolean {
  const end = typeEnd(cursor, 1);
  if (end === -1 || cursor.peek(end).kind !== ')') return false;
  const behind = cursor.peek(end + 1);
  if (behind.kind === ':') return end > 2 || (cursor.peek(1).uses & uses.nativeType) !== 0;
  return behind.kind !== 'AS' && beginsSelector(behind);
}
