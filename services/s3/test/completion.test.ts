/** What CompleteMultipartUpload asks of the listed parts and of the checksum of the whole, and what parts show afterwards. */
import { createHash } from 'node:crypto';
import {
  CompleteMultipartUploadCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { AwsError } from '@hypergate/kit';
import { checksumOf, compositeChecksum, encodeChecksum } from '@hypergate/kit/checksums';
import { beforeEach, expect, test } from 'vitest';
import type { Checksum } from '../engine/checksum.ts';
import {
  checkPart,
  checkWhole,
  type ListedPart,
  listedNumbers,
  type PartRules,
} from '../engine/completion.ts';
import { s3Limits } from '../limits.ts';
import { codeOf, type Harness, root, startHarness, statusOf } from './harness.ts';

const code = (act: () => unknown): string => {
  try {
    act();
    return 'none';
  } catch (error) {
    if (error instanceof AwsError) return error.code;
    throw error;
  }
};

const md5 = createHash('md5').update('part').digest();
const value = checksumOf('SHA256', Buffer.from('part'));
const stored = { size: s3Limits.partBytesMin, md5, checksum: sha256(value) };

function sha256(bytes: Uint8Array): Checksum {
  return { algorithm: 'SHA256', type: 'FULL_OBJECT', value: bytes, parts: 0 };
}

const composite: PartRules = { uploadId: 'u', checksumAlgorithm: 'SHA256' };
const unasked: PartRules = { uploadId: 'u', checksumAlgorithm: undefined };
const etag = md5.toString('hex');
const ChecksumSHA256 = encodeChecksum(value);

test('part numbers ascend, each once, between 1 and 10,000', () => {
  const numbers = (...list: (number | undefined)[]) =>
    listedNumbers(list.map((PartNumber) => ({ PartNumber }) as ListedPart));
  expect(numbers(1, 5, 10_000)).toEqual([1, 5, 10_000]);
  expect(code(() => numbers())).toBe('MalformedXML');
  expect(code(() => listedNumbers(undefined))).toBe('MalformedXML');
  expect(code(() => numbers(1, undefined))).toBe('MalformedXML');
  expect(code(() => numbers(2, 1))).toBe('InvalidPartOrder');
  expect(code(() => numbers(1, 1))).toBe('InvalidPartOrder');
  expect(code(() => numbers(0))).toBe('InvalidArgument');
  expect(code(() => numbers(10_001))).toBe('InvalidArgument');
  expect(code(() => numbers(...Array.from({ length: 10_001 }, (_, i) => i + 1)))).toBe('MalformedXML');
});

test('a part is what was uploaded, large enough unless it is the last', () => {
  const part = { PartNumber: 1, ETag: etag };
  expect(checkPart(part, stored, false, unasked)).toBe(stored);
  expect(checkPart({ ...part, ETag: `"${etag.toUpperCase()}"` }, stored, false, unasked)).toBe(stored);
  expect(code(() => checkPart(part, undefined, true, unasked))).toBe('InvalidPart');
  expect(code(() => checkPart({ PartNumber: 1 }, stored, true, unasked))).toBe('InvalidPart');
  expect(code(() => checkPart({ ...part, ETag: '0' }, stored, true, unasked))).toBe('InvalidPart');
  const small = { ...stored, size: s3Limits.partBytesMin - 1 };
  expect(checkPart(part, small, true, unasked)).toBe(small);
  try {
    checkPart(part, small, false, unasked);
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({
      code: 'EntityTooSmall',
      details: { ProposedSize: '5242879', MinSizeAllowed: '5242880', PartNumber: '1', ETag: etag },
    });
  }
});

test('a part may be listed with its checksum, in the algorithm of the upload, and then it must be right', () => {
  const part = { PartNumber: 3, ETag: etag };
  expect(checkPart({ ...part, ChecksumSHA256 }, stored, true, composite)).toBe(stored);
  expect(checkPart(part, stored, true, composite)).toBe(stored);
  expect(code(() => checkPart({ ...part, ChecksumSHA256: 'bad' }, stored, true, composite))).toBe(
    'InvalidPart',
  );
  expect(
    code(() => checkPart({ ...part, ChecksumSHA256, ChecksumCRC32: 'AAAAAA==' }, stored, true, composite)),
  ).toBe('InvalidPart');
  const full: PartRules = { ...composite, checksumAlgorithm: 'CRC32' };
  const crc = {
    ...stored,
    checksum: { ...stored.checksum, algorithm: 'CRC32', value: Buffer.alloc(4) } as const,
  };
  expect(checkPart(part, crc, true, full)).toBe(crc);
  expect(checkPart({ ...part, ChecksumCRC32: 'AAAAAA==' }, crc, true, full)).toBe(crc);
  expect(code(() => checkPart({ ...part, ChecksumCRC32: 'AAAAAQ==' }, crc, true, full))).toBe('InvalidPart');
});

test('the whole has the type, algorithm, value and size that the client says, if it says any', () => {
  const whole: Checksum = { algorithm: 'SHA256', type: 'COMPOSITE', value, parts: 2 };
  const outcome = (claimed: Parameters<typeof checkWhole>[0]) => code(() => checkWhole(claimed, whole, 7));
  expect(outcome({})).toBe('none');
  expect(outcome({ ChecksumSHA256, ChecksumType: 'COMPOSITE', MpuObjectSize: 7 })).toBe('none');
  expect(outcome({ ChecksumSHA256: `${ChecksumSHA256}-2` })).toBe('none');
  expect(outcome({ ChecksumSHA256: `${ChecksumSHA256}-3` })).toBe('BadDigest');
  expect(outcome({ ChecksumSHA256: encodeChecksum(checksumOf('SHA256', Buffer.from('x'))) })).toBe(
    'BadDigest',
  );
  expect(outcome({ ChecksumSHA256: 'bad' })).toBe('BadDigest');
  expect(outcome({ ChecksumSHA256: `${ChecksumSHA256}-x` })).toBe('BadDigest');
  expect(outcome({ ChecksumCRC32: 'AAAAAA==' })).toBe('InvalidRequest');
  expect(outcome({ ChecksumType: 'FULL_OBJECT' })).toBe('InvalidRequest');
  expect(outcome({ MpuObjectSize: 8 })).toBe('InvalidRequest');
});

let harness: Harness;
let s3: S3Client;
const Bucket = 'bucket';
const Key = 'a/b c';

beforeEach(async () => {
  harness = await startHarness();
  s3 = harness.client();
  await s3.send(new CreateBucketCommand({ Bucket }));
});

const bodies = [
  Buffer.alloc(s3Limits.partBytesMin, 1),
  Buffer.alloc(s3Limits.partBytesMin, 2),
  Buffer.from('end'),
];

/** Parts with the numbers 2, 5 and 9. */
async function uploaded(create: object = {}) {
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key, ...create }));
  const Parts: { PartNumber: number; ETag: string }[] = [];
  for (const [i, Body] of bodies.entries()) {
    const PartNumber = [2, 5, 9][i]!;
    const { ETag } = await s3.send(
      new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body, ...create }),
    );
    Parts.push({ PartNumber, ETag: ETag! });
  }
  return { UploadId, Parts };
}

