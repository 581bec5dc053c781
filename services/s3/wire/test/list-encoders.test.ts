/** The hand-written encoders against the schema-driven one: the SDK's client reads the same from both, for random answers. */
import {
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { encodeOutput } from '@hypergate/kit';
import { schemas } from '@hypergate/kit/aws/gen/s3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeListBuckets, type ListBucketsAnswer } from '../list-buckets.ts';
import {
  encodeListObjects,
  encodeListObjectsV2,
  encodeListVersions,
  type ListedObject,
  type ListedOwner,
  type ListedVersion,
  type ListObjectsAnswer,
  type ListObjectsV2Answer,
  type ListVersionsAnswer,
} from '../list-objects.ts';
import {
  encodeListParts,
  encodeListUploads,
  type ListedUpload,
  type ListPartsAnswer,
  type ListUploadsAnswer,
} from '../list-uploads.ts';
import { s3Discriminators } from '../route.ts';
import { urlEncode } from '../url-encoding.ts';

const definition = {
  signingName: 's3',
  protocol: 'restXml',
  schemas,
  discriminators: s3Discriminators,
  operations: [],
} as const;

const Bucket = 'bucket';

/** What a client makes of a body. */
async function read(body: string, operation: keyof typeof commands): Promise<object> {
  const client = new S3Client({
    region: 'us-east-1',
    endpoint: 'http://127.0.0.1',
    forcePathStyle: true,
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      handle: async () => ({
        response: {
          statusCode: 200,
          headers: { 'content-type': 'application/xml' },
          body: new Blob([body]).stream(),
        },
      }),
      updateHttpClientConfig: () => {},
      httpHandlerConfigs: () => ({}),
    } as never,
  });
  const output = (await client.send(commands[operation]() as never)) as { $metadata?: unknown };
  delete output.$metadata;
  return output;
}

const commands = {
  ListBuckets: () => new ListBucketsCommand({}),
  ListObjects: () => new ListObjectsCommand({ Bucket }),
  ListObjectsV2: () => new ListObjectsV2Command({ Bucket }),
  ListObjectVersions: () => new ListObjectVersionsCommand({ Bucket }),
  ListMultipartUploads: () => new ListMultipartUploadsCommand({ Bucket }),
  ListParts: () => new ListPartsCommand({ Bucket, Key: 'k', UploadId: 'u' }),
};

/** Both bodies must read alike, and must be whole documents with the same root. */
async function expectSame(operation: keyof typeof commands, byHand: string, output: object): Promise<void> {
  const reply = encodeOutput(
    definition,
    operation,
    { output: pruned(output) as never },
    { requestId: '', hostId: '' },
  );
  const bySchema = String(reply.body);
  expect(rootOf(byHand)).toBe(rootOf(bySchema));
  expect(await read(byHand, operation)).toEqual(await read(bySchema, operation));
}

function rootOf(document: string): string {
  return /<([A-Za-z]+) xmlns="[^"]+">/.exec(document)![0];
}

/** Without members that are undefined. */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (value === null || typeof value !== 'object' || value instanceof Date) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(kept.map(([name, member]) => [name, pruned(member)]));
}

// Text that XML 1.0 can hold; what it cannot is the affair of `encoding-type` and of the tests below.
const character = fc.constantFrom(
  'a',
  'Z',
  '0',
  '/',
  ' ',
  '+',
  '%',
  '&',
  '<',
  '>',
  '"',
  "'",
  ']]>',
  '\t',
  '\n',
  '\r',
  '\u007f',
  '\u0085',
  'é',
  '€',
  '\u2028',
  '\ufffd',
  '\ud83d\ude00',
);
const text = fc.string({ unit: character, minLength: 1, maxLength: 10 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined });
const second = fc.integer({ min: 0, max: 4_000_000_000 });
const ms = second.map((seconds) => seconds * 1000);
const hex = fc.constantFrom('d41d8cd98f00b204e9800998ecf8427e', '0123456789abcdef0123456789abcdef-17');
const storageClass = fc.constantFrom('STANDARD', 'GLACIER_IR');
const algorithm = maybe(fc.constantFrom('CRC32', 'CRC64NVME', 'SHA256'));
const checksumType = fc.constantFrom('FULL_OBJECT', 'COMPOSITE');
const owner: fc.Arbitrary<ListedOwner> = fc.record({ id: text, displayName: text });
const size = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const count = fc.integer({ min: 0, max: 1000 });

