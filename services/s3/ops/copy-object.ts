/** CopyObject: the copy shares the source's chunks; a copy onto itself keeps its bytes and changes the record. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import type { DomainWrite } from '@hypergate/table';
import { equalBytes, noBytes } from '../engine/bytes.ts';
import {
  type Checksum,
  type ChecksumAlgorithm,
  type ChecksumMembers,
  checksumAlgorithm,
  putChecksum,
} from '../engine/checksum.ts';
import { checkWrite, checkWriteConditionForm } from '../engine/conditions.ts';
import { parseCopySource } from '../engine/copy-source.ts';
import { quotedEtag } from '../engine/etag.ts';
import { keyBytes } from '../engine/object-key.ts';
import { isNullVersion } from '../engine/version-id.ts';
import { invalidArgument, s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { ObjectRow } from '../model/object.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { changeObject } from '../store/objects.ts';
import { bodyOf } from '../store/read-body.ts';
import { type Digests, digestsOf, receivePieces } from '../store/receive.ts';
import { type SharedBody, shareBody } from '../store/share-body.ts';
import type { NewVersion } from '../store/version-plan.ts';
import { wholeSecond } from '../wire/dates.ts';
import { atRest, objectRow } from './common.ts';
import { type CopySourceInput, copyResources, type OpenSource, openSource } from './copy-source.ts';
import { type NewObject, type NewObjectInput, newObject } from './new-object.ts';
import { copiedVersion, writtenVersion } from './object-version.ts';
import { defaultAlgorithm } from './put-object.ts';

interface Input extends NewObjectInput, CopySourceInput {
  readonly ChecksumAlgorithm?: string;
  readonly MetadataDirective?: string;
  readonly TaggingDirective?: string;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
}

export function copyObject(context: S3Context): OperationRow<Input, unknown> {
  const row = objectRow<Input>(context, 'CopyObject', 's3:PutObject', (call, bucket) =>
    handle(context, call, bucket),
  );
  return { ...row, resources: (call) => copyResources(context, call) };
}

async function handle(context: S3Context, call: Call<Input>, bucket: Bucket): Promise<Reply<unknown>> {
  const { input } = call;
  const key = keyBytes(input.Key);
  const asked = newObject(call);
  const replaceMetadata = directive(input.MetadataDirective, 'x-amz-metadata-directive');
  const replaceTags = directive(input.TaggingDirective, 'x-amz-tagging-directive');
  checkWriteConditionForm(conditionsOf(input));
  const algorithm =
    input.ChecksumAlgorithm === undefined
      ? undefined
      : checksumAlgorithm(input.ChecksumAlgorithm, 'x-amz-checksum-algorithm');
  const source = await openSource(context, input, wholeObject);
  try {
    const itself = isItself(source, bucket, key, input);
    if (itself && !source.namesVersion && !replaceMetadata && !changesItself(input)) throw copyOntoItself();
    const shown = properties(source.held.row, asked, replaceMetadata, replaceTags);
    // A version that is named need not be the current one, whose place the copy takes.
    const isCurrent = itself && !source.namesVersion;
    const keepsBytes =
      isCurrent && takesItsPlace(bucket, source.held.row) && algorithmFits(source.held.row, algorithm);
    const row = keepsBytes
      ? await relabel(context, call, bucket, key, source, shown)
      : await copyBytes(context, call, bucket, key, source, shown, algorithm);
    const result: ChecksumMembers & { ETag: string; LastModified: Date } = {
      ETag: quotedEtag(row.etag),
      LastModified: wholeSecond(row.modifiedMs),
    };
    putChecksum(result, row.checksum);
    const versions = { ...writtenVersion(row), ...copiedVersion(source.bucket, source.held.row) };
    return { output: { CopyObjectResult: result, ServerSideEncryption: atRest, ...versions } };
  } finally {
    source.held.release();
  }
}

/** The bytes stay where they are. */
async function relabel(
  context: S3Context,
  call: Call<Input>,
  bucket: Bucket,
  key: Uint8Array,
  source: OpenSource,
  shown: NewObject,
): Promise<ObjectRow> {
  const before = source.held.row;
  return changeObject(context, bucket, key, {
    keepsBody: true,
    event: 'ObjectCreated:Copy',
    cause: call,
    decide(current) {
      checkWrite(conditionsOf(call.input), current, call.input.Key);
      // Another object took the place of the one that was read: its bytes are not these.
      if (current === undefined || !isNullVersion(current.versionId) || !sameBytes(current, before)) {
        throw s3Error('OperationAborted');
      }
      return { ...current, ...shown, modifiedMs: context.clock.now() };
    },
  });
}

