import {
  CreateBucketCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  ListPartsCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { checkContent, makeContent } from '../../lib/content.ts';
import { only, startGateway } from '../../lib/gateway.ts';
import { S3Caller, xmlTexts } from '../../lib/s3-caller.ts';
import { s3Client } from '../../lib/sdk.ts';
import type { Target } from '../../lib/target.ts';

async function withGateway(run: (start: () => Promise<Target>) => Promise<void>): Promise<void> {
  let target: Target | undefined;
  try {
    await run(async () => {
      target = target === undefined ? await startGateway({ env: only('s3') }) : await target.restart();
      return target;
    });
  } finally {
    await target?.dispose();
  }
}

test('what was acknowledged is there after SIGKILL: objects, deletions, buckets and parts', async () => {
  await withGateway(async (start) => {
    const first = await start();
    const client = s3Client(first);
    await client.send(new CreateBucketCommand({ Bucket: 'kept' }));
    const caller = new S3Caller(first);
    const sizes = [16, 1000, 65_536, 65_537, 1_000_000, 9_000_000];
    for (const [seed, size] of sizes.entries()) {
      await caller.ok({ method: 'PUT', path: `/kept/k${seed}`, body: makeContent(seed, size) });
    }
    await caller.ok({ method: 'PUT', path: '/kept/gone', body: Buffer.from('x') });
    await caller.ok({ method: 'DELETE', path: '/kept/gone' }, 204);
    const upload = await caller.ok({ method: 'POST', path: '/kept/multi', query: { uploads: '' } });
    const uploadId = xmlTexts(upload.body, 'UploadId')[0] as string;
    const body = makeContent(99, 6_000_000);
    const part = await caller.ok({
      method: 'PUT',
      path: '/kept/multi',
      query: { uploadId, partNumber: '1' },
      body,
    });
    await first.kill();

    const second = await start();
    const after = new S3Caller(second);
    for (const [seed, size] of sizes.entries()) {
      const got = await after.ok({ method: 'GET', path: `/kept/k${seed}` });
      expect(got.body).toHaveLength(size);
      expect(checkContent(got.body)).toEqual({ seed });
    }
    await after.ok({ method: 'GET', path: '/kept/gone' }, 404);
    await after.ok({ method: 'GET', path: '/kept/multi' }, 404);
    const again = s3Client(second);
    expect(
      (await again.send(new ListObjectsV2Command({ Bucket: 'kept' }))).Contents?.map((entry) => entry.Key),
    ).toEqual(sizes.map((_size, seed) => `k${seed}`));
    const parts = await again.send(
      new ListPartsCommand({ Bucket: 'kept', Key: 'multi', UploadId: uploadId }),
    );
    expect(parts.Parts?.map((entry) => [entry.PartNumber, entry.ETag])).toEqual([
      [1, part.headers.get('etag')],
    ]);
    const tag = part.headers.get('etag');
    const document = `<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>${tag}</ETag></Part></CompleteMultipartUpload>`;
    await after.ok({ method: 'POST', path: '/kept/multi', query: { uploadId }, body: Buffer.from(document) });
    expect(checkContent((await after.ok({ method: 'GET', path: '/kept/multi' })).body)).toEqual({ seed: 99 });
    for (const one of [client, again]) one.destroy();
    for (const one of [caller, after]) one.close();
  });
});

test('SIGTERM ends the gateway with code 0 and everything is there at the next start', async () => {
  await withGateway(async (start) => {
    const first = await start();
    const caller = new S3Caller(first);
    await caller.ok({ method: 'PUT', path: '/orderly' });
    await caller.ok({ method: 'PUT', path: '/orderly/k', body: makeContent(1, 300_000) });
    caller.close();
    expect(await first.stop()).toBe(0);
    const second = await start();
    const client = s3Client(second);
    expect((await client.send(new ListBucketsCommand({}))).Buckets?.map((bucket) => bucket.Name)).toEqual([
      'orderly',
    ]);
    client.destroy();
    const after = new S3Caller(second);
    expect(checkContent((await after.ok({ method: 'GET', path: '/orderly/k' })).body)).toEqual({ seed: 1 });
    after.close();
  });
});
