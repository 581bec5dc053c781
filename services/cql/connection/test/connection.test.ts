/** A connection by what it answers, byte by byte where drivers would not go. */
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { openServer, type TestServer } from '../../test/support/open-server.ts';
import { until } from '../../test/support/until.ts';
import { int, longString, requestFrame, short, string } from '../../wire/test/support/frames.ts';
import { connectionLimits } from '../limits.ts';
import { login, opcode, options, query, RawClient, startup } from './support/raw-client.ts';

let server: TestServer;
beforeAll(async () => {
  server = await openServer();
});
afterAll(() => server.close());

const clients: RawClient[] = [];
afterEach(() => {
  for (const client of clients.splice(0)) client.destroy();
  expect(server.unexpected).toEqual([]);
});

function open(): RawClient {
  const client = new RawClient(server.port);
  clients.push(client);
  return client;
}

async function logIn(): Promise<RawClient> {
  const client = open().send(startup, login());
  await until(() => client.answers.length === 2);
  client.received = Buffer.alloc(0);
  return client;
}

/** Streams of whole answers. */
function streams(client: RawClient): number[] {
  const found: number[] = [];
  for (let at = 0; at + 9 <= client.received.length; ) {
    found.push(client.received.readInt16BE(at + 2));
    at += 9 + client.received.readInt32BE(at + 5);
  }
  return found;
}

describe('before the login', () => {
  test('OPTIONS tells what there is', async () => {
    const client = open().send(options);
    await until(() => client.answers.length === 1);
    for (const text of ['3/v3', '4/v4', '5/v5', 'lz4', 'snappy', '3.4.5'])
      expect(client.received.includes(text)).toBe(true);
  });

  test('STARTUP needs a version of CQL', async () => {
    const client = open().send(requestFrame(4, opcode.startup, short(0)));
    await until(() => client.answers.length === 1);
    expect(client.received.includes('Missing value CQL_VERSION in STARTUP message')).toBe(true);
  });

  test.each<[name: string, frames: readonly Buffer[], message: string]>([
    ['AUTH_RESPONSE first', [login()], 'Unexpected message AUTH_RESPONSE, expecting STARTUP or OPTIONS'],
    ['STARTUP twice', [startup, startup], 'Unexpected message STARTUP, expecting SASL_RESPONSE'],
    ['QUERY first', [query('SELECT')], 'Unexpected message QUERY, expecting STARTUP or OPTIONS'],
  ])('%s is refused', async (_name, frames, message) => {
    const client = open().send(...frames);
    await until(() => client.received.includes(message));
  });

  test('each step in a chunk of its own, and a half one, leads to the login', async () => {
    const client = open();
    for (const [at, step] of [options, startup, login().subarray(0, 20)].entries()) {
      client.send(step);
      if (at < 2) await until(() => client.answers.length === at + 1);
    }
    await new Promise((resolve) => setImmediate(resolve));
    client.send(login().subarray(20));
    await until(() => client.answers.length === 3);
    expect(client.answers).toEqual([opcode.supported, opcode.authenticate, opcode.authSuccess]);
  });

  test('much that is sent while the login is checked ends the connection', async () => {
    const client = open().send(startup, login('cassandra', 'wrong'), Buffer.alloc(256 * 1024));
    await until(() => client.isClosed);
    expect(client.answers).toEqual([opcode.authenticate, opcode.error]);
    expect(client.received.toString()).toContain('Too much was sent before the login');
  });

  test('after a wrong password the connection ends', async () => {
    const client = open().send(startup, login('cassandra', 'wrong'), query('SELECT * FROM system.local'));
    await until(() => client.isClosed);
    expect(client.answers).toEqual([opcode.authenticate, opcode.error]);
  });
});

describe('after it', () => {
  test('requests in one piece or byte by byte get the same answers', async () => {
    const client = await logIn();
    for (const byte of query('SELECT key FROM system.local', 7)) {
      client.socket.write(Buffer.from([byte]));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await until(() => client.answers.length === 1);
    expect(streams(client)).toEqual([7]);
  });

  test('many large answers that were asked for at once all come', async () => {
    const client = await logIn();
    const count = 100;
    client.send(
      ...Array.from({ length: count }, (_, at) => query('SELECT * FROM system_schema.columns', at)),
    );
    await until(() => client.answers.length === count);
    expect(client.received.length).toBeGreaterThan(2 * connectionLimits.outputPauseBytes);
    expect(streams(client).sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, at) => at));
    // It still listens.
    client.received = Buffer.alloc(0);
    client.send(query('SELECT key FROM system.local'));
    await until(() => client.answers.length === 1);
  });

  test('an error leaves the connection as it was', async () => {
    const client = await logIn();
    client.send(
      query('SELEC', 1),
      requestFrame(4, 0x77, Buffer.alloc(0), 2),
      query('SELECT key FROM system.local', 3),
    );
    await until(() => client.answers.length === 3);
    expect(client.answers).toEqual([opcode.error, opcode.error, opcode.result]);
    expect(streams(client)).toEqual([1, 2, 3]);
  });

  test('a custom payload is passed over', async () => {
    const client = await logIn();
    const payload = Buffer.concat([short(1), string('name'), int(1), Buffer.from('x')]);
    const body = Buffer.concat([
      payload,
      longString('SELECT key FROM system.local'),
      short(1),
      Buffer.from([0]),
    ]);
    client.send(requestFrame(4, opcode.query, body, 1, 0x04));
    await until(() => client.answers.length === 1);
    expect(client.answers).toEqual([opcode.result]);
  });

  test('STARTUP again is refused', async () => {
    const client = await logIn();
    client.send(startup);
    await until(() => client.received.includes('the connection is ready already'));
  });

  test('the connection is in system_views.clients', async () => {
    const client = await logIn();
    client.send(query('SELECT * FROM system_views.clients'));
    await until(() => client.answers.length === 1);
    expect(client.received.includes('ready')).toBe(true);
    expect(client.received.includes('cassandra')).toBe(true);
  });
});

test('at the end a login that is being checked is answered', async () => {
  const own = await openServer();
  const client = new RawClient(own.port).send(startup);
  await until(() => client.answers.length === 1);
  const asked = vi.spyOn(own.server.roles, 'role');
  client.send(login('cassandra', 'some other password'));
  await until(() => asked.mock.calls.length > 0);
  await own.server.drain(AbortSignal.timeout(10_000));
  await until(() => client.isClosed);
  expect(client.answers).toEqual([opcode.authenticate, opcode.error]);
  await own.close();
});

test('at the end what was asked is answered, and no one else gets in', async () => {
  const own = await openServer();
  const client = new RawClient(own.port);
  client.send(startup, login());
  await until(() => client.answers.length === 2);
  client.send(
    query("CREATE KEYSPACE k WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}"),
  );
  await until(() => own.schemas.schema.keyspaces.has('k'));
  await own.server.drain(AbortSignal.timeout(10_000));
  await until(() => client.isClosed);
  expect(client.answers.at(-1)).toBe(opcode.result);
  const late = new RawClient(own.port);
  await until(() => late.isClosed);
  await own.close();
});
