/** Services with hosts or paths of their own, and replies of unknown length. */
import { once } from 'node:events';
import { mkdtemp } from 'node:fs/promises';
import { Agent, request as httpRequest } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AwsServiceDefinition, Call } from '../../definition.ts';
import { issueSession } from '../../session-credentials.ts';
import { account, type Fixture, nowMs, openFixture, send, signHead } from './fixture.ts';

const seen: Call<unknown>[] = [];
let fails = false;

async function* pieces(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('one ');
  if (fails) throw new Error('no more');
  yield Buffer.from('two');
}

const definition: AwsServiceDefinition = {
  signingName: 'pages',
  protocol: 'restJson1',
  schemas: {
    service: 'pages',
    sdkVersion: '0',
    operations: {
      Visit: { method: 'ANY', uri: '/', status: 200, input: 'unit', output: 'unit', errors: [] },
    },
    shapes: { unit: { type: 'structure', members: {} } },
  },
  hosts: {
    matches: (host, path) => host.endsWith('.pages.localhost') || path.startsWith('/_pages/'),
    operation: 'Visit',
  },
  discriminators: { Visit: 'unrouted' },
  operations: [
    {
      name: 'Visit',
      action: 'pages:Visit',
      access: 'anonymous',
      streaming: true,
      resources: ({ method }) => [
        {
          arn: 'arn:aws:pages:::page',
          ownerAccountId: account.accountId,
          ...(method === 'DELETE'
            ? {}
            : {
                policy: {
                  Version: '2012-10-17',
                  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'pages:Visit', Resource: '*' }],
                },
              }),
        },
      ],
      handle: async (call) => {
        seen.push(call);
        const sent = (await call.body.collect(100)).length;
        return {
          output: {},
          status: 203,
          headers: { 'x-sent': String(sent) },
          cookies: ['a=1; Path=/', 'b=2'],
          stream: { body: pieces(), contentLength: undefined },
        };
      },
    },
  ],
};

let fixture: Fixture;
beforeAll(async () => {
  fixture = await openFixture({ definitions: [definition] });
});
afterAll(() => fixture.close());

const host = 'abc.pages.localhost:4566';

test.each(['GET', 'POST', 'PATCH', 'OPTIONS'])('any %s to its host is its operation', async (method) => {
  const answer = await send(fixture.tcpPort, {
    method,
    target: '/any/path?list-type=2&x=y',
    headers: { host, 'x-twice': 'value' },
    ...(method === 'POST' ? { body: 'body' } : {}),
  });
  expect(answer.status).toBe(203);
  expect(answer.headers['x-sent']).toBe(method === 'POST' ? '4' : '0');
  expect(answer.text).toBe('one two');
  expect(answer.headers['transfer-encoding']).toBe('chunked');
  expect(answer.headers['content-length']).toBeUndefined();
  expect(answer.headers['set-cookie']).toEqual(['a=1; Path=/', 'b=2']);
  const call = seen.at(-1)!;
  expect([call.method, call.rawUrl, call.query('x')]).toEqual([method, '/any/path?list-type=2&x=y', 'y']);
  expect(Object.fromEntries(call.headers())).toMatchObject({ host, 'x-twice': 'value' });
  expect(call.principal.kind).toBe('anonymous');
});

test('any request below its path is its operation, but for a key of that name of a bucket', async () => {
  const target = '/_pages/any?x=y';
  const answer = await send(fixture.tcpPort, { method: 'GET', target, headers: { host: '127.0.0.1:4566' } });
  expect([answer.status, seen.at(-1)!.rawUrl]).toEqual([203, target]);
  const visits = seen.length;
  const ofBucket = { method: 'GET', target, headers: { host: 'photos.s3.localhost:4566' } };
  expect((await send(fixture.tcpPort, ofBucket)).status).not.toBe(203);
  expect(seen.length).toBe(visits);
});

test('HEAD has no body', async () => {
  const answer = await send(fixture.tcpPort, { method: 'HEAD', target: '/', headers: { host } });
  expect([answer.status, answer.text]).toEqual([203, '']);
});

