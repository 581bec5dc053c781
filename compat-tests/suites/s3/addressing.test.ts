import { request } from 'node:http';
import {
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3ClientConfig,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { RawConnection } from '../../lib/raw-http.ts';
import { emptyPayloadHash, signRequest } from '../../lib/sigv4.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

/** Names under `.localhost` are not resolved everywhere: connections go to 127.0.0.1 whatever the name. */
function virtualHost(domain: string): S3ClientConfig {
  return {
    forcePathStyle: false,
    endpoint: `http://${domain}:${suite.target.port}`,
    requestHandler: { httpAgent: { lookup: toLoopback } as object },
  };
}

function toLoopback(
  _name: string,
  options: { all?: boolean },
  done: (error: null, address: unknown, family?: number) => void,
): void {
  if (options.all === true) done(null, [{ address: '127.0.0.1', family: 4 }]);
  else done(null, '127.0.0.1', 4);
}

test.each(['localhost', 's3.localhost'])(
  'buckets as host names under %s are the same buckets as in the path',
  async (domain) => {
    const bucket = await suite.bucket();
    const client = suite.client(virtualHost(domain));
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'a//b +%/ü', Body: 'by host' }));
    const byPath = await suite.s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'a//b +%/ü' }));
    expect(await byPath.Body?.transformToString()).toBe('by host');
    const listed = await client.send(new ListObjectsV2Command({ Bucket: bucket }));
    expect(listed.Contents?.map((entry) => entry.Key)).toEqual(['a//b +%/ü']);
  },
);

test('a bucket with dots in its name works as a host name', async () => {
  const bucket = await suite.bucket('dotted.name');
  const client = suite.client(virtualHost('localhost'));
  await client.send(new PutObjectCommand({ Bucket: bucket, Key: 'k', Body: 'x' }));
  expect((await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(1);
});

test.each(['127.0.0.1', 'example.com', 'localhost'])(
  'under the host %s the bucket is in the path',
  async (name) => {
    const bucket = await suite.bucket();
    await suite.put(bucket, 'k', 'x');
    const connection = await RawConnection.open(suite.target);
    const host = `${name}:${suite.target.port}`;
    const path = `/${bucket}/k`;
    const reply = await connection.request(
      'GET',
      path,
      signRequest(suite.target.identity, { method: 'GET', path, host, payloadHash: emptyPayloadHash }),
    );
    connection.close();
    expect(reply.status).toBe(200);
  },
);

test('the health of the gateway is answered without a signature', async () => {
  for (const path of ['/_hypergate/health/live', '/_hypergate/health/ready', '/_localstack/health']) {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const call = request({ host: '127.0.0.1', port: suite.target.port, path, agent: false }, (reply) => {
        reply.resume();
        resolve(reply.statusCode);
      });
      call.once('error', reject);
      call.end();
    });
    expect(status, path).toBe(200);
  }
});
