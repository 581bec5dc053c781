import { createHash } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { AwsError } from '../../definition.ts';
import { emptySha256 } from '../../sigv4/index.ts';
import {
  bucketResource,
  type Fixture,
  head,
  openFixture,
  RawConnection,
  signHead,
  statuses,
} from './fixture.ts';

let fixture: Fixture;
let aborted = 0;
let entered = 0;
const gates: (() => void)[] = [];
const until = async (condition: () => boolean) => {
  while (!condition()) await new Promise(setImmediate);
};

beforeAll(async () => {
  fixture = await openFixture({
    rows: [
      {
        name: 'GetBucketTagging',
        action: 's3:GetBucketTagging',
        resources: bucketResource,
        // Waits until told, or until the client goes away.
        handle: (call) =>
          new Promise((resolve) => {
            entered += 1;
            gates.push(() => resolve({ output: { TagSet: [] } }));
            call.signal.addEventListener('abort', () => {
              aborted += 1;
              resolve({ output: { TagSet: [] } });
            });
          }),
      },
      {
        name: 'GetBucketVersioning',
        action: 's3:GetBucketVersioning',
        resources: bucketResource,
        handle: async () => ({
          output: {},
          stream: {
            contentLength: 100_000,
            body: (async function* () {
              yield Buffer.alloc(50_000, 'x');
              await new Promise<void>((resolve) => gates.push(resolve));
              throw new Error('disk broke');
            })(),
          },
        }),
      },
      {
        name: 'UploadPart',
        action: 's3:PutObject',
        streaming: true,
        resources: bucketResource,
        handle: async () => {
          throw new AwsError('NoSuchUpload', 404, 'The specified upload does not exist.');
        },
      },
    ],
  });
});
afterAll(() => fixture.close());
afterEach(() => until(() => fixture.port.requestsInFlight === 0));

const sha256 = (data: string | Uint8Array) => createHash('sha256').update(data).digest('hex');
const open = () => new RawConnection(fixture.tcpPort);

function putBytes(key: string, body: string, headers: Record<string, string> = {}): string {
  const path = `/bucket/${key}`;
  const signed = signHead({ method: 'PUT', path, payloadHash: sha256(body) });
  return `${head('PUT', path, { ...signed.headers, 'content-length': String(body.length), ...headers })}${body}`;
}

function getBytes(path: string, query = '', headers: Record<string, string> = {}): string {
  const signed = signHead({
    method: 'GET',
    path,
    query: query === '' ? '' : `${query}=`,
    payloadHash: emptySha256,
  });
  return head('GET', query === '' ? path : `${path}?${query}`, { ...signed.headers, ...headers });
}

/** Writes the bytes, waits until the server closes, and gives all it said. */
async function untilClosed(bytes: string): Promise<string> {
  const connection = open();
  connection.write(bytes);
  await connection.untilClosed();
  return connection.text;
}

describe('any split of a request gives the same result', () => {
  test('cut in two at every byte', async () => {
    const bytes = putBytes('split', 'hello world');
    for (let at = 1; at < bytes.length; at += 1) {
      fixture.objects.delete('bucket/split');
      const connection = open();
      connection.write(bytes.slice(0, at));
      await new Promise(setImmediate);
      connection.write(bytes.slice(at));
      await connection.until(() => connection.text.includes('\r\n\r\n'));
      expect([at, statuses(connection.text)]).toEqual([at, [200]]);
      expect(fixture.objects.get('bucket/split')?.toString()).toBe('hello world');
      connection.socket.destroy();
    }
  });
  test('byte by byte', async () => {
    const bytes = putBytes('bytewise', 'hello');
    const connection = open();
    connection.socket.setNoDelay(true);
    for (const byte of bytes) {
      connection.write(byte);
      await new Promise(setImmediate);
    }
    await connection.until(() => connection.text.includes('\r\n\r\n'));
    expect(fixture.objects.get('bucket/bytewise')?.toString()).toBe('hello');
    connection.socket.destroy();
  });
});