async function copyBytes(
  context: S3Context,
  call: Call<Input>,
  bucket: Bucket,
  key: Uint8Array,
  source: OpenSource,
  shown: NewObject,
  asked: ChecksumAlgorithm | undefined,
): Promise<ObjectRow> {
  const from = source.held.row;
  const algorithm = asked ?? from.checksum?.algorithm ?? defaultAlgorithm;
  const copied = await copyBody(context, call, bucket, source, algorithm);
  const checksum: Checksum = { algorithm, type: 'FULL_OBJECT', value: copied.checksum, parts: 0 };
  const draft: NewVersion = {
    size: from.size,
    modifiedMs: context.clock.now(),
    etag: { md5: copied.md5, parts: 0 },
    storageClass: shown.storageClass,
    checksum,
    headers: shown.headers,
    metadata: shown.metadata,
    tags: shown.tags,
    owner: '',
    uploadId: noBytes,
    body: copied.body,
  };
  return changeObject(context, bucket, key, {
    alongside: copied.writes,
    event: 'ObjectCreated:Copy',
    cause: call,
    decide(current) {
      checkWrite(conditionsOf(call.input), current, call.input.Key);
      return draft;
    },
  });
}

/**
 * The bytes shared where that is possible. They are read all the same when the source has no digest of the whole: an
 * object of parts has none, and a copy is an object of no parts.
 */
async function copyBody(
  context: S3Context,
  call: Call<Input>,
  bucket: Bucket,
  source: OpenSource,
  algorithm: ChecksumAlgorithm,
): Promise<SharedBody & Digests> {
  const from = source.held.row;
  const bytes = () => bodyOf(context, source.bucket, source.held, source.range, () => call.signal);
  const shared = shareBody(source.bucket, from, bucket);
  if (shared !== undefined) {
    const digests = knownDigests(from, algorithm) ?? (await digestsOf(bytes(), from.size, algorithm));
    return { ...shared, ...digests };
  }
  const { md5, checksum, body } = await receivePieces(bytes(), from.size, {
    domain: bucket.domain,
    inlineBytesMax: s3Limits.inlineBytesMax,
    tables: context.tables,
    algorithm,
    signal: () => call.signal,
  });
  if (body.kind !== 'blob') return { md5, checksum, body, writes: [] };
  const { blob } = body;
  const writes: DomainWrite[] = [{ domain: bucket.domain, kind: 'put-blob', blob }];
  return { md5, checksum, body: { kind: 'blob', blob }, writes };
}

/** What the record of the source says about all of its bytes. */
export function knownDigests(row: ObjectRow, algorithm: ChecksumAlgorithm): Digests | undefined {
  const { checksum, etag } = row;
  if (etag.parts > 0 || checksum?.algorithm !== algorithm || checksum.type !== 'FULL_OBJECT')
    return undefined;
  return { md5: etag.md5, checksum: checksum.value };
}

function wholeObject(row: ObjectRow): { offset: number; length: number } {
  if (row.size > s3Limits.putBytesMax) {
    throw s3Error(
      'InvalidRequest',
      {},
      `The specified copy source is larger than the maximum allowable size for a copy source: ${s3Limits.putBytesMax}`,
    );
  }
  return { offset: 0, length: row.size };
}

/** The website redirect and the storage class are never copied. */
function properties(
  source: ObjectRow,
  asked: NewObject,
  replaceMetadata: boolean,
  replaceTags: boolean,
): NewObject {
  const { websiteRedirectLocation } = asked.headers;
  return {
    headers: replaceMetadata ? asked.headers : { ...source.headers, websiteRedirectLocation },
    metadata: replaceMetadata ? asked.metadata : source.metadata,
    tags: replaceTags ? asked.tags : source.tags,
    storageClass: asked.storageClass,
  };
}

function isItself(source: OpenSource, bucket: Bucket, key: Uint8Array, input: Input): boolean {
  if (!equalBytes(source.bucket.row.address, bucket.row.address)) return false;
  return equalBytes(keyBytes(sourceKey(input)), key);
}

/** Whether the copy replaces its source. Two versions never share blobs, so any other copy has bytes of its own. */
function takesItsPlace(bucket: Bucket, source: ObjectRow): boolean {
  return bucket.row.versioning !== 'enabled' && isNullVersion(source.versionId) && source.nullSequence === 0;
}

function sourceKey(input: Input): string {
  return parseCopySource(input.CopySource!).key;
}

function changesItself(input: Input): boolean {
  return (
    input.StorageClass !== undefined ||
    input.WebsiteRedirectLocation !== undefined ||
    input.ServerSideEncryption !== undefined ||
    input.ChecksumAlgorithm !== undefined
  );
}

function copyOntoItself(): Error {
  return s3Error(
    'InvalidRequest',
    {},
    "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
  );
}

function algorithmFits(row: ObjectRow, asked: ChecksumAlgorithm | undefined): boolean {
  return asked === undefined || (row.checksum?.algorithm === asked && row.checksum.type === 'FULL_OBJECT');
}

function sameBytes(a: ObjectRow, b: ObjectRow): boolean {
  return a.size === b.size && a.etag.parts === b.etag.parts && equalBytes(a.etag.md5, b.etag.md5);
}

function conditionsOf(input: Input): { ifMatch: string | undefined; ifNoneMatch: string | undefined } {
  return { ifMatch: input.IfMatch, ifNoneMatch: input.IfNoneMatch };
}

function directive(text: string | undefined, header: string): boolean {
  if (text === undefined || text === 'COPY') return false;
  if (text === 'REPLACE') return true;
  throw invalidArgument(
    `Unknown ${header === 'x-amz-metadata-directive' ? 'metadata' : 'tagging'} directive.`,
    header,
    text,
  );
}
