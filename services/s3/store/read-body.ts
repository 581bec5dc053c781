/** Streams the bytes of an object, of a range or a part of it, from its record and blobs. */
import type { BlobRef, DataRef, StoredRecord } from '@hypergate/table';
import type { Bytes } from '../engine/bytes.ts';
import type { ByteRange } from '../engine/range.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { ObjectRow } from '../model/object.ts';
import { objectKey, objectsTable } from '../model/tables.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';

/** A stretch of one blob, or of data that the record holds. */
export interface Stretch {
  readonly of: BlobRef | DataRef;
  readonly offset: number;
  readonly length: number;
}

/** A record whose blobs stay where they are until `release`. */
export interface HeldObject {
  readonly row: ObjectRow;
  release(): void;
}

/**
 * Reads the record and pins the blobs that `range` (of the row) touches; inline objects need no pin.
 * @param range called once per attempt; throws to refuse, undefined pins nothing
 */
export async function holdObject(
  context: S3Context,
  bucket: Bucket,
  key: Bytes,
  range: (row: ObjectRow | undefined) => ByteRange | undefined,
): Promise<HeldObject | undefined> {
  const record = objectKey(key);
  for (let attempt = 0; attempt < s3Limits.conflictRetriesMax; attempt += 1) {
    const epoch = context.guard.epoch;
    const stored: StoredRecord<ObjectRow> | undefined = await bucket.domain.get(objectsTable, record);
    const wanted = range(stored?.row);
    if (stored === undefined) return undefined;
    const { row } = stored;
    if (wanted === undefined || row.body.kind === 'inline') return { row, release() {} };
    const release = context.guard.pin(
      stretches(row, wanted).map(({ of }) => ('chunk' in of ? of.chunk : of)),
      epoch,
    );
    if (release !== undefined) return { row, release };
    await context.guard.settled();
  }
  throw s3Error('OperationAborted');
}

/** @param range inside the object. Ends the pins when the last byte was read or the reader gives up. */
export function bodyOf(
  context: S3Context,
  bucket: Bucket,
  held: HeldObject,
  range: ByteRange,
  signal: () => AbortSignal,
): Bytes | AsyncIterable<Bytes> {
  const { body } = held.row;
  if (body.kind === 'inline') return body.bytes.subarray(range.offset, range.offset + range.length);
  return new PinnedBody(context, bucket, held, range, signal());
}

/**
 * An iterable rather than a generator: a generator that is closed before its first step never runs its `finally`, and
 * the pins would stay.
 */
class PinnedBody implements AsyncIterableIterator<Bytes> {
  readonly #held: HeldObject;
  readonly #pieces: AsyncGenerator<Bytes>;

  constructor(context: S3Context, bucket: Bucket, held: HeldObject, range: ByteRange, signal: AbortSignal) {
    this.#held = held;
    this.#pieces = piecesOf(context, bucket, stretches(held.row, range), signal);
    // A reader that leaves before its first read calls nothing else.
    if (signal.aborted) held.release();
    else signal.addEventListener('abort', () => held.release(), { once: true });
  }

  async next(): Promise<IteratorResult<Bytes>> {
    try {
      const step = await this.#pieces.next();
      if (step.done === true) this.#held.release();
      return step;
    } catch (error) {
      this.#held.release();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Bytes>> {
    this.#held.release();
    await this.#pieces.return(undefined);
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

async function* piecesOf(
  { tables }: S3Context,
  { domain }: Bucket,
  parts: readonly Stretch[],
  signal: AbortSignal,
): AsyncGenerator<Bytes> {
  for (const { of, offset, length } of parts) {
    yield* 'chunk' in of
      ? tables.readData(of, offset, length, signal)
      : domain.readBlob(of, offset, length, signal);
  }
}

export function stretches(row: ObjectRow, range: ByteRange): Stretch[] {
  const { body } = row;
  if (body.kind === 'inline' || range.length === 0) return [];
  if (body.kind === 'blob') return [{ of: body.blob, offset: range.offset, length: range.length }];
  if (body.kind === 'data') return [{ of: body.data, offset: range.offset, length: range.length }];
  const found: Stretch[] = [];
  const end = range.offset + range.length;
  let start = 0;
  for (const { blob, size } of body.parts) {
    if (start >= end) break;
    const from = Math.max(range.offset, start);
    const to = Math.min(end, start + size);
    if (blob !== undefined && from < to) found.push({ of: blob, offset: from - start, length: to - from });
    start += size;
  }
  return found;
}
