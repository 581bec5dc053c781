import {
  GetBucketAccelerateConfigurationCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLoggingCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketOwnershipControlsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetBucketReplicationCommand,
  GetBucketRequestPaymentCommand,
  GetBucketTaggingCommand,
  GetBucketVersioningCommand,
  GetBucketWebsiteCommand,
  GetObjectAclCommand,
  GetObjectLockConfigurationCommand,
  GetObjectTaggingCommand,
  GetPublicAccessBlockCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();
type Probe = Parameters<S3Client['send']>[0];

const absent: [string, (Bucket: string) => unknown, string][] = [
  ['policy', (Bucket) => new GetBucketPolicyCommand({ Bucket }), 'NoSuchBucketPolicy'],
  ['policy status', (Bucket) => new GetBucketPolicyStatusCommand({ Bucket }), 'NoSuchBucketPolicy'],
  ['CORS', (Bucket) => new GetBucketCorsCommand({ Bucket }), 'NoSuchCORSConfiguration'],
  [
    'lifecycle',
    (Bucket) => new GetBucketLifecycleConfigurationCommand({ Bucket }),
    'NoSuchLifecycleConfiguration',
  ],
  ['website', (Bucket) => new GetBucketWebsiteCommand({ Bucket }), 'NoSuchWebsiteConfiguration'],
  ['tags', (Bucket) => new GetBucketTaggingCommand({ Bucket }), 'NoSuchTagSet'],
  [
    'replication',
    (Bucket) => new GetBucketReplicationCommand({ Bucket }),
    'ReplicationConfigurationNotFoundError',
  ],
  [
    'object lock',
    (Bucket) => new GetObjectLockConfigurationCommand({ Bucket }),
    'ObjectLockConfigurationNotFoundError',
  ],
];

test.each(absent)('a new bucket has no %s and says so as S3 does', async (_name, probe, code) => {
  const bucket = await suite.bucket();
  expect(await refusal(suite.s3.send(probe(bucket) as Probe))).toEqual({ code, status: 404 });
});

test('a new bucket is encrypted with AES256, blocks public access and is owned by its owner alone', async () => {
  const Bucket = await suite.bucket();
  const encryption = await suite.s3.send(new GetBucketEncryptionCommand({ Bucket }));
  expect(
    encryption.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
      ?.SSEAlgorithm,
  ).toBe('AES256');
  const block = await suite.s3.send(new GetPublicAccessBlockCommand({ Bucket }));
  expect(block.PublicAccessBlockConfiguration).toEqual({
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  });
  const ownership = await suite.s3.send(new GetBucketOwnershipControlsCommand({ Bucket }));
  expect(ownership.OwnershipControls?.Rules?.[0]?.ObjectOwnership).toBe('BucketOwnerEnforced');
});

test('versioning, logging, notification, payer and acceleration of a new bucket are empty answers', async () => {
  const Bucket = await suite.bucket();
  expect((await suite.s3.send(new GetBucketVersioningCommand({ Bucket }))).Status).toBeUndefined();
  expect((await suite.s3.send(new GetBucketLoggingCommand({ Bucket }))).LoggingEnabled).toBeUndefined();
  const notification = await suite.s3.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(notification.QueueConfigurations ?? []).toEqual([]);
  expect((await suite.s3.send(new GetBucketRequestPaymentCommand({ Bucket }))).Payer).toBe('BucketOwner');
  expect(
    (await suite.s3.send(new GetBucketAccelerateConfigurationCommand({ Bucket }))).Status,
  ).toBeUndefined();
});

test('the ACL of a bucket and of an object grants its owner full control and nobody else anything', async () => {
  const Bucket = await suite.bucket();
  await suite.put(Bucket, 'k', 'x');
  const bucketAcl = await suite.s3.send(new GetBucketAclCommand({ Bucket }));
  const objectAcl = await suite.s3.send(new GetObjectAclCommand({ Bucket, Key: 'k' }));
  for (const acl of [bucketAcl, objectAcl]) {
    expect(acl.Owner?.ID).toBeTruthy();
    expect(acl.Grants).toHaveLength(1);
    expect(acl.Grants?.[0]).toMatchObject({
      Permission: 'FULL_CONTROL',
      Grantee: { ID: acl.Owner?.ID, Type: 'CanonicalUser' },
    });
  }
});

test('an object has an empty tag set', async () => {
  const Bucket = await suite.bucket();
  await suite.put(Bucket, 'k', 'x');
  expect((await suite.s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'k' }))).TagSet).toEqual([]);
});

test('the canned ACLs that change nothing are taken and public ones are refused', async () => {
  const Bucket = await suite.bucket();
  for (const ACL of ['private', 'bucket-owner-full-control'] as const) {
    await suite.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ACL }));
  }
  const open = suite.s3.send(new PutObjectCommand({ Bucket, Key: 'open', Body: 'x', ACL: 'public-read' }));
  expect(await refusal(open)).toEqual({ code: 'AccessControlListNotSupported', status: 400 });
});

test('probes of a bucket that does not exist say so', async () => {
  for (const [, probe] of absent) {
    expect(await refusal(suite.s3.send(probe('not-a-bucket-of-ours') as Probe))).toEqual({
      code: 'NoSuchBucket',
      status: 404,
    });
  }
});
