/** Last words on real sockets. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { farewell } from '../farewell.ts';
import { connectionLimits } from '../limits.ts';
import { discardChunk } from '../spent-chunk.ts';

const words = 'these are the last words';
let server: Server;
let client: Socket;

/** @returns the server's side */
async function open(): Promise<Socket> {
  server = createServer({ pauseOnConnect: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  client = connect({ port: address.port, host: '127.0.0.1' });
  client.on('error', () => undefined);
  const [socket] = (await once(server, 'connection')) as [Socket];
  socket.on('error', () => socket.destroy());
  return socket;
}

afterEach(() => {
  client.destroy();
  server.close();
});

test('a client that sent much before reads the last words', async () => {
  const socket = await open();
  client.write(Buffer.alloc(connectionLimits.discardBytesMax / 2));
  socket.write(words);
  farewell(socket);
  const [told] = await once(client, 'data');
  expect(String(told)).toBe(words);
  await once(socket, 'close');
});

test('one that goes on sending is not read from for ever, reads them, and is cut off', async () => {
  const socket = await open();
  client.write(Buffer.alloc(64 * connectionLimits.discardBytesMax));
  socket.write(words);
  farewell(socket);
  const [told] = await once(client, 'data');
  expect(String(told)).toBe(words);
  await once(socket, 'close');
  // What had come when it was paused, and what its stream takes at once.
  expect(socket.bytesRead).toBeLessThan(2 * connectionLimits.discardBytesMax);
});

test('memory of a chunk is given back at once, but not what others have a part of', () => {
  const own = Buffer.from(new ArrayBuffer(1000));
  discardChunk(own);
  expect(own.buffer.byteLength).toBe(0);
  const whole = Buffer.from(new ArrayBuffer(1000));
  discardChunk(whole.subarray(0, 500));
  expect(whole).toHaveLength(1000);
});
