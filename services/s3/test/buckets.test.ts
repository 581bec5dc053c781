import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketAclCommand,
  GetBucketCorsCommand,
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketLocationCommand,
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
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketAclCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { codeOf, type Harness, root, startHarness, statusOf } from './harness.ts';

let harness: Harness;
let s3: S3Client;
const other = { ...root, accountId: '111111111111', userId: 'canonical-other', displayName: 'other' };

beforeEach(async () => {
  harness = await startHarness();
  s3 = harness.client();
});

const create = (Bucket: string, extra: object = {}, client = s3) =>
  client.send(new CreateBucketCommand({ Bucket, ...extra }));

test('a bucket is created, found and removed', async () => {
  expect((await create('first')).Location).toBe('/first');
  const head = await s3.send(new HeadBucketCommand({ Bucket: 'first' }));
  expect(head.BucketRegion).toBe('us-east-1');
  await s3.send(new PutObjectCommand({ Bucket: 'first', Key: 'k', Body: 'x' }));
  expect(await codeOf(s3.send(new DeleteBucketCommand({ Bucket: 'first' })))).toBe('BucketNotEmpty');
  expect(await statusOf(s3.send(new HeadBucketCommand({ Bucket: 'second' })))).toBe(404);
  await create('second');
  await s3.send(new DeleteBucketCommand({ Bucket: 'second' }));
  expect(await codeOf(s3.send(new DeleteBucketCommand({ Bucket: 'second' })))).toBe('NoSuchBucket');
  await create('second');
  expect((await s3.send(new ListObjectsV2Command({ Bucket: 'second' }))).KeyCount).toBe(0);
});

test('names are checked, and taken names answered by who owns them', async () => {
  expect(await codeOf(create('Bad_Name'))).toBe('InvalidBucketName');
  await create('mine');
  expect(await codeOf(create('mine'))).toBe('none');
  const elsewhere = harness.client({ region: 'eu-west-1' });
  expect(await codeOf(create('mine', {}, elsewhere))).toBe('BucketAlreadyOwnedByYou');
  const stranger = harness.client({ principal: other });
  expect(await codeOf(create('mine', {}, stranger))).toBe('BucketAlreadyExists');
  expect(await codeOf(stranger.send(new ListObjectsV2Command({ Bucket: 'mine' })))).toBe('AccessDenied');
});

test('one of many concurrent creations by different owners wins', async () => {
  const stranger = harness.client({ principal: other });
  const outcomes = await Promise.all(
    Array.from({ length: 10 }, (_, i) => codeOf(create('same', {}, i % 2 === 0 ? s3 : stranger))),
  );
  const owners = await s3.send(new ListBucketsCommand({}));
  const won = owners.Buckets?.length === 1;
  expect(outcomes.filter((code) => code === 'none').length).toBeGreaterThan(0);
  expect(outcomes.filter((code) => code === 'BucketAlreadyExists').length).toBe(5);
  expect(outcomes[won ? 1 : 0]).toBe('BucketAlreadyExists');
  expect(harness.tables.domains.size).toBe(2);
});

test('locations', async () => {
  const location = async (Bucket: string) =>
    (await s3.send(new GetBucketLocationCommand({ Bucket }))).LocationConstraint;
  await create('plain');
  await create('west', { CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } });
  await create('europe', { CreateBucketConfiguration: { LocationConstraint: 'EU' } });
  expect(await location('plain')).toBeUndefined();
  expect(await location('west')).toBe('us-west-2');
  expect(await location('europe')).toBe('eu-west-1');
  const wrong = create('wrong', { CreateBucketConfiguration: { LocationConstraint: 'us-east-1' } });
  expect(await codeOf(wrong)).toBe('InvalidLocationConstraint');
  const paris = harness.client({ region: 'eu-west-3' });
  await create('paris', {}, paris);
  expect(await location('paris')).toBe('eu-west-3');
  const crossed = create(
    'crossed',
    { CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } },
    paris,
  );
  expect(await codeOf(crossed)).toBe('IllegalLocationConstraintException');
});

test('buckets of an account are listed in order, in pages, by prefix and region', async () => {
  for (const name of ['zebra', 'apple', 'app-two', 'mango']) await create(name);
  await create('remote', { CreateBucketConfiguration: { LocationConstraint: 'us-west-2' } });
  await create('foreign', {}, harness.client({ principal: other }));
  const list = (extra: object) => s3.send(new ListBucketsCommand(extra));
  const names = (answer: { Buckets?: { Name?: string | undefined }[] | undefined }) =>
    answer.Buckets?.map(({ Name }) => Name) ?? [];
  const all = await list({});
  expect(names(all)).toEqual(['app-two', 'apple', 'mango', 'remote', 'zebra']);
  expect(all.Owner).toEqual({ ID: 'canonical-root', DisplayName: 'root' });
  expect(all.Buckets?.[0]?.BucketRegion).toBeUndefined();
  const shown: (string | undefined)[] = [];
  let ContinuationToken: string | undefined;
  do {
    const page = await list({ MaxBuckets: 2, ContinuationToken });
    shown.push(...names(page));
    ContinuationToken = page.ContinuationToken;
  } while (ContinuationToken !== undefined);
  expect(shown).toEqual(names(all));
  expect(names(await list({ Prefix: 'app' }))).toEqual(['app-two', 'apple']);
  expect(names(await list({ BucketRegion: 'us-west-2' }))).toEqual(['remote']);
  expect(names(await list({ BucketRegion: 'us-east-1', MaxBuckets: 3 }))).toEqual([
    'app-two',
    'apple',
    'mango',
  ]);
  expect(await codeOf(list({ MaxBuckets: 0 }))).toBe('InvalidArgument');
  expect(await codeOf(list({ ContinuationToken: 'x' }))).toBe('InvalidArgument');
});

