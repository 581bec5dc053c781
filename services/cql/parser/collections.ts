/** Literals of collections and tuples, and types said of a value: of terms, or of selectors. */
import type { Entry, TypeSyntax } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { type } from './types.ts';

/** One of what stands in it. */
type Read<Node> = (cursor: Cursor) => Node;

interface Elements<Kind, Node> {
  readonly kind: Kind;
  readonly elements: Node[];
}

interface MapLiteral<Node> {
  readonly kind: 'map';
  readonly entries: Entry<Node>[];
}

/** Those in parentheses, also none. */
export function inParentheses<Node>(cursor: Cursor, read: Read<Node>): Node[] {
  cursor.expect('(');
  const nodes = cursor.is(')') ? [] : cursor.list(read);
  cursor.expect(')');
  return nodes;
}

export function tupleOf<Node>(cursor: Cursor, read: Read<Node>): Elements<'tuple', Node> {
  cursor.expect('(');
  const elements = cursor.list(read);
  cursor.expect(')');
  return { kind: 'tuple', elements };
}

export function listOf<Node>(cursor: Cursor, read: Read<Node>): Elements<'list', Node> {
  cursor.expect('[');
  const elements = cursor.is(']') ? [] : cursor.list(read);
  cursor.expect(']');
  return { kind: 'list', elements };
}

/** Behind the brace; there is at least one element. */
export function mapOrSetOf<Node>(cursor: Cursor, read: Read<Node>): MapLiteral<Node> | Elements<'set', Node> {
  const first = read(cursor);
  if (cursor.accept(':')) {
    const entries: Entry<Node>[] = [{ key: first, value: read(cursor) }];
    while (cursor.accept(',')) entries.push(mapEntryOf(cursor, read));
    return { kind: 'map', entries };
  }
  const elements = [first];
  while (cursor.accept(',')) elements.push(read(cursor));
  return { kind: 'set', elements };
}

export function mapEntryOf<Node>(cursor: Cursor, read: Read<Node>): Entry<Node> {
  const key = read(cursor);
  cursor.expect(':');
  return { key, value: read(cursor) };
}

/** @param read what the type is said of */
export function typeHintOf<Node>(cursor: Cursor, read: Read<Node>) {
  cursor.expect('(');
  const hint: TypeSyntax = type(cursor);
  cursor.expect(')');
  return { kind: 'typeHint' as const, type: hint, operand: read(cursor) };
}
