/** Fields of stored rows: big-endian numbers, texts and lists with their lengths in front. Runs without Node.js: rows are proven. */
import { FieldReader, FieldWriter, hex, ProofRefused } from '@hypergate/node/verifier';

export class RowWriter extends FieldWriter {
  /** Length (4) and UTF-8. */
  string(value: string): this {
    const bytes = new TextEncoder().encode(value);
    return this.u32(bytes.length).bytes(bytes);
  }

  /** Bytes in hexadecimal, of a length that both sides know. */
  hex(value: string): this {
    return this.bytes(fromHex(value));
  }

  /** Present (1), then the value. */
  maybe<Value>(value: Value | undefined, write: (value: Value) => void): this {
    this.u8(value === undefined ? 0 : 1);
    if (value !== undefined) write(value);
    return this;
  }

  list<Item>(items: readonly Item[], write: (item: Item) => void): this {
    this.u32(items.length);
    for (const item of items) write(item);
    return this;
  }

  /** A member of a list whose order is stored. */
  member<Name extends string>(names: readonly Name[], name: Name): this {
    const index = names.indexOf(name);
    if (index < 0) throw new RangeError(`${name} is none of ${names.join(', ')}`);
    return this.u8(index);
  }
}

export class RowReader extends FieldReader {
  string(what: string): string {
    const bytes = this.bytes(this.u32(what), what);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new ProofRefused(`${what} is not UTF-8`, { cause });
    }
  }

  hex(length: number, what: string): string {
    return hex(this.bytes(length, what));
  }

  flag(what: string): boolean {
    const value = this.u8(what);
    if (value > 1) throw new ProofRefused(`${what} is neither there nor not`);
    return value === 1;
  }

  maybe<Value>(what: string, read: () => Value): Value | undefined {
    return this.flag(what) ? read() : undefined;
  }

  list<Item>(what: string, read: () => Item): Item[] {
    const count = this.u32(what);
    // Each takes a byte at least.
    if (count > this.left) throw new ProofRefused(`the bytes end inside ${what}`);
    return Array.from({ length: count }, read);
  }

  member<Name extends string>(names: readonly Name[], what: string): Name {
    const name = names[this.u8(what)];
    if (name === undefined) throw new ProofRefused(`${what} is unknown`);
    return name;
  }
}

export function fromHex(value: string): Uint8Array {
  if (!/^(?:[0-9a-f]{2})*$/.test(value)) throw new RangeError('not lower-case hexadecimal');
  return Uint8Array.from({ length: value.length / 2 }, (_, at) =>
    Number.parseInt(value.slice(2 * at, 2 * at + 2), 16),
  );
}

/** @throws ProofRefused unless the bytes are one value and no more */
export function readAll<Value>(bytes: Uint8Array, read: (reader: RowReader) => Value): Value {
  const reader = new RowReader(bytes);
  const value = read(reader);
  reader.end('the row');
  return value;
}
