/** Request members bound to headers, the query and the path, compiled once per operation. */
import type { MemberSchema, ServiceSchemas, Shape } from '../definition.ts';
import type { InputErrors } from './errors.ts';
import type { ParseText, TimestampFormat } from './scalars.ts';
import { textParser } from './scalars.ts';
import type { StructureShape } from './schema.ts';
import { setKey, shapeOf } from './schema.ts';

/** What a decoder reads. Header names are lower case; query names and values are decoded, labels are not. */
export interface RequestParts {
  readonly query: ReadonlyMap<string, string>;
  header(name: string): string | undefined;
  /** All headers, for members that take every header with a prefix. */
  readonly headers: Iterable<readonly [string, string]>;
  readonly labels: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** All values of a repeated query parameter; without it a list has the one value of `query`. */
  queryAll?(name: string): readonly string[];
}

export type BindInput = (parts: RequestParts, target: Record<string, unknown>) => void;

type Convert = (text: string) => unknown;
type Row = {
  readonly name: string;
  readonly wireName: string;
  readonly required: boolean;
  readonly convert: Convert | undefined;
};

/** @returns one function that sets every bound member present in the request. @throws AwsError */
export function compileInputBindings(
  schemas: ServiceSchemas,
  shape: StructureShape,
  errors: InputErrors,
): BindInput {
  const steps: BindInput[] = [];
  const of = (location: MemberSchema['location']) =>
    Object.entries(shape.members).filter(([, member]) => member.location === location);
  const rows = (location: 'header' | 'query' | 'label') =>
    of(location).map(([name, member]) => rowOf(schemas, name, member, errors));

  for (const [name, member] of of('queryParams')) {
    const fixed = new Set(of('query').map(([, other]) => other.locationName ?? ''));
    steps.push(bindQueryParams(name, fixed, shapeOf(schemas, member.shape)));
  }
  if (of('label').length > 0) steps.push(bindLabels(rows('label'), errors));
  if (of('query').length > 0) {
    const lists = of('query').filter(([, member]) => shapeOf(schemas, member.shape).type === 'list');
    const listNames = new Set(lists.map(([name]) => name));
    steps.push(
      bindQuery(
        rows('query').filter((row) => !listNames.has(row.name)),
        errors,
      ),
    );
    for (const [name, member] of lists) steps.push(bindQueryList(schemas, name, member, errors));
  }
  if (of('header').length > 0) steps.push(bindHeaders(rows('header'), errors));
  for (const [name, member] of of('prefixHeaders'))
    steps.push(bindPrefixHeaders(name, member.locationName ?? ''));
  return (parts, target) => {
    for (const step of steps) step(parts, target);
  };
}

function bindLabels(rows: readonly Row[], errors: InputErrors): BindInput {
  return ({ labels }, target) => {
    for (const { name, convert } of rows) {
      const raw = Object.hasOwn(labels, name) ? labels[name] : undefined;
      if (raw === undefined) throw errors.missing('label', name);
      const text = percentDecode(raw);
      if (text === undefined) throw errors.uri();
      target[name] = convert === undefined ? text : convert(text);
    }
  };
}

function bindQuery(rows: readonly Row[], errors: InputErrors): BindInput {
  const required = rows.filter((row) => row.required);
  return ({ query }, target) => {
    if (query.size > 0) {
      for (const { name, wireName, convert } of rows) {
        const text = query.get(wireName);
        if (text === undefined) continue;
        if (convert === undefined) target[name] = text;
        // An empty number or switch (`max-keys=`) counts as not given.
        else if (text !== '') target[name] = convert(text);
      }
    }
    for (const { name, wireName } of required) {
      if (target[name] === undefined) throw errors.missing('query', wireName);
    }
  };
}

function bindQueryList(
  schemas: ServiceSchemas,
  name: string,
  member: MemberSchema,
  errors: InputErrors,
): BindInput {
  const shape = shapeOf(schemas, member.shape) as Shape & { type: 'list' };
  const wireName = member.locationName ?? name;
  const convert = converter(schemas, wireName, shape.member, 'date-time', errors) ?? ((text) => text);
  return ({ query, queryAll }, target) => {
    const values = queryAll?.(wireName) ?? (query.has(wireName) ? [query.get(wireName)!] : []);
    if (values.length > 0) target[name] = values.map(convert);
    else if (member.required === true) throw errors.missing('query', wireName);
  };
}

