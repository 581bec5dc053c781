import { createHash } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { formatHead, RawConnection } from '../../lib/raw-http.ts';
import { xmlTexts } from '../../lib/s3-caller.ts';
import { emptyPayloadHash, signRequest, unsignedPayload } from '../../lib/sigv4.ts';
import { s3Suite } from './suite.ts';

const suite = s3Suite();

function signedPut(
  path: string,
  payloadHash: string,
  length: number,
  extra: Record<string, string> = {},
): Record<string, string> {
  const host = `${suite.target.host}:${suite.target.port}`;
  const signed = signRequest(suite.target.identity, {
    method: 'PUT',
    path,
    host,
    payloadHash,
    headers: extra,
  });
  return { ...signed, 'content-length': String(length) };
}

async function keysOf(bucket: string): Promise<(string | undefined)[]> {
  const page = await suite.s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return (page.Contents ?? []).map((entry) => entry.Key);
}

test('100 Continue comes before the body of an allowed upload', async () => {
  const bucket = await suite.bucket();
  const body = Buffer.from('sent after the invitation');
  const connection = await RawConnection.open(suite.target);
  const answer = connection.expectReply();
  const invited = connection.expectInterim();
  const headers = { ...signedPut(`/${bucket}/k`, unsignedPayload, body.length), expect: '100-continue' };
  connection.socket.write(formatHead('PUT', `/${bucket}/k`, headers));
  expect(await invited).toBe(100);
  connection.socket.write(body);
  const reply = await answer;
  connection.close();
  expect(reply.status).toBe(200);
  expect(reply.headers.get('etag')).toBe(`"${createHash('md5').update(body).digest('hex')}"`);
});

test('an upload that is not allowed is refused without being invited to send its body', async () => {
  const bucket = await suite.bucket();
  const connection = await RawConnection.open(suite.target);
  const headers: Record<string, string> = {
    ...signedPut(`/${bucket}/k`, unsignedPayload, 1 << 30),
    expect: '100-continue',
  };
  headers.authorization = (headers.authorization as string).replace(/.{4}$/, '0000');
  const reply = await connection.request('PUT', `/${bucket}/k`, headers);
  connection.close();
  expect(reply.status).toBe(403);
  expect(reply.interim).toEqual([]);
  expect(xmlTexts(reply.body, 'Code')).toEqual(['SignatureDoesNotMatch']);
});

test.each([
  ['a cut body of a few bytes', 1000, 10],
  ['a cut body of some megabytes', 8 << 20, 3 << 20],
])('%s leaves nothing', async (_name, announced, sent) => {
  const bucket = await suite.bucket();
  const connection = await RawConnection.open(suite.target);
  const answer = connection.expectReply();
  connection.socket.write(
    formatHead('PUT', `/${bucket}/k`, signedPut(`/${bucket}/k`, unsignedPayload, announced)),
  );
  await new Promise<void>((resolve, reject) => {
    connection.socket.write(Buffer.alloc(sent, 1), (error) => (error ? reject(error) : resolve()));
  });
  connection.socket.end();
  await answer.then(
    (reply) => expect(reply.status).toBe(400),
    () => undefined, // The gateway may as well just close: there is nobody to answer to.
  );
  expect(await keysOf(bucket)).toEqual([]);
});

test('a cut overwrite leaves the old object', async () => {
  const bucket = await suite.bucket();
  await suite.put(bucket, 'k', 'old');
  const connection = await RawConnection.open(suite.target);
  const answer = connection.expectReply().catch(() => undefined);
  connection.socket.write(
    formatHead('PUT', `/${bucket}/k`, signedPut(`/${bucket}/k`, unsignedPayload, 500_000)),
  );
  await new Promise<void>((resolve) => connection.socket.write(Buffer.alloc(400_000), () => resolve()));
  connection.socket.destroy();
  await answer;
  expect((await suite.caller().ok({ method: 'GET', path: `/${bucket}/k` })).body.toString()).toBe('old');
});

