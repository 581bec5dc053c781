/**
 * Turns the runtime schemas that an AWS SDK client package exports (`PutObject$`, `Tag$`, …) into our own form.
 *
 * A schema of the SDK is a number (a simple type), `'unit'`, a function that returns a schema, a pair
 * `[schema, traits]`, or a tuple `[kind, namespace, name, traits, …]` with kind 0 simple, 1 list `[…, member]`,
 * 2 map `[…, key, value]`, 3 structure / -3 error / 4 union `[…, names, schemas, requiredCount]` (the first
 * `requiredCount` members are required), 9 operation `[…, input, output]`. Traits are an object or a bit set.
 * An unknown kind, type or trait throws: an SDK upgrade that says something new must be looked at, not lost.
 */
import type { MemberSchema, OperationSchema, ServiceSchemas, Shape } from '../definition.ts';

/** What the converter cannot read from the package's schemas. */
export interface ServiceHints {
  readonly service: string;
  readonly sdkVersion: string;
  readonly xmlNamespace?: string;
  /** Numeric members (`Structure.Member`) that hold fractions; the SDK has one numeric type, all others are whole. */
  readonly fractional?: ReadonlySet<string>;
  /** Numeric members that hold whole numbers of 64 bits. */
  readonly wide?: ReadonlySet<string>;
  /** Operations whose XML output is the text of the root element. */
  readonly unwrapped?: ReadonlySet<string>;
  /** Errors an operation declares, by operation name. */
  readonly errors: ReadonlyMap<string, readonly string[]>;
}

type Traits = Readonly<Record<string, unknown>>;
type Tuple = readonly [kind: number, namespace: string, name: string, traits: unknown, ...rest: unknown[]];

const TRAIT_BITS = [
  'httpLabel',
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpPayload',
  'httpResponseCode',
  'httpQueryParams',
];

/** Traits that change nothing on the wire between an ordinary client and this server. */
const IGNORED = new Set([
  'idempotent',
  'idempotencyToken',
  'sensitive',
  'httpChecksum',
  'endpoint',
  'hostLabel',
  'eventPayload',
  'eventHeader',
]);

const SIMPLE: Readonly<Record<number, string>> = {
  0: 'string',
  1: 'long',
  2: 'boolean',
  4: 'timestamp',
  5: 'timestamp',
  6: 'timestamp',
  7: 'timestamp',
  15: 'document',
  17: 'bigint',
  21: 'blob',
  42: 'streaming',
};
const TIMESTAMP_FORMATS: Readonly<Record<number, 'date-time' | 'http-date' | 'epoch-seconds'>> = {
  5: 'date-time',
  6: 'http-date',
  7: 'epoch-seconds',
};
const LIST_BIT = 64;
const MAP_BIT = 128;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export function convertSchemas(
  exports: Readonly<Record<string, unknown>>,
  hints: ServiceHints,
): ServiceSchemas {
  const converter = new Converter(hints);
  for (const [name, value] of Object.entries(exports)) {
    if (name.endsWith('$') && Array.isArray(value)) converter.addExport(value as unknown as Tuple);
  }
  return converter.result();
}

class Converter {
  readonly #hints: ServiceHints;
  readonly #shapes = new Map<string, Shape>();
  readonly #sources = new Map<string, unknown>();
  readonly #operations = new Map<string, OperationSchema>();

  constructor(hints: ServiceHints) {
    this.#hints = hints;
  }

  addExport(tuple: Tuple): void {
    if (tuple[0] === 9) this.#operation(tuple);
    else this.#member(tuple, {}, tuple[2]);
  }