describe('pipelined requests', () => {
  test('are answered in order on one connection', async () => {
    const connection = open();
    connection.write(
      putBytes('p1', 'one') + putBytes('p2', 'two') + getBytes('/bucket/p1') + getBytes('/bucket/p2'),
    );
    await connection.until(() => connection.text.endsWith('two'));
    expect(statuses(connection.text)).toEqual([200, 200, 200, 200]);
    expect(connection.text.indexOf('\r\n\r\none')).toBeGreaterThan(0);
    connection.socket.destroy();
  });
  test('garbage after a request does not take its answer away', async () => {
    const text = await untilClosed(`${putBytes('before', 'x')}\x01\x02garbage\r\n\r\n`);
    expect(statuses(text)).toEqual([200]);
    expect(fixture.objects.has('bucket/before')).toBe(true);
  });
  test('garbage while an answer is being made', async () => {
    const before = entered;
    const connection = open();
    connection.write(getBytes('/bucket', 'tagging'));
    await until(() => entered > before);
    connection.write('\x01garbage\r\n\r\n');
    await new Promise(setImmediate);
    gates.pop()?.();
    await connection.untilClosed();
    expect(statuses(connection.text)).toEqual([200]);
  });
  test('a request behind an unread body is never taken from that body', async () => {
    const inner = putBytes('smuggled-unread', 'x');
    const outer = signHead({ method: 'PUT', path: '/bucket/k', payloadHash: sha256('something else') });
    const connection = open();
    const headers = { ...outer.headers, authorization: `${outer.headers.authorization}0` };
    connection.write(
      head('PUT', '/bucket/k', { ...headers, 'content-length': String(inner.length) }) + inner,
    );
    connection.write(getBytes('/bucket/none'));
    await connection.until(() => statuses(connection.text).length === 2);
    expect(statuses(connection.text)).toEqual([403, 404]);
    expect(fixture.objects.has('bucket/smuggled-unread')).toBe(false);
    connection.socket.destroy();
  });
});

describe('smuggling attempts are refused and close', () => {
  const inner = () => putBytes('smuggled', 'x');
  const body = '0\r\n\r\n';
  const cases: Record<string, Record<string, string>> = {
    'content-length and chunked': { 'content-length': '5', 'transfer-encoding': 'chunked' },
    'chunked and content-length': { 'transfer-encoding': 'chunked', 'content-length': '5' },
    'unknown coding': { 'transfer-encoding': 'xchunked' },
    'chunked not last': { 'transfer-encoding': 'chunked, identity' },
    'chunked twice': { 'transfer-encoding': 'chunked, chunked' },
    'coding with vertical tab': { 'transfer-encoding': '\x0bchunked' },
    'two lengths in one': { 'content-length': '5, 6' },
    'signed length': { 'content-length': '+5' },
    'negative length': { 'content-length': '-5' },
    'hexadecimal length': { 'content-length': '0x5' },
    'length beyond all numbers': { 'content-length': '99999999999999999999999999' },
  };
  for (const [name, headers] of Object.entries(cases)) {
    test(name, async () => {
      const signed = signHead({ method: 'PUT', path: '/bucket/outer', payloadHash: emptySha256 });
      const text = await untilClosed(
        head('PUT', '/bucket/outer', { ...signed.headers, ...headers }) + body + inner(),
      );
      expect(statuses(text).every((status) => status >= 400)).toBe(true);
      expect(statuses(text).length).toBe(1);
      expect(fixture.objects.has('bucket/smuggled')).toBe(false);
    });
  }
  const lines: Record<string, string> = {
    'length twice': 'content-length: 5\r\ncontent-length: 6\r\n',
    'equal lengths twice': 'content-length: 5\r\ncontent-length: 5\r\n',
    'blank before the colon': 'content-length : 5\r\n',
    'folded header': 'x-a: b\r\n content-length: 5\r\n',
    'bare line feeds': 'x-a: b\ncontent-length: 5\r\n',
    'carriage return in a value': 'x-a: b\rc\r\n',
    'no colon': 'content-length\r\n',
    'zero byte': 'x-a: b\0c\r\n',
  };
  for (const [name, line] of Object.entries(lines)) {
    test(name, async () => {
      const text = await untilClosed(
        `PUT /bucket/outer HTTP/1.1\r\nhost: 127.0.0.1\r\n${line}\r\n${body}${inner()}`,
      );
      expect(statuses(text).every((status) => status >= 400)).toBe(true);
      expect(statuses(text).length).toBe(1);
      expect(fixture.objects.has('bucket/smuggled')).toBe(false);
    });
  }
});

