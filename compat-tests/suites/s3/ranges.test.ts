import { GetObjectCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { streamBytes } from '../../lib/content.ts';
import { SeededRandom } from '../../lib/random.ts';
import { refusal } from '../../lib/sdk.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

async function get(bucket: string, range: string) {
  const got = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'k', Range: range }));
  return {
    status: got.$metadata.httpStatusCode,
    range: got.ContentRange,
    length: got.ContentLength,
    body: Buffer.from((await got.Body?.transformToByteArray()) ?? []),
  };
}

test.each([
  ['bytes=0-0', 0, 0],
  ['bytes=0-9', 0, 9],
  ['bytes=990-', 990, 999],
  ['bytes=990-5000', 990, 999],
  ['bytes=-1', 999, 999],
  ['bytes=-1000', 0, 999],
  ['bytes=-5000', 0, 999],
  ['bytes=999-999', 999, 999],
])('%s of 1,000 bytes gives bytes %i to %i', async (range, first, last) => {
  const bucket = await suite.bucket();
  const body = streamBytes('range', 1000);
  await suite.put(bucket, 'k', body);
  const got = await get(bucket, range);
  expect(got).toMatchObject({ status: 206, range: `bytes ${first}-${last}/1000`, length: last - first + 1 });
  expect(got.body.equals(body.subarray(first, last + 1))).toBe(true);
});

test.each(['bytes=1000-', 'bytes=5000-6000', 'bytes=-0'])(
  '%s of 1,000 bytes is not satisfiable',
  async (range) => {
    const bucket = await suite.bucket();
    await suite.put(bucket, 'k', streamBytes('range', 1000));
    expect(await refusal(get(bucket, range))).toEqual({ code: 'InvalidRange', status: 416 });
  },
);

test.each(['bytes=5-2', 'bytes=a-b', 'chars=0-5', 'bytes=', 'bytes=0-1,4-5'])(
  'the range %s is ignored as S3 does',
  async (range) => {
    const bucket = await suite.bucket();
    await suite.put(bucket, 'k', streamBytes('range', 1000));
    const got = await get(bucket, range);
    expect(got).toMatchObject({ status: 200, length: 1000 });
  },
);

test('every range of an empty object is refused', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', '');
  expect(await refusal(get(bucket, 'bytes=0-0'))).toEqual({ code: 'InvalidRange', status: 416 });
});

test('a HEAD with a range answers as the GET without the body', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', streamBytes('range', 1000));
  const head = await suite.s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k', Range: 'bytes=10-19' }));
  expect(head).toMatchObject({ ContentLength: 10, ContentRange: 'bytes 10-19/1000' });
  expect(head.$metadata.httpStatusCode).toBe(206);
});

test.each([70_000, 5 * (1 << 20) + 123])(
  'random ranges of %i stored bytes equal the slices',
  async (length) => {
    const seed = `ranges ${length}`;
    const random = new SeededRandom(seed);
    const bucket = await suite.bucket();
    const body = streamBytes(seed, length);
    await suite.put(bucket, 'k', body);
    const edges = [0, 1, 65_535, 65_536, 65_537, (1 << 20) - 1, 1 << 20, length - 1].filter(
      (edge) => edge < length,
    );
    for (let i = 0; i < 60; i += 1) {
      const first = i % 2 === 0 ? random.pick(edges) : random.between(0, length - 1);
      const last = Math.min(length - 1, first + random.logBetween(1, length));
      const got = await get(bucket, `bytes=${first}-${last}`);
      expect(got.body.equals(body.subarray(first, last + 1)), `seed ${seed}: bytes ${first}-${last}`).toBe(
        true,
      );
    }
  },
);
