import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Computations, type ProofQuery, ProofUnavailable } from '@hypergate/kit';
import { type Custodians, operations, proofDocumentSchema, type Status } from '@hypergate/openapi/admin';
import { pino } from 'pino';
import { afterEach, expect, test } from 'vitest';
import type { GuardOptions } from '../admin/guard.ts';
import { createHandlers } from '../admin/handlers.ts';
import { createMetrics } from '../admin/metrics.ts';
import { createAdminServer } from '../admin/server.ts';
import { proofPath } from '../cli/prove.ts';
import { loadSettings } from '../config/load.ts';
import { answeringComputations, commitment, computationFile, computationId } from './computations-answers.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

const status: Status = {
  version: '0.1.0',
  runtime: '24.0.0',
  pid: 1,
  startedAt: new Date(0).toISOString(),
  phase: 'running',
  region: 'us-east-1',
  dataDir: '/data',
  endpoint: 'http://127.0.0.1:4566',
  adminEndpoint: 'http://127.0.0.1:4570',
  tls: false,
  services: [],
  listeners: [],
  node: { position: 7 },
  proofs: { state: 'running', frame: 3, nextFrame: 4, lagSeconds: 0.5, waiting: 0 },
  process: { uptimeSeconds: 1, cpuSeconds: 1, residentBytes: 1 },
};
const custodians: Custodians = {
  epoch: 0,
  threshold: 1,
  custodians: [{ index: 1, state: 'ready', latencyMs: 0.5, letters: 0, keys: 3, pid: 1 }],
  refresh: {
    periodSeconds: 3600,
    running: false,
    keys: 3,
    failed: 0,
    waiting: 0,
    sinceStart: { refreshed: 3, recovered: 0, failed: 0 },
  },
};
const storage = { chunkBytes: 1, garbageBytes: 2, logBytes: 3, stateBytes: 4, indexBytes: 5, freeBytes: 6 };
const env = {
  HYPERGATE_ACCESS_KEY_ID: 'key',
  HYPERGATE_SECRET_ACCESS_KEY: 'hush-hush',
  HYPERGATE_ADMIN_TOKEN: 'hush-hush-hush-hush',
};

const trust = { trustRoot: 'ab'.repeat(32), network: 'test', frame: 3, discriminantBits: 2048 };
/** Not as a library would write it: it must go out as it is. */
const proofText =
  '{\n "format": "x", "subject": "s3://b/\u00e4", "frame": 3,\n "time": "2026-01-02T03:04:05.678Z", "proof": ""}\n';

interface StartOptions {
  readonly guard?: GuardOptions;
  readonly ready?: boolean;
  readonly prove?: (query: ProofQuery) => Promise<string>;
  readonly trustRoot?: () => typeof trust;
  readonly computations?: () => Computations;
}

async function start({
  guard = { token: undefined, host: '127.0.0.1' },
  ready = true,
  ...own
}: StartOptions = {}) {
  const logger = pino({ level: 'silent' });
  const settings = loadSettings({ flags: {}, env, folder: '/' });
  const health = () => ({ ready, services: [] });
  const handlers = createHandlers({
    status: async () => status,
    health,
    usage: async ({ bucket }) =>
      bucket === undefined || bucket === 'known' ? { buckets: [], storage } : undefined,
    collect: async () => ({ freedBytes: 3, chunkBytes: 2, garbageBytes: 1 }),
    prove: async () => proofText,
    trustRoot: () => trust,
    computations: () => answeringComputations,
    custodians: () => ({
      status: async () => custodians,
      refresh: async () => custodians,
      accept: async (index) => (index === 1 ? custodians : undefined),
    }),
    settings,
    logger,
    metrics: createMetrics(),
    ...own,
  });
  const admin = await createAdminServer(handlers, guard, logger);
  const server = createServer(admin.handle).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const call = async (method: string, path: string, headers: Record<string, string> = {}, body?: string) => {
    const sent = request({ host: '127.0.0.1', port, method, path, headers });
    sent.end(body);
    const [response] = await once(sent, 'response');
    let text = '';
    for await (const piece of response) text += piece;
    return { status: response.statusCode as number, text, type: response.headers['content-type'] };
  };
  return { call, logger, port };
}

