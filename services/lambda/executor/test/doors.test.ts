/** What functions reach, by numbers and by names: the gateway's ports, those that are trusted more of them, and nothing else. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createServer } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { furtherDoors } from '../../gateway/doors.ts';
import { type Bench, openBench } from './support.ts';

const greet = (text: string) => (socket: Socket) => {
  socket.on('error', () => undefined);
  socket.end(text);
};
const store = createServer(greet('store'));
const late = createServer(greet('late'));
const ports: number[] = [];
let bench: Bench;

beforeAll(async () => {
  for (const server of [store, late]) await once(server.listen(0, '127.0.0.1'), 'listening');
  bench = await openBench({
    connectGateway: greet('gateway'),
    furtherDoors: () =>
      furtherDoors(
        { awsEndpoint: () => ({ scheme: 'http', port: 45_660 }), otherPorts: () => ports, host: '127.0.0.1' },
        greet('gateway'),
      ),
  });
});
afterAll(async () => {
  await bench.stop();
  store.close();
  late.close();
});

const portOf = (server: typeof store): number => (server.address() as { port: number }).port;

const dialler = `
  import { connect } from 'node:net';
  export const handler = (targets) => Promise.all(targets.map(([host, port]) => new Promise((resolve) => {
    let text = '';
    connect({ host, port })
      .on('data', (bytes) => { text += bytes; })
      .on('error', (error) => resolve(error.code))
      .on('close', () => resolve(text));
  })));`;

test('trusted functions reach the stores, others the gateway alone', async () => {
  const asked = (isTrusted: boolean) =>
    bench.start(dialler, { isTrusted }).then(async ({ call, environment }) => {
      const answer = (await call([4566, 45_660, portOf(store)].map((port) => ['127.0.0.1', port]))).value;
      await environment.close();
      return answer;
    });
  if (!bench.executor.isolation.network) return;
  ports.push(portOf(store));
  expect(await asked(true)).toEqual(['gateway', 'gateway', 'store']);
  expect(await asked(false)).toEqual(['gateway', 'gateway', 'ECONNREFUSED']);
});

test('a port that opens later is there for the next environment', async () => {
  if (!bench.executor.isolation.network) return;
  const functionId = '00000000-0000-4000-8000-000000000001';
  ports.splice(0, ports.length, portOf(store));
  const first = await bench.start(dialler, { isTrusted: true, functionId });
  ports.push(portOf(late));
  const second = await bench.start(dialler, { isTrusted: true, functionId });
  expect((await second.call([['localhost', portOf(late)]])).value).toEqual(['late']);
  await first.environment.close();
  await second.environment.close();
});

test('names below localhost are the gateway, and others say what there is', async () => {
  const { call, environment } = await bench.start(`
    import { lookup } from 'node:dns/promises';
    import { promisify } from 'node:util';
    import dns from 'node:dns';
    export const handler = async () => ({
      url: await lookup('id.lambda-url.us-east-1.localhost'),
      old: (await promisify(dns.lookup)('id.localhost', { family: 4 })).address,
      outside: await fetch('https://service.example/').catch((error) => [error.cause.code, error.cause.message]),
    });`);
  const { url, old, outside } = (await call({})).value as Record<string, unknown>;
  expect([url, old]).toEqual([{ address: '127.0.0.1', family: 4 }, '127.0.0.1']);
  if (bench.executor.isolation.network)
    expect(outside).toEqual(['ENOTFOUND', expect.stringContaining('AWS_ENDPOINT_URL')]);
  await environment.close();
});