async function completed(create: object = {}, more: (index: number) => object = () => ({})) {
  const { UploadId, Parts } = await uploaded(create);
  return s3.send(
    new CompleteMultipartUploadCommand({
      Bucket,
      Key,
      UploadId,
      MultipartUpload: { Parts: Parts.map((part, i) => ({ ...part, ...more(i) })) },
    }),
  );
}

async function attributes(extra: object = {}) {
  const { ObjectParts } = await s3.send(
    new GetObjectAttributesCommand({ Bucket, Key, ObjectAttributes: ['ObjectParts'], ...extra }),
  );
  return ObjectParts;
}

test('attributes list the parts of an object in pages, without checksums that nobody asked for', async () => {
  await completed();
  expect(await attributes()).toEqual({
    TotalPartsCount: 3,
    PartNumberMarker: '0',
    NextPartNumberMarker: '9',
    MaxParts: 1000,
    IsTruncated: false,
    Parts: [
      { PartNumber: 2, Size: bodies[0]!.length },
      { PartNumber: 5, Size: bodies[1]!.length },
      { PartNumber: 9, Size: bodies[2]!.length },
    ],
  });
  expect(await attributes({ MaxParts: 1, PartNumberMarker: '2' })).toMatchObject({
    TotalPartsCount: 3,
    PartNumberMarker: '2',
    NextPartNumberMarker: '5',
    MaxParts: 1,
    IsTruncated: true,
    Parts: [{ PartNumber: 5 }],
  });
  expect(await attributes({ PartNumberMarker: '9' })).toMatchObject({ IsTruncated: false });
  expect(await codeOf(attributes({ PartNumberMarker: 'x' }))).toBe('InvalidArgument');
  expect(await codeOf(attributes({ MaxParts: -1 }))).toBe('InvalidArgument');
});

