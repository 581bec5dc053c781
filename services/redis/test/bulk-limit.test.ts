/** `proto-max-bulk-len` bounds what clients send and what their commands make, from the moment it is set. */
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { serveEngine, type TestServer } from './serve.ts';

const mebibyte = 1024 * 1024;
let server: TestServer;
let clients: Redis[];
beforeEach(async () => {
  server = await serveEngine();
  clients = [];
});
afterEach(async () => {
  for (const client of clients) client.disconnect();
  await server.close();
});

function connect(): Redis {
  const client = new Redis({ port: server.port, host: '127.0.0.1', retryStrategy: null });
  client.on('error', () => undefined);
  clients.push(client);
  return client;
}

it('closes connections that send a longer argument, also those from before', async () => {
  const [admin, client] = [connect(), connect()];
  await client.ping();
  await admin.config('SET', 'proto-max-bulk-len', '1mb');
  expect(await client.set('k', 'x'.repeat(mebibyte))).toBe('OK');
  const closed = new Promise((resolve) => client.once('close', resolve));
  // The answer may be lost when the connection ends while the rest is on its way.
  const longer = client.set('k', 'x'.repeat(mebibyte + 1));
  await expect(longer).rejects.toThrow(/Protocol error: invalid bulk length|closed/);
  await closed;
  expect(await admin.strlen('k')).toBe(mebibyte);
});

it('takes them again when it is raised, in the same pipeline too', async () => {
  const client = connect();
  await client.config('SET', 'proto-max-bulk-len', mebibyte);
  const answers = await client
    .pipeline()
    .config('SET', 'proto-max-bulk-len', '3mb')
    .set('k', 'x'.repeat(2 * mebibyte))
    .append('k', 'y'.repeat(mebibyte))
    .append('k', 'z')
    .exec();
  expect(answers!.map(([error, answer]) => error?.message ?? answer)).toEqual([
    'OK',
    'OK',
    3 * mebibyte,
    'ERR string exceeds maximum allowed size (proto-max-bulk-len)',
  ]);
});

it('is at least 1 MiB, and whatever it says no argument is longer than V8 can hold', async () => {
  const client = connect();
  await expect(client.config('SET', 'proto-max-bulk-len', mebibyte - 1)).rejects.toThrow(
    /between 1048576 and/,
  );
  await client.config('SET', 'proto-max-bulk-len', '10gb');
  expect(await client.config('GET', 'proto-max-bulk-len')).toEqual(['proto-max-bulk-len', '10737418240']);
  expect(await client.set('k', 'v')).toBe('OK');
  await expect(client.setrange('k', 536_870_888, 'x')).rejects.toThrow(/exceeds maximum allowed size/);
  expect(server.engine.bulkBytesMax).toBe(536_870_888);
});