describe('bad heads', () => {
  test('headers above the limit', async () => {
    const text = await untilClosed(head('GET', '/', { host: 'h', 'x-a': 'a'.repeat(40_000) }));
    expect(statuses(text)).toEqual([400]);
    expect(text).toContain('<Code>RequestHeaderSectionTooLarge</Code>');
  });
  test('too many headers', async () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`x-${i}`, '1']));
    const connection = open();
    connection.write(head('GET', '/', { host: 'h', ...many }));
    await connection.until(() => connection.text.includes('</Error>'));
    expect(connection.text).toContain('<Code>RequestHeaderSectionTooLarge</Code>');
    connection.socket.destroy();
  });
  test('an endless target', async () => {
    expect(statuses(await untilClosed(`GET /${'a'.repeat(40_000)} HTTP/1.1\r\n`))).toEqual([400]);
  });
  test('no HTTP at all, and HTTP/2 without upgrade', async () => {
    for (const bytes of [
      '\x16\x03\x01\x02\x00\x01\x00',
      'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
      'GET / HTTP/9.9\r\n\r\n',
    ]) {
      const text = await untilClosed(bytes);
      expect(statuses(text).every((status) => status >= 400)).toBe(true);
    }
  });
  test('Host missing or twice', async () => {
    for (const lines of ['', 'host: a\r\nHost: b\r\n']) {
      const text = await untilClosed(`GET / HTTP/1.1\r\n${lines}\r\n`);
      expect([statuses(text), text.includes('<Code>BadRequest</Code>')]).toEqual([[400], true]);
    }
  });
  test('Authorization twice', async () => {
    const signed = signHead({ method: 'GET', path: '/', payloadHash: emptySha256 });
    const connection = open();
    connection.write(head('GET', '/', { ...signed.headers, Authorization: 'Bearer x' }));
    await connection.until(() => connection.text.includes('</Error>'));
    expect(connection.text).toContain('<Code>InvalidArgument</Code>');
    connection.socket.destroy();
  });
  test('Authorization with a control character', async () => {
    const text = await untilClosed(head('GET', '/', { host: 'h', authorization: '\x07' }));
    expect([statuses(text), text.includes('<Code>AccessDenied</Code>')]).toEqual([[403], true]);
  });
  test('targets that are no path', async () => {
    for (const target of ['*', 'host:80', 'ftp://host/']) {
      const connection = open();
      connection.write(`OPTIONS ${target} HTTP/1.1\r\nhost: h\r\n\r\n`);
      await connection.until(() => statuses(connection.text).length === 1);
      expect(statuses(connection.text)[0]).toBe(400);
      connection.socket.destroy();
    }
  });
});

describe('bodies that are not what was announced', () => {
  test('closed in the middle of the headers', async () => {
    const connection = open();
    connection.write('PUT /bucket/half HTTP/1.1\r\nhost: 12');
    connection.socket.end();
    await connection.untilClosed();
    expect(fixture.objects.has('bucket/half')).toBe(false);
  });
  test('less than the length, then the end', async () => {
    const connection = open();
    connection.write(putBytes('short', 'hello', { 'content-length': '6' }));
    connection.socket.end();
    await connection.untilClosed();
    expect(statuses(connection.text)).toEqual([400]);
    expect(connection.text).toContain('<Code>IncompleteBody</Code>');
    expect(fixture.objects.has('bucket/short')).toBe(false);
  });
  test('a connection reset in the middle of a body', async () => {
    const connection = open();
    connection.write(putBytes('reset', 'hello', { 'content-length': '100000' }));
    await until(() => fixture.port.requestsInFlight === 1);
    connection.socket.resetAndDestroy();
    await until(() => fixture.port.requestsInFlight === 0);
    expect(fixture.objects.has('bucket/reset')).toBe(false);
  });
  test('bad sizes in chunked transfer coding', async () => {
    for (const chunk of [
      'zz\r\nhello\r\n',
      '-5\r\nhello\r\n',
      `${'f'.repeat(20)}\r\nhello\r\n`,
      '5\r\nhello world\r\n',
    ]) {
      const signed = signHead({ method: 'PUT', path: '/bucket/te', payloadHash: sha256('hello') });
      const text = await untilClosed(
        head('PUT', '/bucket/te', { ...signed.headers, 'transfer-encoding': 'chunked' }) + chunk,
      );
      expect(statuses(text)).toEqual([400]);
      expect(fixture.objects.has('bucket/te')).toBe(false);
    }
  });
  test('sound chunked transfer coding', async () => {
    const signed = signHead({ method: 'PUT', path: '/bucket/te', payloadHash: sha256('hello') });
    const connection = open();
    connection.write(
      `${head('PUT', '/bucket/te', { ...signed.headers, 'transfer-encoding': 'chunked' })}2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n`,
    );
    await connection.until(() => statuses(connection.text).length === 1);
    expect(fixture.objects.get('bucket/te')?.toString()).toBe('hello');
    connection.socket.destroy();
  });
  test('a long body nobody reads: the answer comes, then the connection closes', async () => {
    const connection = open();
    const signed = signHead({ method: 'PUT', path: '/bucket/long', payloadHash: emptySha256 });
    const headers = { ...signed.headers, authorization: `${signed.headers.authorization}0` };
    connection.write(head('PUT', '/bucket/long', { ...headers, 'content-length': '100000000' }));
    connection.write(Buffer.alloc(1_000_000));
    await connection.until(() => connection.text.includes('</Error>'));
    expect(connection.text).toContain('<Code>SignatureDoesNotMatch</Code>');
    expect(connection.text.toLowerCase()).toContain('connection: close');
    for (let i = 0; i < 12 && !connection.closed; i += 1) connection.write(Buffer.alloc(1_000_000));
    await connection.untilClosed();
  });
});

