/** What tools ask a bucket before they use it: the answers of a new AWS bucket, and of one nobody configured. */
import type { OperationRow } from '@hypergate/kit';
import { type S3ErrorCode, s3Error } from '../errors.ts';
import type { Bucket } from '../store/buckets.ts';
import type { S3Context } from '../store/context.ts';
import { atRest, type BucketInput, bucketRow } from './common.ts';

/** Operation, IAM action, and the code that says there is no such configuration. */
const absent: readonly (readonly [string, string, S3ErrorCode])[] = [
  ['GetBucketPolicy', 's3:GetBucketPolicy', 'NoSuchBucketPolicy'],
  ['GetBucketPolicyStatus', 's3:GetBucketPolicyStatus', 'NoSuchBucketPolicy'],
  ['GetBucketCors', 's3:GetBucketCORS', 'NoSuchCORSConfiguration'],
  ['GetBucketLifecycleConfiguration', 's3:GetLifecycleConfiguration', 'NoSuchLifecycleConfiguration'],
  ['GetBucketWebsite', 's3:GetBucketWebsite', 'NoSuchWebsiteConfiguration'],
  ['GetBucketReplication', 's3:GetReplicationConfiguration', 'ReplicationConfigurationNotFoundError'],
  [
    'GetObjectLockConfiguration',
    's3:GetBucketObjectLockConfiguration',
    'ObjectLockConfigurationNotFoundError',
  ],
];

/** Operation, IAM action, and the output. */
const present: readonly (readonly [string, string, (bucket: Bucket) => object])[] = [
  ['GetBucketLogging', 's3:GetBucketLogging', () => ({})],
  ['GetBucketRequestPayment', 's3:GetBucketRequestPayment', () => ({ Payer: 'BucketOwner' })],
  ['GetBucketAccelerateConfiguration', 's3:GetAccelerateConfiguration', () => ({})],
  ['GetBucketAcl', 's3:GetBucketAcl', ownerAcl],
  [
    'GetBucketEncryption',
    's3:GetEncryptionConfiguration',
    () => ({
      ServerSideEncryptionConfiguration: {
        Rules: [{ ApplyServerSideEncryptionByDefault: { SSEAlgorithm: atRest }, BucketKeyEnabled: false }],
      },
    }),
  ],
  [
    'GetPublicAccessBlock',
    's3:GetBucketPublicAccessBlock',
    () => ({
      PublicAccessBlockConfiguration: {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      },
    }),
  ],
];

export function bucketConfiguration(context: S3Context): OperationRow<BucketInput, unknown>[] {
  return [
    ...absent.map(([name, action, code]) =>
      bucketRow<BucketInput>(context, name, action, (_call, bucket) => {
        throw s3Error(code, { BucketName: bucket.name });
      }),
    ),
    ...present.map(([name, action, output]) =>
      bucketRow<BucketInput>(context, name, action, (_call, bucket) => ({ output: output(bucket) })),
    ),
  ];
}

/** The owner may do everything, and no other grant exists. */
export function ownerAcl(bucket: Bucket): object {
  const { ownerId, ownerName } = bucket.row;
  return {
    Owner: { ID: ownerId, DisplayName: ownerName },
    Grants: [
      {
        Grantee: { ID: ownerId, DisplayName: ownerName, Type: 'CanonicalUser' },
        Permission: 'FULL_CONTROL',
      },
    ],
  };
}
