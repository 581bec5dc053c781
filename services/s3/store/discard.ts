/**
 * How the bytes of a replaced or removed object leave: blobs with the transaction when it is small, else by a sweep behind
 * it; data of one chunk with its record, unless it is being read: then the record of a sweep holds it on.
 */
import type { BlobRef, ChunkRef, DomainWrite } from '@hypergate/table';
import { noBytes } from '../engine/bytes.ts';
import { s3Limits } from '../limits.ts';
import type { ObjectRow } from '../model/object.ts';
import type { SweepRow } from '../model/sweep.ts';
import { sweepKey, sweepsTable } from '../model/tables.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';
import { chunksOf } from './sweeper.ts';

/** Call exactly one of the two when the transaction has an outcome. */
export interface Discard {
  applied(): void;
  refused(): void;
}

/** Nothing goes. */
const nothing: Discard = { applied() {}, refused() {} };

export function blobsOf(row: ObjectRow): readonly BlobRef[] {
  const { body } = row;
  // Data goes with the record that holds it.
  if (body.kind === 'inline' || body.kind === 'data') return [];
  if (body.kind === 'blob') return [body.blob];
  const blobs: BlobRef[] = [];
  for (const part of body.parts) if (part.blob !== undefined) blobs.push(part.blob);
  return blobs;
}

/** Adds to `writes` what frees the bytes of versions that go. */
export function discardBodies(
  context: S3Context,
  bucket: Bucket,
  rows: readonly ObjectRow[],
  writes: DomainWrite[],
): Discard {
  const discards: Discard[] = [];
  for (const row of rows) {
    const { body } = row;
    if (body.kind === 'data') discards.push(discardChunk(context, bucket, body.data.chunk, writes));
  }
  const blobs = rows.flatMap(blobsOf);
  if (blobs.length > 0) discards.push(discardBlobs(context, bucket, blobs, writes));
  if (discards.length <= 1) return discards[0] ?? nothing;
  return {
    applied() {
      for (const discard of discards) discard.applied();
    },
    refused() {
      for (const discard of discards) discard.refused();
    },
  };
}

/** The record lets go of it; if it is being read, the record of a sweep holds it on. */
function discardChunk(context: S3Context, bucket: Bucket, chunk: ChunkRef, writes: DomainWrite[]): Discard {
  const held = {
    address: bucket.row.address,
    uploadId: noBytes,
    keptParts: noBytes,
    blobs: [],
    chunks: [chunk],
  };
  if (context.guard.isPinned(chunk)) {
    const id = addSweep(context, held, writes);
    return { applied: () => context.sweeper.enqueue(id), refused() {} };
  }
  const free = context.guard.doom([chunk]);
  return {
    applied() {
      free();
      // A reader came while the transaction was on its way.
      if (context.guard.isPinned(chunk)) context.sweeper.during(holdOn(context, held));
    },
    refused: free,
  };
}

/** Until this is committed, the node's own grace for what nobody names keeps the chunk. */
async function holdOn(context: S3Context, row: SweepRow): Promise<void> {
  const writes: DomainWrite[] = [];
  const id = addSweep(context, row, writes);
  await context.tables.transact(writes);
  context.sweeper.enqueue(id);
}

/** Adds to `writes` what frees the blobs. */
function discardBlobs(
  context: S3Context,
  bucket: Bucket,
  blobs: readonly BlobRef[],
  writes: DomainWrite[],
): Discard {
  if (blobs.length === 0) return nothing;
  let chunks = 0;
  for (const blob of blobs) chunks += chunksOf(blob);
  const atOnce =
    chunks <= s3Limits.chunksInTransactionMax && !blobs.some((blob) => context.guard.isPinned(blob));
  if (!atOnce) return sweepLater(context, bucket, blobs, writes);
  for (const blob of blobs) writes.push({ domain: bucket.domain, kind: 'remove-blob', blob });
  const free = context.guard.doom(blobs);
  return { applied: free, refused: free };
}

function sweepLater(
  context: S3Context,
  bucket: Bucket,
  blobs: readonly BlobRef[],
  writes: DomainWrite[],
): Discard {
  const ids: Uint8Array[] = [];
  for (let at = 0; at < blobs.length; at += s3Limits.sweepBlobsMax) {
    const row: SweepRow = {
      address: bucket.row.address,
      uploadId: noBytes,
      keptParts: noBytes,
      blobs: blobs.slice(at, at + s3Limits.sweepBlobsMax),
      chunks: [],
    };
    ids.push(addSweep(context, row, writes));
  }
  return {
    applied() {
      for (const id of ids) context.sweeper.enqueue(id);
    },
    refused() {},
  };
}

/** @returns the record's id, to be given to the sweeper once the transaction is applied */
export function addSweep(context: S3Context, row: SweepRow, writes: DomainWrite[]): Uint8Array {
  const id = Buffer.concat([row.address, context.random.bytes(16)]);
  writes.push({
    domain: context.buckets.registry,
    kind: 'put',
    table: sweepsTable,
    key: sweepKey(id),
    row,
    condition: 'absent',
  });
  return id;
}
