import { createHash } from 'node:crypto';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { beforeEach, expect, test } from 'vitest';
import { s3Limits } from '../limits.ts';
import { sweepsTable } from '../model/tables.ts';
import { codeOf, type Harness, startHarness } from './harness.ts';
import type { MemoryDomain } from './memory-tables.ts';

let harness: Harness;
let s3: S3Client;
const Bucket = 'bucket';
const Key = 'big';
const five = s3Limits.partBytesMin;

beforeEach(async () => {
  harness = await startHarness();
  s3 = harness.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
});

function bucketDomain(): MemoryDomain {
  return [...harness.tables.domains.values()].at(-1)!;
}

async function create(extra: object = {}): Promise<string> {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...extra }));
  return UploadId!;
}

async function upload(
  UploadId: string,
  PartNumber: number,
  Body: Buffer | string,
  extra: object = {},
): Promise<{ PartNumber: number; ETag: string }> {
  const { ETag } = await s3.send(
    new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...extra }),
  );
  return { PartNumber, ETag: ETag! };
}

function complete(UploadId: string, Parts: object[], extra: object = {}) {
  return s3.send(
    new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts }, ...extra }),
  );
}

async function settled(): Promise<void> {
  await harness.service.drain(new AbortController().signal);
}

const first = Buffer.alloc(five, 'first');
const second = Buffer.alloc(100_000, 'second');

test('parts become one object with the entity tag of its parts', async () => {
  const id = await create({ ContentType: 'a/b', Metadata: { m: '1' }, StorageClass: 'GLACIER_IR' });
  const parts = [await upload(id, 1, first), await upload(id, 7, second)];
  const done = await complete(id, parts);
  const md5 = (bytes: Buffer) => createHash('md5').update(bytes).digest();
  const expected = `"${md5(Buffer.concat([md5(first), md5(second)])).toString('hex')}-2"`;
  expect(done).toMatchObject({
    Bucket,
    Key,
    ETag: expected,
    Location: `http://127.0.0.1:4566/${Bucket}/${Key}`,
  });
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  expect(got).toMatchObject({
    ContentType: 'a/b',
    Metadata: { m: '1' },
    StorageClass: 'GLACIER_IR',
    ETag: expected,
  });
  const body = Buffer.from(await got.Body!.transformToByteArray());
  expect(body.equals(Buffer.concat([first, second]))).toBe(true);
  const across = await s3.send(new GetObjectCommand({ Bucket, Key, Range: `bytes=${five - 3}-${five + 2}` }));
  expect(await across.Body!.transformToString()).toBe(
    Buffer.concat([first.subarray(-3), second.subarray(0, 3)]).toString(),
  );
  const part = await s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 7 }));
  expect(part).toMatchObject({
    PartsCount: 2,
    ContentRange: `bytes ${five}-${five + 99_999}/${five + 100_000}`,
  });
  expect(await part.Body!.transformToString()).toBe(second.toString());
  expect(await codeOf(s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 2 })))).toBe(
    'InvalidPartNumber',
  );
});

test('completion leaves nothing of the upload, also of parts that were replaced or not listed', async () => {
  const id = await create();
  await upload(id, 1, second);
  const one = await upload(id, 1, first);
  await upload(id, 2, first);
  const three = await upload(id, 3, second);
  await complete(id, [one, three]);
  await settled();
  expect(bucketDomain().rows.size).toBe(1);
  expect(bucketDomain().blobs.size).toBe(2);
  expect(await codeOf(s3.send(new ListPartsCommand({ Bucket, Key, UploadId: id })))).toBe('NoSuchUpload');
  await s3.send(new DeleteObjectCommand({ Bucket, Key }));
  expect(bucketDomain().empty).toBe(true);
});

test('a repeated completion has the same answer, until the object is another', async () => {
  const id = await create();
  const parts = [await upload(id, 1, second)];
  const done = await complete(id, parts);
  expect((await complete(id, parts)).ETag).toBe(done.ETag);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: 'other' }));
  expect(await codeOf(complete(id, parts))).toBe('NoSuchUpload');
});

test('concurrent completions of one upload agree', async () => {
  const id = await create();
  const parts = [await upload(id, 1, second)];
  const answers = await Promise.all(Array.from({ length: 5 }, () => complete(id, parts)));
  expect(new Set(answers.map(({ ETag }) => ETag)).size).toBe(1);
  await settled();
  expect(bucketDomain().rows.size).toBe(1);
  expect(bucketDomain().blobs.size).toBe(1);
});