describe('100 Continue', () => {
  const expecting = { expect: '100-continue', 'content-length': '5' };
  test('is sent to a caller who may write', async () => {
    const signed = signHead({ method: 'PUT', path: '/bucket/cont', payloadHash: sha256('hello') });
    const connection = open();
    connection.write(head('PUT', '/bucket/cont', { ...signed.headers, ...expecting }));
    await connection.until(() => connection.text.startsWith('HTTP/1.1 100 Continue\r\n\r\n'));
    connection.write('hello');
    await connection.until(() => statuses(connection.text).length === 2);
    expect(statuses(connection.text)).toEqual([100, 200]);
    connection.socket.destroy();
  });
  test('is not sent to anybody else: not anonymous, not forged, not when the operation fails before it reads', async () => {
    const good = signHead({ method: 'PUT', path: '/bucket/cont', payloadHash: sha256('hello') }).headers;
    const forged = { ...good, authorization: `${good.authorization}0` };
    expect(statuses(await untilClosed(head('PUT', '/bucket/cont', { host: 'h', ...expecting })))).toEqual([
      403,
    ]);
    expect(statuses(await untilClosed(head('PUT', '/bucket/cont', { ...forged, ...expecting })))).toEqual([
      403,
    ]);
    const part = signHead({
      method: 'PUT',
      path: '/bucket/cont',
      query: 'partNumber=1&uploadId=u',
      payloadHash: sha256('hello'),
    });
    const target = '/bucket/cont?partNumber=1&uploadId=u';
    expect(statuses(await untilClosed(head('PUT', target, { ...part.headers, ...expecting })))).toEqual([
      404,
    ]);
  });
  test('another expectation is ignored', async () => {
    const connection = open();
    connection.write(putBytes('expect', 'x', { expect: '200-ok' }));
    await connection.until(() => statuses(connection.text).length === 1);
    expect(statuses(connection.text)).toEqual([200]);
    connection.socket.destroy();
  });
});

describe('clients that leave', () => {
  test('the signal of a handler that asked for it fires', async () => {
    const before = { entered, aborted };
    const connection = open();
    connection.write(getBytes('/bucket', 'tagging'));
    await until(() => entered > before.entered);
    connection.socket.destroy();
    await until(() => aborted > before.aborted);
  });
});

describe('a reply that breaks', () => {
  test('midway is cut, so that the client sees it is not whole', async () => {
    gates.length = 0;
    const connection = open();
    connection.write(getBytes('/bucket', 'versioning'));
    await connection.until(() => connection.received.length > 50_000);
    gates.pop()?.();
    await connection.untilClosed();
    expect(statuses(connection.text)).toEqual([200]);
    expect(connection.received.length).toBeLessThan(60_000);
    expect(fixture.logged.join('')).toContain('disk broke');
  });
});
