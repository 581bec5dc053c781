import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { urlLimits } from '../wire/limits.ts';
import { badGateway, streamHead, urlAnswer } from '../wire/url-answer.ts';
import { preflight, withCors } from '../wire/url-cors.ts';
import { type UrlRequest, urlEvent } from '../wire/url-event.ts';

const id = 'abcdefghijklmnopqrstuvwxyz012345';
const request: UrlRequest = {
  urlId: id,
  method: 'POST',
  rawPath: '/a%20b/c',
  rawQuery: 'x=1&x=2&y=%C3%A9+z',
  headers: [
    ['host', `${id}.lambda-url.eu-central-1.localhost:4566`],
    ['user-agent', 'curl/8'],
    ['content-type', 'application/json; charset=utf-8'],
    ['cookie', 'a=1; b=2'],
    ['x-forwarded-for', '9.9.9.9'],
  ],
  body: Buffer.from('{"é":1}'),
  host: `${id}.lambda-url.eu-central-1.localhost:4566`,
  sourceIp: '127.0.0.1',
  requestId: '8f2b0f1e-0000-4000-8000-000000000000',
  traceId: 'Root=1-67891233-abcdef012345678912345678',
  timeMs: Date.UTC(2020, 2, 12, 19, 3, 58, 390),
  isSecure: false,
};
const eventOf = (more: Partial<UrlRequest> = {}) =>
  JSON.parse(urlEvent({ ...request, ...more }).toString('utf8'));

describe('events', () => {
  test('a request is shown in payload format 2.0', () => {
    const domainName = `${id}.lambda-url.eu-central-1.localhost`;
    expect(eventOf()).toEqual({
      version: '2.0',
      routeKey: '$default',
      rawPath: '/a%20b/c',
      rawQueryString: 'x=1&x=2&y=%C3%A9+z',
      cookies: ['a=1', 'b=2'],
      headers: {
        host: `${domainName}:4566`,
        'user-agent': 'curl/8',
        'content-type': 'application/json; charset=utf-8',
        cookie: 'a=1; b=2',
        'x-forwarded-for': '127.0.0.1',
        'x-forwarded-proto': 'http',
        'x-forwarded-port': '4566',
        'x-amzn-trace-id': request.traceId,
      },
      queryStringParameters: { x: '1,2', y: 'é z' },
      requestContext: {
        accountId: 'anonymous',
        apiId: id,
        domainName,
        domainPrefix: id,
        http: {
          method: 'POST',
          path: '/a%20b/c',
          protocol: 'HTTP/1.1',
          sourceIp: '127.0.0.1',
          userAgent: 'curl/8',
        },
        requestId: request.requestId,
        routeKey: '$default',
        stage: '$default',
        time: '12/Mar/2020:19:03:58 +0000',
        timeEpoch: request.timeMs,
      },
      body: '{"é":1}',
      isBase64Encoded: false,
    });
  });

  test('whoever signed is named', () => {
    const caller = { accessKeyId: 'AKIA', accountId: '1', userId: 'AIDA', arn: 'arn:aws:iam::1:user/u' };
    const { requestContext } = eventOf({ caller });
    expect(requestContext.accountId).toBe('1');
    expect(requestContext.authorizer.iam).toEqual({
      accessKey: 'AKIA',
      accountId: '1',
      callerId: 'AIDA',
      cognitoIdentity: null,
      principalOrgId: null,
      userArn: 'arn:aws:iam::1:user/u',
      userId: 'AIDA',
    });
  });

  test('a request without query, cookies and body has no members for them', () => {
    const event = eventOf({ rawQuery: '', body: Buffer.alloc(0), headers: [] });
    for (const member of ['queryStringParameters', 'cookies', 'body'])
      expect(event).not.toHaveProperty(member);
    expect(event.isBase64Encoded).toBe(false);
  });

  test.each([
    ['text/plain', undefined, false],
    ['application/xml', undefined, false],
    ['application/problem+json', undefined, false],
    ['application/json', 'gzip', true],
    ['application/x-www-form-urlencoded', undefined, true],
    ['application/jsonish', undefined, true],
    ['image/png', undefined, true],
    [undefined, undefined, true],
  ])('a body of type %s and encoding %s: base64 %s', (type, encoding, isBase64) => {
    const headers: [string, string][] = [];
    if (type !== undefined) headers.push(['content-type', type]);
    if (encoding !== undefined) headers.push(['content-encoding', encoding]);
    const event = eventOf({ headers });
    expect(event.isBase64Encoded).toBe(isBase64);
    expect(Buffer.from(event.body, isBase64 ? 'base64' : 'utf8')).toEqual(request.body);
  });

  test('every body arrives as it was sent', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 1, maxLength: 200 }),
        fc.constantFrom('text/plain', 'application/octet-stream'),
        (bytes, type) => {
          const { body, isBase64Encoded } = eventOf({ body: bytes, headers: [['content-type', type]] });
          expect(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')).toEqual(Buffer.from(bytes));
        },
      ),
    );
  });
});

