/**
 * CompleteMultipartUpload. One transaction puts the object's record, removes the upload's and writes a sweep; listed parts
 * must still be what was checked. The sweep then takes the part records, and the blobs of parts that were not listed, in
 * bounded steps. A crash before the transaction leaves the upload as it was; one behind it leaves the sweep to the next
 * start. A repeat is answered from the object that the upload made.
 */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import { checksumOf, combineCrcs, isCrc } from '@hypergate/kit/checksums';
import { ConditionFailed, type DomainWrite, type StoredRecord } from '@hypergate/table';
import { type Bytes, equalBytes } from '../engine/bytes.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumMembers,
  putChecksum,
} from '../engine/checksum.ts';
import { checkPart, checkWhole, type ListedPart, listedNumbers } from '../engine/completion.ts';
import { checkWrite, checkWriteConditionForm } from '../engine/conditions.ts';
import { multipartEtag, quotedEtag } from '../engine/etag.ts';
import { keyBytes } from '../engine/object-key.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { ObjectPart, ObjectRow } from '../model/object.ts';
import { type PartRow, partSize } from '../model/part.ts';
import { partBits } from '../model/sweep.ts';
import { partKey, partsTable, uploadIdOf } from '../model/tables.ts';
import type { UploadRow } from '../model/upload.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { addSweep } from '../store/discard.ts';
import { findVersion } from '../store/find-version.ts';
import { changeObject } from '../store/objects.ts';
import { findUpload, noSuchUpload, partsSweep, removeUpload, type Upload } from '../store/uploads.ts';
import type { NewVersion } from '../store/version-plan.ts';
import { atRest, type ObjectInput, objectRow, objectUrl } from './common.ts';
import { writtenVersion } from './object-version.ts';
import { defaultAlgorithm } from './put-object.ts';

