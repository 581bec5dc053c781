import { CopyObjectCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();
const past = new Date('2001-01-01T00:00:00Z');
const other = '"00000000000000000000000000000000"';

type Conditions = Partial<
  Record<'IfMatch' | 'IfNoneMatch', string> & Record<'IfModifiedSince' | 'IfUnmodifiedSince', Date>
>;

async function object() {
  const bucket = await suite.bucket();
  const tag = await suite.put(bucket, 'k', 'content');
  const head = await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
  return { bucket, tag, modified: head.LastModified as Date };
}

async function status(command: GetObjectCommand | HeadObjectCommand): Promise<number> {
  try {
    const reply = await suite.s3.send(command as GetObjectCommand);
    await reply.Body?.transformToByteArray?.();
    return reply.$metadata.httpStatusCode ?? 0;
  } catch (error) {
    const found = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (found === undefined) throw error;
    return found;
  }
}

const cases: [string, (o: { tag: string; modified: Date }) => Conditions, number][] = [
  ['a matching If-Match', (o) => ({ IfMatch: o.tag }), 200],
  ['a matching If-Match without quotes', (o) => ({ IfMatch: o.tag.replaceAll('"', '') }), 200],
  ['If-Match: *', () => ({ IfMatch: '*' }), 200],
  ['If-Match with a list that holds the tag', (o) => ({ IfMatch: `${other}, ${o.tag}` }), 200],
  ['another If-Match', () => ({ IfMatch: other }), 412],
  ['a matching If-None-Match', (o) => ({ IfNoneMatch: o.tag }), 304],
  ['If-None-Match: *', () => ({ IfNoneMatch: '*' }), 304],
  ['another If-None-Match', () => ({ IfNoneMatch: other }), 200],
  ['If-Modified-Since before the write', () => ({ IfModifiedSince: past }), 200],
  ['If-Modified-Since at the write', (o) => ({ IfModifiedSince: o.modified }), 304],
  ['If-Unmodified-Since before the write', () => ({ IfUnmodifiedSince: past }), 412],
  ['If-Unmodified-Since at the write', (o) => ({ IfUnmodifiedSince: o.modified }), 200],
  [
    'If-Match true beats If-Unmodified-Since false',
    (o) => ({ IfMatch: o.tag, IfUnmodifiedSince: past }),
    200,
  ],
  [
    'If-None-Match true beats If-Modified-Since false',
    (o) => ({ IfNoneMatch: other, IfModifiedSince: o.modified }),
    200,
  ],
  [
    'If-None-Match false beats If-Modified-Since true',
    (o) => ({ IfNoneMatch: o.tag, IfModifiedSince: past }),
    304,
  ],
];

test.each(cases)('GET and HEAD with %s', async (_name, conditions, expected) => {
  const made = await object();
  const where = { Bucket: made.bucket, Key: 'k', ...conditions(made) };
  expect(await status(new GetObjectCommand(where))).toBe(expected);
  expect(await status(new HeadObjectCommand(where))).toBe(expected);
});

test('a 304 carries the ETag and no body', async () => {
  const made = await object();
  const reply = await suite
    .caller()
    .send({ method: 'GET', path: `/${made.bucket}/k`, headers: { 'if-none-match': made.tag } });
  expect(reply.status).toBe(304);
  expect(reply.headers.get('etag')).toBe(made.tag);
  expect(reply.body).toHaveLength(0);
});

test('PUT with If-None-Match: * creates once and never overwrites', async () => {
  const bucket = await suite.bucket();
  const put = (body: string) =>
    suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: body, IfNoneMatch: '*' }));
  await put('first');
  expect(await refusal(put('second'))).toEqual({ code: 'PreconditionFailed', status: 412 });
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect(await got.Body?.transformToString()).toBe('first');
});

test('PUT with If-Match replaces the version it names and no other', async () => {
  const made = await object();
  const put = (tag: string, key = 'k') =>
    suite.s3.send(new PutObjectCommand({ Bucket: made.bucket, Key: key, Body: 'next', IfMatch: tag }));
  expect(await refusal(put(other))).toEqual({ code: 'PreconditionFailed', status: 412 });
  const replaced = await put(made.tag);
  expect(replaced.ETag).not.toBe(made.tag);
  expect(await refusal(put(made.tag))).toEqual({ code: 'PreconditionFailed', status: 412 });
  expect(await refusal(put(made.tag, 'absent'))).toEqual({ code: 'NoSuchKey', status: 404 });
});

test('a refused conditional PUT of a large body leaves the old object', async () => {
  const made = await object();
  const body = Buffer.alloc(3 << 20, 7);
  const put = suite.s3.send(
    new PutObjectCommand({ Bucket: made.bucket, Key: 'k', Body: body, IfNoneMatch: '*' }),
  );
  expect((await refusal(put)).status).toBe(412);
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: made.bucket, Key: 'k' }));
  expect(await got.Body?.transformToString()).toBe('content');
});

test('copying honours conditions on its source', async () => {
  const made = await object();
  const copy = (conditions: object) =>
    suite.s3.send(
      new CopyObjectCommand({ Bucket: made.bucket, Key: 'c', CopySource: `${made.bucket}/k`, ...conditions }),
    );
  await copy({ CopySourceIfMatch: made.tag });
  await copy({ CopySourceIfNoneMatch: other });
  await copy({ CopySourceIfModifiedSince: past });
  await copy({ CopySourceIfMatch: made.tag, CopySourceIfUnmodifiedSince: past });
  for (const conditions of [
    { CopySourceIfMatch: other },
    { CopySourceIfNoneMatch: made.tag },
    { CopySourceIfUnmodifiedSince: past },
    { CopySourceIfNoneMatch: made.tag, CopySourceIfModifiedSince: past },
  ]) {
    expect(await refusal(copy(conditions)), JSON.stringify(conditions)).toEqual({
      code: 'PreconditionFailed',
      status: 412,
    });
  }
});