  result(): ServiceSchemas {
    const { service, sdkVersion, xmlNamespace } = this.#hints;
    return {
      service,
      sdkVersion,
      ...(xmlNamespace === undefined ? {} : { xmlNamespace }),
      operations: sorted(this.#operations),
      shapes: sorted(this.#shapes),
    };
  }

  #operation(tuple: Tuple): void {
    const name = tuple[2];
    const traits = readTraits(tuple[3]);
    const input = this.#member(tuple[4], {}, `${name}.input`).shape;
    const output = this.#member(tuple[5], {}, `${name}.output`).shape;
    const [method, sdkUri, status] = (traits.http ?? ['POST', '/', 200]) as [string, string, number];
    if (this.#hints.unwrapped?.has(name)) {
      this.#shapes.set(output, {
        ...(this.#shapes.get(output) as Shape & object),
        xmlUnwrapped: true,
      } as Shape);
    }
    const uri = withEndpointLabels(sdkUri, this.#shapes.get(input));
    const errors = this.#hints.errors.get(name) ?? [];
    this.#operations.set(name, { method, uri, status, input, output, errors });
  }

  /** @param where for messages and for the list of fractional members */
  #member(schema: unknown, outer: Traits, where: string): MemberSchema {
    if (typeof schema === 'function') return this.#member(schema(), outer, where);
    if (Array.isArray(schema) && schema.length === 2) {
      return this.#member(schema[0], { ...readTraits(schema[1]), ...outer }, where);
    }
    if (schema === 'unit')
      return memberOf(this.#named('unit', { type: 'structure', members: {} }, 'unit'), outer, where);
    if (typeof schema === 'number') return this.#simple(schema, outer, where);
    const tuple = schema as Tuple;
    const own = readTraits(tuple[3]);
    if (tuple[0] === 0) return this.#member(tuple[4], { ...own, ...outer }, where);
    // The name of a payload's root element may stand on the shape; a member's own name never does.
    return memberOf(this.#aggregate(tuple, own), outer, where);
  }

  #simple(code: number, traits: Traits, where: string): MemberSchema {
    if (code >= MAP_BIT) {
      const value = this.#simple(code & 63, {}, where);
      const shape: Shape = { type: 'map', key: this.#simple(0, {}, where), value };
      return memberOf(this.#named(`map:${value.shape}`, shape, undefined), traits, where);
    }
    if (code >= LIST_BIT) {
      const member = this.#simple(code & 63, {}, where);
      return memberOf(
        this.#named(`list:${member.shape}`, { type: 'list', member }, undefined),
        traits,
        where,
      );
    }
    let type = SIMPLE[code];
    if (type === undefined) throw new Error(`${where}: unknown simple type ${code}`);
    if (type === 'long' && this.#hints.fractional?.has(where)) type = 'double';
    if (type === 'long' && this.#hints.wide?.has(where)) type = 'int64';
    const name = this.#named(type, { type } as Shape, undefined);
    const format = TIMESTAMP_FORMATS[code];
    return memberOf(name, format === undefined ? traits : { ...traits, timestampFormat: format }, where);
  }

  #aggregate(tuple: Tuple, own: Traits): string {
    const name = tuple[2];
    if (this.#sources.get(name) === tuple) return name;
    // Reserved before the members are visited: shapes may be recursive.
    this.#named(name, { type: 'structure', members: {} }, tuple);
    if (tuple[0] === 1) {
      this.#shapes.set(name, { type: 'list', member: this.#element(tuple[4], own, `${name}.member`) });
    } else if (tuple[0] === 2) {
      const key = this.#member(tuple[4], {}, `${name}.key`);
      this.#shapes.set(name, { type: 'map', key, value: this.#element(tuple[5], own, `${name}.value`) });
    } else if (tuple[0] === 3 || tuple[0] === -3 || tuple[0] === 4) {
      this.#shapes.set(name, own.streaming ? { type: 'streaming' } : this.#structure(tuple, own));
    } else throw new Error(`${name}: unknown kind ${tuple[0]}`);
    return name;
  }

  #element(schema: unknown, own: Traits, where: string): MemberSchema {
    const member = this.#member(schema, {}, where);
    return own.sparse ? { ...member, sparse: true } : member;
  }

  #structure(tuple: Tuple, own: Traits): Shape {
    const [names, schemas, requiredCount] = tuple.slice(4) as [string[], unknown[], number | undefined];
    const members: Record<string, MemberSchema> = {};
    names.forEach((name, index) => {
      const member = this.#member(schemas[index], {}, `${tuple[2]}.${name}`);
      members[name] = index < (requiredCount ?? 0) ? { ...member, required: true } : member;
    });
    const query = own.awsQueryError as [string, number] | undefined;
    const status = query?.[1] ?? own.httpError ?? (own.error === 'server' ? 500 : 400);
    return {
      type: 'structure',
      members,
      ...(typeof own.xmlName === 'string' ? { xmlName: own.xmlName } : {}),
      ...(tuple[0] === -3 ? { error: { code: query?.[0] ?? tuple[2], status: status as number } } : {}),
    };
  }

  #named(name: string, shape: Shape, source: unknown): string {
    if (this.#shapes.has(name)) {
      if (this.#sources.get(name) !== source) throw new Error(`two shapes are called ${name}`);
      return name;
    }
    this.#shapes.set(name, shape);
    this.#sources.set(name, source);
    return name;
  }
}

function readTraits(traits: unknown): Traits {
  if (typeof traits === 'object' && traits !== null) return traits as Traits;
  const bits = Number(traits ?? 0);
  return Object.fromEntries(TRAIT_BITS.flatMap((name, bit) => ((bits >> bit) & 1 ? [[name, 1]] : [])));
}

function memberOf(shape: string, traits: Traits, where: string): MemberSchema {
  const member: Mutable<MemberSchema> = { shape };
  for (const [trait, value] of Object.entries(traits)) {
    if (trait === 'httpHeader')
      Object.assign(member, { location: 'header', locationName: String(value).toLowerCase() });
    else if (trait === 'httpPrefixHeaders') {
      Object.assign(member, { location: 'prefixHeaders', locationName: String(value).toLowerCase() });
    } else if (trait === 'httpQuery') Object.assign(member, { location: 'query', locationName: value });
    else if (trait === 'httpQueryParams') member.location = 'queryParams';
    else if (trait === 'httpLabel') member.location = 'label';
    else if (trait === 'httpPayload') member.location = 'payload';
    else if (trait === 'httpResponseCode') member.location = 'status';
    else if (trait === 'xmlName') member.xmlName = value as string;
    else if (trait === 'xmlFlattened') member.xmlFlattened = true;
    else if (trait === 'xmlAttribute') member.xmlAttribute = true;
    else if (trait === 'jsonName') member.jsonName = value as string;
    else if (trait === 'sparse') member.sparse = true;
    else if (trait === 'timestampFormat') member.timestampFormat = value as 'date-time';
    else if (trait === 'xmlNamespace') {
      const [prefix, uri] = value as [string, string];
      member.xmlNamespace = uri;
      if (prefix) member.xmlNamespacePrefix = prefix;
    } else if (trait !== 'streaming' && !IGNORED.has(trait))
      throw new Error(`${where}: unknown trait ${trait}`);
  }
  return member;
}

/** Labels that the URI lacks (S3's bucket) were moved to the host name by the SDK: here they lead the path. */
function withEndpointLabels(uri: string, input: Shape | undefined): string {
  if (input?.type !== 'structure') return uri;
  const missing = Object.entries(input.members)
    .filter(([name, member]) => member.location === 'label' && !new RegExp(`\\{${name}\\+?\\}`).test(uri))
    .map(([name]) => `/{${name}}`);
  if (missing.length === 0) return uri;
  return missing.join('') + (uri === '/' ? '' : uri.startsWith('/?') ? uri.slice(1) : uri);
}

function sorted<T>(map: ReadonlyMap<string, T>): Record<string, T> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
}