interface Input extends ObjectInput, ChecksumMembers {
  readonly UploadId: string;
  readonly MultipartUpload?: { readonly Parts?: readonly ListedPart[] };
  readonly MpuObjectSize?: number;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

interface FoundPart {
  readonly number: number;
  readonly record: StoredRecord<PartRow>;
}

export function completeMultipartUpload(context: S3Context): OperationRow<Input, unknown> {
  return objectRow<Input>(
    context,
    'CompleteMultipartUpload',
    's3:PutObject',
    (call, bucket) => handle(context, call, bucket),
    // Its checksum headers are those of the object.
    { bodyBytesMax: s3Limits.completeBytesMax, bodyDigest: 'md5' },
  );
}

async function handle(context: S3Context, call: Call<Input>, bucket: Bucket): Promise<Reply<unknown>> {
  const { input } = call;
  const key = keyBytes(input.Key);
  const conditions = { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch };
  checkWriteConditionForm(conditions);
  const listed = input.MultipartUpload?.Parts ?? [];
  for (let attempt = 0; attempt < s3Limits.conflictRetriesMax; attempt += 1) {
    const upload = await findUpload(bucket, key, input.UploadId);
    if (upload === undefined) return repeated(call, bucket, key);
    const numbers = listedNumbers(listed);
    const parts = await readParts(bucket, upload, numbers);
    const draft = assemble(context, input, upload, listed, numbers, parts);
    let row: ObjectRow;
    const { writes, sweep } = ending(context, bucket, upload, parts as FoundPart[]);
    try {
      row = await changeObject(context, bucket, key, {
        alongside: writes,
        event: 'ObjectCreated:CompleteMultipartUpload',
        cause: call,
        decide(current) {
          checkWrite(conditions, current, input.Key);
          return draft;
        },
      });
    } catch (error) {
      // The upload ended, or a part was replaced: look again.
      if (error instanceof ConditionFailed) continue;
      throw error;
    }
    context.sweeper.enqueue(sweep);
    return reply(call, row);
  }
  throw s3Error('OperationAborted');
}

async function readParts(
  bucket: Bucket,
  upload: Upload,
  numbers: readonly number[],
): Promise<(FoundPart | undefined)[]> {
  const parts: (FoundPart | undefined)[] = [];
  for (const number of numbers) {
    const record = await bucket.domain.get(partsTable, partKey(upload.id, number));
    parts.push(record === undefined ? undefined : { number, record });
  }
  return parts;
}

function assemble(
  context: S3Context,
  input: Input,
  upload: Upload,
  listed: readonly ListedPart[],
  numbers: readonly number[],
  found: readonly (FoundPart | undefined)[],
): NewVersion {
  const upl: UploadRow = upload.stored.row;
  const rules = { ...upl, uploadId: input.UploadId };
  const parts: ObjectPart[] = [];
  const md5s: Bytes[] = [];
  let size = 0;
  for (let i = 0; i < numbers.length; i += 1) {
    const row = found[i]?.record.row;
    const stored =
      row === undefined ? undefined : { size: partSize(row), md5: row.md5, checksum: row.checksum };
    const part = checkPart(listed[i]!, stored, i === numbers.length - 1, rules);
    size += part.size;
    md5s.push(part.md5);
    parts.push({ number: numbers[i]!, size: part.size, blob: row!.blob, checksum: part.checksum!.value });
  }
  const checksum = wholeChecksum(upl, parts);
  checkWhole(input, checksum, size);
  return {
    size,
    modifiedMs: context.clock.now(),
    etag: multipartEtag(md5s),
    storageClass: upl.storageClass,
    checksum,
    headers: upl.headers,
    metadata: upl.metadata,
    tags: upl.tags,
    owner: '',
    uploadId: upload.id,
    body: { kind: 'parts', parts },
  };
}

function wholeChecksum(upload: UploadRow, parts: readonly ObjectPart[]): Checksum {
  const algorithm: ChecksumAlgorithm = upload.checksumAlgorithm ?? defaultAlgorithm;
  if (upload.checksumType === 'COMPOSITE' || !isCrc(algorithm)) {
    const value = checksumOf(algorithm, Buffer.concat(parts.map((part) => part.checksum)));
    return { algorithm, type: 'COMPOSITE', value, parts: parts.length };
  }
  const value = combineCrcs(
    algorithm,
    parts.map((part) => ({ digest: part.checksum, length: part.size })),
  );
  return { algorithm, type: 'FULL_OBJECT', value, parts: 0 };
}

/**
 * What ends the upload in the transaction of its object: the upload goes, every listed part must be what was checked, and
 * a sweep takes the part records. Always a sweep: a part with a new number may still be committed before this transaction
 * is, and no condition here would see it.
 */
function ending(
  context: S3Context,
  bucket: Bucket,
  upload: Upload,
  parts: readonly FoundPart[],
): { readonly writes: DomainWrite[]; readonly sweep: Uint8Array } {
  const writes: DomainWrite[] = [removeUpload(bucket, upload)];
  for (const { number, record } of parts) {
    writes.push({
      domain: bucket.domain,
      kind: 'check',
      table: partsTable,
      key: partKey(upload.id, number),
      condition: { revision: record.revision },
    });
  }
  const kept = partBits(parts.map((part) => part.number));
  const sweep = addSweep(context, partsSweep(bucket, upload.id, kept), writes);
  return { writes, sweep };
}

/** The upload is gone: fine if it made the object that stands there. @throws NoSuchUpload */
async function repeated(call: Call<Input>, bucket: Bucket, key: Bytes): Promise<Reply<unknown>> {
  const id = uploadIdOf(call.input.UploadId);
  const row = await findVersion(bucket, key, undefined);
  if (id === undefined || row === undefined || !equalBytes(row.uploadId, id)) {
    throw noSuchUpload(call.input.UploadId);
  }
  return reply(call, row);
}

function reply(call: Call<Input>, row: ObjectRow): Reply<unknown> {
  const { Bucket: bucket, Key: key } = call.input;
  const output: ChecksumMembers & Record<string, unknown> = {
    Location: objectUrl(call),
    Bucket: bucket,
    Key: key,
    ETag: quotedEtag(row.etag),
    ServerSideEncryption: atRest,
    ...writtenVersion(row),
  };
  putChecksum(output, row.checksum);
  return { output };
}
