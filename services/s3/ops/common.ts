/** What most operations share: rows, the bucket and key of a call, refusals of what the service does not do. */
import type { Call, OperationRow, Reply, ResourceRef } from '@hypergate/kit';
import { bucketMissing } from '../engine/bucket-name.ts';
import type { Bytes } from '../engine/bytes.ts';
import type { ClaimHeaders } from '../engine/checksum.ts';
import { versionIdOf } from '../engine/version-id.ts';
import { invalidArgument, s3Error } from '../errors.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';

export interface BucketInput {
  readonly Bucket: string;
  readonly ExpectedBucketOwner?: string;
}

export interface ObjectInput extends BucketInput {
  readonly Key: string;
  readonly VersionId?: string;
}

/** Server-side encryption and object lock headers of a write. */
export interface ProtectionInput {
  readonly ServerSideEncryption?: string;
  readonly SSECustomerAlgorithm?: string;
  readonly SSECustomerKey?: string;
  readonly SSEKMSKeyId?: string;
  readonly CopySourceSSECustomerAlgorithm?: string;
  readonly ObjectLockMode?: string;
  readonly ObjectLockRetainUntilDate?: unknown;
  readonly ObjectLockLegalHoldStatus?: string;
  readonly WriteOffsetBytes?: number;
}

export type RowOptions<Input> = Omit<OperationRow<Input, unknown>, 'name' | 'action'> & {
  readonly action?: string;
};

export function bucketRow<Input extends BucketInput>(
  context: S3Context,
  name: string,
  action: string,
  handle: (call: Call<Input>, bucket: Bucket) => Promise<Reply<unknown>> | Reply<unknown>,
  options: Partial<Pick<OperationRow, 'bodyBytesMax' | 'bodyDigest' | 'streaming'>> = {},
): OperationRow<Input, unknown> {
  return {
    ...options,
    name,
    action,
    access: 'anonymous',
    resources: (call) => bucketResource(context, call.input.Bucket),
    async handle(call) {
      return handle(call, await requireBucket(context, call.input));
    },
  };
}

export function objectRow<Input extends ObjectInput>(
  context: S3Context,
  name: string,
  action: string | ((call: Call<Input>) => string),
  handle: (call: Call<Input>, bucket: Bucket) => Promise<Reply<unknown>> | Reply<unknown>,
  options: Partial<Pick<OperationRow, 'bodyBytesMax' | 'bodyDigest' | 'streaming'>> = {},
): OperationRow<Input, unknown> {
  return {
    ...options,
    name,
    action,
    access: 'anonymous',
    resources: (call) => objectResource(context, call.input.Bucket, call.input.Key),
    async handle(call) {
      return handle(call, await requireBucket(context, call.input));
    },
  };
}

type Resources = readonly ResourceRef[] | Promise<readonly ResourceRef[]>;

export function bucketResource(context: S3Context, name: string): Resources {
  return withOwner(context, name, `arn:aws:s3:::${name}`);
}

export function objectResource(context: S3Context, name: string, key: string): Resources {
  return withOwner(context, name, `arn:aws:s3:::${name}/${key}`);
}

function withOwner(context: S3Context, name: string, arn: string): Resources {
  const found = context.buckets.find(name);
  return found instanceof Promise
    ? found.then((bucket) => [resourceOf(arn, bucket)])
    : [resourceOf(arn, found)];
}

function resourceOf(arn: string, bucket: Bucket | undefined): ResourceRef {
  return bucket === undefined ? { arn } : { arn, ownerAccountId: bucket.row.ownerAccountId };
}

/** @throws NoSuchBucket, AccessDenied when the caller expected another owner */
export async function requireBucket(context: S3Context, input: BucketInput): Promise<Bucket> {
  const bucket = await context.buckets.find(input.Bucket);
  if (bucket === undefined) throw bucketMissing(input.Bucket);
  const expected = input.ExpectedBucketOwner;
  if (expected !== undefined && expected !== bucket.row.ownerAccountId) throw s3Error('AccessDenied');
  return bucket;
}

/** @returns undefined when no version is named. @throws InvalidArgument for what cannot be a version id */
export function checkVersionId(versionId: string | undefined): Bytes | undefined {
  if (versionId === undefined) return undefined;
  const id = versionIdOf(versionId);
  if (id !== undefined) return id;
  if (versionId === '') throw invalidArgument('Version id cannot be the empty string', 'versionId', '');
  throw invalidArgument('Invalid version id specified', 'versionId', versionId);
}

/** The action asked for, which is another one when the request names a version. */
export function versioned(plain: string, ofVersion: string): (call: Call<ObjectInput>) => string {
  return (call) => (call.query('versionId') === undefined ? plain : ofVersion);
}

