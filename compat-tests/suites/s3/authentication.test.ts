import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { RawConnection, type RawReply } from '../../lib/raw-http.ts';
import { xmlTexts } from '../../lib/s3-caller.ts';
import { refusal } from '../../lib/sdk.ts';
import { emptyPayloadHash, signRequest, unsignedPayload } from '../../lib/sigv4.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

async function raw(
  method: string,
  path: string,
  headers: Record<string, string>,
  body?: Buffer,
): Promise<RawReply> {
  const connection = await RawConnection.open(suite.target);
  try {
    return await connection.request(method, path, { host: host(), ...headers }, body);
  } finally {
    connection.close();
  }
}

const host = () => `${suite.target.host}:${suite.target.port}`;
const code = (reply: RawReply) => xmlTexts(reply.body, 'Code')[0];

test('an anonymous caller may neither read, write, list nor create', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'private');
  const calls: [string, string, Buffer?][] = [
    ['GET', `/${bucket}/k`],
    ['GET', `/${bucket}`],
    ['PUT', `/${bucket}/new`, Buffer.from('x')],
    ['DELETE', `/${bucket}/k`],
    ['PUT', '/anonymous-bucket'],
    ['GET', '/'],
  ];
  for (const [method, path, body] of calls) {
    const reply = await raw(method, path, { 'content-length': String(body?.length ?? 0) }, body);
    expect({ status: reply.status, code: code(reply) }, `${method} ${path}`).toEqual({
      status: 403,
      code: 'AccessDenied',
    });
    expect(reply.body.toString()).not.toContain('private');
  }
  expect((await suite.caller().ok({ method: 'GET', path: `/${bucket}/k` })).body.toString()).toBe('private');
});

test('a wrong secret is refused', async () => {
  const wrong = suite.client({
    credentials: { accessKeyId: suite.target.identity.accessKeyId, secretAccessKey: 'wrong' },
  });
  expect(await refusal(wrong.send(new ListBucketsCommand({})))).toEqual({
    code: 'SignatureDoesNotMatch',
    status: 403,
  });
});

test('an unknown access key is refused', async () => {
  const unknown = suite.client({ credentials: { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' } });
  expect(await refusal(unknown.send(new ListBucketsCommand({})))).toEqual({
    code: 'InvalidAccessKeyId',
    status: 403,
  });
});

test('a caller token nobody issued is refused', async () => {
  const client = suite.client({ credentials: { ...suite.target.identity, sessionToken: 'made up' } });
  const refused = await refusal(client.send(new ListBucketsCommand({})));
  expect(refused.code).toBe('InvalidToken');
  expect([400, 403]).toContain(refused.status);
});

test.each([-20, 20])('a clock %i minutes off is refused', async (minutes) => {
  const now = new Date(Date.now() + minutes * 60_000);
  const headers = signRequest(suite.target.identity, {
    method: 'GET',
    path: '/',
    host: host(),
    payloadHash: emptyPayloadHash,
    now,
  });
  const reply = await raw('GET', '/', headers);
  expect({ status: reply.status, code: code(reply) }).toEqual({ status: 403, code: 'RequestTimeTooSkewed' });
});

test.each([-14, 14])('a clock %i minutes off is taken', async (minutes) => {
  const now = new Date(Date.now() + minutes * 60_000);
  const headers = signRequest(suite.target.identity, {
    method: 'GET',
    path: '/',
    host: host(),
    payloadHash: emptyPayloadHash,
    now,
  });
  expect((await raw('GET', '/', headers)).status).toBe(200);
});

test('any region in the scope is accepted', async () => {
  const bucket = await suite.bucket();
  for (const region of ['eu-central-1', 'ap-southeast-2', 'us-gov-west-1']) {
    const client = suite.client({ region });
    await client.send(new PutObjectCommand({ Bucket: bucket, Key: region, Body: region }));
    const got = await client.send(new GetObjectCommand({ Bucket: bucket, Key: region }));
    expect(await got.Body?.transformToString()).toBe(region);
  }
});

test('a request changed after signing is refused', async () => {
  const bucket = await suite.bucket();
  const path = `/${bucket}/k`;
  const sign = () =>
    signRequest(suite.target.identity, {
      method: 'PUT',
      path,
      host: host(),
      payloadHash: unsignedPayload,
      headers: { 'x-amz-meta-a': 'signed', 'content-length': '1' },
    });
  const body = Buffer.from('x');
  const attempts: [string, string, Record<string, string>][] = [
    ['another key', `/${bucket}/other`, sign()],
    ['a query more', `${path}?acl`, sign()],
    ['changed metadata', path, { ...sign(), 'x-amz-meta-a': 'changed' }],
    ['another date', path, { ...sign(), 'x-amz-date': sign()['x-amz-date']!.replace(/\d\dZ$/, '61Z') }],
    ['another payload hash', path, { ...sign(), 'x-amz-content-sha256': emptyPayloadHash }],
  ];
  for (const [what, target, headers] of attempts) {
    const reply = await raw('PUT', target, headers, body);
    expect(reply.status, what).toBeGreaterThanOrEqual(400);
    expect(reply.status, what).toBeLessThan(404);
  }
  const extra = await raw('PUT', path, { ...sign(), 'x-amz-meta-b': 'unsigned' }, body);
  expect(extra.status).toBe(403);
  expect((await raw('PUT', path, sign(), body)).status).toBe(200);
});

test.each([
  ['no scheme', 'nonsense'],
  ['an unknown scheme', 'Bearer abc'],
  ['no credential', 'AWS4-HMAC-SHA256 SignedHeaders=host, Signature=00'],
  ['a short scope', 'AWS4-HMAC-SHA256 Credential=test/20200101, SignedHeaders=host, Signature=00'],
  ['no signature', 'AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/s3/aws4_request, SignedHeaders=host'],
  [
    'another service',
    'AWS4-HMAC-SHA256 Credential=test/20200101/us-east-1/s3x/aws4_request, SignedHeaders=host, Signature=00',
  ],
])('an Authorization header with %s is refused', async (_name, authorization) => {
  const reply = await raw('GET', '/', {
    authorization,
    'x-amz-content-sha256': emptyPayloadHash,
    'x-amz-date': '20200101T000000Z',
  });
  // 501: a service that is not offered here.
  expect([400, 403, 501]).toContain(reply.status);
});

test('the signature must cover the host', async () => {
  const { authorization, ...rest } = signRequest(suite.target.identity, {
    method: 'GET',
    path: '/',
    host: host(),
    payloadHash: emptyPayloadHash,
  });
  const reply = await raw('GET', '/', {
    ...rest,
    authorization: authorization!.replace('SignedHeaders=host;', 'SignedHeaders='),
  });
  expect(reply.status).toBe(403);
});

test('no answer and no log line carries the secret', async () => {
  const wrong = suite.caller({ secretAccessKey: 'sUp3r-wr0ng-s3cret' });
  const reply = await wrong.send({ method: 'GET', path: '/' });
  expect(reply.status).toBe(403);
  expect(reply.body.toString()).not.toContain('sUp3r-wr0ng-s3cret');
  expect(suite.target.output()).not.toContain('sUp3r-wr0ng-s3cret');
});

test('a bucket that was refused was not created', async () => {
  const wrong = suite.client({
    credentials: { accessKeyId: suite.target.identity.accessKeyId, secretAccessKey: 'wrong' },
  });
  await refusal(wrong.send(new CreateBucketCommand({ Bucket: 'never-made' })));
  const listed = await suite.s3.send(new ListBucketsCommand({}));
  expect((listed.Buckets ?? []).map((bucket) => bucket.Name)).not.toContain('never-made');
});
