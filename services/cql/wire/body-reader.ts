/**
 * Reads what bodies are made of. Every length is checked against what is there before anything is made of it.
 * Specification: "CQL BINARY PROTOCOL", section 3. Messages as Apache Cassandra 4.0.
 */
import { isUtf8 } from 'node:buffer';
import '@hypergate/kit/bytes';
import { type BoundValue, type Consistency, consistencies, type Payload, unset } from './api.ts';
import { protocolError } from './frame-error.ts';

const shortBytes = 2;
const intBytes = 4;

export class BodyReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  /** Bytes that were not read. */
  get rest(): number {
    return this.bytes.length - this.at;
  }

  byte(): number {
    const at = this.skip(1, 'a byte');
    return this.bytes[at]!;
  }

  /** Unsigned. */
  short(): number {
    const at = this.skip(shortBytes, 'a short');
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  /** Signed. */
  int(): number {
    const at = this.skip(intBytes, 'an int');
    const { bytes } = this;
    return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }

  long(): bigint {
    return this.bytes.readBigInt64BE(this.skip(8, 'a long'));
  }

  string(): string {
    const what = 'an UTF8 serialized string preceded by its 2 bytes length';
    if (this.rest < shortBytes) throw missing(what);
    return this.text(this.short(), what);
  }

  longString(): string {
    const what = 'an UTF8 serialized string preceded by its 4 bytes length';
    if (this.rest < intBytes) throw missing(what);
    const length = this.int();
    if (length < 0) throw missing(what);
    return this.text(length, what);
  }

  shortBytes(): Buffer {
    const what = 'a byte array preceded by its 2 bytes length';
    if (this.rest < shortBytes) throw missing(what);
    return this.view(this.short(), what);
  }

  /** Undefined for null. */
  nullableBytes(): Buffer | undefined {
    const length = this.int();
    return length < 0 ? undefined : this.view(length, 'a byte array preceded by its 4 bytes length');
  }

  /** Of a marker. Before v4 nothing could be left unset. */
  value(version: number): BoundValue {
    const length = this.int();
    if (length >= 0) return this.view(length, 'a value preceded by its 4 bytes length');
    if (length === -1) return undefined;
    if (length === -2 && version >= 4) return unset;
    throw protocolError(`Invalid ByteBuf length ${length}`);
  }

  consistency(): Consistency {
    const code = this.short();
    const name = consistencies[code];
    if (name === undefined) throw protocolError(`Unknown code ${code} for a consistency level`);
    return name;
  }

  stringList(): string[] {
    const count = this.count(shortBytes);
    const list: string[] = [];
    for (let i = 0; i < count; i++) list.push(this.string());
    return list;
  }

  stringMap(): Map<string, string> {
    const count = this.count(2 * shortBytes);
    const map = new Map<string, string>();
    for (let i = 0; i < count; i++) {
      const key = this.string();
      map.set(key, this.string());
    }
    return map;
  }

  bytesMap(): Payload {
    const count = this.count(shortBytes + intBytes);
    const map = new Map<string, Buffer | undefined>();
    for (let i = 0; i < count; i++) {
      const key = this.string();
      map.set(key, this.nullableBytes());
    }
    return map;
  }

  /** A number of things that need so many bytes each at least. */
  count(bytesEach: number): number {
    const count = this.short();
    if (count * bytesEach > this.rest) throw missing(`${count} elements`);
    return count;
  }

  private text(length: number, what: string): string {
    const at = this.skip(length, what);
    const { bytes } = this;
    // Without checking twice what is ASCII, as most is.
    const text = bytes.latin1Slice(at, at + length);
    if (!nonAscii.test(text)) return text;
    if (!isUtf8(bytes.subarray(at, at + length))) throw protocolError('Cannot decode string as UTF8');
    return bytes.toString('utf8', at, at + length);
  }

  private view(length: number, what: string): Buffer {
    const at = this.skip(length, what);
    return this.bytes.subarray(at, at + length);
  }

  private skip(length: number, what: string): number {
    const { at } = this;
    if (length > this.bytes.length - at) throw missing(what);
    this.at = at + length;
    return at;
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: everything that is not ASCII
const nonAscii = /[^\x00-\x7f]/;

function missing(what: string): Error {
  return protocolError(`Not enough bytes to read ${what}`);
}
