import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { codeOf, type Harness, startHarness, statusOf } from './harness.ts';
import type { MemoryDomain } from './memory-tables.ts';

let harness: Harness;
let s3: S3Client;
const Bucket = 'bucket';

beforeEach(async () => {
  harness = await startHarness();
  s3 = harness.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
});

function bucketDomain(): MemoryDomain {
  const [, bucket] = [...harness.tables.domains.values()];
  return bucket!;
}

async function text(Key: string, extra: object = {}): Promise<string> {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key, ...extra }));
  return Body!.transformToString();
}

const large = Buffer.alloc(300_000, 'abcdefghij');

test('an object comes back with its headers, metadata, tags and checksum', async () => {
  const put = await s3.send(
    new PutObjectCommand({
      Bucket,
      Key: 'a/ä b+c',
      Body: 'hello',
      ContentType: 'text/plain',
      CacheControl: 'no-store',
      ContentDisposition: 'inline',
      ContentEncoding: 'gzip',
      ContentLanguage: 'de',
      Metadata: { plain: 'x', umlaut: 'ä' },
      StorageClass: 'STANDARD_IA',
      Tagging: 'k=v',
      WebsiteRedirectLocation: '/elsewhere',
    }),
  );
  expect(put.ETag).toBe('"5d41402abc4b2a76b9719d911017c592"');
  expect(put.ChecksumCRC32).toBe('NhCmhg==');
  const got = await s3.send(new GetObjectCommand({ Bucket, Key: 'a/ä b+c', ChecksumMode: 'ENABLED' }));
  expect(await got.Body!.transformToString()).toBe('hello');
  expect(got).toMatchObject({
    ContentLength: 5,
    ContentType: 'text/plain',
    CacheControl: 'no-store',
    ContentDisposition: 'inline',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de',
    Metadata: { plain: 'x', umlaut: '=?UTF-8?B?w6Q=?=' },
    StorageClass: 'STANDARD_IA',
    TagCount: 1,
    WebsiteRedirectLocation: '/elsewhere',
    ChecksumCRC32: 'NhCmhg==',
    ChecksumType: 'FULL_OBJECT',
    ServerSideEncryption: 'AES256',
    AcceptRanges: 'bytes',
    LastModified: new Date(harness.clock.ms),
  });
  const tagging = await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'a/ä b+c' }));
  expect(tagging.TagSet).toEqual([{ Key: 'k', Value: 'v' }]);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a/ä b+c' }));
  expect(head).toMatchObject({ ContentLength: 5, ContentType: 'text/plain', StorageClass: 'STANDARD_IA' });
  expect(head.ChecksumCRC32).toBeUndefined();
});

/** Chunks that records hold. */
const heldChunks = () =>
  [...harness.tables.chunks.keys()].filter((hash) =>
    harness.tables.isHeld({ hash: Buffer.from(hash, 'hex'), length: 0 }),
  );

test('bodies stand in the record, in a chunk that it holds, or in a blob; they go with their object', async () => {
  const bodies = { small: 'small', large, huge: Buffer.alloc(9_000_000, 'huge ') };
  const stored = { small: [0, 0], large: [1, 0], huge: [0, 1] };
  for (const [name, Body] of Object.entries(bodies)) {
    for (let turn = 0; turn < 2; turn += 1) {
      await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body }));
      expect([heldChunks().length, bucketDomain().blobs.size]).toEqual(stored[name as keyof typeof stored]);
      expect(await text('k')).toBe(Body.toString());
    }
  }
  await s3.send(new DeleteObjectCommand({ Bucket, Key: 'k' }));
  expect(bucketDomain().empty).toBe(true);
  expect(heldChunks()).toEqual([]);
  expect(await codeOf(text('k'))).toBe('NoSuchKey');
});

