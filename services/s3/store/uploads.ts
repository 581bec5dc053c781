/**
 * Multipart uploads. The upload's record never changes between its creation and its end, so its revision is the guard:
 * a part is committed only while that revision stands, and completion or abort remove it in the transaction that decides.
 */
import {
  ConditionFailed,
  type DomainWrite,
  type StagedBlob,
  type StoredRecord,
  type TableDomain,
} from '@hypergate/table';
import { type Bytes, noBytes } from '../engine/bytes.ts';
import type { ChecksumAlgorithm } from '../engine/checksum.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { PartRow } from '../model/part.ts';
import type { SweepRow } from '../model/sweep.ts';
import { partKey, partsTable, uploadIdOf, uploadKey, uploadOf, uploadsTable } from '../model/tables.ts';
import type { UploadRow } from '../model/upload.ts';
import type { Bucket } from './buckets.ts';
import type { S3Context } from './context.ts';
import { addSweep } from './discard.ts';
import { transact } from './objects.ts';
import { onePiece, type Received } from './receive.ts';

export interface Upload {
  readonly key: Bytes;
  readonly id: Bytes;
  readonly stored: StoredRecord<UploadRow>;
}

/** @returns undefined when there is no such upload of this key, or no longer */
export async function findUpload(bucket: Bucket, key: Bytes, idText: string): Promise<Upload | undefined> {
  const id = uploadIdOf(idText);
  if (id === undefined) return undefined;
  const stored = await bucket.domain.get(uploadsTable, uploadKey(key, id));
  return stored === undefined ? undefined : { key, id, stored };
}

/** @throws NoSuchUpload */
export async function requireUpload(bucket: Bucket, key: Bytes, idText: string): Promise<Upload> {
  const upload = await findUpload(bucket, key, idText);
  if (upload === undefined) throw noSuchUpload(idText);
  return upload;
}

export function noSuchUpload(idText: string): Error {
  return s3Error('NoSuchUpload', { UploadId: idText });
}

/** @throws InvalidArgument */
export function checkPartNumber(number: number | undefined): number {
  if (number !== undefined && Number.isInteger(number) && number >= 1 && number <= s3Limits.partsMax)
    return number;
  throw s3Error(
    'InvalidArgument',
    { ArgumentName: 'partNumber', ArgumentValue: String(number) },
    'Part number must be an integer between 1 and 10000, inclusive',
  );
}

/** The condition that the upload is still under way. */
export function uploadStands(bucket: Bucket, upload: Upload): DomainWrite {
  return {
    domain: bucket.domain,
    kind: 'check',
    table: uploadsTable,
    key: uploadKey(upload.key, upload.id),
    condition: { revision: upload.stored.revision },
  };
}

export function removeUpload(bucket: Bucket, upload: Upload): DomainWrite {
  return {
    domain: bucket.domain,
    kind: 'remove',
    table: uploadsTable,
    key: uploadKey(upload.key, upload.id),
    condition: { revision: upload.stored.revision },
  };
}

/** Puts the part in the place of an earlier one with its number, whose bytes go with the same transaction. */
export async function putPart(
  context: S3Context,
  bucket: Bucket,
  upload: Upload,
  idText: string,
  number: number,
  received: Received,
  algorithm: ChecksumAlgorithm,
): Promise<PartRow> {
  const blob = await blobOf(bucket.domain, received);
  const key = partKey(upload.id, number);
  const row: PartRow = {
    modifiedMs: context.clock.now(),
    md5: received.md5,
    checksum: { algorithm, type: 'FULL_OBJECT', value: received.checksum, parts: 0 },
    blob,
  };
  for (let attempt = 0; attempt < s3Limits.conflictRetriesMax; attempt += 1) {
    const before = await bucket.domain.get(partsTable, key);
    const condition = before === undefined ? ('absent' as const) : { revision: before.revision };
    const writes: DomainWrite[] = [
      uploadStands(bucket, upload),
      { domain: bucket.domain, kind: 'put', table: partsTable, key, row, condition },
    ];
    if (blob !== undefined) writes.push({ domain: bucket.domain, kind: 'put-blob', blob });
    const old = before?.row.blob;
    if (old !== undefined) writes.push({ domain: bucket.domain, kind: 'remove-blob', blob: old });
    try {
      await transact(context, bucket, writes);
      return row;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
      if (error.index === 0) throw noSuchUpload(idText);
    }
  }
  throw s3Error('OperationAborted');
}

async function blobOf(domain: TableDomain, received: Received): Promise<StagedBlob | undefined> {
  if (received.body.kind === 'blob') return received.body.blob;
  if (received.body.kind === 'data') return domain.shareBlob(received.body.data);
  if (received.size === 0) return undefined;
  return domain.stageBlob(onePiece(received.body.bytes));
}

/** Ends an upload without an object; its parts go by a sweep. @returns false when it had ended before */
export async function dropUpload(context: S3Context, bucket: Bucket, upload: Upload): Promise<boolean> {
  const writes: DomainWrite[] = [removeUpload(bucket, upload)];
  const sweep = addSweep(context, partsSweep(bucket, upload.id, noBytes), writes);
  try {
    await transact(context, bucket, writes);
  } catch (error) {
    if (error instanceof ConditionFailed) return false;
    throw error;
  }
  context.sweeper.enqueue(sweep);
  return true;
}

export function partsSweep(bucket: Bucket, uploadId: Bytes, keptParts: Bytes): SweepRow {
  return { address: bucket.row.address, uploadId, keptParts, blobs: [], chunks: [] };
}

/** Drops what is under way in a bucket that goes. */
export async function dropAllUploads(context: S3Context, bucket: Bucket): Promise<void> {
  for (;;) {
    const entries = await bucket.domain.scan(uploadsTable, noBytes, { limit: s3Limits.pageEntriesMax });
    if (entries.length === 0) return;
    for (const entry of entries) {
      const { key, uploadId } = uploadOf(entry.sort);
      const stored = await bucket.domain.get(uploadsTable, uploadKey(key, uploadId));
      if (stored !== undefined) await dropUpload(context, bucket, { key, id: uploadId, stored });
    }
  }
}