const answerOf = (value: unknown) => {
  const { body, ...head } = urlAnswer(Buffer.from(JSON.stringify(value)));
  return { ...head, body: Buffer.from(body).toString('utf8') };
};
const inferred = { status: 200, headers: { 'content-type': 'application/json' }, cookies: [] };

describe('answers', () => {
  test.each([
    ['text', 'text'],
    [{ a: 1 }, '{"a":1}'],
    [[1, 2], '[1,2]'],
    [7, '7'],
    [null, 'null'],
    [{ body: 'x' }, '{"body":"x"}'],
  ])('%o without a status code is the body', (value, body) => {
    expect(answerOf(value)).toEqual({ ...inferred, body });
  });

  test('status, headers, cookies and body are what the function says', () => {
    const said = {
      statusCode: '201',
      headers: { 'Content-Type': 'text/html', 'X-Count': 3, 'X-Yes': true, Connection: 'close' },
      cookies: ['a=1; HttpOnly', 'b=2'],
      body: Buffer.from('<é>').toString('base64'),
      isBase64Encoded: true,
    };
    expect(answerOf(said)).toEqual({
      status: 201,
      headers: {
        'content-type': 'text/html',
        'x-count': '3',
        'x-yes': 'true',
        'x-amzn-remapped-connection': 'close',
      },
      cookies: said.cookies,
      body: '<é>',
    });
  });

  test('answers that have no body have none', () => {
    expect(answerOf({ statusCode: 204, body: 'x' })).toMatchObject({ status: 204, body: '' });
    expect(answerOf({ statusCode: 200 })).toEqual({ ...inferred, body: '' });
  });

  test.each([
    { statusCode: 'x' },
    { statusCode: 101 },
    { statusCode: 600 },
    { statusCode: 200.5 },
    { statusCode: null },
    { statusCode: 200, headers: [] },
    { statusCode: 200, headers: { a: {} } },
    { statusCode: 200, headers: { a: 'x\r\nb: y' } },
    { statusCode: 200, headers: { 'a b': 'x' } },
    { statusCode: 200, headers: { a: 'x'.repeat(urlLimits.headerBytesMax) } },
    { statusCode: 200, cookies: 'a=1' },
    { statusCode: 200, cookies: ['a=1\n'] },
    { statusCode: 200, body: { a: 1 } },
    { statusCode: 200, body: '!', isBase64Encoded: true },
  ])('%o is a bad gateway', (value) => {
    expect(urlAnswer(Buffer.from(JSON.stringify(value)))).toEqual(badGateway);
  });

  test('what is no JSON is a bad gateway', () => {
    expect(urlAnswer(Buffer.from('{'))).toEqual(badGateway);
  });

  test('whatever a function says, the head is one that may be sent', () => {
    const headers = fc.dictionary(fc.string(), fc.oneof(fc.string({ unit: 'binary' }), fc.integer()));
    fc.assert(
      fc.property(fc.integer(), headers, fc.array(fc.string()), (statusCode, given, cookies) => {
        const { status, ...answer } = urlAnswer(
          Buffer.from(JSON.stringify({ statusCode, headers: given, cookies })),
        );
        expect(status >= 200 && status <= 599).toBe(true);
        // Throws for names and values that are not a header's.
        const made = new Headers(answer.headers);
        for (const cookie of answer.cookies) made.append('set-cookie', cookie);
      }),
    );
  });

  test('a stream begins with what its prelude says', () => {
    expect(streamHead('text/plain', undefined)).toEqual({
      ...inferred,
      headers: { 'content-type': 'text/plain' },
    });
    const prelude = JSON.stringify({ statusCode: 202, headers: { 'X-A': 'b' }, cookies: ['c=d'] });
    expect(streamHead('text/plain', prelude)).toEqual({
      status: 202,
      headers: { 'content-type': 'text/plain', 'x-a': 'b' },
      cookies: ['c=d'],
    });
    expect(streamHead('text/plain', '7')).toBeUndefined();
    expect(streamHead('text/plain\r\nx: y', undefined)).toBeUndefined();
  });
});

