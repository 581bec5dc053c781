/**
 * Reads JSON (RFC 8259) without losing what CQL's numbers need: a number stays the text that it was. Values describe themselves as Java's
 * would, since messages name their classes.
 */

import { doubleText } from './floating-text.ts';
import { typeLimits } from './limits.ts';
import { MarshalError } from './marshal-error.ts';

export class JsonNumber {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  get isInteger(): boolean {
    return /^-?\d+$/.test(this.text);
  }
}

/** Of equal keys the last stays. */
export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = null | boolean | string | JsonNumber | readonly JsonValue[] | JsonObject;

const space = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they may not stand in strings
const string = /"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const word = /true|false|null/y;
const words: Readonly<Record<string, JsonValue>> = { true: true, false: false, null: null };

class JsonReader {
  private readonly text: string;
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.text = text;
  }

  whole(): JsonValue {
    const value = this.value();
    if (this.at < this.text.length) throw this.failure();
    return value;
  }

  private failure(): MarshalError {
    const found = this.at < this.text.length ? 'Unexpected character' : 'Unexpected end-of-input';
    return new MarshalError(`Error decoding JSON string: ${found} at position ${this.at}`);
  }

  private match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.at += found.length;
    return found;
  }

  /** With the white space around it. */
  private takes(sign: string): boolean {
    this.match(space);
    if (this.text[this.at] !== sign) return false;
    this.at += 1;
    this.match(space);
    return true;
  }

  private value(): JsonValue {
    this.match(space);
    const value = this.bare();
    this.match(space);
    return value;
  }

  private bare(): JsonValue {
    const first = this.text[this.at];
    if (first === '"') return this.string();
    if (first === '{') return this.nested(() => this.object());
    if (first === '[') return this.nested(() => this.array());
    const digits = this.match(number);
    if (digits !== undefined) return new JsonNumber(digits);
    const name = this.match(word);
    if (name === undefined) throw this.failure();
    return words[name]!;
  }

  private nested<T>(read: () => T): T {
    if (++this.depth > typeLimits.depthMax)
      throw new MarshalError(`Error decoding JSON string: more than ${typeLimits.depthMax} levels`);
    const value = read();
    this.depth -= 1;
    return value;
  }

  private string(): string {
    const text = this.match(string);
    if (text === undefined) throw this.failure();
    return text.includes('\\') ? (JSON.parse(text) as string) : text.slice(1, -1);
  }

  private array(): JsonValue[] {
    const values: JsonValue[] = [];
    this.takes('[');
    if (this.takes(']')) return values;
    do values.push(this.value());
    while (this.takes(','));
    if (!this.takes(']')) throw this.failure();
    return values;
  }

  private object(): JsonObject {
    const entries = new Map<string, JsonValue>();
    this.takes('{');
    if (this.takes('}')) return entries;
    do {
      const key = this.string();
      if (!this.takes(':')) throw this.failure();
      entries.set(key, this.value());
    } while (this.takes(','));
    if (!this.takes('}')) throw this.failure();
    return entries;
  }
}

export function parseJson(text: string): JsonValue {
  return new JsonReader(text).whole();
}

export function isJsonArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isJsonObject(value: JsonValue): value is JsonObject {
  return value instanceof Map;
}

/** The name of the class that Java would have read. */
export function jsonClass(value: JsonValue): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return 'String';
  if (typeof value === 'boolean') return 'Boolean';
  if (isJsonArray(value)) return 'ArrayList';
  if (!(value instanceof JsonNumber)) return 'LinkedHashMap';
  if (!value.isInteger) return 'Double';
  if (value.text.length > 20) return 'BigInteger';
  const integer = BigInt(value.text);
  if (BigInt.asIntN(32, integer) === integer) return 'Integer';
  return BigInt.asIntN(64, integer) === integer ? 'Long' : 'BigInteger';
}

/** As Java's `toString`. */
export function jsonShown(value: JsonValue): string {
  if (value instanceof JsonNumber) return value.isInteger ? value.text : doubleText(Number(value.text));
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return String(value);
  if (isJsonArray(value)) return `[${value.map(jsonShown).join(', ')}]`;
  return `{${[...(value as JsonObject)].map(([key, one]) => `${key}=${jsonShown(one)}`).join(', ')}}`;
}

/** Names in JSON are as in CQL: in lower case unless there are quotes within the quotes. */
export function jsonNames(object: JsonObject): Map<string, JsonValue> {
  const names = new Map<string, JsonValue>();
  for (const [key, value] of object) {
    const isQuoted = key.length > 1 && key.startsWith('"') && key.endsWith('"');
    names.set(isQuoted ? key.slice(1, -1) : key.toLowerCase(), value);
  }
  return names;
}
