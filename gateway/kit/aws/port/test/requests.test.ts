import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { emptySha256 } from '../../sigv4/index.ts';
import { account, type Fixture, openFixture, send, signHead, stranger } from './fixture.ts';

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture();
});
afterAll(() => fixture.close());

const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest('hex');

function put(path: string, body: string | Uint8Array, headers: Record<string, string> = {}) {
  const signed = signHead({ method: 'PUT', path, payloadHash: sha256(body), headers });
  return send(fixture.tcpPort, { method: 'PUT', target: path, headers: signed.headers, body });
}

function get(path: string, method = 'GET') {
  const signed = signHead({ method, path, payloadHash: emptySha256 });
  return send(fixture.tcpPort, { method, target: path, headers: signed.headers });
}

describe('signed requests', () => {
  test('an object goes in and comes out, with request ids', async () => {
    const stored = await put('/bucket/key', 'hello', { 'x-amz-meta-color': 'blue' });
    expect(stored.status).toBe(200);
    expect(stored.headers['x-amz-request-id']).toMatch(/^[0-9A-F]{16}$/);
    expect(stored.headers['x-amz-id-2']).toBeTruthy();
    expect(stored.headers.server).toBe('Hypergate');
    expect(stored.headers.date).toBeTruthy();
    const found = await get('/bucket/key');
    expect(found.text).toBe('hello');
    expect(found.headers['x-amz-meta-color']).toBe('blue');
    expect(found.headers['content-length']).toBe('5');
  });
  test('HEAD writes the length and no body, also for an error', async () => {
    await put('/bucket/head', 'hello');
    const found = await get('/bucket/head', 'HEAD');
    expect([found.status, found.headers['content-length'], found.text]).toEqual([200, '5', '']);
    const missing = await get('/bucket/nothing', 'HEAD');
    expect([missing.status, missing.text]).toEqual([404, '']);
  });
  test('a large body streams both ways', async () => {
    const body = Buffer.alloc(5_000_000, 'abcdefg');
    expect((await put('/bucket/large', body)).status).toBe(200);
    expect((await get('/bucket/large')).body.equals(body)).toBe(true);
  });
  test('a wrong payload hash is refused', async () => {
    const signed = signHead({ method: 'PUT', path: '/bucket/bad', payloadHash: sha256('one') });
    const answer = await send(fixture.tcpPort, {
      method: 'PUT',
      target: '/bucket/bad',
      headers: signed.headers,
      body: 'two',
    });
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('<Code>XAmzContentSHA256Mismatch</Code>');
    expect(fixture.objects.has('bucket/bad')).toBe(false);
  });
  test('a body where the empty hash was signed is refused', async () => {
    const signed = signHead({ method: 'GET', path: '/bucket/key', payloadHash: sha256('x') });
    const answer = await send(fixture.tcpPort, {
      method: 'GET',
      target: '/bucket/key',
      headers: signed.headers,
    });
    expect(answer.text).toContain('<Code>XAmzContentSHA256Mismatch</Code>');
  });
  test('a wrong signature names what was computed and keeps the connection usable', async () => {
    const signed = signHead({ method: 'PUT', path: '/bucket/other', payloadHash: sha256('x') });
    const answer = await send(fixture.tcpPort, {
      method: 'PUT',
      target: '/bucket/key',
      headers: signed.headers,
      body: 'x',
    });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('<Code>SignatureDoesNotMatch</Code>');
    expect(answer.text).toContain('<CanonicalRequest>PUT\n/bucket/key\n');
    expect(answer.text).toContain('<StringToSign>AWS4-HMAC-SHA256');
    expect(answer.text).toContain('<Resource>/bucket/key</Resource>');
  });
  test('an unknown key is refused', async () => {
    const signed = signHead({
      method: 'GET',
      path: '/',
      payloadHash: emptySha256,
      account: { ...account, accessKeyId: 'nobody' },
    });
    const answer = await send(fixture.tcpPort, { method: 'GET', target: '/', headers: signed.headers });
    expect(answer.text).toContain('<Code>InvalidAccessKeyId</Code>');
  });
  test('a session token nobody gave out is refused', async () => {
    const signed = signHead({
      method: 'GET',
      path: '/',
      payloadHash: emptySha256,
      headers: { 'x-amz-security-token': 'made up' },
    });
    const answer = await send(fixture.tcpPort, { method: 'GET', target: '/', headers: signed.headers });
    expect(answer.text).toContain('<Code>InvalidToken</Code>');
  });
  test('a header signature of S3 needs x-amz-content-sha256', async () => {
    const signed = signHead({ method: 'GET', path: '/' });
    const answer = await send(fixture.tcpPort, { method: 'GET', target: '/', headers: signed.headers });
    expect(answer.text).toContain('Missing required header for this request: x-amz-content-sha256');
  });
});