describe('cross-origin requests', () => {
  const asked =
    (headers: Readonly<Record<string, string>>) =>
    (name: string): string | undefined =>
      headers[name];
  const preflighted = asked({
    origin: 'https://app.example.com',
    'access-control-request-method': 'PUT',
    'access-control-request-headers': 'x-a',
  });
  const rules = {
    allowOrigins: ['https://*.example.com'],
    allowMethods: ['GET', 'PUT'],
    allowHeaders: ['x-a', 'x-b'],
    exposeHeaders: ['x-c'],
    maxAgeSeconds: 60,
  };

  test('a preflight is answered without the function', () => {
    expect(preflight(rules, 'OPTIONS', preflighted)).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-methods': 'GET,PUT',
      'access-control-allow-headers': 'x-a,x-b',
      'access-control-max-age': '60',
    });
    expect(preflight(rules, 'GET', preflighted)).toBeUndefined();
    expect(preflight(rules, 'OPTIONS', asked({ origin: 'https://app.example.com' }))).toBeUndefined();
  });

  test('an origin that is not allowed is told nothing', () => {
    const other = asked({ origin: 'https://example.org', 'access-control-request-method': 'PUT' });
    expect(preflight(rules, 'OPTIONS', other)).toEqual({ vary: 'Origin' });
    expect(withCors(rules, other, { 'access-control-allow-origin': '*', 'x-c': '1' })).toEqual({
      vary: 'Origin',
      'x-c': '1',
    });
  });

  test('credentials go with an origin, never with a star', () => {
    const open = { allowOrigins: ['*'], allowMethods: ['*'], allowHeaders: ['*'] };
    expect(preflight(open, 'OPTIONS', preflighted)).toEqual({
      'access-control-allow-origin': '*',
      'access-control-allow-methods': '*',
      'access-control-allow-headers': '*',
    });
    expect(preflight({ ...open, allowCredentials: true }, 'OPTIONS', preflighted)).toEqual({
      vary: 'Origin',
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-allow-credentials': 'true',
      'access-control-allow-methods': 'PUT',
      'access-control-allow-headers': 'x-a',
    });
  });

  test('answers say what the URL says, instead of what the function says of it', () => {
    const headers = { vary: 'Accept', 'access-control-allow-origin': '*', 'x-c': '1' };
    expect(withCors(rules, preflighted, headers)).toEqual({
      vary: 'Accept, Origin',
      'access-control-allow-origin': 'https://app.example.com',
      'access-control-expose-headers': 'x-c',
      'x-c': '1',
    });
    expect(withCors(undefined, preflighted, headers)).toEqual(headers);
  });

  test.each([
    ['https://*.example.com', 'https://a.b.example.com', true],
    ['https://*.example.com', 'https://example.com', false],
    ['https://*.example.com', 'https://a.example.com.evil.org', false],
    ['https://example.com', 'https://example.com', true],
    ['https://example.com', 'https://example.community', false],
    ['http*://x*y', 'https://xay', true],
    ['ab*ba', 'aba', false],
  ])('the pattern %s and the origin %s: %s', (pattern, origin, isAllowed) => {
    const shown = withCors({ allowOrigins: [pattern] }, asked({ origin }), {});
    expect('access-control-allow-origin' in shown).toBe(isAllowed);
  });
});
