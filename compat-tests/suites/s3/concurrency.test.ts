import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { checkContent, makeContent } from '../../lib/content.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();
const writers = 32;

async function outcome(call: Promise<unknown>): Promise<number> {
  try {
    await call;
    return 200;
  } catch (error) {
    const status = (error as { $metadata?: { httpStatusCode?: number } }).$metadata?.httpStatusCode;
    if (status === undefined) throw error;
    return status;
  }
}

async function text(client: S3Client, Bucket: string, Key: string): Promise<{ body: string; tag: string }> {
  const got = await client.send(new GetObjectCommand({ Bucket, Key }));
  return { body: (await got.Body?.transformToString()) ?? '', tag: got.ETag as string };
}

test.each([10, 70_000, 2_000_000])(
  'of 32 simultaneous creations of one key with %i bytes exactly one wins and is what is stored',
  async (length) => {
    const bucket = await suite.bucket();
    for (let round = 0; round < (length > 1_000_000 ? 1 : 5); round += 1) {
      const key = `k${round}`;
      const statuses = await Promise.all(
        Array.from({ length: writers }, (_unused, writer) => {
          const body = Buffer.alloc(length, writer);
          return outcome(
            suite.s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, IfNoneMatch: '*' })),
          );
        }),
      );
      const winners = statuses.flatMap((status, writer) => (status === 200 ? [writer] : []));
      expect(winners, String(statuses)).toHaveLength(1);
      // A loser is told so, or told that it met another writer (S3 answers 409 then).
      for (const status of statuses) expect([200, 409, 412]).toContain(status);
      const got = await suite.caller().ok({ method: 'GET', path: `/${bucket}/${key}` });
      expect(got.body.equals(Buffer.alloc(length, winners[0]))).toBe(true);
    }
  },
);

test('a counter raised by If-Match from eight callers loses no update', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'counter', '0');
  const each = 15;
  let conflicts = 0;
  const raise = async () => {
    for (let done = 0; done < each; ) {
      const now = await text(suite.s3, bucket, 'counter');
      const next = String(Number(now.body) + 1);
      const put = new PutObjectCommand({ Bucket: bucket, Key: 'counter', Body: next, IfMatch: now.tag });
      if ((await outcome(suite.s3.send(put))) === 200) done += 1;
      else conflicts += 1;
      expect(conflicts).toBeLessThan(20_000);
    }
  };
  await Promise.all(Array.from({ length: 8 }, raise));
  expect((await text(suite.s3, bucket, 'counter')).body).toBe(String(8 * each));
});

test('readers of a key under 16 writers always see one whole version', async () => {
  const bucket = await suite.bucket();
  const size = (seed: number) => 1000 + (seed % 5) * 80_000;
  await suite.put(bucket, 'k', makeContent(0, size(0)));
  let writing = true;
  const write = async (writer: number) => {
    for (let i = 0; i < 12; i += 1)
      await suite.put(bucket, 'k', makeContent(writer * 100 + i, size(writer * 100 + i)));
  };
  let reads = 0;
  const read = async () => {
    const caller = suite.caller();
    while (writing) {
      const got = await caller.ok({ method: 'GET', path: `/${bucket}/k` });
      expect(checkContent(got.body)).toHaveProperty('seed');
      reads += 1;
    }
  };
  const readers = [read(), read(), read(), read()];
  await Promise.all(Array.from({ length: 16 }, (_unused, writer) => write(writer)));
  writing = false;
  await Promise.all(readers);
  expect(reads).toBeGreaterThan(0);
});

test('of simultaneous writes and deletes of one key the last state is whole: one version or none', async () => {
  const bucket = await suite.bucket();
  const caller = suite.caller();
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(
      Array.from({ length: 12 }, async (_unused, i) => {
        if (i % 3 === 0) await suite.caller().ok({ method: 'DELETE', path: `/${bucket}/k` }, 204);
        else await suite.put(bucket, 'k', makeContent(i, 90_000));
      }),
    );
    const got = await caller.ok({ method: 'GET', path: `/${bucket}/k` }, 200, 404);
    if (got.status === 200) expect(checkContent(got.body)).toHaveProperty('seed');
    const listed = await caller.ok({ method: 'GET', path: `/${bucket}`, query: { 'list-type': '2' } });
    expect(listed.body.toString().includes('<Key>k</Key>')).toBe(got.status === 200);
  }
});
