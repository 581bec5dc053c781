/** CreateBucket: the registry's record and the bucket's domain in one transaction. */
import type { Call, OperationRow, Reply } from '@hypergate/kit';
import { checkBucketName } from '../engine/bucket-name.ts';
import { type AclHeaders, checkAcl } from '../engine/canned-acl.ts';
import { bucketRegion, legacyRegion } from '../engine/region.ts';
import { invalidArgument, s3Error } from '../errors.ts';
import { s3Limits } from '../limits.ts';
import type { S3Context } from '../store/context.ts';
import { type BucketInput, notOffered } from './common.ts';

interface Input extends BucketInput, AclHeaders {
  readonly CreateBucketConfiguration?: {
    readonly LocationConstraint?: string;
    readonly Location?: unknown;
    readonly Bucket?: unknown;
    readonly Tags?: readonly unknown[];
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
  const { existing } = await context.buckets.create(name, {
    ownerAccountId: principal.accountId,
    ownerId: principal.userId,
    ownerName: principal.displayName,
    region,
    createdMs: context.clock.now(),
  });
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

/** @throws NotImplemented, AccessControlListNotSupported, InvalidArgument */
function refuse(input: Input): void {
  if (input.ObjectLockEnabledForBucket === true) throw notOffered('x-amz-bucket-object-lock-enabled');
  const configuration = input.CreateBucketConfiguration;
  if (configuration?.Location !== undefined || configuration?.Bucket !== undefined) {
    throw s3Error('NotImplemented', {}, 'Directory buckets are not implemented');
  }
  if (configuration?.Tags !== undefined && configuration.Tags.length > 0) {
    throw s3Error('NotImplemented', {}, 'Tags of buckets are not implemented');
  }
  const ownership = input.ObjectOwnership;
  if (ownership === undefined || ownership === 'BucketOwnerEnforced') return;
  if (ownership === 'ObjectWriter' || ownership === 'BucketOwnerPreferred')
    throw notOffered('x-amz-object-ownership');
  throw invalidArgument('Invalid x-amz-object-ownership header', 'x-amz-object-ownership', ownership);
}