function bindQueryParams(name: string, fixed: ReadonlySet<string>, shape: Shape): BindInput {
  const lists = shape.type === 'map' && shape.value.shape.startsWith('list:');
  return ({ query, queryAll }, target) => {
    const map: Record<string, unknown> = {};
    for (const [key, value] of query) {
      if (!fixed.has(key)) setKey(map, key, lists ? (queryAll?.(key) ?? [value]) : value);
    }
    target[name] = map;
  };
}

function bindHeaders(rows: readonly Row[], errors: InputErrors): BindInput {
  const required = rows.filter((row) => row.required);
  return (parts, target) => {
    for (const { name, wireName, convert } of rows) {
      const text = parts.header(wireName);
      if (text === undefined) continue;
      const value = convert === undefined ? text : convert(text);
      if (value !== undefined) target[name] = value;
    }
    for (const { name, wireName } of required) {
      if (target[name] === undefined) throw errors.missing('header', wireName);
    }
  };
}

function bindPrefixHeaders(name: string, prefix: string): BindInput {
  return ({ headers }, target) => {
    let map: Record<string, unknown> | undefined;
    for (const [header, value] of headers) {
      if (header.startsWith(prefix)) setKey((map ??= {}), header.slice(prefix.length), value);
    }
    if (map !== undefined) target[name] = map;
  };
}

function rowOf(schemas: ServiceSchemas, name: string, member: MemberSchema, errors: InputErrors): Row {
  const wireName = member.locationName ?? name;
  const format = member.location === 'header' ? 'http-date' : 'date-time';
  const convert = converter(schemas, wireName, member, format, errors);
  return { name, wireName, required: member.required === true, convert };
}

/** @returns undefined when the text is the value */
function converter(
  schemas: ServiceSchemas,
  wireName: string,
  member: MemberSchema,
  format: TimestampFormat,
  errors: InputErrors,
): Convert | undefined {
  const shape = shapeOf(schemas, member.shape);
  if (shape.type === 'list') {
    const element = shapeOf(schemas, shape.member.shape);
    const parse = textParser(element, shape.member.timestampFormat ?? format);
    const dates = element.type === 'timestamp' && format === 'http-date';
    return (text) => splitList(text, dates).map((item) => checked(wireName, item, parse, element, errors));
  }
  const parse = textParser(shape, member.timestampFormat ?? format);
  if (parse === undefined) return undefined;
  // RFC 9110 section 13.1: a recipient ignores dates of its own headers that it cannot read. `Expires` may hold any text.
  if (shape.type === 'timestamp' && member.location === 'header' && !wireName.startsWith('x-')) return parse;
  return (text) => checked(wireName, text.trim(), parse, shape, errors);
}

function checked(
  wireName: string,
  text: string,
  parse: ParseText | undefined,
  shape: Shape,
  errors: InputErrors,
): unknown {
  if (parse === undefined) return text;
  const value = parse(text);
  if (value !== undefined) return value;
  throw errors.value(wireName, text, shape.type === 'long' || shape.type === 'integer' ? 'integer' : 'other');
}

/** Comma-separated header values; an item may be a quoted string, an HTTP date holds one comma of its own. */
export function splitList(text: string, dates: boolean): string[] {
  const items: string[] = [];
  let item = '';
  let quoted = false;
  let commas = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i]!;
    if (quoted && c === '\\' && i + 1 < text.length) item += text[++i]!;
    else if (c === '"') quoted = !quoted;
    else if (c === ',' && !quoted && !(dates && commas++ % 2 === 0)) {
      items.push(item.trim());
      item = '';
    } else item += c;
  }
  if (item.trim() !== '' || items.length > 0) items.push(item.trim());
  return items;
}

/** @returns undefined for text that is not percent-encoded UTF-8 */
export function percentDecode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
