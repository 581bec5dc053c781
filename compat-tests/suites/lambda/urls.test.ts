/** Function URLs and answers in pieces. */
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
    payloadHash: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  });
  const { host: _host, ...sent } = headers;
  const answer = await fetchHere(url, { headers: sent });
  expect([answer.status, answer.body.toString()]).toEqual([200, '000000000000']);
  await suite.make('unopened', 'export const handler = async () => "open";');
  expect((await fetchHere(await publish('unopened', {}, false))).status).toBe(403);
  expect((await fetchHere(url.replace(/\/\/[a-z0-9]{4}/, '//zzzz'))).status).toBe(404);
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
    if (event.fails) throw new Error('midway');
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
