/**
 * Header fields as sent, over Node's flat `rawHeaders`. Node's own `headers` object drops repeated fields of some names
 * and joins others, which would hide from the signature check what the client sent; here every field is kept, repeated
 * ones are joined by a comma for reading. Values are byte strings (one character per byte).
 */
import { utf8Text } from './percent.ts';

export interface HeaderField {
  /** Lower case. */
  readonly name: string;
  readonly value: string;
}

export class RawHeaders {
  readonly fields: readonly HeaderField[];
  readonly #joined = new Map<string, string>();
  readonly #repeated: Set<string> | undefined;

  constructor(rawHeaders: readonly string[]) {
    const fields: HeaderField[] = [];
    let repeated: Set<string> | undefined;
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      const name = rawHeaders[i]!.toLowerCase();
      const value = rawHeaders[i + 1]!;
      fields.push({ name, value });
      const before = this.#joined.get(name);
      if (before === undefined) {
        this.#joined.set(name, value);
      } else {
        this.#joined.set(name, `${before},${value}`);
        repeated ??= new Set();
        repeated.add(name);
      }
    }
    this.fields = fields;
    this.#repeated = repeated;
  }

  /** Value as a byte string, repeated fields joined by a comma; undefined when not sent. */
  bytes(name: string): string | undefined {
    return this.#joined.get(name);
  }

  /** Value as text (UTF-8). */
  text(name: string): string | undefined {
    const value = this.#joined.get(name);
    return value === undefined ? undefined : utf8Text(value);
  }

  has(name: string): boolean {
    return this.#joined.has(name);
  }

  isRepeated(name: string): boolean {
    return this.#repeated?.has(name) === true;
  }

  /** Names (lower case) and byte-string values, one entry per name. */
  entries(): IterableIterator<[string, string]> {
    return this.#joined.entries();
  }

  names(): IterableIterator<string> {
    return this.#joined.keys();
  }
}