const listedObject: fc.Arbitrary<ListedObject> = fc
  .record({
    key: text,
    size,
    modifiedMs: ms,
    etag: hex,
    storageClass,
    checksumAlgorithm: algorithm,
    checksumType: maybe(checksumType),
    owner: maybe(owner),
  })
  .map((object) =>
    object.checksumAlgorithm === undefined ? { ...object, checksumType: undefined } : object,
  );

const common = {
  bucket: fc.constant(Bucket),
  prefix: fc.oneof(fc.constant(''), text),
  delimiter: maybe(text),
  maxKeys: count,
  urlEncoded: fc.boolean(),
  truncated: fc.boolean(),
  objects: fc.array(listedObject, { maxLength: 4 }),
  commonPrefixes: fc.array(text, { maxLength: 3 }),
};

function ownerMember(owner: ListedOwner | undefined): object | undefined {
  return owner === undefined ? undefined : { ID: owner.id, DisplayName: owner.displayName };
}

function objectMembers(object: ListedObject, name: (plain: string) => string): object {
  return {
    Key: name(object.key),
    LastModified: new Date(object.modifiedMs),
    ETag: `"${object.etag}"`,
    ChecksumAlgorithm: object.checksumAlgorithm === undefined ? undefined : [object.checksumAlgorithm],
    ChecksumType: object.checksumType,
    Size: object.size,
    Owner: ownerMember(object.owner),
    StorageClass: object.storageClass,
  };
}

function contentMembers(answer: ListObjectsAnswer | ListObjectsV2Answer): object {
  const name = answer.urlEncoded ? urlEncode : (plain: string) => plain;
  const Contents = answer.objects.map((object) => objectMembers(object, name));
  return { ...commonMembers(answer), Contents };
}

function commonMembers(answer: ListObjectsAnswer | ListObjectsV2Answer | ListVersionsAnswer): object {
  const name = answer.urlEncoded ? urlEncode : (plain: string) => plain;
  return {
    Name: answer.bucket,
    Prefix: name(answer.prefix),
    Delimiter: answer.delimiter === undefined ? undefined : name(answer.delimiter),
    MaxKeys: answer.maxKeys,
    EncodingType: answer.urlEncoded ? 'url' : undefined,
    IsTruncated: answer.truncated,
    CommonPrefixes: answer.commonPrefixes.map((prefix) => ({ Prefix: name(prefix) })),
  };
}

const runs = { numRuns: process.env.HYPERGATE_SOAK === '1' ? 2000 : 120 };

test('ListObjects reads as the schema says', async () => {
  const answers: fc.Arbitrary<ListObjectsAnswer> = fc.record({
    ...common,
    marker: fc.oneof(fc.constant(''), text),
    nextMarker: maybe(text),
  });
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      const name = answer.urlEncoded ? urlEncode : (plain: string) => plain;
      await expectSame('ListObjects', encodeListObjects(answer), {
        ...contentMembers(answer),
        Marker: name(answer.marker),
        NextMarker: answer.nextMarker === undefined ? undefined : name(answer.nextMarker),
      });
    }),
    runs,
  );
});

test('ListObjectsV2 reads as the schema says', async () => {
  const answers: fc.Arbitrary<ListObjectsV2Answer> = fc.record({
    ...common,
    continuationToken: maybe(fc.oneof(fc.constant(''), text)),
    nextContinuationToken: maybe(text),
    startAfter: maybe(text),
  });
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      const name = answer.urlEncoded ? urlEncode : (plain: string) => plain;
      await expectSame('ListObjectsV2', encodeListObjectsV2(answer), {
        ...contentMembers(answer),
        KeyCount: answer.objects.length + answer.commonPrefixes.length,
        ContinuationToken: answer.continuationToken,
        NextContinuationToken: answer.nextContinuationToken,
        StartAfter: answer.startAfter === undefined ? undefined : name(answer.startAfter),
      });
    }),
    runs,
  );
});