test('refused completions leave the upload as it was', async () => {
  const id = await create();
  const small = await upload(id, 1, second);
  const large = await upload(id, 2, first);
  expect(await codeOf(complete(id, []))).toBe('MalformedXML');
  expect(await codeOf(complete(id, [large, small]))).toBe('InvalidPartOrder');
  expect(await codeOf(complete(id, [small, small]))).toBe('InvalidPartOrder');
  expect(await codeOf(complete(id, [small, large]))).toBe('EntityTooSmall');
  expect(await codeOf(complete(id, [{ PartNumber: 2, ETag: small.ETag }]))).toBe('InvalidPart');
  expect(await codeOf(complete(id, [{ PartNumber: 9, ETag: small.ETag }]))).toBe('InvalidPart');
  expect(await codeOf(complete(id, [large], { MpuObjectSize: 3 }))).toBe('InvalidRequest');
  expect(await codeOf(complete(id, [large], { IfMatch: '"0"' }))).toBe('NoSuchKey');
  expect(await codeOf(complete('nothing', [large]))).toBe('NoSuchUpload');
  expect(await codeOf(complete(id, [large], { IfNoneMatch: '*' }))).toBe('none');
  const again = await create();
  const part = await upload(again, 1, second);
  expect(await codeOf(complete(again, [part], { IfNoneMatch: '*' }))).toBe('PreconditionFailed');
});

test('a part that is replaced while the upload is completed is seen', async () => {
  const id = await create();
  const old = await upload(id, 1, second);
  let replaced = false;
  harness.tables.beforeTransact = async (writes) => {
    const completing = writes.some((write) => write.kind === 'remove' && write.table.name === 's3.uploads');
    if (!completing || replaced) return;
    replaced = true;
    await upload(id, 1, 'another');
  };
  expect(await codeOf(complete(id, [old]))).toBe('InvalidPart');
});

test('a part that comes for the first time while the upload is completed leaves with it', async () => {
  const id = await create();
  const one = await upload(id, 1, second);
  let came = false;
  harness.tables.beforeTransact = async (writes) => {
    const completing = writes.some((write) => write.kind === 'remove' && write.table.name === 's3.uploads');
    if (!completing || came) return;
    came = true;
    await upload(id, 2, 'late');
  };
  expect(await codeOf(complete(id, [one]))).toBe('none');
  await settled();
  expect(bucketDomain().rows.size).toBe(1);
  expect(bucketDomain().blobs.size).toBe(1);
});

test('an aborted upload leaves nothing and takes no more parts', async () => {
  const id = await create();
  await upload(id, 1, second);
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id }));
  expect(await codeOf(upload(id, 2, second))).toBe('NoSuchUpload');
  expect(await codeOf(s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id })))).toBe(
    'NoSuchUpload',
  );
  await settled();
  expect(bucketDomain().empty).toBe(true);
});

test('a crash before the sweep is made good at the next start', async () => {
  const id = await create();
  const parts = [await upload(id, 1, first), await upload(id, 2, second)];
  await upload(id, 3, second);
  let completed = false;
  harness.tables.beforeTransact = async (writes) => {
    if (completed) throw new Error('the process is gone');
    completed = writes.some((write) => write.kind === 'remove' && write.table.name === 's3.uploads');
  };
  await complete(id, parts);
  await settled();
  expect(bucketDomain().blobs.size).toBe(3);
  harness.tables.beforeTransact = async () => undefined;
  const bucket = bucketDomain();
  const again = await startHarness(harness.tables);
  await again.service.drain(new AbortController().signal);
  expect(bucket.blobs.size).toBe(2);
  expect(bucket.rows.size).toBe(1);
  const sweeps = [...harness.tables.domains.values()].flatMap((domain) =>
    [...domain.rows.values()].filter(({ table }) => table.name === sweepsTable.name),
  );
  expect(sweeps).toEqual([]);
});

test('a sweep that failed is taken up with the next one', async () => {
  const one = await create();
  await upload(one, 1, second);
  let failing = true;
  harness.tables.beforeTransact = async (writes) => {
    const sweeping = writes.some((write) => write.kind === 'remove' && write.table.name === 's3.parts');
    if (sweeping && failing) {
      failing = false;
      throw new Error('no space');
    }
  };
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: one }));
  while (failing) await new Promise((resolve) => setImmediate(resolve));
  const two = await create();
  await upload(two, 1, second);
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: two }));
  while (!bucketDomain().empty) await new Promise((resolve) => setImmediate(resolve));
  expect(harness.failures.length).toBe(1);
});

