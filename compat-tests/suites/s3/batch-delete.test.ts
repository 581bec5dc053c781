import { createHash } from 'node:crypto';
import { DeleteObjectsCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

test('a batch deletes what it names, missing keys included, and leaves the rest', async () => {
  const bucket = await suite.bucket();
  const keys = ['a', 'b/c', 'with space', 'plus+', 'é', '<&>"', 'line\nbreak'];
  for (const key of [...keys, 'kept']) await suite.put(bucket, key, 'x');
  const objects = [...keys, 'never there'].map((Key) => ({ Key }));
  const reply = await suite.s3.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects } }),
  );
  expect(reply.Errors ?? []).toEqual([]);
  expect(new Set(reply.Deleted?.map((entry) => entry.Key))).toEqual(
    new Set(objects.map((object) => object.Key)),
  );
  const left = await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  expect(left.Contents?.map((entry) => entry.Key)).toEqual(['kept']);
});

test('a quiet batch answers with errors only', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'a', 'x');
  const reply = await suite.s3.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: 'a' }], Quiet: true } }),
  );
  expect(reply.Deleted ?? []).toEqual([]);
  expect(reply.Errors ?? []).toEqual([]);
  expect((await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
});

test('a thousand keys are one batch and a thousand and one are refused', async () => {
  const bucket = await suite.bucket();
  const send = (count: number) => {
    const keys = Array.from({ length: count }, (_unused, i) => `<Object><Key>k${i}</Key></Object>`).join('');
    const body = Buffer.from(`<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${keys}</Delete>`);
    const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
    return suite.caller().send({ method: 'POST', path: `/${bucket}`, query: { delete: '' }, body, headers });
  };
  expect((await send(1000)).status).toBe(200);
  const refused = await send(1001);
  expect(refused.status).toBe(400);
  expect(refused.body.toString()).toContain('<Code>MalformedXML</Code>');
});

test.each([
  ['an empty body', ''],
  ['no objects', '<Delete></Delete>'],
  ['a broken document', '<Delete><Object><Key>a</Delete>'],
  ['another document', '<Other><Object><Key>a</Key></Object></Other>'],
])('a batch with %s is malformed', async (_name, document) => {
  const bucket = await suite.bucket();
  const body = Buffer.from(document);
  const headers = { 'content-md5': createHash('md5').update(body).digest('base64') };
  const reply = await suite
    .caller()
    .send({ method: 'POST', path: `/${bucket}`, query: { delete: '' }, body, headers });
  expect(reply.status).toBe(400);
  expect(reply.body.toString()).toMatch(/<Code>(MalformedXML|MissingRequestBodyError)<\/Code>/);
});
