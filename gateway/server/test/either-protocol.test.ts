import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createPlain, request as requestPlain } from 'node:http';
import { createServer as createSecure, request as requestSecure } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { eitherProtocol } from '../listeners/either-protocol.ts';
import { openSelfSigned, type TlsCertificate } from '../tls/certificate.ts';
import { temporaryFolder } from './temporary.ts';

let certificate: TlsCertificate;
let port: number;
let close: () => void;
const waiting = new Set<Socket>();

beforeEach(async () => {
  const random = { bytes: (length: number) => randomBytes(length) };
  certificate = await openSelfSigned(await temporaryFolder(), '127.0.0.1', { clock: Date, random });
  const answer =
    (name: string) => async (request: AsyncIterable<Buffer>, response: { end(text: string): void }) => {
      let length = 0;
      for await (const piece of request) length += piece.length;
      response.end(`${name} ${length}`);
    };
  const plain = createPlain(answer('plain'));
  const secure = createSecure({ cert: certificate.cert, key: certificate.key }, answer('secure'));
  const listener = eitherProtocol(plain, secure, waiting).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  port = (listener.address() as AddressInfo).port;
  close = () => {
    listener.close();
    plain.closeAllConnections();
    secure.closeAllConnections();
    for (const socket of waiting) socket.destroy();
  };
});
afterEach(() => close());

async function call(tls: boolean, body: Buffer): Promise<string> {
  const options = { port, host: '127.0.0.1', method: 'PUT', agent: false, ca: certificate.cert };
  const sent = (tls ? requestSecure : requestPlain)(options);
  sent.end(body);
  const [response] = await once(sent, 'response');
  let text = '';
  for await (const piece of response) text += piece;
  return text;
}

test.each([0, 10, 5_000_000])('both protocols work on one port, with bodies of %d bytes', async (length) => {
  const body = Buffer.alloc(length, 'x');
  const calls = Array.from({ length: 8 }, (_, index) => call(index % 2 === 0, body));
  const expected = Array.from(
    { length: 8 },
    (_, index) => `${index % 2 === 0 ? 'secure' : 'plain'} ${length}`,
  );
  expect(await Promise.all(calls)).toEqual(expected);
});

test('a request that arrives byte by byte is whole', async () => {
  const socket = connect(port, '127.0.0.1').setNoDelay(true);
  await once(socket, 'connect');
  for (const byte of 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n') {
    socket.write(byte);
    await new Promise(setImmediate);
  }
  let text = '';
  for await (const piece of socket) text += piece;
  expect(text).toMatch(/^HTTP\/1\.1 200 [\s\S]*plain 0/);
});

test('a connection that ends or breaks before its first byte is forgotten', async () => {
  const ended = connect(port, '127.0.0.1');
  await once(ended, 'connect');
  ended.end();
  await once(ended, 'close');
  const broken = connect(port, '127.0.0.1');
  await once(broken, 'connect');
  broken.resetAndDestroy();
  expect(await call(false, Buffer.from('still here'))).toBe('plain 10');
});