test.each(['SHA1', 'SHA256', 'CRC32', 'CRC32C'] as const)(
  'attributes show %s of each part of a composite',
  async (algorithm) => {
    const member = `Checksum${algorithm}`;
    const digests = bodies.map((body) => checksumOf(algorithm, body));
    const done = await completed({ ChecksumAlgorithm: algorithm }, (i) => ({
      [member]: encodeChecksum(digests[i]!),
    }));
    expect(done).toMatchObject({
      [member]: compositeChecksum(algorithm, digests),
      ChecksumType: 'COMPOSITE',
    });
    expect((await attributes())?.Parts?.map((part) => (part as Record<string, unknown>)[member])).toEqual(
      digests.map(encodeChecksum),
    );
  },
);

test('a completion with a wrong checksum of a part is refused and the upload stays', async () => {
  const { UploadId, Parts } = await uploaded({ ChecksumAlgorithm: 'SHA256' });
  const complete = (list: object[]) =>
    codeOf(
      s3.send(
        new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts: list } }),
      ),
    );
  const wrong = encodeChecksum(checksumOf('SHA256', Buffer.from('others')));
  expect(await complete(Parts.map((part) => ({ ...part, ChecksumSHA256: wrong })))).toBe('InvalidPart');
  const summed = Parts.map((part, i) => ({
    ...part,
    ChecksumSHA256: encodeChecksum(checksumOf('SHA256', bodies[i]!)),
  }));
  expect(await complete(summed)).toBe('none');
});

test('parts are read by their numbers, and those that are not there are no range of the object', async () => {
  await completed();
  for (const [i, PartNumber] of [2, 5, 9].entries()) {
    const got = await s3.send(new GetObjectCommand({ Bucket, Key, PartNumber }));
    expect(got.$metadata.httpStatusCode).toBe(206);
    expect(got).toMatchObject({ PartsCount: 3, ContentLength: bodies[i]!.length });
    expect(Buffer.from(await got.Body!.transformToByteArray()).equals(bodies[i]!)).toBe(true);
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key, PartNumber }));
    expect(head).toMatchObject({ PartsCount: 3, ContentRange: got.ContentRange });
  }
  expect(await codeOf(s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 3 })))).toBe(
    'InvalidPartNumber',
  );
  expect(await statusOf(s3.send(new HeadObjectCommand({ Bucket, Key, PartNumber: 10 })))).toBe(416);
  expect(
    await codeOf(s3.send(new GetObjectCommand({ Bucket, Key, PartNumber: 2, Range: 'bytes=0-1' }))),
  ).toBe('InvalidRequest');
});

test('who began an upload is shown as its initiator, the bucket owner as its owner', async () => {
  const user = { ...root, kind: 'user', userId: 'canonical-user', displayName: 'user' } as const;
  const theirs = harness.client({ principal: user });
  const { UploadId } = await theirs.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  const shown = {
    Initiator: { ID: 'canonical-user', DisplayName: 'user' },
    Owner: { ID: root.userId, DisplayName: root.displayName },
  };
  expect((await s3.send(new ListMultipartUploadsCommand({ Bucket }))).Uploads).toMatchObject([shown]);
  expect(await s3.send(new ListPartsCommand({ Bucket, Key, UploadId }))).toMatchObject(shown);
});

test('a conditional write that never gets its turn is a conflict', async () => {
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
  let depth = 0;
  harness.tables.beforeTransact = async () => {
    if (depth > 0) return;
    depth += 1;
    await s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    depth -= 1;
  };
  const put = s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y', IfMatch: ETag! }));
  expect(await codeOf(put)).toBe('ConditionalRequestConflict');
  expect(await codeOf(s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'y' })))).toBe(
    'OperationAborted',
  );
});

test('the location of the object has the form of the request', async () => {
  expect((await completed()).Location).toBe('http://127.0.0.1:4566/bucket/a/b%20c');
});