describe('authorisation', () => {
  test('the root of another account is refused', async () => {
    const signed = signHead({
      method: 'GET',
      path: '/bucket/key',
      payloadHash: emptySha256,
      account: stranger,
    });
    const answer = await send(fixture.tcpPort, {
      method: 'GET',
      target: '/bucket/key',
      headers: signed.headers,
    });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('<Code>AccessDenied</Code>');
  });
  test('without credentials nothing is allowed by default', async () => {
    for (const [method, target] of [
      ['GET', '/bucket/key'],
      ['PUT', '/bucket/key'],
      ['GET', '/'],
      ['HEAD', '/bucket/key'],
    ] as const) {
      const answer = await send(fixture.tcpPort, { method, target });
      expect([method, target, answer.status]).toEqual([method, target, 403]);
    }
  });
});

describe('documents', () => {
  const document = '<Delete><Object><Key>a</Key></Object><Object><Key>b</Key></Object></Delete>';
  const post = (body: string, by = account) => {
    const signed = signHead({
      method: 'POST',
      path: '/bucket',
      query: 'delete=',
      payloadHash: sha256(body),
      account: by,
    });
    return send(fixture.tcpPort, { method: 'POST', target: '/bucket?delete', headers: signed.headers, body });
  };
  test('are read and decoded for a caller who may', async () => {
    const answer = await post(document);
    expect([answer.status, answer.text.includes('<Key>b</Key>')]).toEqual([200, true]);
  });
  test('are not looked at for anybody else', async () => {
    const answer = await post('not xml', stranger);
    expect(answer.text).toContain('<Code>AccessDenied</Code>');
    expect((await post('not xml')).text).toContain('<Code>MalformedXML</Code>');
  });
  test('are limited', async () => {
    const answer = await post(`<Delete>${' '.repeat(1_100_000)}</Delete>`);
    expect([answer.status, answer.text.includes('<Code>MaxMessageLengthExceeded</Code>')]).toEqual([
      400,
      true,
    ]);
  });
});

describe('policies of a resource', () => {
  test('allow strangers and the anonymous, deny anybody, and see the request’s context', async () => {
    let policy: unknown;
    const statement = (effect: string, principal: unknown, condition: unknown = {}) => ({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: effect,
          Principal: principal,
          Action: 's3:GetObject',
          Resource: 'arn:aws:s3:::bucket/*',
          Condition: condition,
        },
      ],
    });
    const own = await openFixture({
      rows: [
        {
          name: 'GetObject',
          action: 's3:GetObject',
          access: 'anonymous',
          resources: () => [{ arn: 'arn:aws:s3:::bucket/key', ownerAccountId: account.accountId, policy }],
          conditionKeys: () => ({ 's3:prefix': 'shown' }),
          handle: async () => ({ output: {}, stream: { body: Buffer.from('hi'), contentLength: 2 } }),
        },
      ],
    });
    try {
      const status = async (by: typeof account | undefined) => {
        const signed =
          by && signHead({ method: 'GET', path: '/bucket/key', payloadHash: emptySha256, account: by });
        return (
          await send(own.tcpPort, { method: 'GET', target: '/bucket/key', headers: signed?.headers ?? {} })
        ).status;
      };
      const all = async () => [await status(undefined), await status(stranger), await status(account)];
      expect(await all()).toEqual([403, 403, 200]);
      policy = statement('Allow', '*');
      expect(await all()).toEqual([200, 200, 200]);
      policy = statement('Allow', { AWS: stranger.accountId });
      expect(await all()).toEqual([403, 200, 200]);
      policy = statement('Deny', '*');
      expect(await all()).toEqual([403, 403, 403]);
      policy = statement('Allow', '*', {
        IpAddress: { 'aws:SourceIp': '127.0.0.0/8' },
        StringEquals: { 's3:prefix': 'shown' },
      });
      expect(await all()).toEqual([200, 200, 200]);
      policy = statement('Allow', '*', { Bool: { 'aws:SecureTransport': 'true' } });
      expect(await all()).toEqual([403, 403, 200]);
    } finally {
      await own.close();
    }
  });
});

