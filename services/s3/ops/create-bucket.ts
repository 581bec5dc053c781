/** CreateBucket: the registry's record, the bucket's documents and its domain in one transaction. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import type { DomainWrite } from '@hypergate/table';
import { checkBucketName } from '../engine/bucket-name.ts';
import { type AclHeaders, checkAcl } from '../engine/canned-acl.ts';
import { ownershipHeader } from '../engine/ownership.ts';
import { bucketRegion, legacyRegion } from '../engine/region.ts';
import { type TagMember, tagSet } from '../engine/tagging.ts';
import { s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import { ownershipDocument, tagsDocument } from '../model/bucket-document.ts';
import type { S3Context } from '../store/context.ts';
import { newDocument } from '../store/documents.ts';
import { type BucketInput, notOffered } from './common.ts';

interface Input extends BucketInput, AclHeaders {
  readonly CreateBucketConfiguration?: {
    readonly LocationConstraint?: string;
    readonly Location?: unknown;
    readonly Bucket?: unknown;
    readonly Tags?: readonly TagMember[];
  };
  readonly ObjectLockEnabledForBucket?: boolean;
  readonly ObjectOwnership?: string;
}

export function createBucket(context: S3Context): OperationRow<Input, unknown> {
  return {
    name: 'CreateBucket',
    action: 's3:CreateBucket',
    bodyBytesMax: s3Limits.smallDocumentBytesMax,
    // The name belongs to nobody yet; one that does is answered as a conflict, not as a refusal.
    resources: ({ input, principal }) => [
      { arn: `arn:aws:s3:::${input.Bucket}`, ownerAccountId: principal.accountId },
    ],
    handle: (call) => handle(context, call),
  };
}

async function handle(context: S3Context, call: Call<Input>): Promise<Reply<unknown>> {
  const { input, principal } = call;
  const name = input.Bucket;
  checkBucketName(name);
  checkAcl(input);
  refuse(input);
  const region = bucketRegion(input.CreateBucketConfiguration?.LocationConstraint, call.region);
  const now = context.clock.now();
  const { existing } = await context.buckets.create(
    name,
    {
      ownerAccountId: principal.accountId,
      ownerId: principal.userId,
      ownerName: principal.displayName,
      region,
      createdMs: now,
    },
    documents(context, input, now),
  );
  if (existing !== undefined) {
    const mine = existing.row.ownerAccountId === principal.accountId;
    if (!mine) throw s3Error('BucketAlreadyExists', { BucketName: name });
    // The oldest region answers the owner's repeat as if it were the first request.
    if (call.region !== legacyRegion || existing.row.region !== legacyRegion || region !== legacyRegion) {
      throw s3Error('BucketAlreadyOwnedByYou', { BucketName: name });
    }
  }
  return { output: { Location: `/${name}` } };
}

/** Documents that the bucket begins with. @throws InvalidArgument, InvalidTag, BadRequest */
function documents(context: S3Context, input: Input, nowMs: number): DomainWrite[] {
  const { registry } = context.buckets;
  const writes: DomainWrite[] = [];
  if (input.ObjectOwnership !== undefined) {
    const ownership = ownershipHeader(input.ObjectOwnership);
    writes.push(newDocument(registry, input.Bucket, ownershipDocument, ownership, nowMs));
  }
  const tags = tagSet(input.CreateBucketConfiguration?.Tags, 'bucket');
  if (tags.length > 0) writes.push(newDocument(registry, input.Bucket, tagsDocument, tags, nowMs));
  return writes;
}

/** @throws NotImplemented */
function refuse(input: Input): void {
  if (input.ObjectLockEnabledForBucket === true) throw notOffered('x-amz-bucket-object-lock-enabled');
  const configuration = input.CreateBucketConfiguration;
  if (configuration?.Location !== undefined || configuration?.Bucket !== undefined) {
    throw s3Error('NotImplemented', {}, 'Directory buckets are not implemented');
  }
}
