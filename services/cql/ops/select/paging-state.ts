/**
 * Where the next page begins, in bytes (version 1): version, digest of the statement, kind of place, rows that are left of LIMIT and of
 * PER PARTITION LIMIT, partition key, clustering values. Sealed before it leaves, but read as if anybody had written it.
 */
import { createHash } from 'node:crypto';
import { CqlError } from '../../errors.ts';
import type { Select } from '../../parser/ast.ts';
import type { TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';

const version = 1;
const digestLength = 8;
const headLength = 1 + digestLength + 1 + 4 + 4;
const unlimited = 0xffff_ffff;

/** `row`: behind that row; `group`: behind all rows that begin with these values; `partition`: behind it. */
const placeKinds = ['partition', 'row', 'group'] as const;

export interface Place {
  readonly kind: (typeof placeKinds)[number];
  readonly key: Value;
  /** Clustering values; of a group its first ones. */
  readonly prefix: readonly Value[];
  /** Infinity: without limit. */
  readonly remaining: number;
  readonly remainingInPartition: number;
}

/** Of what is asked and of which table: a state fits no other statement. */
export function statementDigest(statement: Select, table: TableSchema): Buffer {
  const text = JSON.stringify([table.id, statement]);
  return createHash('sha256').update(text).digest().subarray(0, digestLength);
}

const toCount = (limit: number) => (limit === Number.POSITIVE_INFINITY ? unlimited : limit);
const fromCount = (count: number) => (count === unlimited ? Number.POSITIVE_INFINITY : count);

export function encodePlace(place: Place, digest: Buffer): Uint8Array {
  const lengths = place.prefix.reduce((sum, value) => sum + 4 + value.length, 0);
  const bytes = Buffer.alloc(headLength + 2 + place.key.length + 2 + lengths);
  bytes[0] = version;
  bytes.set(digest, 1);
  let at = bytes.writeUInt8(placeKinds.indexOf(place.kind), 1 + digestLength);
  at = bytes.writeUInt32BE(toCount(place.remaining), at);
  at = bytes.writeUInt32BE(toCount(place.remainingInPartition), at);
  at = bytes.writeUInt16BE(place.key.length, at);
  bytes.set(place.key, at);
  at = bytes.writeUInt16BE(place.prefix.length, at + place.key.length);
  for (const value of place.prefix) {
    at = bytes.writeUInt32BE(value.length, at);
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}

export function pagingError(): CqlError {
  return new CqlError('protocol', 'Invalid value for the paging state');
}

class PlaceReader {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.at === this.bytes.length;
  }

  take(length: number): Buffer {
    if (length > this.bytes.length - this.at) throw pagingError();
    return this.bytes.subarray(this.at, (this.at += length));
  }

  number(length: number): number {
    return this.take(length).readUIntBE(0, length);
  }
}

/** @throws CqlError `protocol` */
export function decodePlace(state: Uint8Array, digest: Buffer, { clustering }: TableSchema): Place {
  const reader = new PlaceReader(state);
  if (reader.number(1) !== version || !reader.take(digestLength).equals(digest)) throw pagingError();
  const kind = placeKinds[reader.number(1)];
  const remaining = fromCount(reader.number(4));
  const remainingInPartition = fromCount(reader.number(4));
  const key = reader.take(reader.number(2));
  const count = reader.number(2);
  if (kind === undefined || key.length === 0 || count > clustering.length) throw pagingError();
  const prefix: Value[] = [];
  while (prefix.length < count) prefix.push(reader.take(reader.number(4)));
  if (!reader.isAtEnd || remaining === 0) throw pagingError();
  return { kind, key, prefix, remaining, remainingInPartition };
}
