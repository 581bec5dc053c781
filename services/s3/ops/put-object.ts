/** PutObject: the body into the record or a blob, then one transaction on the record's revision. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import type { DomainWrite } from '@hypergate/table';
import { noBytes } from '../engine/bytes.ts';
import {
  type Checksum,
  type ChecksumMembers,
  claimedChecksum,
  putChecksum,
  refuseUnknownChecksums,
} from '../engine/checksum.ts';
import { checkWrite, checkWriteConditionForm } from '../engine/conditions.ts';
import { quotedEtag } from '../engine/etag.ts';
import { keyBytes } from '../engine/object-key.ts';
import { s3Limits } from '../limits.ts';
import type { ObjectBody } from '../model/object.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { findVersion } from '../store/find-version.ts';
import { changeObject } from '../store/objects.ts';
import { keeping, receive } from '../store/receive.ts';
import type { NewVersion } from '../store/version-plan.ts';
import { atRest, claimHeaders, objectRow } from './common.ts';
import { type NewObjectInput, newObject } from './new-object.ts';
import { writtenVersion } from './object-version.ts';

interface Input extends NewObjectInput, ChecksumMembers {
  readonly ContentMD5?: string;
  readonly ChecksumAlgorithm?: string;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

/** What an object carries when the client names no checksum, as on AWS. */
export const defaultAlgorithm = 'CRC64NVME';

export function putObject(context: S3Context): OperationRow<Input, unknown> {
  return objectRow<Input>(
    context,
    'PutObject',
    's3:PutObject',
    (call, bucket) => handle(context, call, bucket),
    {
      streaming: true,
    },
  );
}

async function handle(context: S3Context, call: Call<Input>, bucket: Bucket): Promise<Reply<unknown>> {
  const { input } = call;
  const key = keyBytes(input.Key);
  const object = newObject(call);
  const conditions = { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch };
  checkWriteConditionForm(conditions);
  refuseUnknownChecksums(input);
  const claim = claimedChecksum(input, claimHeaders(call));
  const algorithm = claim?.algorithm ?? defaultAlgorithm;
  await checkEarly(call, bucket, key);
  const received = await receive(call.body, {
    domain: bucket.domain,
    inlineBytesMax: s3Limits.inlineBytesMax,
    tables: context.tables,
    contentMd5: input.ContentMD5,
    claim,
    algorithm,
    signal: () => call.signal,
  });
  const checksum: Checksum = { algorithm, type: 'FULL_OBJECT', value: received.checksum, parts: 0 };
  const etag = { md5: received.md5, parts: 0 };
  const alongside: DomainWrite[] = [];
  let body: ObjectBody;
  if (received.body.kind === 'blob') {
    const { blob } = received.body;
    alongside.push({ domain: bucket.domain, kind: 'put-blob', blob });
    body = { kind: 'blob', blob };
  } else {
    body = received.body;
  }
  const draft: NewVersion = {
    size: received.size,
    modifiedMs: context.clock.now(),
    etag,
    storageClass: object.storageClass,
    checksum,
    headers: object.headers,
    metadata: object.metadata,
    tags: object.tags,
    owner: '',
    uploadId: noBytes,
    body,
  };
  const row = await keeping(received, context.tables, () =>
    changeObject(context, bucket, key, {
      alongside,
      event: 'ObjectCreated:Put',
      cause: call,
      decide(current) {
        checkWrite(conditions, current, input.Key);
        return draft;
      },
    }),
  );
  const output: ChecksumMembers & { ETag: string; ServerSideEncryption: string; VersionId?: string } = {
    ETag: quotedEtag(etag),
    ServerSideEncryption: atRest,
    ...writtenVersion(row),
  };
  putChecksum(output, checksum);
  return { output };
}

/** A large body that could not be kept is not taken in; what decides is the check at the commit. */
async function checkEarly(call: Call<Input>, bucket: Bucket, key: Uint8Array): Promise<void> {
  const { IfMatch: ifMatch, IfNoneMatch: ifNoneMatch, Key: name } = call.input;
  if (ifMatch === undefined && ifNoneMatch === undefined) return;
  if ((call.body.contentLength ?? 0) <= s3Limits.inlineBytesMax) return;
  const row = await findVersion(bucket, key, undefined);
  checkWrite({ ifMatch, ifNoneMatch }, row?.deleteMarker === true ? undefined : row, name);
}
