/** ListMultipartUploads and ListParts against plain models, page by page. */
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import fc from 'fast-check';
import { beforeEach, expect, test } from 'vitest';
import { codeOf, type Harness, startHarness } from './harness.ts';

let harness: Harness;
let s3: S3Client;
const Bucket = 'bucket';

beforeEach(async () => {
  harness = await startHarness();
  s3 = harness.client();
});

const character = fc.constantFrom(
  'a',
  'b',
  '/',
  '/',
  ' ',
  '\0',
  '\u0001',
  'é',
  '€',
  '\ud83d\ude00',
  '\uffff',
);
const someKey = fc.string({ unit: character, minLength: 1, maxLength: 5 });

/** Every upload, or the common prefix it folds into, in the order of keys (UTF-8) and then of initiation. */
function plainListing(
  uploads: readonly { key: string; id: string }[],
  prefix: string,
  delimiter: string,
): string[] {
  const shown: string[] = [];
  const sorted = uploads.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  for (const { key, id } of sorted) {
    if (!key.startsWith(prefix)) continue;
    const at = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    const item = at < 0 ? `${key} ${id}` : `fold ${key.slice(0, at + delimiter.length)}`;
    if (!shown.includes(item)) shown.push(item);
  }
  return shown;
}

function decoded(name: string | undefined, encoded: boolean): string {
  return encoded ? decodeURIComponent(name ?? '') : (name ?? '');
}

async function allPages(bucket: string, options: object, encoded: boolean, most: number): Promise<string[]> {
  const shown: string[] = [];
  let markers: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (let pages = 0; ; pages += 1) {
    expect(pages).toBeLessThan(most + 2);
    const page: ListMultipartUploadsCommandOutput = await s3.send(
      new ListMultipartUploadsCommand({
        Bucket: bucket,
        ...options,
        ...markers,
        ...(encoded ? { EncodingType: 'url' as const } : {}),
      }),
    );
    const items = [
      ...(page.Uploads ?? []).map(({ Key, UploadId }) => {
        const key = decoded(Key, encoded);
        return { key, text: `${key} ${UploadId}` };
      }),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => {
        const key = decoded(Prefix, encoded);
        return { key, text: `fold ${key}` };
      }),
    ].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
    shown.push(...items.map(({ text }) => text));
    if (page.IsTruncated !== true) return shown;
    markers = {
      KeyMarker: decoded(page.NextKeyMarker, encoded),
      UploadIdMarker: page.NextUploadIdMarker ?? '',
    };
  }
}

test('uploads come once, by key and then by time, through pages of any size', async () => {
  let number = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(someKey, { maxLength: 14 }),
      fc.string({ unit: character, maxLength: 2 }),
      fc.constantFrom('', '/', '//', 'é'),
      fc.integer({ min: 1, max: 5 }),
      async (keys, prefix, delimiter, limit) => {
        number += 1;
        const bucket = `bucket-${number}`;
        await s3.send(new CreateBucketCommand({ Bucket: bucket }));
        const uploads: { key: string; id: string }[] = [];
        for (const key of keys) {
          harness.clock.ms += 1;
          const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key }));
          uploads.push({ key, id: UploadId! });
        }
        const options = { Prefix: prefix, Delimiter: delimiter, MaxUploads: limit };
        const shown = await allPages(bucket, options, true, keys.length);
        expect(shown).toEqual(plainListing(uploads, prefix, delimiter));
      },
    ),
    { numRuns: 80 },
  );
});

test('a key marker without an upload id passes over every upload of the key, an unknown id is refused', async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const Key of ['a', 'a', 'b']) {
    harness.clock.ms += 1;
    await s3.send(new CreateMultipartUploadCommand({ Bucket, Key }));
  }
  const list = (extra: object) => s3.send(new ListMultipartUploadsCommand({ Bucket, ...extra }));
  expect((await list({ KeyMarker: 'a' })).Uploads?.map(({ Key }) => Key)).toEqual(['b']);
  const { Uploads } = await list({});
  const UploadIdMarker = Uploads![0]!.UploadId;
  expect((await list({ KeyMarker: 'a', UploadIdMarker })).Uploads?.length).toBe(2);
  // Without a key marker the upload id counts for nothing.
  expect((await list({ UploadIdMarker })).Uploads?.length).toBe(3);
  expect(await codeOf(list({ KeyMarker: 'a', UploadIdMarker: 'unknown' }))).toBe('InvalidArgument');
  expect(await codeOf(list({ MaxUploads: -1 }))).toBe('InvalidArgument');
  expect(await codeOf(list({ EncodingType: 'other' }))).toBe('InvalidArgument');
});

test('parts come once, by number, through pages of any size', async () => {
  await s3.send(new CreateBucketCommand({ Bucket }));
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
  const numbers = [1, 2, 255, 256, 257, 9_999, 10_000];
  for (const PartNumber of numbers.toReversed()) {
    await s3.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber, Body: `${PartNumber}` }));
  }
  const list = (extra: object) => s3.send(new ListPartsCommand({ Bucket, Key: 'k', UploadId, ...extra }));
  for (const MaxParts of [1, 2, 3, 7, 1000]) {
    const shown: number[] = [];
    let PartNumberMarker = '0';
    for (;;) {
      const page = await list({ MaxParts, PartNumberMarker });
      expect(page).toMatchObject({ MaxParts, PartNumberMarker });
      for (const { PartNumber } of page.Parts ?? []) shown.push(PartNumber!);
      if (page.IsTruncated !== true) break;
      PartNumberMarker = page.NextPartNumberMarker!;
    }
    expect(shown).toEqual(numbers);
  }
  expect(await list({ MaxParts: 0 })).toMatchObject({ MaxParts: 0, IsTruncated: false });
  expect((await list({ MaxParts: 0 })).Parts).toBeUndefined();
  expect((await list({ PartNumberMarker: '2147483647' })).Parts).toBeUndefined();
  for (const PartNumberMarker of ['-1', 'x', '2147483648']) {
    expect(await codeOf(list({ PartNumberMarker }))).toBe('InvalidArgument');
  }
});