/** Every byte at rest is encrypted by the node; keys of the client's choice are not offered. */
export const atRest = 'AES256';

/** @throws NotImplemented, InvalidRequest */
export function refuseProtection(input: ProtectionInput): void {
  const encryption = input.ServerSideEncryption;
  if (encryption !== undefined && encryption !== atRest) {
    if (encryption.startsWith('aws:')) throw notOffered('x-amz-server-side-encryption');
    throw invalidArgument(
      'The encryption method specified is not supported',
      'x-amz-server-side-encryption',
      encryption,
    );
  }
  if (input.SSECustomerAlgorithm !== undefined || input.SSECustomerKey !== undefined) {
    throw notOffered('x-amz-server-side-encryption-customer-algorithm');
  }
  if (input.CopySourceSSECustomerAlgorithm !== undefined) {
    throw notOffered('x-amz-copy-source-server-side-encryption-customer-algorithm');
  }
  if (input.SSEKMSKeyId !== undefined) throw notOffered('x-amz-server-side-encryption-aws-kms-key-id');
  if (input.WriteOffsetBytes !== undefined) throw notOffered('x-amz-write-offset-bytes');
  const locked = input.ObjectLockMode ?? input.ObjectLockRetainUntilDate ?? input.ObjectLockLegalHoldStatus;
  if (locked !== undefined)
    throw s3Error('InvalidRequest', {}, 'Bucket is missing Object Lock Configuration');
}

export function notOffered(header: string): Error {
  return s3Error('NotImplemented', { Header: header });
}

/** Clamps a page size as S3 does. @throws InvalidArgument */
export function pageSize(asked: number | undefined, name: string, most: number): number {
  if (asked === undefined) return most;
  if (asked < 0 || asked > 2_147_483_647) {
    throw invalidArgument(
      `Argument ${name} must be an integer between 0 and 2147483647`,
      name,
      String(asked),
    );
  }
  return Math.min(asked, most);
}

/** Of ListParts and GetObjectAttributes. @throws InvalidArgument */
export function partNumberMarker(text: string | undefined): number {
  if (text === undefined || text === '') return 0;
  const number = Number(text);
  if (/^\d{1,10}$/.test(text) && number <= 2_147_483_647) return Math.min(number, 0xffff);
  throw invalidArgument(
    'Argument part-number-marker must be an integer between 0 and 2147483647',
    'part-number-marker',
    text,
  );
}

/** @returns whether names are to be percent-encoded. @throws InvalidArgument */
export function urlEncoded(encodingType: string | undefined): boolean {
  if (encodingType === undefined || encodingType === '') return false;
  if (encodingType.toLowerCase() === 'url') return true;
  throw invalidArgument('Invalid Encoding Method specified in Request', 'encoding-type', encodingType);
}

export function claimHeaders(call: Call<{ readonly ChecksumAlgorithm?: string }>): ClaimHeaders {
  return {
    trailerNames: call.header('x-amz-trailer'),
    named: call.input.ChecksumAlgorithm,
    presigned: (name) => call.query(name) !== undefined,
  };
}

export function xmlReply(body: string, headers: Readonly<Record<string, string>> = {}): Reply<unknown> {
  return { output: {}, headers, encoded: { contentType: 'application/xml', body } };
}

/** Of a conditional header; the decoder gives dates. */
export function dateMs(date: Date | undefined): number | undefined {
  return date?.getTime();
}

/** Where the object of a call is, in the form and at the host that the client used: virtual-hosted or path style. */
export function objectUrl(call: Call<ObjectInput>): string {
  const { Bucket: bucket, Key: key } = call.input;
  const scheme = call.secure === true ? 'https' : 'http';
  const host = call.header('host') ?? 'localhost';
  const path = key.split('/').map(encodeURIComponent).join('/');
  return isVirtualHosted(call) ? `${scheme}://${host}/${path}` : `${scheme}://${host}/${bucket}/${path}`;
}

/** The path as sent is the key alone, or bucket and key: the two cannot have the same length. */
function isVirtualHosted({ rawUrl, input }: Call<ObjectInput>): boolean {
  const mark = rawUrl.indexOf('?');
  const path = mark < 0 ? rawUrl : rawUrl.slice(0, mark);
  return decodedLength(path) === 1 + Buffer.byteLength(input.Key);
}

/** Bytes of a path once its escapes are decoded. */
function decodedLength(path: string): number {
  let length = Buffer.byteLength(path);
  for (let at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at + 3)) length -= 2;
  return length;
}
