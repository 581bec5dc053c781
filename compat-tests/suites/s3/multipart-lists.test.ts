import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

async function begin(bucket: string, key: string): Promise<string> {
  return (await suite.s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: key })))
    .UploadId as string;
}

test('the parts of an upload are listed by number with size and tag, page after page', async () => {
  const bucket = await suite.bucket();
  const upload = await begin(bucket, 'k');
  const where = { Bucket: bucket, Key: 'k', UploadId: upload };
  const numbers = [11, 2, 300, 1, 25];
  const tags = new Map<number, string>();
  for (const number of numbers) {
    const sent = await suite.s3.send(
      new UploadPartCommand({ ...where, PartNumber: number, Body: 'x'.repeat(number) }),
    );
    tags.set(number, sent.ETag as string);
  }
  const seen: unknown[] = [];
  let marker: string | undefined;
  do {
    const page = await suite.s3.send(
      new ListPartsCommand({
        ...where,
        MaxParts: 2,
        ...(marker === undefined ? {} : { PartNumberMarker: marker }),
      }),
    );
    expect(page).toMatchObject({ Bucket: bucket, Key: 'k', UploadId: upload, MaxParts: 2 });
    seen.push(...(page.Parts ?? []).map((entry) => [entry.PartNumber, entry.Size, entry.ETag]));
    marker = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  } while (marker !== undefined);
  expect(seen).toEqual([1, 2, 11, 25, 300].map((number) => [number, number, tags.get(number)]));
});

test('uploads under way are listed by key and upload, with prefix, delimiter and paging', async () => {
  const bucket = await suite.bucket();
  const made: { key: string; id: string }[] = [];
  for (const key of ['b', 'a', 'd/1', 'd/2', 'a', 'c é']) made.push({ key, id: await begin(bucket, key) });
  const all = await suite.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
  expect((all.Uploads ?? []).map((entry) => entry.Key)).toEqual(['a', 'a', 'b', 'c é', 'd/1', 'd/2']);
  expect(new Set((all.Uploads ?? []).map((entry) => entry.UploadId))).toEqual(
    new Set(made.map((one) => one.id)),
  );
  const grouped = await suite.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Delimiter: '/' }));
  expect(grouped.CommonPrefixes?.map((entry) => entry.Prefix)).toEqual(['d/']);
  expect(grouped.Uploads?.map((entry) => entry.Key)).toEqual(['a', 'a', 'b', 'c é']);
  const under = await suite.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: 'd/' }));
  expect(under.Uploads?.map((entry) => entry.Key)).toEqual(['d/1', 'd/2']);
  const paged: (string | undefined)[] = [];
  let marker: { KeyMarker?: string; UploadIdMarker?: string } = {};
  for (let pages = 0; pages < 10; pages += 1) {
    const page = await suite.s3.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, MaxUploads: 1, ...marker }),
    );
    paged.push(...(page.Uploads ?? []).map((entry) => entry.UploadId));
    if (page.IsTruncated !== true) break;
    marker = { KeyMarker: page.NextKeyMarker as string, UploadIdMarker: page.NextUploadIdMarker as string };
  }
  expect(paged).toEqual((all.Uploads ?? []).map((entry) => entry.UploadId));
});

test('a completed upload is no longer listed', async () => {
  const bucket = await suite.bucket();
  const upload = await begin(bucket, 'k');
  const where = { Bucket: bucket, Key: 'k', UploadId: upload };
  const sent = await suite.s3.send(new UploadPartCommand({ ...where, PartNumber: 1, Body: 'x' }));
  const parts = [{ PartNumber: 1, ETag: sent.ETag as string }];
  await suite.s3.send(new CompleteMultipartUploadCommand({ ...where, MultipartUpload: { Parts: parts } }));
  expect((await suite.s3.send(new ListMultipartUploadsCommand({ Bucket: bucket }))).Uploads ?? []).toEqual(
    [],
  );
});

test('two uploads of one key do not mix', async () => {
  const bucket = await suite.bucket();
  const one = await begin(bucket, 'k');
  const two = await begin(bucket, 'k');
  expect(one).not.toBe(two);
  const send = (id: string, body: string) =>
    suite.s3.send(
      new UploadPartCommand({ Bucket: bucket, Key: 'k', UploadId: id, PartNumber: 1, Body: body }),
    );
  const tagOne = (await send(one, 'one')).ETag as string;
  await send(two, 'two');
  const wrong = suite.s3.send(
    new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key: 'k',
      UploadId: two,
      MultipartUpload: { Parts: [{ PartNumber: 1, ETag: tagOne }] },
    }),
  );
  expect(await refusal(wrong)).toEqual({ code: 'InvalidPart', status: 400 });
});

test('an upload id is good for its own key and bucket only', async () => {
  const bucket = await suite.bucket();
  const other = await suite.bucket();
  const upload = await begin(bucket, 'k');
  for (const where of [
    { Bucket: bucket, Key: 'another', UploadId: upload },
    { Bucket: other, Key: 'k', UploadId: upload },
    { Bucket: bucket, Key: 'k', UploadId: 'made-up' },
  ]) {
    const sent = suite.s3.send(new UploadPartCommand({ ...where, PartNumber: 1, Body: 'x' }));
    expect(await refusal(sent)).toEqual({ code: 'NoSuchUpload', status: 404 });
  }
});

test('a bucket with nothing but an upload under way can be deleted', async () => {
  const bucket = await suite.bucket();
  await begin(bucket, 'k');
  await suite.s3.send(new DeleteBucketCommand({ Bucket: bucket }));
});
