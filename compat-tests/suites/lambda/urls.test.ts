/** Function URLs and answers in pieces. */
import { hash } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import {
  AddPermissionCommand,
  CreateFunctionUrlConfigCommand,
  type CreateFunctionUrlConfigCommandInput,
  InvokeWithResponseStreamCommand,
} from '@aws-sdk/client-lambda';
import { expect, test } from 'vitest';
import { fetchHere } from '../../lib/fetch-here.ts';
import { defaultIdentity } from '../../lib/gateway.ts';
import { signRequest } from '../../lib/sigv4.ts';
import { lambdaSuite } from './suite.ts';

const suite = lambdaSuite();
const sha256 = (text: string): string => hash('sha256', text);

async function publish(
  FunctionName: string,
  more: Partial<CreateFunctionUrlConfigCommandInput> = {},
  isOpen = true,
): Promise<string> {
  const { FunctionUrl = '' } = await suite.lambda.send(
    new CreateFunctionUrlConfigCommand({ FunctionName, AuthType: 'NONE', ...more }),
  );
  if (isOpen)
    await suite.lambda.send(
      new AddPermissionCommand({
        FunctionName,
        StatementId: 'everybody',
        Action: 'lambda:InvokeFunctionUrl',
        Principal: '*',
        FunctionUrlAuthType: 'NONE',
      }),
    );
  return FunctionUrl;
}

test('a request is an event, and the answer of the function is the answer', async () => {
  await suite.make(
    'site',
    `export const handler = async (event) => ({
       statusCode: 201,
       headers: { 'content-type': 'text/plain', 'x-own': 'yes' },
       cookies: ['a=1', 'b=2; Secure'],
       isBase64Encoded: true,
       body: Buffer.from(JSON.stringify({ path: event.rawPath, query: event.queryStringParameters, method: event.requestContext.http.method, body: event.body, encoded: event.isBase64Encoded, version: event.version })).toString('base64'),
     });`,
  );
  const url = await publish('site');
  const answer = await fetchHere(`${url}some/path%20x?a=1&a=2&b=c`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"x":1}',
  });
  expect(answer.status).toBe(201);
  expect(answer.headers).toMatchObject({
    'content-type': 'text/plain',
    'x-own': 'yes',
    'set-cookie': ['a=1', 'b=2; Secure'],
  });
  expect(JSON.parse(answer.body.toString())).toEqual({
    path: '/some/path%20x',
    query: { a: '1,2', b: 'c' },
    method: 'POST',
    body: '{"x":1}',
    encoded: false,
    version: '2.0',
  });
});

test('without a permission nobody is let in; with AWS_IAM only who signs', async () => {
  await suite.make(
    'closed',
    'export const handler = async (event) => event.requestContext.authorizer?.iam?.accountId ?? "nobody";',
  );
  const url = await publish('closed', { AuthType: 'AWS_IAM' }, false);
  expect((await fetchHere(url)).status).toBe(403);
  const { host } = new URL(url);
  const headers = signRequest(defaultIdentity, {
    method: 'GET',
    path: '/',
    host,
    service: 'lambda',
    payloadHash: sha256(''),
  });
  const { host: _host, ...sent } = headers;
  const answer = await fetchHere(url, { headers: sent });
  expect([answer.status, answer.body.toString()]).toEqual([200, '000000000000']);
  await suite.make('unopened', 'export const handler = async () => "open";');
  expect((await fetchHere(await publish('unopened', {}, false))).status).toBe(403);
  expect((await fetchHere(url.replace(/\/\/[a-z0-9]{4}/, '//zzzz'))).status).toBe(404);
});

test('tokens that are no signatures are the function’s own, and paths are paths', async () => {
  await suite.make(
    'tokens',
    'export const handler = async ({ headers }) => headers.authorization ?? "none";',
  );
  const open = await publish('tokens');
  const headers = { authorization: 'Bearer abc' };
  const answer = await fetchHere(open, { headers });
  expect([answer.status, answer.body.toString()]).toEqual([200, 'Bearer abc']);
  expect((await fetchHere(open, { headers: { authorization: 'AWS4-HMAC-SHA256 x' } })).status).toBe(400);
  await suite.make('signers', 'export const handler = async () => "let in";');
  const closed = await publish('signers', { AuthType: 'AWS_IAM' });
  expect((await fetchHere(closed, { headers })).status).toBe(403);
  const { hostname, port } = new URL(suite.target.endpoint);
  const sent = request({ hostname, port, path: `${open}admin`, headers: { host: new URL(open).host } }).end();
  const [refused] = (await once(sent, 'response')) as [IncomingMessage];
  expect(refused.statusCode).toBe(400);
  refused.resume();
});

/** For clients whose resolver does not know names below `localhost`. */
const pathForm = (url: string): string => {
  const { port, host } = new URL(url);
  return `http://127.0.0.1:${port}/_hypergate/lambda-url/${host.split('.')[0]}`;
};