describe('several resources', () => {
  test('must all allow, each the action it is asked for', async () => {
    const allow = (action: string) => ({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: '*', Action: action, Resource: '*' }],
    });
    let source: unknown;
    let target: unknown;
    const own = await openFixture({
      rows: [
        {
          name: 'CopyObject',
          action: 's3:PutObject',
          resources: ({ input }) => [
            { arn: 'arn:aws:s3:::b/target', ownerAccountId: account.accountId, policy: target },
            {
              arn: `arn:aws:s3:::${input.CopySource}`,
              action: 's3:GetObject',
              ownerAccountId: account.accountId,
              policy: source,
            },
          ],
          handle: async () => ({ output: {} }),
        },
      ],
    });
    try {
      const copy = async (body = '') => {
        const signed = signHead({
          method: 'PUT',
          path: '/b/target',
          payloadHash: sha256(body),
          headers: { 'x-amz-copy-source': 'b/source' },
          account: stranger,
        });
        return (
          await send(own.tcpPort, { method: 'PUT', target: '/b/target', headers: signed.headers, body })
        ).status;
      };
      [source, target] = [allow('s3:GetObject'), allow('s3:PutObject')];
      expect([await copy(), await copy('a body where none belongs')]).toEqual([200, 200]);
      [source, target] = [allow('s3:PutObject'), allow('s3:PutObject')];
      expect([await copy(), await copy('a body where none belongs')]).toEqual([403, 403]);
      [source, target] = [allow('s3:GetObject'), allow('s3:GetObject')];
      expect(await copy()).toBe(403);
      [source, target] = [undefined, allow('s3:*')];
      expect(await copy()).toBe(403);
    } finally {
      await own.close();
    }
  });
});

describe('recognition', () => {
  test('virtual-host buckets, with the signature over the URL as sent', async () => {
    await put('/bucket/virtual', 'v');
    for (const host of ['bucket.localhost', 'bucket.s3.localhost:4566', 'BUCKET.s3.localhost.']) {
      const signed = signHead({ method: 'GET', path: '/virtual', payloadHash: emptySha256, host });
      const answer = await send(fixture.tcpPort, {
        method: 'GET',
        target: '/virtual',
        headers: signed.headers,
      });
      expect([host, answer.status, answer.text]).toEqual([host, 200, 'v']);
    }
  });
  test('any other host is path style', async () => {
    for (const host of [
      'localhost',
      's3.localhost:4566',
      'gateway.example',
      '127.0.0.1:4566',
      '[::1]:4566',
    ]) {
      const signed = signHead({ method: 'GET', path: '/bucket/virtual', payloadHash: emptySha256, host });
      const answer = await send(fixture.tcpPort, {
        method: 'GET',
        target: '/bucket/virtual',
        headers: signed.headers,
      });
      expect([host, answer.status]).toEqual([host, 200]);
    }
  });
  test('a JSON service, whose body hash is signed but not sent', async () => {
    const body = '{"Text":"hi"}';
    const headers = { 'x-amz-target': 'TrentService.Echo', 'content-type': 'application/x-amz-json-1.1' };
    const signed = jsonHead(headers, body);
    const answer = await send(fixture.tcpPort, { method: 'POST', target: '/', headers: signed, body });
    expect([answer.status, answer.text]).toEqual([200, body]);
    expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9A-F]{16}$/);
    const forged = await send(fixture.tcpPort, {
      method: 'POST',
      target: '/',
      headers: signed,
      body: '{"Text":"ho"}',
    });
    expect([forged.status, JSON.parse(forged.text).__type]).toEqual([400, 'InvalidSignatureException']);
  });
  test('JSON errors: unsigned, unknown operation, known but not built', async () => {
    const headers = { 'x-amz-target': 'TrentService.Echo', 'content-type': 'application/x-amz-json-1.1' };
    const unsigned = await send(fixture.tcpPort, { method: 'POST', target: '/', headers, body: '{}' });
    expect(JSON.parse(unsigned.text).__type).toBe('MissingAuthenticationTokenException');
    for (const [target, code] of [
      ['TrentService.Nothing', 'UnknownOperationException'],
      ['TrentService.Missing', 'NotImplementedException'],
      ['OtherService.Echo', 'UnknownOperationException'],
    ] as const) {
      const signed = jsonHead({ ...headers, 'x-amz-target': target }, '{}');
      const answer = await send(fixture.tcpPort, {
        method: 'POST',
        target: '/',
        headers: signed,
        body: '{}',
      });
      expect([target, JSON.parse(answer.text).__type]).toEqual([target, code]);
    }
  });
  test('a query-protocol service by its credential scope', async () => {
    const body = 'Action=GetCallerIdentity&Version=2011-06-15';
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const signed = signHead({
      method: 'POST',
      path: '/',
      service: 'sts',
      headers,
      payloadHash: sha256(body),
    });
    const answer = await send(fixture.tcpPort, {
      method: 'POST',
      target: '/',
      headers: signed.headers,
      body,
    });
    expect(answer.status).toBe(200);
    expect(answer.text).toContain('<Account>000000000000</Account>');
  });
  test('an unsigned form post is answered in the query form', async () => {
    const answer = await send(fixture.tcpPort, {
      method: 'POST',
      target: '/',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      body: 'Action=GetCallerIdentity&Version=2011-06-15',
    });
    expect(answer.status).toBe(403);
    expect(answer.text).toContain('<Code>MissingAuthenticationToken</Code>');
  });
  test('a service that is not running', async () => {
    const signed = signHead({ method: 'GET', path: '/', service: 'ec2', payloadHash: emptySha256 });
    const answer = await send(fixture.tcpPort, { method: 'GET', target: '/', headers: signed.headers });
    expect([answer.status, answer.text.includes('<Code>NotImplemented</Code>')]).toEqual([501, true]);
  });
  test('system routes come before AWS', async () => {
    const answer = await send(fixture.tcpPort, { method: 'GET', target: '/_hypergate/health/live' });
    expect([answer.status, answer.text]).toEqual([200, '{"live":true}']);
    const wrong = await send(fixture.tcpPort, { method: 'POST', target: '/_hypergate/health/live' });
    expect(wrong.status).toBe(405);
  });
});