test('what nobody configured is answered as AWS answers for a new bucket', async () => {
  const Bucket = 'plain';
  await create(Bucket);
  const at = { Bucket };
  expect(await codeOf(s3.send(new GetBucketPolicyCommand(at)))).toBe('NoSuchBucketPolicy');
  expect(await codeOf(s3.send(new GetBucketPolicyStatusCommand(at)))).toBe('NoSuchBucketPolicy');
  expect(await codeOf(s3.send(new GetBucketCorsCommand(at)))).toBe('NoSuchCORSConfiguration');
  expect(await codeOf(s3.send(new GetBucketLifecycleConfigurationCommand(at)))).toBe(
    'NoSuchLifecycleConfiguration',
  );
  expect(await codeOf(s3.send(new GetBucketWebsiteCommand(at)))).toBe('NoSuchWebsiteConfiguration');
  expect(await codeOf(s3.send(new GetBucketTaggingCommand(at)))).toBe('NoSuchTagSet');
  expect(await codeOf(s3.send(new GetBucketReplicationCommand(at)))).toBe(
    'ReplicationConfigurationNotFoundError',
  );
  expect(await codeOf(s3.send(new GetObjectLockConfigurationCommand(at)))).toBe(
    'ObjectLockConfigurationNotFoundError',
  );
  const encryption = await s3.send(new GetBucketEncryptionCommand(at));
  expect(
    encryption.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault,
  ).toEqual({
    SSEAlgorithm: 'AES256',
  });
  expect((await s3.send(new GetPublicAccessBlockCommand(at))).PublicAccessBlockConfiguration).toEqual({
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  });
  const ownership = await s3.send(new GetBucketOwnershipControlsCommand(at));
  expect(ownership.OwnershipControls?.Rules).toEqual([{ ObjectOwnership: 'BucketOwnerEnforced' }]);
  expect((await s3.send(new GetBucketVersioningCommand(at))).Status).toBeUndefined();
  expect((await s3.send(new GetBucketLoggingCommand(at))).LoggingEnabled).toBeUndefined();
  expect(await codeOf(s3.send(new GetBucketNotificationConfigurationCommand(at)))).toBe('none');
  expect((await s3.send(new GetBucketRequestPaymentCommand(at))).Payer).toBe('BucketOwner');
  const acl = await s3.send(new GetBucketAclCommand(at));
  expect(acl.Grants).toEqual([
    {
      Grantee: { ID: 'canonical-root', DisplayName: 'root', Type: 'CanonicalUser' },
      Permission: 'FULL_CONTROL',
    },
  ]);
  expect(await codeOf(s3.send(new PutBucketAclCommand({ Bucket, ACL: 'private' })))).toBe('none');
  expect(await codeOf(s3.send(new PutBucketAclCommand({ Bucket, ACL: 'public-read' })))).toBe(
    'AccessControlListNotSupported',
  );
  expect(await codeOf(s3.send(new GetBucketCorsCommand({ Bucket: 'nowhere' })))).toBe('NoSuchBucket');
});

test('what is not there says so in the form of S3', async () => {
  const Bucket = 'plain';
  await create(Bucket);
  expect(await codeOf(s3.send(new PutBucketPolicyCommand({ Bucket, Policy: '{}' })))).toBe('NotImplemented');
  const lifecycle = new PutBucketLifecycleConfigurationCommand({
    Bucket,
    LifecycleConfiguration: { Rules: [{ Status: 'Enabled', Filter: {}, Expiration: { Days: 1 } }] },
  });
  expect(await codeOf(s3.send(lifecycle))).toBe('NotImplemented');
});

test('reset empties everything', async () => {
  await create('one');
  await create('two');
  for (let i = 0; i < 5; i += 1) {
    await s3.send(new PutObjectCommand({ Bucket: 'one', Key: `k${i}`, Body: Buffer.alloc(70_000) }));
  }
  await harness.service.reset();
  expect((await s3.send(new ListBucketsCommand({}))).Buckets).toEqual([]);
  expect(harness.tables.domains.size).toBe(1);
});

test('a service says when it can be asked', async () => {
  expect(harness.service.health()).toEqual({ ready: true });
  await harness.service.stop();
  expect(harness.service.health().ready).toBe(false);
});