test('a body that does not match its signed SHA-256 is refused and leaves nothing', async () => {
  const bucket = await suite.bucket();
  for (const length of [100, 2_000_000]) {
    const connection = await RawConnection.open(suite.target);
    const hash = createHash('sha256').update('another body').digest('hex');
    const reply = await connection.request(
      'PUT',
      `/${bucket}/k`,
      signedPut(`/${bucket}/k`, hash, length),
      Buffer.alloc(length, 2),
    );
    connection.close();
    expect(reply.status).toBe(400);
    expect(xmlTexts(reply.body, 'Code')).toEqual(['XAmzContentSHA256Mismatch']);
  }
  expect(await keysOf(bucket)).toEqual([]);
});

test('a body that does not match its Content-MD5 is refused and leaves nothing', async () => {
  const bucket = await suite.bucket();
  const md5 = createHash('md5').update('another body').digest('base64');
  const caller = suite.caller();
  for (const body of [Buffer.alloc(100), Buffer.alloc(2_000_000)]) {
    const reply = await caller.send({
      method: 'PUT',
      path: `/${bucket}/k`,
      body,
      headers: { 'content-md5': md5 },
    });
    expect(reply.status).toBe(400);
    expect(xmlTexts(reply.body, 'Code')).toEqual(['BadDigest']);
  }
  const malformed = await caller.send({
    method: 'PUT',
    path: `/${bucket}/k`,
    body: Buffer.from('x'),
    headers: { 'content-md5': 'c2hvcnQ=' },
  });
  expect(xmlTexts(malformed.body, 'Code')).toEqual(['InvalidDigest']);
  expect(await keysOf(bucket)).toEqual([]);
});

test('a PUT without a length is refused with MissingContentLength', async () => {
  const bucket = await suite.bucket();
  const connection = await RawConnection.open(suite.target);
  const headers: Record<string, string> = signedPut(`/${bucket}/k`, unsignedPayload, 0);
  delete headers['content-length'];
  const answer = connection.expectReply();
  connection.socket.write(formatHead('PUT', `/${bucket}/k`, { ...headers, 'transfer-encoding': 'chunked' }));
  connection.socket.write('3\r\nabc\r\n0\r\n\r\n');
  const reply = await answer;
  connection.close();
  expect(reply.status).toBe(411);
  expect(xmlTexts(reply.body, 'Code')).toEqual(['MissingContentLength']);
});

test('requests in one packet on one connection are answered in order', async () => {
  const bucket = await suite.bucket();
  for (const key of ['one', 'two', 'three']) await suite.put(bucket, key, key);
  const host = `${suite.target.host}:${suite.target.port}`;
  const heads = ['one', 'two', 'three'].map((key) => {
    const path = `/${bucket}/${key}`;
    return formatHead(
      'GET',
      path,
      signRequest(suite.target.identity, { method: 'GET', path, host, payloadHash: emptyPayloadHash }),
    );
  });
  const connection = await RawConnection.open(suite.target);
  const text = await new Promise<string>((resolve) => {
    let seen = '';
    connection.socket.removeAllListeners('data');
    connection.socket.on('data', (data) => {
      seen += data.toString('latin1');
      if (seen.endsWith('three')) resolve(seen);
    });
    connection.socket.write(heads.join(''));
  });
  connection.close();
  expect([...text.matchAll(/\r\n\r\n(one|two|three)/g)].map((match) => match[1])).toEqual([
    'one',
    'two',
    'three',
  ]);
});

test('a slow request that arrives byte by byte is understood', async () => {
  const bucket = await suite.bucket();
  const connection = await RawConnection.open(suite.target);
  const answer = connection.expectReply();
  const head = formatHead('PUT', `/${bucket}/k`, signedPut(`/${bucket}/k`, unsignedPayload, 5));
  for (const byte of Buffer.from(`${head}bytes`, 'latin1')) {
    await new Promise<void>((resolve) => connection.socket.write(Buffer.from([byte]), () => resolve()));
  }
  expect((await answer).status).toBe(200);
  connection.close();
});
