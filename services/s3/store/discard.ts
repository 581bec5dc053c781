/**
 * How the bytes of a replaced or removed object leave: blobs with the transaction when it is small, else by a sweep behind
 * it; data of one chunk with its record, unless it is being read: then the record of a sweep holds it on.
 */
import type { BlobRef, DomainWrite } from '@hypergate/table';
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
export const keptBody: Discard = { applied() {}, refused() {} };

export function blobsOf(row: ObjectRow): readonly BlobRef[] {
  const { body } = row;
  // Data goes with the record that holds it.
  if (body.kind === 'inline' || body.kind === 'data') return [];
  if (body.kind === 'blob') return [body.blob];
  const blobs: BlobRef[] = [];
  for (const part of body.parts) if (part.blob !== undefined) blobs.push(part.blob);
  return blobs;
}

/** Adds to `writes` what frees the bytes of a row that goes. */
export function discardBody(
  context: S3Context,
  bucket: Bucket,
  row: ObjectRow,
  writes: DomainWrite[],
): Discard {
  const { body } = row;
  if (body.kind !== 'data') return discardBlobs(context, bucket, blobsOf(row), writes);
  const { chunk } = body.data;
  if (!context.guard.isPinned(chunk)) {
    const free = context.guard.doom([chunk]);
    return { applied: free, refused: free };
  }
  const held = {
    address: bucket.row.address,
    uploadId: noBytes,
    keptParts: noBytes,
    blobs: [],
    chunks: [chunk],
  };
  const id = addSweep(context, held, writes);
  return { applied: () => context.sweeper.enqueue(id), refused() {} };
}

/** Adds to `writes` what frees the blobs. */
export function discardBlobs(
  context: S3Context,
  bucket: Bucket,
  blobs: readonly BlobRef[],
  writes: DomainWrite[],
): Discard {
  if (blobs.length === 0) return keptBody;
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
