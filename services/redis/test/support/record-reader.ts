/**
 * Reads records of keys out of the tables' bytes, with nothing of what writes them: the record, and below it every segment that
 * it names, checked by hash and counts.
 */
import { createHash } from 'node:crypto';
import { ByteReader } from '@hypergate/kit/bytes';
import type { TableModel } from './table-model.ts';

export interface ReadRecord {
  readonly database: number;
  readonly key: string;
  readonly type: number;
  readonly expiresAt: number;
  readonly batch: number;
  /** Of an inline value. */
  readonly value: Buffer | undefined;
  /** In the order of their ids. */
  readonly segments: readonly { readonly id: number; readonly content: Buffer }[];
  readonly size: number;
  readonly head: Buffer;
}

interface Ref {
  readonly id: number;
  readonly version: number;
  readonly segments: number;
  readonly elements: number;
  readonly bytes: number;
  readonly hash: string;
}

/** @param named gets the keys of all rows of `redis.segments` that a record names */
export function readRecords(model: TableModel, named: Set<string>): ReadRecord[] {
  return [...model.rows('redis.keys')].map(([name, row]) =>
    readRecord(model, Number.parseInt(name.slice(0, 2), 16), Buffer.from(row), named),
  );
}

function readRecord(model: TableModel, database: number, row: Buffer, named: Set<string>): ReadRecord {
  const from = new ByteReader(row);
  const key = from.string();
  const common = {
    database,
    key,
    type: from.u8(),
    expiresAt: from.varint(),
    batch: from.varint(),
  };
  if (from.u8() === 0) {
    const bytes = from.varint();
    const value = piecesOf(from, model);
    if (value.length !== bytes) throw new Error('a value of another length');
    return { ...common, value, segments: [], size: 0, head: Buffer.alloc(0) };
  }
  const generation = from.varint();
  from.varint();
  const size = from.varint();
  const head = from.bytes();
  const depth = from.u8();
  const refs = refsOf(from);
  if (!from.done) throw new Error('a record is too long');
  const segments: { id: number; content: Buffer }[] = [];
  const partition = Buffer.concat([Buffer.of(database), sha256(Buffer.from(key, 'latin1'))]);
  const walk = (level: number, entries: readonly Ref[]): void => {
    for (const ref of entries) {
      const sort = Buffer.concat([
        u64(generation),
        Buffer.of(level),
        u64(ref.id),
        u64(ref.version),
        Buffer.of(0),
      ]);
      const place = `${partition.toString('hex')} ${sort.toString('hex')}`;
      const found = model.rows('redis.segments').get(place);
      if (found === undefined) throw new Error(`a record names a row that is not there: ${level} ${ref.id}`);
      named.add(place);
      const body = new ByteReader(Buffer.from(found));
      if (body.u8() !== level) throw new Error('a row of another level');
      if (level === 0) {
        const content = piecesOf(body, model);
        check(ref, content, { segments: 1, bytes: content.length });
        segments.push({ id: ref.id, content });
        continue;
      }
      const content = body.raw(body.end - body.position);
      const below = refsOf(new ByteReader(content));
      const sum = (of: (each: Ref) => number) => below.reduce((total, each) => total + of(each), 0);
      check(ref, content, { segments: sum((each) => each.segments), bytes: sum((each) => each.bytes) });
      if (sum((each) => each.elements) !== ref.elements || below[0]?.id !== ref.id || below.length > 64)
        throw new Error('a page with other counts');
      walk(level - 1, below);
    }
  };
  walk(depth, refs);
  if (refs.reduce((total, { elements }) => total + elements, 0) !== size) throw new Error('another size');
  if (refs.length > 64) throw new Error('a record with too many refs');
  for (let i = 1; i < segments.length; i++)
    if (segments[i]!.id <= segments[i - 1]!.id) throw new Error('segments are not in order');
  return { ...common, value: undefined, segments, size, head };
}

/** Keys of rows of `redis.segments` that notes name. */
export function readNotes(model: TableModel): Set<string> {
  const noted = new Set<string>();
  for (const row of model.rows('redis.leftovers').values()) {
    const from = new ByteReader(Buffer.from(row));
    const partition = from.raw(33).toString('hex');
    const generation = from.varint();
    for (let left = from.varint(); left > 0; left--) {
      const level = from.u8();
      const [id, version, parts] = [from.varint(), from.varint(), from.varint()];
      for (let part = 0; part < parts; part++) {
        const sort = Buffer.concat([
          u64(generation),
          Buffer.of(level),
          u64(id),
          u64(version),
          Buffer.of(part),
        ]);
        noted.add(`${partition} ${sort.toString('hex')}`);
      }
    }
    if (!from.done) throw new Error('a note is too long');
  }
  return noted;
}

function check(
  ref: Ref,
  content: Buffer,
  counts: { readonly segments: number; readonly bytes: number },
): void {
  if (sha256(content).toString('hex') !== ref.hash) throw new Error('a row with another hash');
  if (counts.segments !== ref.segments || counts.bytes !== ref.bytes)
    throw new Error('a row with other counts');
}

function refsOf(from: ByteReader): Ref[] {
  return Array.from({ length: from.varint() }, () => ({
    id: from.varint(),
    version: from.varint(),
    segments: from.varint(),
    elements: from.varint(),
    bytes: from.varint(),
    hash: from.raw(32).toString('hex'),
  }));
}

function piecesOf(from: ByteReader, model: TableModel): Buffer {
  const parts: Buffer[] = [];
  for (let left = from.varint(); left > 0; left--) {
    if (from.u8() === 0) {
      parts.push(from.bytes());
      continue;
    }
    from.raw(32);
    from.varint();
    parts.push(model.chunks.get(from.raw(33).toString('hex'))!);
    from.varint();
  }
  if (!from.done) throw new Error('a row is too long');
  return Buffer.concat(parts);
}

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