test('ListObjectVersions reads as the schema says', async () => {
  const listedVersion: fc.Arbitrary<ListedVersion> = fc
    .tuple(listedObject, fc.constantFrom('null', 'AAABjMN_-_0'), fc.boolean(), fc.boolean())
    .map(([object, versionId, isLatest, deleteMarker]) => ({ ...object, versionId, isLatest, deleteMarker }));
  const answers: fc.Arbitrary<ListVersionsAnswer> = fc.record({
    ...common,
    objects: fc.array(listedVersion, { maxLength: 5 }),
    keyMarker: fc.oneof(fc.constant(''), text),
    versionIdMarker: fc.oneof(fc.constant(''), text),
    nextKeyMarker: maybe(text),
    nextVersionIdMarker: maybe(text),
  });
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      const name = answer.urlEncoded ? urlEncode : (plain: string) => plain;
      const shown = (version: ListedVersion) => ({
        VersionId: version.versionId,
        IsLatest: version.isLatest,
      });
      const isMarker = (version: ListedVersion) => version.deleteMarker;
      await expectSame('ListObjectVersions', encodeListVersions(answer), {
        ...commonMembers(answer),
        KeyMarker: name(answer.keyMarker),
        VersionIdMarker: answer.versionIdMarker,
        NextKeyMarker: answer.nextKeyMarker === undefined ? undefined : name(answer.nextKeyMarker),
        NextVersionIdMarker: answer.nextVersionIdMarker,
        Versions: answer.objects
          .filter((version) => !isMarker(version))
          .map((version) => ({ ...objectMembers(version, name), ...shown(version) })),
        DeleteMarkers: answer.objects.filter(isMarker).map((version) => ({
          ...shown(version),
          Key: name(version.key),
          LastModified: new Date(version.modifiedMs),
          Owner: ownerMember(version.owner),
        })),
      });
    }),
    runs,
  );
});

test('ListMultipartUploads reads as the schema says', async () => {
  const listedUpload: fc.Arbitrary<ListedUpload> = fc.record({
    key: text,
    uploadId: text,
    initiatedMs: ms,
    storageClass,
    checksumAlgorithm: algorithm,
    checksumType: maybe(checksumType),
    owner,
    initiator: owner,
  });
  const answers: fc.Arbitrary<ListUploadsAnswer> = fc.record({
    bucket: fc.constant(Bucket),
    keyMarker: fc.oneof(fc.constant(''), text),
    uploadIdMarker: fc.oneof(fc.constant(''), text),
    nextKeyMarker: maybe(text),
    nextUploadIdMarker: maybe(text),
    prefix: fc.oneof(fc.constant(''), text),
    delimiter: maybe(text),
    maxUploads: count,
    urlEncoded: fc.boolean(),
    truncated: fc.boolean(),
    uploads: fc.array(listedUpload, { maxLength: 4 }),
    commonPrefixes: fc.array(text, { maxLength: 3 }),
  });
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      const name = answer.urlEncoded ? urlEncode : (plain: string) => plain;
      await expectSame('ListMultipartUploads', encodeListUploads(answer), {
        Bucket: answer.bucket,
        KeyMarker: name(answer.keyMarker),
        UploadIdMarker: answer.uploadIdMarker,
        NextKeyMarker: answer.nextKeyMarker === undefined ? undefined : name(answer.nextKeyMarker),
        NextUploadIdMarker: answer.nextUploadIdMarker,
        Prefix: name(answer.prefix),
        Delimiter: answer.delimiter === undefined ? undefined : name(answer.delimiter),
        MaxUploads: answer.maxUploads,
        EncodingType: answer.urlEncoded ? 'url' : undefined,
        IsTruncated: answer.truncated,
        Uploads: answer.uploads.map((upload) => ({
          Key: name(upload.key),
          UploadId: upload.uploadId,
          Initiated: new Date(upload.initiatedMs),
          StorageClass: upload.storageClass,
          Owner: ownerMember(upload.owner),
          Initiator: ownerMember(upload.initiator),
          ChecksumAlgorithm: upload.checksumAlgorithm,
          ChecksumType: upload.checksumType,
        })),
        CommonPrefixes: answer.commonPrefixes.map((prefix) => ({ Prefix: name(prefix) })),
      });
    }),
    runs,
  );
});

