import {
  DeleteBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  SelectObjectContentCommand,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { RawConnection } from '../../lib/raw-http.ts';
import { xmlTexts } from '../../lib/s3-caller.ts';
import { refusal } from '../../lib/sdk.ts';
import { emptyPayloadHash, signRequest } from '../../lib/sigv4.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

test('an error is an XML document with code, message, resource and the request id of its headers', async () => {
  const bucket = await suite.bucket();
  const reply = await suite.caller().send({ method: 'GET', path: `/${bucket}/absent` });
  expect(reply.status).toBe(404);
  expect(reply.headers.get('content-type')).toContain('xml');
  const text = reply.body.toString();
  expect(text.startsWith('<?xml version="1.0" encoding="UTF-8"?>')).toBe(true);
  expect(text).toContain('<Error>');
  expect(xmlTexts(text, 'Code')).toEqual(['NoSuchKey']);
  expect(xmlTexts(text, 'Key')).toEqual(['absent']);
  expect(xmlTexts(text, 'Message')[0]).toBeTruthy();
  expect(xmlTexts(text, 'RequestId')).toEqual([reply.headers.get('x-amz-request-id')]);
  expect(xmlTexts(text, 'HostId')[0]).toBe(reply.headers.get('x-amz-id-2'));
});

test('the message of an error never carries markup of the request', async () => {
  const bucket = await suite.bucket();
  const reply = await suite.caller().send({ method: 'GET', path: `/${bucket}/<script>&amp;"'` });
  expect(reply.status).toBe(404);
  expect(reply.body.toString()).not.toContain('<script>');
});

test('every answer has an own request id', async () => {
  const bucket = await suite.bucket();
  const caller = suite.caller();
  const ids = new Set<string | undefined>();
  for (let i = 0; i < 20; i += 1)
    ids.add((await caller.send({ method: 'HEAD', path: `/${bucket}` })).headers.get('x-amz-request-id'));
  expect(ids.size).toBe(20);
});

test('calls on a bucket that does not exist are refused with NoSuchBucket', async () => {
  const Bucket = 'no-such-bucket-here';
  const missing = { code: 'NoSuchBucket', status: 404 };
  expect(await refusal(suite.s3.send(new GetObjectCommand({ Bucket, Key: 'k' })))).toEqual(missing);
  expect(await refusal(suite.s3.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })))).toEqual(
    missing,
  );
  expect(await refusal(suite.s3.send(new ListObjectsV2Command({ Bucket })))).toEqual(missing);
  expect(await refusal(suite.s3.send(new DeleteBucketCommand({ Bucket })))).toEqual(missing);
});

test('a HEAD answer has the status and the headers of the error and no body', async () => {
  const bucket = await suite.bucket();
  const caller = suite.caller();
  const reply = await caller.send({ method: 'HEAD', path: `/${bucket}/absent` });
  expect(reply.status).toBe(404);
  expect(reply.body).toHaveLength(0);
  expect((await caller.send({ method: 'HEAD', path: `/${bucket}` })).status).toBe(200);
});

test('an operation that is not offered says NotImplemented', async () => {
  const Bucket = await suite.bucket();
  await suite.put(Bucket, 'k', 'a,b');
  const select = suite.s3.send(
    new SelectObjectContentCommand({
      Bucket,
      Key: 'k',
      ExpressionType: 'SQL',
      Expression: 'select * from s3object',
      InputSerialization: { CSV: {} },
      OutputSerialization: { CSV: {} },
    }),
  );
  expect(await refusal(select)).toEqual({ code: 'NotImplemented', status: 501 });
});

test('a method that no resource has is refused', async () => {
  const bucket = await suite.bucket();
  const path = `/${bucket}/k`;
  const host = `${suite.target.host}:${suite.target.port}`;
  const connection = await RawConnection.open(suite.target);
  const headers = signRequest(suite.target.identity, {
    method: 'PATCH',
    path,
    host,
    payloadHash: emptyPayloadHash,
  });
  const reply = await connection.request('PATCH', path, { ...headers, 'content-length': '0' });
  connection.close();
  expect(reply.status).toBe(405);
  expect(xmlTexts(reply.body, 'Code')).toEqual(['MethodNotAllowed']);
});

test.each(['/%zz', '/bucket/%', '/bucket/%c3%28', '/bucket/%00'])(
  'the hostile path %s gets an answer of the protocol',
  async (path) => {
    const connection = await RawConnection.open(suite.target);
    const host = `${suite.target.host}:${suite.target.port}`;
    const headers = signRequest(suite.target.identity, {
      method: 'GET',
      path,
      host,
      payloadHash: emptyPayloadHash,
    });
    const reply = await connection.request('GET', path, headers);
    connection.close();
    expect(reply.status).toBeGreaterThanOrEqual(400);
    expect(reply.status).toBeLessThan(500);
    expect(xmlTexts(reply.body, 'Code')).toHaveLength(1);
  },
);