test('ranges of inline and large objects', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'small', Body: 'hello' }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'large', Body: large }));
  const part = await s3.send(new GetObjectCommand({ Bucket, Key: 'small', Range: 'bytes=1-3' }));
  expect(part.$metadata.httpStatusCode).toBe(206);
  expect(part.ContentRange).toBe('bytes 1-3/5');
  expect(await part.Body!.transformToString()).toBe('ell');
  expect(await text('large', { Range: 'bytes=65530-65545' })).toBe(large.subarray(65530, 65546).toString());
  expect(await text('large', { Range: 'bytes=-7' })).toBe(large.subarray(-7).toString());
  expect(await codeOf(text('small', { Range: 'bytes=5-' }))).toBe('InvalidRange');
  await s3.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));
  expect(await text('empty')).toBe('');
  expect(await codeOf(text('empty', { Range: 'bytes=0-' }))).toBe('InvalidRange');
});

test('conditions of reads', async () => {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  expect(await text('k', { IfMatch: ETag })).toBe('x');
  expect(await codeOf(text('k', { IfMatch: '"0"' }))).toBe('PreconditionFailed');
  expect(await statusOf(text('k', { IfNoneMatch: ETag }))).toBe(304);
  const before = new Date(harness.clock.ms - 5000);
  const after = new Date(harness.clock.ms + 5000);
  expect(await text('k', { IfModifiedSince: before })).toBe('x');
  expect(await statusOf(text('k', { IfModifiedSince: after }))).toBe(304);
  expect(await codeOf(text('k', { IfUnmodifiedSince: before }))).toBe('PreconditionFailed');
});

test('conditions of writes and deletions', async () => {
  const put = (extra: object) =>
    codeOf(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...extra })));
  expect(await put({ IfMatch: '"0"' })).toBe('NoSuchKey');
  expect(await put({ IfNoneMatch: '*' })).toBe('none');
  expect(await put({ IfNoneMatch: '*' })).toBe('PreconditionFailed');
  expect(await put({ IfMatch: '"0"' })).toBe('PreconditionFailed');
  expect(await put({ IfMatch: '"9dd4e461268c8034f5c8564e155c67a6"' })).toBe('none');
  expect(await put({ IfNoneMatch: '"9dd4e461268c8034f5c8564e155c67a6"' })).toBe('PreconditionFailed');
  expect(await put({ IfNoneMatch: '"x"' })).toBe('none');
  const remove = (IfMatch: string) => codeOf(s3.send(new DeleteObjectCommand({ Bucket, Key: 'k', IfMatch })));
  expect(await remove('"0"')).toBe('PreconditionFailed');
  expect(await remove('*')).toBe('none');
});

test('one of many concurrent creations wins, and its bytes are the object', async () => {
  const outcomes = await Promise.all(
    Array.from({ length: 16 }, async (_, i) => {
      const Body = Buffer.alloc(100_000, String.fromCharCode(97 + i));
      return codeOf(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body, IfNoneMatch: '*' })));
    }),
  );
  expect(outcomes.filter((code) => code === 'none').length).toBe(1);
  expect(outcomes.filter((code) => code === 'PreconditionFailed').length).toBe(15);
  const winner = outcomes.indexOf('none');
  expect(await text('k')).toBe(String.fromCharCode(97 + winner).repeat(100_000));
  expect(heldChunks().length).toBe(1);
});

test('concurrent overwrites leave one object and one chunk', async () => {
  await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: Buffer.alloc(70_000, i) })),
    ),
  );
  expect(heldChunks().length).toBe(1);
  expect(bucketDomain().rows.size).toBe(1);
});

test('a wrong digest is refused and leaves nothing', async () => {
  const before = harness.tables.digest();
  const put = (extra: object, Body: string | Buffer = 'x') =>
    codeOf(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ...extra })));
  expect(await put({ ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' })).toBe('BadDigest');
  expect(await put({ ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }, large)).toBe('BadDigest');
  expect(await put({ ContentMD5: 'short' })).toBe('InvalidDigest');
  expect(await put({ ChecksumCRC32: 'AAAAAA==' })).toBe('BadDigest');
  expect(await put({ ChecksumCRC32: 'AAAAAA==' }, large)).toBe('BadDigest');
  expect(await put({ ChecksumSHA256: 'AAAA' })).toBe('BadDigest');
  const sha1 = createHash('sha1').update('x').digest('base64');
  expect(await put({ ChecksumCRC32: 'AAAAAA==', ChecksumSHA1: sha1 })).toBe('InvalidRequest');
  expect(harness.tables.digest()).toBe(before);
});

test('every algorithm is verified, kept and shown', async () => {
  for (const [ChecksumAlgorithm, member] of [
    ['CRC32', 'ChecksumCRC32'],
    ['CRC32C', 'ChecksumCRC32C'],
    ['CRC64NVME', 'ChecksumCRC64NVME'],
    ['SHA1', 'ChecksumSHA1'],
    ['SHA256', 'ChecksumSHA256'],
  ] as const) {
    for (const Body of ['hello', large]) {
      // The client computes the value.
      const put = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body, ChecksumAlgorithm }));
      const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k', ChecksumMode: 'ENABLED' }));
      expect(put[member]).toBeDefined();
      expect(head[member]).toBe(put[member]);
    }
  }
});