const json = { 'content-type': 'application/json' };
const octets = { 'content-type': 'application/octet-stream' };
const examples: Readonly<Record<string, readonly [type: Record<string, string>, body: string]>> = {
  setLogLevel: [json, '{"level":"warn"}'],
  measureUsage: [json, '{}'],
  collectGarbage: [json, '{}'],
  putCircuit: [octets, 'encoding'],
  compileCircuit: [json, '{"source":"text"}'],
  takePart: [json, JSON.stringify({ circuit: commitment, session: {}, as: 'alice', inputs: { a: 1 } })],
  recordComputation: [json, JSON.stringify({ computation: computationFile })],
};
const queries: Readonly<Record<string, string>> = {
  getProof: '?target=s3://b/k',
  listComputations: `?circuit=${commitment}`,
};

test('every operation answers as the description says', async () => {
  const { call } = await start();
  for (const [id, row] of Object.entries(operations)) {
    const [headers, body] = examples[id] ?? [{}, undefined];
    const path = row.path
      .replace('{commitment}', commitment)
      .replace('{index}', '1')
      .replace('{id}', computationId);
    const answer = await call(row.method, `${path}${queries[id] ?? ''}`, headers, body);
    expect(answer.status, id).toBe(200);
    const media: Readonly<Record<number, string>> = row.media ?? {};
    expect(answer.type?.split(';')[0], id).toBe(media[200] ?? 'application/json');
    const value = media[200] === undefined ? JSON.parse(answer.text) : answer.text;
    expect(row.responses[200].safeParse(value).success, id).toBe(true);
  }
});

test('health is 503 while not ready', async () => {
  const { call } = await start({ ready: false });
  expect((await call('GET', '/health')).status).toBe(503);
});

test('secrets are in no answer', async () => {
  const { call } = await start();
  for (const path of ['/settings', '/status', '/metrics'])
    expect((await call('GET', path)).text).not.toContain('hush');
  expect((await call('GET', '/settings')).text).toContain('"HYPERGATE_SECRET_ACCESS_KEY"');
});

test('the log level changes, and a level that is none is refused', async () => {
  const { call, logger } = await start();
  expect((await call('PUT', '/log-level', json, '{"level":"error"}')).status).toBe(200);
  expect(logger.level).toBe('error');
  for (const body of ['{"level":"loud"}', '{}', '[]', '{"level":"error","more":1}', '{']) {
    expect((await call('PUT', '/log-level', json, body)).status, body).toBe(400);
  }
  expect((await call('PUT', '/log-level', { 'content-type': 'text/plain' }, '{"level":"info"}')).status).toBe(
    400,
  );
  expect((await call('PUT', '/log-level', json, `{"level":"${'x'.repeat(70_000)}"}`)).status).toBe(413);
  expect(logger.level).toBe('error');
});

test('usage and collection say what is wrong with their question', async () => {
  const { call } = await start();
  const post = (path: string, body: string) =>
    call('POST', path, { 'content-type': 'application/json' }, body);
  expect((await post('/usage', '{"bucket":"known","prefix":"a/"}')).status).toBe(200);
  expect((await post('/usage', '{"bucket":"unknown"}')).status).toBe(404);
  expect((await post('/usage', '{"prefix":"a/"}')).status).toBe(400);
  expect((await post('/usage', '{"buckets":"known"}')).status).toBe(400);
  expect((await post('/collect', '{"olderThanSeconds":-1}')).status).toBe(400);
  expect((await post('/collect', '{"olderThanSeconds":"now"}')).status).toBe(400);
  expect((await post('/collect', '{"olderThanSeconds":0}')).status).toBe(200);
});

test('a proof goes out byte for byte, and what is asked for arrives as it was written', async () => {
  const asked: ProofQuery[] = [];
  const { call } = await start({
    prove: async (query) => {
      asked.push(query);
      return proofText;
    },
  });
  const answer = await call('GET', '/proof?target=s3://b/k');
  expect(answer).toMatchObject({ status: 200, text: proofText, type: 'application/json; charset=utf-8' });
  expect(proofDocumentSchema.safeParse(JSON.parse(answer.text)).success).toBe(true);
  const target = 's3://b/a b+c%20&d=e?f#g/\u00e4\u{1f408}\n';
  const options = { versionId: 'x=y', discloseAddressKey: true, withDelay: true };
  await call('GET', proofPath(target, options));
  await call(
    'GET',
    proofPath('s3://b/k', { ...options, versionId: undefined, discloseAddressKey: false, withDelay: false }),
  );
  await call('GET', '/proof?target=s3://b/k&delay=false&disclose-address-key=true');
  expect(asked.map(({ signal: _signal, ...query }) => query)).toEqual([
    { target: 's3://b/k', versionId: undefined, discloseAddressKeys: false, delay: false },
    { target, versionId: 'x=y', discloseAddressKeys: true, delay: true },
    { target: 's3://b/k', versionId: undefined, discloseAddressKeys: false, delay: false },
    { target: 's3://b/k', versionId: undefined, discloseAddressKeys: true, delay: false },
  ]);
});

