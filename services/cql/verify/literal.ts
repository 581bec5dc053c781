/**
 * Values as CQL writes them (types/to-text.ts), read for a type that is known: so there is nothing to decide, and no more of a parser
 * than this. Runs in browsers.
 */
import type { CqlType, UdtType, Value } from '../types/api.ts';
import { bytesOfHex } from '../types/binary.ts';
import { encodeList, encodeMap, encodeTuple, encodeVector } from '../types/collections.ts';
import { fromText } from '../types/literals.ts';
import { MarshalError } from '../types/marshal-error.ts';

/** Puts what people write in any order into the order in which it is stored. */
export interface LiteralOrder {
  set(element: CqlType, elements: readonly Value[]): readonly Value[];
  /** Keys and values in turns. */
  map(key: CqlType, entries: readonly Value[]): readonly Value[];
}

/** Of what is in order. */
export const asWritten: LiteralOrder = {
  set: (_type, elements) => elements,
  map: (_type, entries) => entries,
};

/** The bytes that `0x…` stands for. @throws MarshalError */
export function hexValue(text: string): Value {
  if (!/^0x(?:[0-9a-fA-F]{2})*$/.test(text)) throw new MarshalError(`cannot parse '${text}' as hex bytes`);
  return bytesOfHex(text.slice(2));
}

/** @throws MarshalError */
export function readLiteral(type: CqlType, text: string, order: LiteralOrder): Value {
  const reader = new LiteralReader(text, order);
  const value = reader.value(type);
  reader.end();
  return value;
}

const tokenPattern = /[^\s,:()[\]{}'"]+/y;
const stringPattern = /'((?:[^']|'')*)'/y;
const namePattern = /([A-Za-z][A-Za-z0-9_]*)|"((?:[^"]|"")*)"/y;

class LiteralReader {
  readonly #text: string;
  readonly #order: LiteralOrder;
  #at = 0;

  constructor(text: string, order: LiteralOrder) {
    this.#text = text;
    this.#order = order;
  }

  end(): void {
    this.#space();
    if (this.#at < this.#text.length) throw this.#failure();
  }

  value(type: CqlType): Value {
    switch (type.kind) {
      case 'native': {
        const quoted = this.#match(stringPattern);
        if (quoted !== undefined) return fromText(type.name, quoted[1]!.replaceAll("''", "'"));
        const [token] = this.#match(tokenPattern) ?? [];
        if (token === undefined || type.name === 'text' || type.name === 'ascii') throw this.#failure();
        return type.name === 'blob' ? hexValue(token) : fromText(type.name, token);
      }
      case 'list':
        return encodeList(this.#items('[', ']', () => this.value(type.element)));
      case 'set':
        return encodeList(
          this.#order.set(
            type.element,
            this.#items('{', '}', () => this.value(type.element)),
          ),
        );
      case 'map': {
        const entries = this.#items('{', '}', () => {
          const key = this.value(type.key);
          this.#expect(':');
          return [key, this.value(type.value)];
        });
        return encodeMap(this.#order.map(type.key, entries.flat()));
      }
      case 'tuple': {
        let index = 0;
        return encodeTuple(this.#items('(', ')', () => this.#maybe(type.elements[index++])));
      }
      case 'vector':
        return encodeVector(
          type,
          this.#items('[', ']', () => this.value(type.element)),
        );
      case 'udt':
        return this.#udt(type);
      case 'custom':
        return hexValue(this.#match(tokenPattern)?.[0] ?? '');
    }
  }

  #udt({ fields }: UdtType): Value {
    const values = new Map<string, Value | undefined>();
    this.#items('{', '}', () => {
      const [, plain, quoted] = this.#match(namePattern) ?? [];
      const name = plain?.toLowerCase() ?? quoted?.replaceAll('""', '"');
      const field = fields.find((each) => each.name === name);
      if (name === undefined || values.has(name)) throw this.#failure();
      this.#expect(':');
      values.set(name, this.#maybe(field?.type));
    });
    return encodeTuple(fields.map(({ name }) => values.get(name)));
  }

  /** Within tuples and user types, where `null` may stand. */
  #maybe(type: CqlType | undefined): Value | undefined {
    if (type === undefined) throw this.#failure();
    this.#space();
    const start = this.#at;
    if (this.#match(tokenPattern)?.[0].toLowerCase() === 'null') return undefined;
    this.#at = start;
    return this.value(type);
  }

  #items<Item>(open: string, close: string, read: () => Item): Item[] {
    const items: Item[] = [];
    this.#expect(open);
    if (this.#takes(close)) return items;
    do items.push(read());
    while (this.#takes(','));
    this.#expect(close);
    return items;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    this.#space();
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found;
  }

  #takes(sign: string): boolean {
    this.#space();
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #expect(sign: string): void {
    if (!this.#takes(sign)) throw this.#failure();
  }

  #space(): void {
    while (this.#text[this.#at] === ' ') this.#at += 1;
  }

  #failure(): MarshalError {
    return new MarshalError(`it is no value of its type from its character ${this.#at} on`);
  }
}
