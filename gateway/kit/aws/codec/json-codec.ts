/**
 * JSON documents of awsJson1.0, awsJson1.1 and restJson1: values are checked against the schema, unknown members are
 * ignored (as AWS does), null means absent, timestamps are epoch seconds unless the schema says otherwise.
 */
import type { MemberSchema, ServiceSchemas, Shape } from '../definition.ts';
import { jsonDepthMax } from './limits.ts';
import {
  dateOfSeconds,
  formatBase64,
  parseBase64,
  parseDateTime,
  timestampFormatter,
  timestampParser,
} from './scalars.ts';
import { setKey, shapeOf } from './schema.ts';

export class JsonError extends Error {}

type Read = (value: unknown, depth: number) => unknown;
type Write = (value: unknown) => unknown;

export class JsonCompiler {
  readonly #schemas: ServiceSchemas;
  /** restJson1 renames members; the RPC protocols do not. */
  readonly #useJsonNames: boolean;
  readonly #readers = new Map<string, Read>();
  readonly #writers = new Map<string, Write>();

  constructor(schemas: ServiceSchemas, useJsonNames: boolean) {
    this.#schemas = schemas;
    this.#useJsonNames = useJsonNames;
  }

  /** @returns a function from bytes to the shape's value; an empty body is an empty object. @throws JsonError */
  decoder(member: MemberSchema, names?: ReadonlySet<string>): (bytes: Uint8Array) => unknown {
    const shape = shapeOf(this.#schemas, member.shape);
    const read =
      names !== undefined && shape.type === 'structure'
        ? this.#readStructure(shape, names)
        : this.#read(member);
    return (bytes) => read(parseJson(bytes), 0);
  }

  /** @returns a function from a value to what `JSON.stringify` takes */
  encoder(member: MemberSchema, names?: ReadonlySet<string>): Write {
    const shape = shapeOf(this.#schemas, member.shape);
    return names !== undefined && shape.type === 'structure'
      ? this.#writeStructure(shape, names)
      : this.#write(member);
  }

  #read(member: MemberSchema): Read {
    const shape = shapeOf(this.#schemas, member.shape);
    switch (shape.type) {
      case 'structure':
        return lazily(this.#readers, member.shape, () => this.#readStructure(shape));
      case 'list':
        return lazily(this.#readers, member.shape, () => this.#readList(shape.member));
      case 'map':
        return lazily(this.#readers, member.shape, () => this.#readMap(shape.value));
      case 'timestamp':
        return timestampReader(member.timestampFormat);
      default:
        return SIMPLE_READERS[shape.type] ?? ((value) => value);
    }
  }

  #readStructure(shape: Shape & { type: 'structure' }, names?: ReadonlySet<string>): Read {
    const rows = this.#rows(shape, names).map((row) => ({ ...row, read: this.#read(row.member) }));
    return (value, depth) => {
      if (!isRecord(value)) throw new JsonError('Expected an object');
      if (depth > jsonDepthMax) throw new JsonError('Nested too deeply');
      const result: Record<string, unknown> = {};
      for (const { name, key, read } of rows) {
        const found = Object.hasOwn(value, key) ? value[key] : undefined;
        if (found !== undefined && found !== null) result[name] = read(found, depth + 1);
      }
      return result;
    };
  }

  #readList(member: MemberSchema): Read {
    const read = this.#read(member);
    return (value, depth) => {
      if (!Array.isArray(value)) throw new JsonError('Expected a list');
      if (depth > jsonDepthMax) throw new JsonError('Nested too deeply');
      return value.map((item) => {
        if (item !== null) return read(item, depth + 1);
        if (member.sparse === true) return null;
        throw new JsonError('A list holds null');
      });
    };
  }

  #readMap(member: MemberSchema): Read {
    const read = this.#read(member);
    return (value, depth) => {
      if (!isRecord(value)) throw new JsonError('Expected an object');
      if (depth > jsonDepthMax) throw new JsonError('Nested too deeply');
      const result: Record<string, unknown> = {};
      for (const [key, item] of Object.entries(value)) {
        if (item !== null) setKey(result, key, read(item, depth + 1));
        else if (member.sparse === true) setKey(result, key, null);
      }
      return result;
    };
  }

  #write(member: MemberSchema): Write {
    const shape = shapeOf(this.#schemas, member.shape);
    switch (shape.type) {
      case 'structure':
        return lazily(this.#writers, member.shape, () => this.#writeStructure(shape));
      case 'list': {
        const write = this.#write(shape.member);
        const sparse = shape.member.sparse === true;
        return (value) => {
          const items = sparse ? (value as unknown[]) : (value as unknown[]).filter(isPresent);
          return items.map((item) => (isPresent(item) ? write(item) : null));
        };
      }
      case 'map': {
        const write = this.#write(shape.value);
        const sparse = shape.value.sparse === true;
        return (value) => {
          const result: Record<string, unknown> = {};
          for (const [key, item] of Object.entries(value as object)) {
            if (isPresent(item)) setKey(result, key, write(item));
            else if (sparse) setKey(result, key, null);
          }
          return result;
        };
      }
      case 'timestamp': {
        const format = member.timestampFormat;
        if (format === undefined || format === 'epoch-seconds')
          return (value) => (value as Date).getTime() / 1000;
        return timestampFormatter(format);
      }
      case 'blob':
      case 'streaming':
        return (value) => formatBase64(value as Uint8Array);
      case 'double':
        return (value) => (Number.isFinite(value) ? value : String(value));
      case 'int64':
        return (value) => (typeof value === 'bigint' ? rawNumber(value) : value);
      case 'bigint':
        return (value) => rawNumber(value as bigint);
      default:
        return (value) => value;
    }
  }

  #writeStructure(shape: Shape & { type: 'structure' }, names?: ReadonlySet<string>): Write {
    const rows = this.#rows(shape, names).map((row) => ({ ...row, write: this.#write(row.member) }));
    return (value) => {
      const source = value as Readonly<Record<string, unknown>>;
      const result: Record<string, unknown> = {};
      for (const { name, key, write } of rows) {
        const found = source[name];
        if (isPresent(found)) result[key] = write(found);
      }
      return result;
    };
  }

  #rows(shape: Shape & { type: 'structure' }, names?: ReadonlySet<string>) {
    return Object.entries(shape.members)
      .filter(([name]) => names === undefined || names.has(name))
      .map(([name, member]) => ({
        name,
        member,
        key: (this.#useJsonNames ? member.jsonName : undefined) ?? name,
      }));
  }
}

const SIMPLE_READERS: Readonly<Record<string, Read>> = {
  string: (value) => expect(typeof value === 'string', value, 'a string'),
  boolean: (value) => expect(typeof value === 'boolean', value, 'a boolean'),
  integer: (value) => expect(Number.isSafeInteger(value), value, 'an integer'),
  long: (value) => expect(Number.isSafeInteger(value), value, 'an integer'),
  int64: (value) => {
    if (typeof value === 'bigint')
      return expect(BigInt.asIntN(64, value) === value, value, 'an integer of 64 bits');
    return expect(Number.isSafeInteger(value), value, 'an integer');
  },
  double: (value) => {
    if (typeof value === 'bigint') return Number(value);
    if (value === 'NaN' || value === 'Infinity' || value === '-Infinity') return Number(value);
    return expect(typeof value === 'number', value, 'a number');
  },
  bigint: (value) => BigInt(expect(Number.isSafeInteger(value), value, 'an integer') as number),
  blob: readBlob,
  streaming: readBlob,
};

function readBlob(value: unknown): Uint8Array {
  const bytes = typeof value === 'string' ? parseBase64(value) : undefined;
  if (bytes === undefined) throw new JsonError('Expected base64');
  return bytes;
}

function timestampReader(format: MemberSchema['timestampFormat']): Read {
  const parse = timestampParser(format ?? 'epoch-seconds');
  return (value) => {
    const date =
      typeof value === 'number'
        ? dateOfSeconds(value)
        : typeof value === 'string'
          ? (parse(value) ?? parseDateTime(value))
          : undefined;
    if (date === undefined) throw new JsonError('Expected a timestamp');
    return date;
  };
}

function expect(holds: boolean, value: unknown, what: string): unknown {
  if (!holds) throw new JsonError(`Expected ${what}`);
  return value;
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Shapes may contain themselves: the closure is registered before its body is compiled. */
function lazily<F extends (...values: never[]) => unknown>(
  known: Map<string, F>,
  name: string,
  make: () => F,
): F {
  const found = known.get(name);
  if (found !== undefined) return found;
  let body: F | undefined;
  const wrapper = ((...values: never[]) => (body as F)(...values)) as F;
  known.set(name, wrapper);
  body = make();
  return wrapper;
}

/** JSON.stringify has no bigint; the raw text keeps all digits. */
function rawNumber(value: bigint): unknown {
  return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(String(value));
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
/** A document without such a run of digits has no whole number that a double does not hold. */
const LONG_NUMBER = /\d{16}/;
const WHOLE_NUMBER = /^-?\d{16,19}$/;

/** Whole numbers of 64 bits as they were sent, where a double would round them. */
function keepDigits(_name: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  return source !== undefined && WHOLE_NUMBER.test(source) ? BigInt(source) : value;
}

function parseJson(bytes: Uint8Array): unknown {
  if (bytes.byteLength === 0) return {};
  try {
    const text = UTF8.decode(bytes);
    if (!LONG_NUMBER.test(text)) return JSON.parse(text);
    return JSON.parse(text, keepDigits as (name: string, value: unknown) => unknown);
  } catch (error) {
    throw new JsonError('The request body is not valid JSON', { cause: error });
  }
}