test('a URL is reached by a path as well, without its name, as a site of its own', async () => {
  await suite.make(
    'by-path',
    `export const handler = async ({ rawPath, rawQueryString, headers }) => ({
       statusCode: 200,
       headers: { 'content-type': 'text/html', 'content-security-policy': "img-src 'self'" },
       body: JSON.stringify({ rawPath, rawQueryString, prefix: headers['x-forwarded-prefix'] }),
     });`,
  );
  const url = pathForm(await publish('by-path'));
  const prefix = new URL(url).pathname;
  const answer = await fetch(`${url}/some/page?a=1`);
  expect(await answer.json()).toEqual({ rawPath: '/some/page', rawQueryString: 'a=1', prefix });
  // A page must not act as the gateway's own.
  expect(answer.headers.get('content-security-policy')).toMatch(/^img-src 'self', sandbox /);
  expect(await (await fetch(url)).json()).toEqual({ rawPath: '/', rawQueryString: '', prefix });
  expect(await (await fetch(`${url}?b`)).json()).toEqual({ rawPath: '/', rawQueryString: 'b', prefix });
  expect((await fetch(`${url}x/`)).status).toBe(404);
  expect((await fetch(url.replace(/.{4}$/, 'zzzz'))).status).toBe(404);
});

test('who has to sign a URL signs its path form as it is sent', async () => {
  await suite.make('signed-path', 'export const handler = async (event) => event.rawPath;');
  const url = pathForm(await publish('signed-path', { AuthType: 'AWS_IAM' }, false));
  expect((await fetch(url)).status).toBe(403);
  const { host, pathname: path } = new URL(`${url}/in`);
  const signed = signRequest(defaultIdentity, {
    method: 'GET',
    path,
    host,
    service: 'lambda',
    payloadHash: sha256(''),
  });
  const { host: _host, ...headers } = signed;
  const answer = await fetch(`${url}/in`, { headers });
  expect([answer.status, await answer.text()]).toEqual([200, '/in']);
});

test('browsers of other sites hear what the configuration allows', async () => {
  await suite.make('shared', 'export const handler = async () => "shared";');
  const Cors = { AllowOrigins: ['https://site.example'], AllowMethods: ['GET', 'PUT'], MaxAge: 60 };
  const url = await publish('shared', { Cors });
  const asked = await fetchHere(url, {
    method: 'OPTIONS',
    headers: { origin: 'https://site.example', 'access-control-request-method': 'PUT' },
  });
  expect(asked.headers['access-control-allow-origin']).toBe('https://site.example');
  expect(asked.headers['access-control-allow-methods']).toBe('GET,PUT');
  const answer = await fetchHere(url, { headers: { origin: 'https://site.example' } });
  expect(answer.headers['access-control-allow-origin']).toBe('https://site.example');
  const other = await fetchHere(url, { headers: { origin: 'https://other.example' } });
  expect(other.headers['access-control-allow-origin']).toBeUndefined();
});

const streaming = `
  export const handler = awslambda.streamifyResponse(async (event, stream) => {
    const out = event.plain ? stream : awslambda.HttpResponseStream.from(stream, { statusCode: 203, headers: { 'x-own': 'streamed' } });
    for (const piece of ['one ', 'two ', 'three']) {
      out.write(piece);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (event.fails || event.rawQueryString === 'fails') throw new Error('midway');
    out.end();
  });`;

test('an answer in pieces goes through a URL with its head', async () => {
  await suite.make('pieces', streaming);
  const url = await publish('pieces', { InvokeMode: 'RESPONSE_STREAM' });
  const answer = await fetchHere(url);
  expect([answer.status, answer.headers['x-own'], answer.body.toString()]).toEqual([
    203,
    'streamed',
    'one two three',
  ]);
  // Its part is not taken for the whole; nor is it an error of the gateway's, which none of these tests leaves in its log.
  await expect(fetchHere(`${url}?fails`)).rejects.toThrow('aborted');
});

test('and through InvokeWithResponseStream, with an error that comes midway', async () => {
  await suite.make('streams', streaming);
  const read = async (payload: object) => {
    const { EventStream = [], ResponseStreamContentType } = await suite.lambda.send(
      new InvokeWithResponseStreamCommand({
        FunctionName: 'streams',
        Payload: Buffer.from(JSON.stringify(payload)),
      }),
    );
    let text = '';
    let error: string | undefined;
    for await (const { PayloadChunk, InvokeComplete } of EventStream) {
      text += Buffer.from(PayloadChunk?.Payload ?? []).toString();
      error ??= InvokeComplete?.ErrorCode;
    }
    return { text, error, ResponseStreamContentType };
  };
  expect(await read({ plain: true })).toMatchObject({ text: 'one two three', error: undefined });
  expect(await read({ plain: true, fails: true })).toMatchObject({ text: 'one two three', error: 'Error' });
});
