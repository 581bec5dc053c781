/** Circuits and computations over the admin API, as far as HTTP goes: what they mean is tested with their service. */
import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ComputationRefused, type Computations } from '@hypergate/kit';
import { operations } from '@hypergate/openapi/admin';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import type { AdminModules } from '../admin/handlers.ts';
import { createHandlers } from '../admin/handlers.ts';
import { createMetrics } from '../admin/metrics.ts';
import { createAdminServer } from '../admin/server.ts';
import { requireComputations } from '../computations.ts';
import { loadSettings } from '../config/load.ts';
import { answeringComputations, commitment, computationFile, computationId } from './computations-answers.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const unused = () => Promise.reject(new Error('not asked for'));
const json = { 'content-type': 'application/json' };
const octets = { 'content-type': 'application/octet-stream' };

async function start(own: Partial<Computations> = {}, more: Partial<AdminModules> = {}, token?: string) {
  const logger = pino({ level: 'silent' });
  const handlers = createHandlers({
    status: unused,
    health: () => ({ ready: true, services: [] }),
    usage: unused,
    collect: unused,
    prove: unused,
    trustRoot: () => {
      throw new Error('not asked for');
    },
    computations: () => ({ ...answeringComputations, ...own }),
    custodians: () => undefined,
    settings: loadSettings({ flags: {}, env: {}, folder: '/' }),
    logger,
    metrics: createMetrics(),
    ...more,
  });
  const admin = await createAdminServer(handlers, { token, host: '127.0.0.1' }, logger);
  const server = createServer(admin.handle).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return async (
    method: string,
    path: string,
    headers: Record<string, string> = {},
    body?: string | Buffer,
  ) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers, agent: false });
    // A server that has answered need not take the rest of a body.
    sent.on('error', () => undefined);
    const answered = once(sent, 'response');
    sent.end(body);
    const [response] = await answered;
    const pieces: Buffer[] = [];
    for await (const piece of response) pieces.push(piece);
    return { status: response.statusCode as number, text: Buffer.concat(pieces).toString() };
  };
}

test('an encoding arrives as its bytes, with its name and whether it is kept', async () => {
  const asked: unknown[] = [];
  const call = await start({
    putCircuit: async (encoding, upload) => {
      asked.push([Buffer.from(encoding).toString('hex'), upload]);
      return answeringComputations.putCircuit(encoding, upload);
    },
  });
  const bytes = Buffer.from([0, 255, 10, 13]);
  expect((await call('POST', '/circuits?name=my%20sum&keep=false', octets, bytes)).status).toBe(200);
  expect((await call('POST', '/circuits', octets, bytes)).status).toBe(200);
  expect(asked).toEqual([
    ['00ff0a0d', { name: 'my sum', keep: false }],
    ['00ff0a0d', { name: undefined, keep: true }],
  ]);
});

test('a large encoding is taken in, one beyond the limit is not, and other operations keep theirs', async () => {
  const lengths: number[] = [];
  const call = await start({
    putCircuit: async (encoding, upload) => {
      lengths.push(encoding.length);
      return answeringComputations.putCircuit(encoding, upload);
    },
  });
  const max = operations.putCircuit.bodyBytesMax;
  expect((await call('POST', '/circuits', octets, Buffer.alloc(max))).status).toBe(200);
  expect((await call('POST', '/circuits', octets, Buffer.alloc(max + 1))).status).toBe(413);
  expect(lengths).toEqual([max]);
  expect((await call('POST', '/computations', json, ' '.repeat(70_000))).status).toBe(413);
  expect((await call('POST', '/computations', octets, Buffer.alloc(70_000))).status).toBe(413);
});

test('a caller without the token is refused before a body is taken in', async () => {
  const call = await start({}, {}, 'secret-secret-secret');
  const max = operations.putCircuit.bodyBytesMax;
  expect((await call('POST', '/circuits', octets, Buffer.alloc(max + 1))).status).toBe(401);
  expect((await call('POST', '/computations', json, '{')).status).toBe(401);
});

test('calls that are none are refused with what is wrong', async () => {
  const call = await start();
  const cases: [string, string, Record<string, string>, string | undefined][] = [
    ['POST', '/circuits', json, '{}'],
    ['POST', '/circuits?keep=no', octets, 'x'],
    ['POST', '/circuits?name=%20', octets, 'x'],
    ['POST', `/circuits?name=${'n'.repeat(65)}`, octets, 'x'],
    ['POST', '/circuits/compile', json, '{}'],
    ['POST', '/circuits/compile', octets, 'x'],
    ['GET', '/circuits?limit=0', {}, undefined],
    ['GET', '/circuits?limit=10&limit=11', {}, undefined],
    ['GET', '/circuits?before=xy', {}, undefined],
    ['GET', `/circuits/${commitment.toUpperCase()}`, {}, undefined],
    ['GET', `/circuits/${commitment}0`, {}, undefined],
    ['GET', '/circuits/..', {}, undefined],
    ['GET', '/computations', {}, undefined],
    ['GET', `/computations/${commitment}`, {}, undefined],
    ['POST', '/computations', json, JSON.stringify(computationFile)],
    ['POST', '/computations', json, JSON.stringify({ computation: computationFile, more: 1 })],
    ['POST', '/computations', json, JSON.stringify({ computation: computationFile, endedMs: '1' })],
    ['POST', '/computations', json, '{"computation":{"statement":{},"signatures":{"__proto__":"11"}}}'],
  ];
  for (const [method, path, headers, body] of cases) {
    const answer = await call(method, path, headers, body);
    expect([400, 404, 415], `${method} ${path} ${body}`).toContain(answer.status);
    expect(JSON.parse(answer.text), path).toHaveProperty('error');
  }
});

test('what the service refuses is told with its status, and what is not there is 404', async () => {
  for (const status of [400, 404, 409, 503] as const) {
    const call = await start({ record: () => Promise.reject(new ComputationRefused(status, 'the reason')) });
    const answer = await call(
      'POST',
      '/computations',
      json,
      JSON.stringify({ computation: computationFile }),
    );
    expect([answer.status, answer.text]).toEqual([status, '{"error":"the reason"}']);
  }
  const call = await start({ putCircuit: () => Promise.reject(new Error('a secret detail')) });
  const broken = await call('POST', '/circuits', octets, 'x');
  expect(broken.status).toBe(500);
  expect(broken.text).not.toContain('secret');
  const other = `01${'00'.repeat(32)}`;
  for (const path of [
    `/circuits/${other}`,
    `/circuits/${other}/encoding`,
    `/computations/${computationId.replace('c', 'd')}`,
  ]) {
    expect((await call('GET', path)).status, path).toBe(404);
  }
});

test('the bytes of an encoding come whole, or the connection ends', async () => {
  const call = await start();
  expect(await call('GET', `/circuits/${commitment}/encoding`)).toEqual({ status: 200, text: 'encoding' });
  const broken = await start({
    encoding: async () => ({
      length: 8,
      bytes: (async function* () {
        yield Buffer.from('enco');
        throw new Error('the disk is gone');
      })(),
    }),
  });
  await expect(broken('GET', `/circuits/${commitment}/encoding`)).rejects.toThrow('aborted');
});

test('a gateway whose services keep none says so', async () => {
  const call = await start({}, { computations: () => requireComputations([]) });
  const answer = await call('GET', '/circuits');
  expect(answer.status).toBe(503);
  expect(answer.text).toContain('no service here keeps circuits');
});