test('an object without a checksum of the client carries CRC64NVME', async () => {
  const plain = harness.client({ config: { requestChecksumCalculation: 'WHEN_REQUIRED' } });
  const put = await plain.send(new PutObjectCommand({ Bucket, Key: 'k', Body: '123456789' }));
  expect(put.ChecksumCRC64NVME).toBe('rosUhgp5mIg=');
});

test('refused headers', async () => {
  const put = (extra: object) =>
    codeOf(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ...extra })));
  expect(await put({ ACL: 'private' })).toBe('none');
  expect(await put({ ACL: 'bucket-owner-full-control' })).toBe('none');
  expect(await put({ ACL: 'public-read' })).toBe('AccessControlListNotSupported');
  expect(await put({ GrantRead: 'id=x' })).toBe('AccessControlListNotSupported');
  expect(await put({ ServerSideEncryption: 'AES256' })).toBe('none');
  expect(await put({ ServerSideEncryption: 'aws:kms' })).toBe('NotImplemented');
  expect(await put({ StorageClass: 'NONE' })).toBe('InvalidStorageClass');
  expect(await put({ ObjectLockMode: 'GOVERNANCE' })).toBe('InvalidRequest');
  expect(await put({ ExpectedBucketOwner: '111111111111' })).toBe('AccessDenied');
  expect(await put({ Metadata: { a: 'x'.repeat(3000) } })).toBe('MetadataTooLarge');
  expect(await put({ Key: 'x'.repeat(1025) })).toBe('KeyTooLongError');
  expect(await put({ Bucket: 'nowhere' })).toBe('NoSuchBucket');
});

