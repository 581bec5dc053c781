/** Types: names with arguments, structs, tuples, sizes. */
import type { NameNode, TypeFieldNode, TypeNode } from './ast.ts';
import type { Cursor } from './cursor.ts';
import { numberValue } from './tokens.ts';

export function parseType(cursor: Cursor): TypeNode {
  return cursor.nested(() => {
    if (cursor.is('|') || cursor.is('&')) throw noUnion(cursor);
    const type = parsePrimary(cursor);
    if (cursor.is('[') && !cursor.current.onNewLine) {
      throw cursor.error('unsupported', type, 'arrays have a length: write FixedArray<u8, 16>');
    }
    if (cursor.is('|') || cursor.is('&')) throw noUnion(cursor);
    return type;
  });
}

function noUnion(cursor: Cursor): Error {
  return cursor.error(
    'unsupported',
    cursor.current,
    'a type is one type: there are no unions or intersections',
  );
}

function parsePrimary(cursor: Cursor): TypeNode {
  const first = cursor.current;
  if (cursor.isWord('readonly') && cursor.following.text === '[') cursor.advance();
  if (cursor.take('(')) {
    const type = parseType(cursor);
    cursor.expect(')');
    return type;
  }
  if (cursor.is('{')) return { kind: 'fields', fields: parseFields(cursor), ...cursor.spanFrom(first) };
  if (cursor.take('[')) return parseTuple(cursor, first);
  if (first.kind === 'number') {
    cursor.advance();
    return { kind: 'size', value: numberValue(first), ...cursor.spanFrom(first) };
  }
  if (cursor.take('typeof')) {
    const { name } = cursor.name();
    return { kind: 'typeof', name, ...cursor.spanFrom(first) };
  }
  if (cursor.is('void')) {
    throw cursor.error('unsupported', first, 'a function without a result would do nothing: return a value');
  }
  const { name } = cursor.name('a type');
  const args = cursor.is('<') ? parseTypeArguments(cursor) : [];
  return { kind: 'named', name, arguments: args, ...cursor.spanFrom(first) };
}

function parseTuple(cursor: Cursor, first: { start: number; end: number }): TypeNode {
  const elements: TypeNode[] = [];
  while (!cursor.is(']')) {
    if (cursor.current.kind === 'name' && cursor.following.text === ':') {
      cursor.advance();
      cursor.advance();
    }
    if (cursor.is('...')) throw cursor.error('unsupported', cursor.current, 'tuples have no rest');
    elements.push(parseType(cursor));
    if (!cursor.take(',')) break;
  }
  cursor.expect(']');
  return { kind: 'tuple', elements, ...cursor.spanFrom(first) };
}

/** With the angle brackets. */
export function parseTypeArguments(cursor: Cursor): TypeNode[] {
  cursor.expect('<');
  const types = [parseType(cursor)];
  while (cursor.take(',')) types.push(parseType(cursor));
  cursor.expectCloseAngle();
  return types;
}

/** With the braces. */
export function parseFields(cursor: Cursor): TypeFieldNode[] {
  cursor.expect('{');
  const fields: TypeFieldNode[] = [];
  while (!cursor.is('}')) {
    if (cursor.isWord('readonly') && cursor.following.text !== ':') cursor.advance();
    if (cursor.is('[')) throw cursor.error('unsupported', cursor.current, 'a struct has named fields alone');
    const { name, start, end } = cursor.fieldName();
    if (cursor.is('?')) throw cursor.error('unsupported', cursor.current, 'a field is always there: no "?"');
    if (cursor.is('(') || cursor.is('<')) {
      throw cursor.error('unsupported', cursor.current, 'a struct has no methods');
    }
    cursor.expect(':');
    fields.push({ name, type: parseType(cursor), start, end });
    if (!cursor.take(';') && !cursor.take(',') && !cursor.is('}') && !cursor.current.onNewLine) {
      throw cursor.unexpected('";" or "}"');
    }
  }
  cursor.expect('}');
  return fields;
}

/** `<T, N extends number>`, or nothing. What a parameter extends is read by TypeScript alone. */
export function parseTypeParameters(cursor: Cursor): NameNode[] {
  const names: NameNode[] = [];
  if (!cursor.take('<')) return names;
  do {
    cursor.take('const');
    names.push(cursor.name('the name of a type parameter'));
    if (cursor.take('extends')) parseType(cursor);
    if (cursor.is('=')) throw cursor.error('unsupported', cursor.current, 'type parameters have no default');
  } while (cursor.take(','));
  cursor.expectCloseAngle();
  return names;
}