describe('strange requests reach S3 as they were sent', () => {
  const strange = [
    '/bucket//a',
    '/bucket/../a',
    '/bucket/./a',
    '/bucket/a+b',
    '/bucket/a%2Fb',
    '/bucket/%C3%BC',
  ];
  for (const path of strange) {
    test(path, async () => {
      const type = { 'content-type': 'application/json; charset=bogus' };
      expect((await put(path, '{not json', type)).status).toBe(200);
      expect((await get(path)).text).toBe('{not json');
    });
  }
  test('a broken escape is InvalidURI', async () => {
    const answer = await send(fixture.tcpPort, { method: 'GET', target: '/bucket/%zz' });
    expect([answer.status, answer.text.includes('<Code>InvalidURI</Code>')]).toEqual([400, true]);
  });
  test('unusual methods get S3’s own error', async () => {
    for (const method of ['PATCH', 'PROPFIND', 'OPTIONS', 'TRACE', 'SEARCH']) {
      const answer = await send(fixture.tcpPort, { method, target: '/bucket/key' });
      expect([method, answer.status]).toEqual([method, 405]);
      expect(answer.text).toContain('<Code>MethodNotAllowed</Code>');
    }
  });
  test('operations without a row are NotImplemented', async () => {
    const signed = signHead({
      method: 'GET',
      path: '/bucket',
      query: 'acl=',
      payloadHash: emptySha256,
    });
    const answer = await send(fixture.tcpPort, {
      method: 'GET',
      target: '/bucket?acl',
      headers: signed.headers,
    });
    expect([answer.status, answer.text.includes('<Code>NotImplemented</Code>')]).toEqual([501, true]);
  });
});

describe('accounting', () => {
  test('metrics count by service, operation and status', async () => {
    await get('/bucket/key');
    const text = await fixture.metrics.metrics();
    expect(text).toMatch(/hypergate_aws_request_duration_seconds_count\{.*\} \d+/);
    expect(text).toMatch(
      /hypergate_aws_requests_total\{service="s3",operation="GetObject",status="200"\} \d+/,
    );
    expect(text).toMatch(/hypergate_aws_request_duration_seconds_bucket\{.*le="\+Inf".*\} \d+/);
    expect(text).toMatch(/hypergate_aws_requests_in_flight 0/);
  });
  test('no log line holds a secret, a signature or a key name', async () => {
    await put('/bucket/very-private-name', 'very private body', { 'x-amz-meta-a': 'very-private-meta' });
    const all = fixture.logged.join('');
    expect(all).toContain('"operation":"PutObject"');
    expect(all).not.toMatch(/very.private|test-secret|Signature=/);
  });
});

function jsonHead(headers: Record<string, string>, body: string): Record<string, string> {
  // The payload hash is part of the canonical request only.
  const withHash = signHead({ method: 'POST', path: '/', service: 'kms', headers, bodyHash: sha256(body) });
  return withHash.headers;
}
