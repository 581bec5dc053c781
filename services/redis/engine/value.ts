/**
 * What a key holds. A string is a JavaScript string of bytes, or `RawString` once it was changed in place; every other type
 * is a collection, a class of engine/types.
 */
import type { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import type { Config } from './config.ts';
import type { SegmentSource } from './segments.ts';
import type { RawString } from './types/raw-string.ts';

export type CollectionType = 'list' | 'hash' | 'set' | 'zset' | 'stream';
export type TypeName = 'string' | CollectionType;

export interface Collection {
  readonly type: CollectionType;
  /** Elements, fields, members or entries. An empty collection but a stream is removed with its key. */
  readonly size: number;
  /** Bytes it takes in memory, about: kept up to date with every change, in O(1). */
  readonly bytes: number;
  /** What the database has counted of `bytes`; set by the database alone. */
  accountedBytes: number;
  /** What changed since its record was written, while that is in segments. Set to undefined to have all of it written anew. */
  segments?: SegmentSource | undefined;
  /** Of a hash: when its first field expires, in milliseconds since 1970; Infinity when none does. */
  readonly nextDeadline?: number;
}

export type Value = string | RawString | Collection;

/** How values of one type are stored and copied. The format is never changed once released; `code` is in it. */
export interface ValueType<V extends Value = Value> {
  readonly type: TypeName;
  /** String 1, list 2, hash 3, set 4, zset 5, stream 6. */
  readonly code: number;
  save(value: V, to: ByteWriter): void;
  /** @throws FormatError */
  load(from: ByteReader): V;
  /** What OBJECT ENCODING says: the layout redis-server would have chosen. */
  encoding?(value: V, config: Config): string;
  /** Elements of a list from its head, members of a set, members of a sorted set from the lowest score: what SORT sorts. */
  elements?(value: V): Iterable<string>;
  /** A list of these elements: the result of SORT … STORE. */
  fromElements?(elements: readonly string[]): V;
  /** Of collections: how a large one is stored in parts. */
  readonly segments?: SegmentedType<V>;
}

/**
 * How a large collection stands in the rows of its record: segments (engine/segments.ts), and a head with what is in none.
 * Stored formats, as `save`; who verifies proofs reads them by itself (services/redis/verify).
 */
export interface SegmentedType<V extends Value = Value> {
  /** Begins tracking: every segment counts as changed. */
  track(value: V): void;
  /** What no segment holds. */
  saveHead?(value: V, to: ByteWriter): void;
  /** Id of the segment that holds a field or member; undefined when there is none. Of tracked values. */
  segmentOf?(value: V, element: string): number | undefined;
}

export function typeOf(value: Value): TypeName {
  return typeof value === 'string' ? 'string' : value.type;
}

/** Bytes of memory that V8 takes for a string of bytes, about. */
export function stringBytes(text: string): number {
  return 16 + ((text.length + 7) & ~7);
}

export function valueBytes(value: Value): number {
  return typeof value === 'string' ? stringBytes(value) : value.bytes;
}