test('sweeps go in bounded steps', async () => {
  const id = await create();
  const count = s3Limits.sweepStepPartsMax + 20;
  for (let number = 1; number <= count; number += 1) await upload(id, number, 'x');
  harness.tables.writesMost = 0;
  await s3.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId: id }));
  await settled();
  await startHarness(harness.tables).then(({ service }) => service.drain(new AbortController().signal));
  expect(harness.tables.writesMost).toBeLessThanOrEqual(2 * s3Limits.sweepStepPartsMax + 1);
});

test('copied parts, whole and by range', async () => {
  const Body = Buffer.concat([first, second]);
  await s3.send(new PutObjectCommand({ Bucket, Key: 'source', Body }));
  const id = await create();
  const copy = (PartNumber: number, extra: object) =>
    s3.send(
      new UploadPartCopyCommand({
        Bucket,
        Key,
        UploadId: id,
        PartNumber,
        CopySource: `${Bucket}/source`,
        ...extra,
      }),
    );
  const one = await copy(1, {});
  const two = await copy(2, { CopySourceRange: `bytes=${five}-${five + 9}` });
  expect(await codeOf(copy(3, { CopySourceRange: `bytes=0-${Body.length}` }))).toBe('InvalidRange');
  expect(await codeOf(copy(3, { CopySourceRange: 'bytes=1' }))).toBe('InvalidArgument');
  await complete(id, [
    { PartNumber: 1, ETag: one.CopyPartResult!.ETag },
    { PartNumber: 2, ETag: two.CopyPartResult!.ETag },
  ]);
  const got = await s3.send(new GetObjectCommand({ Bucket, Key }));
  const bytes = Buffer.from(await got.Body!.transformToByteArray());
  expect(bytes.equals(Buffer.concat([Body, second.subarray(0, 10)]))).toBe(true);
});

test('composite checksums: of the parts, shown per part and for the whole', async () => {
  const id = await create({ ChecksumAlgorithm: 'SHA256' });
  const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest();
  const parts = [
    {
      ...(await upload(id, 1, first, { ChecksumAlgorithm: 'SHA256' })),
      ChecksumSHA256: sha(first).toString('base64'),
    },
    {
      ...(await upload(id, 2, second, { ChecksumAlgorithm: 'SHA256' })),
      ChecksumSHA256: sha(second).toString('base64'),
    },
  ];
  expect(await codeOf(upload(id, 3, 'x', { ChecksumAlgorithm: 'SHA1' }))).toBe('InvalidRequest');
  const listed = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId: id }));
  expect(listed.Parts?.map(({ ChecksumSHA256 }) => ChecksumSHA256)).toEqual(
    parts.map((part) => part.ChecksumSHA256),
  );
  expect(listed).toMatchObject({ ChecksumAlgorithm: 'SHA256', ChecksumType: 'COMPOSITE' });
  const wrong = [{ ...parts[0]!, ChecksumSHA256: sha(second).toString('base64') }, parts[1]!];
  expect(await codeOf(complete(id, wrong))).toBe('InvalidPart');
  expect(await codeOf(complete(id, parts, { ChecksumSHA256: sha(first).toString('base64') }))).toBe(
    'BadDigest',
  );
  const done = await complete(id, parts);
  const whole = `${sha(Buffer.concat([sha(first), sha(second)])).toString('base64')}-2`;
  expect(done).toMatchObject({ ChecksumSHA256: whole, ChecksumType: 'COMPOSITE' });
  const attributes = await s3.send(
    new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['Checksum', 'ObjectParts'] }),
  );
  expect(attributes.Checksum?.ChecksumSHA256).toBe(whole);
  expect(attributes.ObjectParts?.TotalPartsCount).toBe(2);
  expect(attributes.ObjectParts?.Parts?.[1]).toMatchObject({ PartNumber: 2, Size: second.length });
});

