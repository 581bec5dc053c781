/**
 * What is sealed in a record's vertex, and in the note of its removal (version 1). Numbers are big-endian.
 *
 * head   = version (1) ‖ flags (1) ‖ name length (1) ‖ table name ‖ partition length (2) ‖ partition ‖ sort length (2) ‖ sort
 * note   = head
 * record = head ‖ row format version (2) ‖ [projection length (2) ‖ projection] ‖ [secondary count (2) ‖ entries] ‖ row
 * entry  = index name length (1) ‖ name ‖ partition length (2) ‖ partition ‖ sort length (2) ‖ sort ‖ projection length (2) ‖ projection
 *
 * flags: 1 a projection follows (the record is in the index) ‖ 2 secondary entries follow ‖ 4 records of this table may be
 * in the index ‖ 8 records of this table may have secondary entries.
 *
 * The index entries stand in the record so that the index can be rebuilt from state or log without the services that
 * wrote them: also while a service is switched off.
 */
import type { Bytes } from '@hypergate/node/api';
import { DecryptionError } from '@hypergate/node/crypto';
import type { RecordKey, SecondaryEntry } from '../../api.ts';

const version = 1;
const flag = { projection: 1, secondary: 2, indexed: 4, secondaries: 8 } as const;
const flagsMask = 15;

export interface RecordHead {
  readonly table: string;
  readonly key: RecordKey;
  /** Records of the table may be in the index, and may have secondary entries. */
  readonly indexed: boolean;
  readonly hasSecondaries: boolean;
}

export interface RecordContent extends RecordHead {
  readonly rowVersion: number;
  /** undefined: not in the index. */
  readonly projection: Bytes | undefined;
  readonly secondary: readonly SecondaryEntry[];
  readonly row: Bytes;
}

const headBytes = (name: number, { partition, sort }: RecordKey) => 7 + name + partition.length + sort.length;

class Writer {
  readonly bytes: Buffer;
  #at = 0;
  constructor(length: number) {
    this.bytes = Buffer.allocUnsafe(length);
  }
  u8(value: number): void {
    this.bytes[this.#at++] = value;
  }
  u16(value: number): void {
    this.#at = this.bytes.writeUInt16BE(value, this.#at);
  }
  raw(value: Uint8Array): void {
    this.bytes.set(value, this.#at);
    this.#at += value.length;
  }
  sized(value: Uint8Array): void {
    this.u16(value.length);
    this.raw(value);
  }
  named(name: Uint8Array): void {
    this.u8(name.length);
    this.raw(name);
  }
}

const ascii = (name: string) => Buffer.from(name, 'latin1');

function writeHead(writer: Writer, flags: number, name: Buffer, key: RecordKey): void {
  writer.u8(version);
  writer.u8(flags);
  writer.named(name);
  writer.sized(key.partition);
  writer.sized(key.sort);
}

function tableFlags({ indexed, hasSecondaries }: RecordHead): number {
  return (indexed ? flag.indexed : 0) | (hasSecondaries ? flag.secondaries : 0);
}

export function encodeRecord(content: RecordContent): Buffer {
  const { key, rowVersion, projection, secondary, row } = content;
  const name = ascii(content.table);
  const flags =
    tableFlags(content) |
    (projection === undefined ? 0 : flag.projection) |
    (secondary.length === 0 ? 0 : flag.secondary);
  let size = headBytes(name.length, key) + 2 + row.length;
  if (projection !== undefined) size += 2 + projection.length;
  if (secondary.length > 0) size += 2;
  for (const entry of secondary)
    size += 7 + entry.index.length + entry.partition.length + entry.sort.length + entry.projection.length;
  const writer = new Writer(size);
  writeHead(writer, flags, name, key);
  writer.u16(rowVersion);
  if (projection !== undefined) writer.sized(projection);
  if (secondary.length > 0) {
    writer.u16(secondary.length);
    for (const entry of secondary) {
      writer.named(ascii(entry.index));
      writer.sized(entry.partition);
      writer.sized(entry.sort);
      writer.sized(entry.projection);
    }
  }
  writer.raw(row);
  return writer.bytes;
}

export function encodeNote(head: RecordHead): Buffer {
  const name = ascii(head.table);
  const writer = new Writer(headBytes(name.length, head.key));
  writeHead(writer, tableFlags(head), name, head.key);
  return writer.bytes;
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;
  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }
  raw(length: number): Buffer {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new DecryptionError('format');
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }
  u8(): number {
    if (this.#at >= this.#bytes.length) throw new DecryptionError('format');
    return this.#bytes[this.#at++]!;
  }
  u16(): number {
    return (this.u8() << 8) | this.u8();
  }
  sized(): Buffer {
    return this.raw(this.u16());
  }
  named(): string {
    return this.raw(this.u8()).toString('latin1');
  }
  rest(): Buffer {
    return this.#bytes.subarray(this.#at);
  }
}

function readHead(reader: Reader): { readonly head: RecordHead; readonly flags: number } {
  const isKnown = reader.u8() === version;
  const flags = reader.u8();
  if (!isKnown || (flags & ~flagsMask) !== 0) throw new DecryptionError('format');
  const table = reader.named();
  const key = { partition: reader.sized(), sort: reader.sized() };
  const indexed = (flags & flag.indexed) !== 0;
  return { head: { table, key, indexed, hasSecondaries: (flags & flag.secondaries) !== 0 }, flags };
}

/** Parts are views. @throws DecryptionError `format` */
export function decodeRecord(bytes: Buffer): RecordContent {
  const reader = new Reader(bytes);
  const { head, flags } = readHead(reader);
  const rowVersion = reader.u16();
  const projection = (flags & flag.projection) === 0 ? undefined : reader.sized();
  const secondary: SecondaryEntry[] = [];
  if ((flags & flag.secondary) !== 0) {
    const count = reader.u16();
    for (let index = 0; index < count; index += 1)
      secondary.push({
        index: reader.named(),
        partition: reader.sized(),
        sort: reader.sized(),
        projection: reader.sized(),
      });
  }
  const { table, key, indexed, hasSecondaries } = head;
  return { table, key, indexed, hasSecondaries, rowVersion, projection, secondary, row: reader.rest() };
}

/** @throws DecryptionError `format` */
export function decodeNote(bytes: Buffer): RecordHead {
  const reader = new Reader(bytes);
  const { head, flags } = readHead(reader);
  if (reader.rest().length > 0 || (flags & (flag.projection | flag.secondary)) !== 0)
    throw new DecryptionError('format');
  return head;
}
