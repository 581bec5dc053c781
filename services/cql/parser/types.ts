/** Types as they are written. */
import type { TypeSyntax } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { uses } from './keywords.ts';
import { parserLimits } from './limits.ts';
import { isName, userTypeName } from './names.ts';
import { printType } from './print-type.ts';

/** Types with types in angle brackets. */
const generic = new Set(['MAP', 'LIST', 'SET', 'TUPLE', 'FROZEN', 'VECTOR']);

export function type(cursor: Cursor): TypeSyntax {
  return cursor.nested(anyType);
}

function anyType(cursor: Cursor): TypeSyntax {
  const { token } = cursor;
  if (token.kind === 'STRING_LITERAL') return { kind: 'custom', className: cursor.take().value };
  if (generic.has(token.kind) && cursor.peek(1).kind === '<') return genericType(cursor);
  if (token.kind === 'SET') return genericType(cursor);
  if ((token.uses & uses.nativeType) !== 0 && cursor.peek(1).kind !== '.') {
    return { kind: 'native', name: cursor.take().value };
  }
  return { kind: 'user', name: userTypeName(cursor) };
}

function genericType(cursor: Cursor): TypeSyntax {
  const { kind } = cursor.take();
  cursor.expect('<');
  const result = inBrackets(cursor, kind);
  cursor.expect('>');
  return result;
}

function inBrackets(cursor: Cursor, kind: string): TypeSyntax {
  if (kind === 'TUPLE') return { kind: 'tuple', elements: cursor.list(type) };
  const first = type(cursor);
  switch (kind) {
    case 'MAP':
      cursor.expect(',');
      return { kind: 'map', key: first, value: type(cursor) };
    case 'VECTOR':
      cursor.expect(',');
      return { kind: 'vector', element: first, dimension: dimension(cursor) };
    case 'FROZEN':
      if (first.kind === 'native' || first.kind === 'custom') {
        throw cursor.refuse(
          `frozen<> is only allowed on collections, tuples, and user-defined types (got ${printType(first)})`,
        );
      }
      return { kind: 'frozen', type: first };
    default:
      return { kind: kind === 'LIST' ? 'list' : 'set', element: first };
  }
}

function dimension(cursor: Cursor): number {
  const { value } = cursor.expect('INTEGER');
  const number = Number(value);
  if (Math.abs(number) >= 2 ** 31) throw cursor.refuse(`Invalid vector dimension: ${value}`);
  return number;
}

/** The name of a native type. */
export function nativeType(cursor: Cursor): string {
  if ((cursor.token.uses & uses.nativeType) === 0) throw cursor.noAlternative();
  return cursor.take().value;
}

/**
 * Looks where a type ends.
 * @param at distance of its first token
 * @returns distance of the token behind it; -1: this is no type
 */
export function typeEnd(cursor: Cursor, at: number, depth = 0): number {
  const first = cursor.peek(at);
  if (first.kind === 'STRING_LITERAL') return at + 1;
  if (generic.has(first.kind) && cursor.peek(at + 1).kind === '<') {
    return depth < parserLimits.nestingMax ? genericEnd(cursor, at + 2, depth + 1) : -1;
  }
  if (isName(first) && cursor.peek(at + 1).kind === '.') {
    return (cursor.peek(at + 2).uses & uses.type) !== 0 ? at + 3 : -1;
  }
  return (first.uses & (uses.nativeType | uses.type)) !== 0 ? at + 1 : -1;
}

function genericEnd(cursor: Cursor, from: number, depth: number): number {
  let at = from;
  for (;;) {
    at = cursor.peek(at).kind === 'INTEGER' ? at + 1 : typeEnd(cursor, at, depth);
    if (at === -1) return -1;
    const { kind } = cursor.peek(at++);
    if (kind === '>') return at;
    if (kind !== ',') return -1;
  }
}
