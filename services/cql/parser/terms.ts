/** Terms: values as a statement has them. They have no columns in them; those are selectors. */
import type { Entry, Term, UserTypeField } from './ast.ts';
import { inParentheses, listOf, mapEntryOf, mapOrSetOf, tupleOf, typeHintOf } from './collections.ts';
import { acceptConstant, isConstant } from './constants.ts';
import type { Cursor } from './cursor.ts';
import { functionName, isFunctionName, isName, name } from './names.ts';
import { nativeType, typeEnd } from './types.ts';

export function term(cursor: Cursor): Term {
  return cursor.nested(addition);
}

/** A term that `+` and the name of a column may follow, which is not part of it. */
export function termBeforeColumn(cursor: Cursor): Term {
  return cursor.nested(additionBeforeColumn);
}

/** Terms in parentheses, also none. */
export function terms(cursor: Cursor): Term[] {
  return inParentheses(cursor, term);
}

export function tupleLiteral(cursor: Cursor): Term {
  return tupleOf(cursor, term);
}

function addition(cursor: Cursor): Term {
  let left = multiplication(cursor);
  while (cursor.is('+') || cursor.is('-')) left = sum(cursor, left);
  return left;
}

function additionBeforeColumn(cursor: Cursor): Term {
  let left = multiplication(cursor);
  while ((cursor.is('+') && !isColumn(cursor, 1)) || cursor.is('-')) left = sum(cursor, left);
  return left;
}

function isColumn(cursor: Cursor, distance: number): boolean {
  const token = cursor.peek(distance);
  if (token.kind === 'EMPTY_QUOTED_NAME') return true;
  if (!isName(token)) return false;
  const { kind } = cursor.peek(distance + 1);
  return kind !== '(' && kind !== '.';
}

function sum(cursor: Cursor, left: Term): Term {
  cursor.countOperation();
  const operator = cursor.take().kind === '+' ? '+' : '-';
  return { kind: 'operation', operator, left, right: multiplication(cursor) };
}

function multiplication(cursor: Cursor): Term {
  let left = signed(cursor);
  for (;;) {
    const { kind } = cursor;
    if (kind !== '*' && kind !== '/' && kind !== '%') return left;
    cursor.countOperation();
    cursor.take();
    left = { kind: 'operation', operator: kind, left, right: signed(cursor) };
  }
}

function signed(cursor: Cursor): Term {
  if (!cursor.accept('-')) return simple(cursor);
  return { kind: 'negation', operand: simple(cursor) };
}

function simple(cursor: Cursor): Term {
  const constant = acceptConstant(cursor);
  if (constant !== undefined) return constant;
  switch (cursor.kind) {
    case 'QMARK':
    case ':':
      return cursor.marker();
    case 'NULL':
      cursor.take();
      return { kind: 'null' };
    case '[':
      return listOf(cursor, term);
    case '{':
      return braces(cursor);
    case '(':
      return isTypeHint(cursor) ? cursor.nested(typeHint) : tupleLiteral(cursor);
    case 'CAST':
      // A keyspace may be called `cast`.
      return cursor.peek(1).kind === '(' ? cursor.nested(cast) : call(cursor);
    default:
      return call(cursor);
  }
}

function braces(cursor: Cursor): Term {
  cursor.expect('{');
  if (cursor.accept('}')) return { kind: 'set', elements: [] };
  const result =
    isName(cursor.token) && cursor.peek(1).kind === ':' ? userType(cursor) : mapOrSetOf(cursor, term);
  cursor.expect('}');
  return result;
}

function userType(cursor: Cursor): Term {
  const fields = new Map<string, UserTypeField>();
  for (const field of cursor.list(userTypeField)) fields.set(field.name, field);
  return { kind: 'userType', fields: [...fields.values()] };
}

function userTypeField(cursor: Cursor): UserTypeField {
  const field = name(cursor);
  cursor.expect(':');
  return { name: field, value: term(cursor) };
}

export function mapEntry(cursor: Cursor): Entry<Term> {
  return mapEntryOf(cursor, term);
}

function typeHint(cursor: Cursor): Term {
  return typeHintOf(cursor, simple);
}

/** `(text) x` is one, `('x')` a tuple, and `('class.of.a.type') x` one again. */
function isTypeHint(cursor: Cursor): boolean {
  const end = typeEnd(cursor, 1);
  if (end === -1 || cursor.peek(end).kind !== ')') return false;
  if (cursor.peek(1).kind !== 'STRING_LITERAL') return true;
  const behind = cursor.peek(end + 1);
  if (isFunctionName(behind)) return ['(', '.'].includes(cursor.peek(end + 2).kind);
  return isConstant(behind.kind) || ['QMARK', '(', '[', '{'].includes(behind.kind);
}

function cast(cursor: Cursor): Term {
  cursor.expectAll('CAST', '(');
  const operand = simple(cursor);
  cursor.expect('AS');
  const to = nativeType(cursor);
  cursor.expect(')');
  return { kind: 'cast', operand, type: to };
}

function call(cursor: Cursor): Term {
  if (!isName(cursor.token) && !isFunctionName(cursor.token)) throw cursor.noAlternative();
  const { kind } = cursor.peek(1);
  if (kind !== '(' && kind !== '.') throw cursor.noAlternative(1);
  return { kind: 'call', function: functionName(cursor), args: terms(cursor) };
}