test('a question about a proof that is none is refused', async () => {
  const { call } = await start();
  for (const query of [
    '',
    '?target=s3://b/k&target=s3://b/l',
    '?target=s3://b/k&delay=yes',
    '?target=s3://b/k&delay',
    '?target=s3://b/k&disclose-address-key=1',
    '?target=s3://b/k&disclose=true',
    '?target=s3://b/k&__proto__=x',
  ]) {
    expect((await call('GET', `/proof${query}`)).status, query).toBe(400);
  }
});

test('why there is no proof is told with its status', async () => {
  for (const status of [400, 404, 409, 503] as const) {
    const { call } = await start({
      prove: () => Promise.reject(new ProofUnavailable(status, 'the reason')),
      trustRoot: () => {
        throw new ProofUnavailable(503, 'no root');
      },
    });
    const answer = await call('GET', '/proof?target=s3://b/k');
    expect([answer.status, answer.text]).toEqual([status, '{"error":"the reason"}']);
    expect((await call('GET', '/trust-root')).status).toBe(503);
  }
  const { call } = await start({ prove: () => Promise.reject(new Error('a secret detail')) });
  const broken = await call('GET', '/proof?target=s3://b/k');
  expect(broken.status).toBe(500);
  expect(broken.text).not.toContain('secret');
});

test('a proof is given up when the client goes away, and not when it got its answer', async () => {
  const asked = Promise.withResolvers<AbortSignal>();
  const given = Promise.withResolvers<void>();
  const { call, port } = await start({
    prove: async ({ target, signal }) => {
      if (target === 's3://b/quick') return proofText;
      asked.resolve(signal!);
      await once(signal!, 'abort');
      given.resolve();
      throw new ProofUnavailable(503, 'given up');
    },
  });
  const sent = request({ host: '127.0.0.1', port, path: '/proof?target=s3://b/slow' });
  sent.on('error', () => undefined).end();
  const signal = await asked.promise;
  expect(signal.aborted).toBe(false);
  expect((await call('GET', '/proof?target=s3://b/quick')).status).toBe(200);
  expect(signal.aborted).toBe(false);
  sent.destroy();
  await given.promise;
  expect(signal.aborted).toBe(true);
});

test('pages of other sites and foreign names are refused on loopback', async () => {
  const { call } = await start();
  expect((await call('GET', '/status', { host: 'evil.example:4570' })).status).toBe(403);
  expect((await call('GET', '/status', { host: 'localhost.evil.example' })).status).toBe(403);
  expect((await call('GET', '/status', { origin: 'https://evil.example' })).status).toBe(403);
  expect((await call('GET', '/status', { origin: 'null' })).status).toBe(403);
  expect((await call('GET', '/status', { origin: 'http://localhost:3000' })).status).toBe(200);
  expect((await call('GET', '/status', { host: '[::1]:4570' })).status).toBe(200);
});

test('a token opens everything, and only it; health needs none', async () => {
  const { call } = await start({ guard: { token: 'secret-secret-secret', host: '0.0.0.0' } });
  expect((await call('GET', '/status')).status).toBe(401);
  expect((await call('GET', '/status', { authorization: 'Bearer secret-secret-secreT' })).status).toBe(401);
  expect((await call('GET', '/metrics', { authorization: 'Bearer secret-secret-secret' })).status).toBe(200);
  expect((await call('GET', '/health', { host: 'gate.example:4570' })).status).toBe(200);
});

test('unknown paths and methods have no operation', async () => {
  const { call } = await start();
  expect((await call('GET', '/nothing')).status).toBe(404);
  expect((await call('DELETE', '/status')).status).toBe(404);
  expect((await call('GET', '/%zz')).status).toBe(400);
});
