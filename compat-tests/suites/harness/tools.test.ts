import { createServer, type Server } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { parseArguments } from '../../lib/arguments.ts';
import { checkContent, contentBytesMin, makeContent } from '../../lib/content.ts';
import { readUsage } from '../../lib/process-usage.ts';
import { SeededRandom } from '../../lib/random.ts';
import { RawConnection, type RawReply } from '../../lib/raw-http.ts';
import { xmlTexts } from '../../lib/s3-caller.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A peer that answers whatever it gets with these bytes, in pieces of the given length. */
async function answering(bytes: Buffer, pieceBytes: number): Promise<RawConnection> {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.once('data', async () => {
      for (let at = 0; at < bytes.length; at += pieceBytes) {
        await new Promise<void>((resolve) =>
          socket.write(bytes.subarray(at, at + pieceBytes), () => resolve()),
        );
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end();
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return RawConnection.open({ host: '127.0.0.1', port: (server.address() as { port: number }).port });
}

async function ask(answer: string, pieceBytes: number): Promise<RawReply> {
  const connection = await answering(Buffer.from(answer, 'latin1'), pieceBytes);
  return connection.request('GET', '/', {}).finally(() => connection.close());
}

test.each([1, 2, 3, 7, 1000])('answers are read the same in pieces of %i bytes', async (pieceBytes) => {
  const plain = await ask(
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nETag: "x"\r\nContent-Length: 5\r\n\r\nhello',
    pieceBytes,
  );
  expect([plain.status, plain.interim, plain.headers.get('etag'), plain.body.toString()]).toEqual([
    200,
    [100],
    '"x"',
    'hello',
  ]);
  const chunked = await ask(
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\na\r\n0123456789\r\n0\r\n\r\n',
    pieceBytes,
  );
  expect(chunked.body.toString()).toBe('abc0123456789');
  const none = await ask('HTTP/1.1 204 No Content\r\n\r\n', pieceBytes);
  expect([none.status, none.bodyBytes]).toEqual([204, 0]);
});

test.each([
  ['a truncated body', 'HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello'],
  ['a truncated chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab'],
  ['a truncated head', 'HTTP/1.1 200 OK\r\nContent-'],
  ['no HTTP', 'hello\r\n\r\n'],
])('%s fails the request', async (_name, answer) => {
  await expect(ask(answer, 1000)).rejects.toThrow();
});

test('a body is whole only with every byte of one seed and length', () => {
  const body = makeContent(77, 5000);
  expect(checkContent(body)).toEqual({ seed: 77 });
  expect(checkContent(makeContent(0, contentBytesMin))).toEqual({ seed: 0 });
  expect(checkContent(body.subarray(0, 4999))).toHaveProperty('fault');
  expect(checkContent(Buffer.concat([body, Buffer.alloc(1)]))).toHaveProperty('fault');
  for (const at of [0, 7, 8, 15, 16, 2500, 4999]) {
    const changed = Buffer.from(body);
    changed[at] = (changed[at] as number) ^ 1;
    expect(checkContent(changed), `byte ${at}`).toHaveProperty('fault');
  }
});

test('the same seed gives the same numbers and another seed others', () => {
  const draw = (seed: string) => {
    const random = new SeededRandom(seed);
    return Array.from({ length: 20 }, () => random.between(1, 1_000_000));
  };
  expect(draw('a')).toEqual(draw('a'));
  expect(draw('a')).not.toEqual(draw('b'));
  expect(Math.min(...draw('a'))).toBeGreaterThanOrEqual(1);
});

test('texts of elements are unescaped, however often they occur', () => {
  expect(xmlTexts('<a><Key>x&amp;amp;&lt;&#10;&#x1f600;</Key><Key/><Key></Key></a>', 'Key')).toEqual([
    'x&amp;<\n\u{1f600}',
    '',
  ]);
});

test('unknown flags and counts that are none are refused', () => {
  expect(parseArguments(['s3', '--loops', '7'], { loops: 'string' }).count('loops', 1)).toBe(7);
  expect(() => parseArguments(['--lops', '7'], { loops: 'string' })).toThrow(/lops/);
  expect(() => parseArguments(['--loops', 'x'], { loops: 'string' }).count('loops', 1)).toThrow(/loops/);
});

test('the usage of a process counts its CPU and memory, on Linux; elsewhere it says that it cannot', () => {
  if (process.platform !== 'linux') {
    expect(() => readUsage(process.pid)).toThrow(/Linux/);
    return;
  }
  const before = readUsage(process.pid);
  const used = process.cpuUsage();
  expect(Math.abs(before.cpuSeconds - (used.user + used.system) / 1e6)).toBeLessThan(0.5);
  expect(before.rssBytes).toBeGreaterThan(10_000_000);
  expect(() => readUsage(2 ** 30)).toThrow();
});