test('ListParts reads as the schema says', async () => {
  const answers: fc.Arbitrary<ListPartsAnswer> = fc.record({
    bucket: fc.constant(Bucket),
    key: text,
    uploadId: text,
    partNumberMarker: count,
    nextPartNumberMarker: maybe(count),
    maxParts: count,
    truncated: fc.boolean(),
    storageClass,
    checksumAlgorithm: algorithm,
    checksumType: maybe(checksumType),
    owner,
    initiator: owner,
    parts: fc.array(
      fc.record({
        number: fc.integer({ min: 1, max: 10_000 }),
        modifiedMs: ms,
        etag: hex,
        size,
        checksum: maybe(
          fc.constantFrom(
            ['ChecksumCRC32', 'AQIDBA=='] as const,
            ['ChecksumSHA256', 'uWBwpe1dxI4Vw8Gf0X9ynOdw/SS6VBzfWm9giiv1sf4='] as const,
          ),
        ),
      }),
      { maxLength: 4 },
    ),
  });
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      await expectSame('ListParts', encodeListParts(answer), {
        Bucket: answer.bucket,
        Key: answer.key,
        UploadId: answer.uploadId,
        PartNumberMarker: String(answer.partNumberMarker),
        NextPartNumberMarker:
          answer.nextPartNumberMarker === undefined ? undefined : String(answer.nextPartNumberMarker),
        MaxParts: answer.maxParts,
        IsTruncated: answer.truncated,
        StorageClass: answer.storageClass,
        ChecksumAlgorithm: answer.checksumAlgorithm,
        ChecksumType: answer.checksumType,
        Owner: ownerMember(answer.owner),
        Initiator: ownerMember(answer.initiator),
        Parts: answer.parts.map((part) => ({
          PartNumber: part.number,
          LastModified: new Date(part.modifiedMs),
          ETag: `"${part.etag}"`,
          Size: part.size,
          ...(part.checksum === undefined ? {} : { [part.checksum[0]]: part.checksum[1] }),
        })),
      });
    }),
    runs,
  );
});

test('ListBuckets reads as the schema says', async () => {
  const answers: fc.Arbitrary<ListBucketsAnswer> = fc.record({
    owner,
    buckets: fc.array(
      fc.record({ name: text, createdMs: ms, region: fc.constantFrom('us-east-1', 'eu-west-1') }),
      { maxLength: 4 },
    ),
    showRegions: fc.boolean(),
    prefix: maybe(fc.oneof(fc.constant(''), text)),
    continuationToken: maybe(text),
  });
  await fc.assert(
    fc.asyncProperty(answers, async (answer) => {
      await expectSame('ListBuckets', encodeListBuckets(answer), {
        Owner: ownerMember(answer.owner),
        Buckets: answer.buckets.map((bucket) => ({
          Name: bucket.name,
          CreationDate: new Date(bucket.createdMs),
          BucketRegion: answer.showRegions ? bucket.region : undefined,
        })),
        Prefix: answer.prefix,
        ContinuationToken: answer.continuationToken,
      });
    }),
    runs,
  );
});

test('with encoding-type every character of a name comes back, by either reading of a space', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (name) => {
      const wellFormed = name.toWellFormed();
      const encoded = urlEncode(wellFormed);
      expect(encoded).toMatch(/^[A-Za-z0-9\-_.*/%]*$/);
      expect(decodeURIComponent(encoded)).toBe(wellFormed);
      expect(decodeURIComponent(encoded.replaceAll('+', ' '))).toBe(wellFormed);
    }),
  );
});

test('without encoding-type what XML cannot hold is written as a reference', () => {
  const answer = encodeListObjectsV2({
    bucket: Bucket,
    prefix: '\u0001',
    delimiter: '\u001f',
    maxKeys: 1,
    urlEncoded: false,
    truncated: false,
    objects: [],
    commonPrefixes: ['a\u0000\ufffe'],
    continuationToken: undefined,
    nextContinuationToken: undefined,
    startAfter: undefined,
  });
  expect(answer).toContain('<Prefix>&#x1;</Prefix>');
  expect(answer).toContain('<Delimiter>&#x1F;</Delimiter>');
  expect(answer).toContain('<CommonPrefixes><Prefix>a&#x0;&#xFFFE;</Prefix></CommonPrefixes>');
});
