/** What `WITH` sets: names with a literal or a map of literals each, as text. */
import type { Properties, PropertyValue, Term } from './ast.ts';
import { acceptConstant } from './constants.ts';
import type { Cursor } from './cursor.ts';
import { isName, name } from './names.ts';
import { printTerm } from './print.ts';
import { mapEntry } from './terms.ts';

/** `WITH` and properties. */
export function withProperties(cursor: Cursor): Properties {
  cursor.expect('WITH');
  const properties = new Map<string, PropertyValue>();
  do property(cursor, properties);
  while (cursor.accept('AND'));
  return properties;
}

export function property(cursor: Cursor, properties: Map<string, PropertyValue>): void {
  const key = name(cursor);
  cursor.expect('=');
  const value = cursor.is('{') ? propertyMap(cursor) : simpleValue(cursor);
  if (properties.has(key)) throw cursor.refuse(`Multiple definition for property '${key}'`);
  properties.set(key, value);
}

function simpleValue(cursor: Cursor): string {
  const constant = acceptConstant(cursor);
  if (constant !== undefined) return constant.text;
  const { token } = cursor;
  if (!isName(token) || token.kind === 'IDENT' || token.kind === 'QUOTED_NAME') throw cursor.noAlternative();
  cursor.take();
  return cursor.text.slice(token.start, token.end);
}

/** `{'class': 'SimpleStrategy', 'replication_factor': 1}` */
export function propertyMap(cursor: Cursor): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  cursor.expect('{');
  if (!cursor.is('}')) {
    for (const { key, value } of cursor.list(mapEntry)) {
      if (key.kind !== 'constant') throw refusal(cursor, `Invalid property name: ${printTerm(key)}`, key);
      if (value.kind !== 'constant') {
        const what = `Invalid property value: ${printTerm(value)} for property: ${printTerm(key)}`;
        throw refusal(cursor, what, value);
      }
      if (map.has(key.text)) throw cursor.refuse(`Multiple definition for property ${key.text}`);
      map.set(key.text, value.text);
    }
  }
  cursor.expect('}');
  return map;
}

function refusal(cursor: Cursor, what: string, term: Term) {
  const why = term.kind === 'marker' ? ' (bind variables are not supported in DDL queries)' : '';
  return cursor.refuse(what + why);
}