test('a request to its host that is signed for another service is refused', async () => {
  const { headers } = signHead({ method: 'GET', path: '/', host, service: 's3' });
  expect((await send(fixture.tcpPort, { method: 'GET', target: '/', headers })).status).toBe(403);
  const own = signHead({ method: 'DELETE', path: '/', host, service: 'pages' });
  expect((await send(fixture.tcpPort, { method: 'DELETE', target: '/', headers: own.headers })).status).toBe(
    203,
  );
  expect(seen.at(-1)!.principal.accountId).toBe(account.accountId);
  const unsigned = await send(fixture.tcpPort, { method: 'DELETE', target: '/', headers: { host } });
  expect(unsigned.status).toBe(403);
});

test.each(['Bearer token', 'Basic dTpw', 'AWSome'])(
  'a request to its host with %s is signed by nobody',
  async (authorization) => {
    const headers = { host, authorization };
    expect((await send(fixture.tcpPort, { method: 'GET', target: '/', headers })).status).toBe(203);
    const call = seen.at(-1)!;
    expect([call.principal.kind, call.header('authorization')]).toEqual(['anonymous', authorization]);
    expect((await send(fixture.tcpPort, { method: 'DELETE', target: '/', headers })).status).toBe(403);
    const elsewhere = { ...headers, host: 'pages.localhost' };
    expect((await send(fixture.tcpPort, { method: 'GET', target: '/', headers: elsewhere })).status).toBe(
      400,
    );
  },
);

test.each(['AWS a:b', 'AWS4-HMAC-SHA256 x', 'AWS4-ECDSA-P256-SHA256 Credential=a'])(
  'a request to its host with a damaged signature %s is refused',
  async (authorization) => {
    const answer = await send(fixture.tcpPort, {
      method: 'GET',
      target: '/',
      headers: { host, authorization },
    });
    expect([400, 403]).toContain(answer.status);
  },
);

test('a body that breaks off is told by the connection', async () => {
  fails = true;
  const answer = send(fixture.tcpPort, { method: 'GET', target: '/', headers: { host } });
  await expect(answer).rejects.toThrow();
  fails = false;
});

test('other hosts are other services', async () => {
  const before = seen.length;
  const answer = await send(fixture.tcpPort, {
    method: 'GET',
    target: '/',
    headers: { host: 'pages.localhost' },
  });
  expect(answer.headers['x-sent']).toBeUndefined();
  expect(seen).toHaveLength(before);
});

test('a role may call until its session ends', async () => {
  const random = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };
  const ask = async (expiresMs: number) => {
    const session = issueSession(account, { roleName: 'role', sessionName: 'one', expiresMs }, random);
    const { headers } = signHead({
      method: 'DELETE',
      path: '/',
      host,
      service: 'pages',
      headers: { 'x-amz-security-token': session.sessionToken },
      account: { ...account, ...session },
    });
    return send(fixture.tcpPort, { method: 'DELETE', target: '/', headers });
  };
  expect((await ask(nowMs + 1000)).status).toBe(203);
  expect(seen.at(-1)!.principal.arn).toBe('arn:aws:sts::000000000000:assumed-role/role/one');
  const late = await ask(nowMs - 1000);
  expect([late.status, late.headers['x-amzn-errortype']]).toEqual([403, 'ExpiredTokenException']);
});

test('a connection over a unix socket is served, and ends with the port', async () => {
  const own = await openFixture({ definitions: [definition] });
  const path = join(await mkdtemp(join(tmpdir(), 'hypergate-port-')), 'aws.sock');
  const listener = createServer((socket) => own.port.accept(socket)).listen(path);
  await once(listener, 'listening');
  const agent = new Agent({ keepAlive: true });
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      const request = httpRequest({ socketPath: path, path: '/', headers: { host }, agent }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.on('end', () => resolve(text));
      });
      request.on('error', reject).end();
    });
  expect(await ask()).toBe('one two');
  expect(await ask()).toBe('one two');
  expect(seen.at(-1)!.policyContext?.()['aws:SourceIp']).toBe('127.0.0.1');
  const closed = Promise.all(
    Object.values(agent.freeSockets).flatMap((all) => all?.map((one) => once(one, 'close')) ?? []),
  );
  await own.port.drain(new AbortController().signal);
  expect(await closed).toHaveLength(1);
  listener.close();
});