test('a copy carries bytes, headers and metadata, or takes new ones', async () => {
  await s3.send(
    new PutObjectCommand({
      Bucket,
      Key: 'from',
      Body: large,
      ContentType: 'a/b',
      Metadata: { m: '1' },
      Tagging: 't=1',
    }),
  );
  const copied = await s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from` }));
  expect(copied.CopyObjectResult?.ETag).toBeDefined();
  let head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }));
  expect(head).toMatchObject({ ContentType: 'a/b', Metadata: { m: '1' } });
  expect(await text('to')).toBe(large.toString());
  expect(heldChunks().length).toBe(1);
  await s3.send(
    new CopyObjectCommand({
      Bucket,
      Key: 'to',
      CopySource: `/${Bucket}/from`,
      MetadataDirective: 'REPLACE',
      TaggingDirective: 'REPLACE',
      ContentType: 'c/d',
      Metadata: { n: '2' },
    }),
  );
  head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'to' }));
  expect(head).toMatchObject({ ContentType: 'c/d', Metadata: { n: '2' } });
  expect((await s3.send(new GetObjectTaggingCommand({ Bucket, Key: 'to' }))).TagSet).toEqual([]);
  expect(heldChunks().length).toBe(1);
});

test('a copy shares the bytes of its source, also of parts and in another bucket', async () => {
  const Other = 'copies';
  await s3.send(new CreateBucketCommand({ Bucket: Other }));
  const parts = [Buffer.alloc(5 * 1024 * 1024, 'a'), Buffer.alloc(70_000, 'b')];
  const upload = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const { UploadId } = upload;
  const Parts = [];
  for (const [index, Body] of parts.entries()) {
    const PartNumber = index + 1;
    const { ETag } = await s3.send(
      new UploadPartCommand({ Bucket, Key: 'parts', UploadId, PartNumber, Body }),
    );
    Parts.push({ PartNumber, ETag });
  }
  const MultipartUpload = { Parts };
  await s3.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'data', Body: large }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'blob', Body: Buffer.alloc(9_000_000, 'huge ') }));
  const bytes = () => harness.tables.chunks.size;
  const before = bytes();
  for (const Key of ['parts', 'data', 'blob']) {
    const source = await text(Key);
    await s3.send(new CopyObjectCommand({ Bucket: Other, Key, CopySource: `${Bucket}/${Key}` }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key }));
    const got = await s3.send(new GetObjectCommand({ Bucket: Other, Key, ChecksumMode: 'ENABLED' }));
    expect(await got.Body!.transformToString()).toBe(source);
    expect(got.ETag).toBe(`"${createHash('md5').update(source).digest('hex')}"`);
    expect(got.ChecksumType).toBe('FULL_OBJECT');
    expect(got.PartsCount).toBeUndefined();
  }
  expect(bytes()).toBe(before);
  await harness.service.drain(new AbortController().signal);
  expect(bucketDomain().empty).toBe(true);
});

test('a part that is copied shares whole chunks, and has its own digests', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'from', Body: large }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'to' }));
  const ranges = [undefined, 'bytes=0-9'];
  const Parts = [];
  for (const [index, CopySourceRange] of ranges.entries()) {
    const copied = await s3.send(
      new UploadPartCopyCommand({
        Bucket,
        Key: 'to',
        UploadId,
        PartNumber: index + 2,
        CopySource: `${Bucket}/from`,
        CopySourceRange,
      }),
    );
    Parts.push({ PartNumber: index + 2, ETag: copied.CopyPartResult?.ETag });
  }
  const digest = (body: Buffer) => `"${createHash('md5').update(body).digest('hex')}"`;
  expect(Parts.map(({ ETag }) => ETag)).toEqual([digest(large), digest(large.subarray(0, 10))]);
  const part = await s3.send(new ListPartsCommand({ Bucket, Key: 'to', UploadId }));
  expect(part.Parts?.map(({ Size }) => Size)).toEqual([large.length, 10]);
});

test('a copy onto itself must change something, and then moves no bytes', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: large }));
  const chunks = heldChunks();
  const copy = (extra: object) =>
    codeOf(s3.send(new CopyObjectCommand({ Bucket, Key: 'k', CopySource: `${Bucket}/k`, ...extra })));
  expect(await copy({})).toBe('InvalidRequest');
  expect(await copy({ MetadataDirective: 'REPLACE', Metadata: { a: 'b' } })).toBe('none');
  expect(heldChunks()).toEqual(chunks);
  expect(await copy({ StorageClass: 'GLACIER' })).toBe('none');
  expect(await text('k')).toBe(large.toString());
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'k' }));
  expect(head).toMatchObject({ Metadata: { a: 'b' }, StorageClass: 'GLACIER' });
});

test('conditions and errors of copies', async () => {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'from', Body: 'x' }));
  const copy = (extra: object) =>
    codeOf(s3.send(new CopyObjectCommand({ Bucket, Key: 'to', CopySource: `${Bucket}/from`, ...extra })));
  expect(await copy({ CopySourceIfMatch: '"0"' })).toBe('PreconditionFailed');
  expect(await copy({ CopySourceIfNoneMatch: ETag })).toBe('PreconditionFailed');
  expect(await copy({ CopySourceIfMatch: ETag })).toBe('none');
  expect(await copy({ IfNoneMatch: '*' })).toBe('PreconditionFailed');
  expect(await copy({ CopySource: `${Bucket}/missing` })).toBe('NoSuchKey');
  expect(await copy({ CopySource: 'missing/from' })).toBe('NoSuchBucket');
  expect(await copy({ CopySource: 'nothing' })).toBe('InvalidArgument');
  expect(await copy({ CopySource: `${Bucket}/from?versionId=x` })).toBe('InvalidArgument');
});

test('a batch deletion answers each key, quietly if asked', async () => {
  for (const Key of ['a', 'b']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: large }));
  const loud = await s3.send(
    new DeleteObjectsCommand({
      Bucket,
      Delete: {
        Objects: [{ Key: 'a' }, { Key: 'missing' }, { Key: 'x'.repeat(1025) }, { Key: 'b', ETag: '"0"' }],
      },
    }),
  );
  expect(loud.Deleted?.map(({ Key }) => Key)).toEqual(['a', 'missing']);
  expect(loud.Errors?.map(({ Code }) => Code)).toEqual(['KeyTooLongError', 'PreconditionFailed']);
  const quiet = await s3.send(
    new DeleteObjectsCommand({ Bucket, Delete: { Quiet: true, Objects: [{ Key: 'b' }] } }),
  );
  expect(quiet.Deleted).toBeUndefined();
  expect(bucketDomain().empty).toBe(true);
  const tooMany = Array.from({ length: 1001 }, (_, i) => ({ Key: String(i) }));
  expect(await codeOf(s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: tooMany } })))).toBe(
    'MalformedXML',
  );
});

const replacedBodies: [string, Buffer][] = [
  ['a chunk', large],
  ['a blob', Buffer.alloc(9_000_000, 'huge ')],
];
test.each(replacedBodies)(
  'a reader of %s gets the old object whole while it is replaced, and the bytes go after it',
  async (_, old) => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: old }));
    const domain = bucketDomain();
    let replaced: Promise<unknown> | undefined;
    domain.onRead = () => {
      replaced ??= s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new' }));
    };
    expect(await text('k')).toBe(old.toString());
    await replaced;
    await harness.service.drain(new AbortController().signal);
    expect(domain.blobs.size).toBe(0);
    expect(heldChunks()).toEqual([]);
    expect(await text('k')).toBe('new');
  },
);

test('a reader that comes while an object is being replaced keeps the bytes it was shown', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: large }));
  let got: Promise<GetObjectCommandOutput> | undefined;
  harness.tables.beforeTransact = async (writes) => {
    if (got !== undefined || !writes.some(({ kind }) => kind === 'put')) return;
    // The writer has found nobody; its transaction waits until the reader has its answer's head.
    got = s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    await got;
  };
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'new' }));
  await harness.service.drain(AbortSignal.timeout(0));
  harness.tables.collect();
  const { Body } = await got!;
  expect(await Body!.transformToString()).toBe(large.toString());
  await harness.service.drain(new AbortController().signal);
  expect(heldChunks()).toEqual([]);
});

test('attributes', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'hello' }));
  const got = await s3.send(
    new GetObjectAttributesCommand({
      Bucket,
      Key: 'k',
      ObjectAttributes: ['ETag', 'Checksum', 'ObjectSize', 'StorageClass', 'ObjectParts'],
    }),
  );
  expect(got).toMatchObject({
    ETag: '5d41402abc4b2a76b9719d911017c592',
    ObjectSize: 5,
    StorageClass: 'STANDARD',
    Checksum: { ChecksumCRC32: 'NhCmhg==', ChecksumType: 'FULL_OBJECT' },
  });
  expect(got.ObjectParts).toBeUndefined();
});

test('only the null version exists', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  expect(await text('k', { VersionId: 'null' })).toBe('x');
  expect(await codeOf(text('k', { VersionId: 'abc' }))).toBe('InvalidArgument');
});

test('response headers may be chosen by the reader', async () => {
  await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', ContentType: 'a/b' }));
  const got = await s3.send(
    new GetObjectCommand({
      Bucket,
      Key: 'k',
      ResponseContentType: 'c/d',
      ResponseCacheControl: 'no-cache',
      ResponseContentDisposition: 'attachment',
      ResponseContentEncoding: 'br',
      ResponseContentLanguage: 'fr',
      ResponseExpires: new Date(0),
    }),
  );
  expect(got).toMatchObject({
    ContentType: 'c/d',
    CacheControl: 'no-cache',
    ContentDisposition: 'attachment',
    ContentEncoding: 'br',
    ContentLanguage: 'fr',
    ExpiresString: 'Thu, 01 Jan 1970 00:00:00 GMT',
  });
});