test('full-object checksums equal those of the same bytes in one piece', async () => {
  for (const [ChecksumAlgorithm, member] of [
    ['CRC32', 'ChecksumCRC32'],
    ['CRC32C', 'ChecksumCRC32C'],
    ['CRC64NVME', 'ChecksumCRC64NVME'],
  ] as const) {
    const whole = await s3.send(
      new PutObjectCommand({ Bucket, Key: 'whole', Body: Buffer.concat([first, second]), ChecksumAlgorithm }),
    );
    const id = await create({ ChecksumAlgorithm, ChecksumType: 'FULL_OBJECT' });
    const parts = [
      await upload(id, 1, first, { ChecksumAlgorithm }),
      await upload(id, 2, second, { ChecksumAlgorithm }),
    ];
    const done = await complete(id, parts);
    expect(done[member]).toBe(whole[member]);
    expect(done.ChecksumType).toBe('FULL_OBJECT');
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key, ChecksumMode: 'ENABLED' }));
    expect(head[member]).toBe(whole[member]);
  }
  expect(await codeOf(create({ ChecksumAlgorithm: 'SHA1', ChecksumType: 'FULL_OBJECT' }))).toBe(
    'InvalidRequest',
  );
  expect(await codeOf(create({ ChecksumAlgorithm: 'CRC64NVME', ChecksumType: 'COMPOSITE' }))).toBe(
    'InvalidRequest',
  );
});

test('parts are listed by number, in pages', async () => {
  const id = await create();
  for (const number of [300, 2, 1, 9]) await upload(id, number, `part ${number}`);
  const all = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId: id }));
  expect(all.Parts?.map(({ PartNumber }) => PartNumber)).toEqual([1, 2, 9, 300]);
  expect(all.IsTruncated).toBe(false);
  const page = await s3.send(new ListPartsCommand({ Bucket, Key, UploadId: id, MaxParts: 2 }));
  expect(page).toMatchObject({ IsTruncated: true, NextPartNumberMarker: '2' });
  const rest = await s3.send(
    new ListPartsCommand({ Bucket, Key, UploadId: id, PartNumberMarker: page.NextPartNumberMarker }),
  );
  expect(rest.Parts?.map(({ PartNumber, Size }) => [PartNumber, Size])).toEqual([
    [9, 6],
    [300, 8],
  ]);
});

test('uploads are listed by key and then by time, in pages, with folds', async () => {
  const start = async (key: string): Promise<string> => {
    harness.clock.ms += 1000;
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: key }));
    return UploadId!;
  };
  const b1 = await start('b');
  const a = await start('a');
  const b2 = await start('b');
  const folded = await start('c/d');
  const list = (extra: object) => s3.send(new ListMultipartUploadsCommand({ Bucket, ...extra }));
  const all = await list({});
  expect(all.Uploads?.map(({ Key: key, UploadId }) => [key, UploadId])).toEqual([
    ['a', a],
    ['b', b1],
    ['b', b2],
    ['c/d', folded],
  ]);
  const shown: (string | undefined)[] = [];
  let markers: object = {};
  for (;;) {
    const page = await list({ MaxUploads: 1, Delimiter: '/', ...markers });
    shown.push(page.Uploads?.[0]?.UploadId ?? page.CommonPrefixes?.[0]?.Prefix);
    if (page.IsTruncated !== true) break;
    markers = { KeyMarker: page.NextKeyMarker, UploadIdMarker: page.NextUploadIdMarker };
  }
  expect(shown).toEqual([a, b1, b2, 'c/']);
  expect((await list({ KeyMarker: 'b' })).Uploads?.map(({ Key: key }) => key)).toEqual(['c/d']);
  expect((await list({ Prefix: 'b' })).Uploads?.length).toBe(2);
});

test('a bucket goes with its uploads', async () => {
  const id = await create();
  await upload(id, 1, second);
  await create({ Key: 'other' });
  await s3.send(new DeleteBucketCommand({ Bucket }));
  expect(harness.tables.domains.size).toBe(1);
  expect([...harness.tables.domains.values()][0]!.rows.size).toBe(0);
});

test('part numbers lie between 1 and 10,000', async () => {
  const id = await create();
  expect(await codeOf(upload(id, 0, 'x'))).toBe('InvalidArgument');
  expect(await codeOf(upload(id, 10_001, 'x'))).toBe('InvalidArgument');
  expect(await codeOf(upload(id, 10_000, 'x'))).toBe('none');
});

test('an upload of one empty part is an empty object', async () => {
  const id = await create();
  const done = await complete(id, [await upload(id, 1, '')]);
  expect(done.ETag).toMatch(/-1"$/);
  const head = await s3.send(new HeadObjectCommand({ Bucket, Key }));
  expect(head.ContentLength).toBe(0);
});
