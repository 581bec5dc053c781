/** Clients that mean no good, against a server in a process of its own whose memory is watched. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { until } from '../../test/support/until.ts';
import { connectionLimits } from '../limits.ts';
import { header, login, opcode, options, query, RawClient, startup } from './support/raw-client.ts';

const megabyte = 1024 * 1024;
const growthMax = 64 * megabyte;

interface Report {
  readonly rss: number;
  readonly connections: number;
  readonly unexpected: number;
}

let child: ChildProcess;
let port = 0;
let before: Report;
const clients: RawClient[] = [];

async function report(): Promise<Report> {
  child.send('memory');
  const [told] = (await once(child, 'message')) as [Report];
  return told;
}

function open(count: number): RawClient[] {
  const opened = Array.from({ length: count }, () => new RawClient(port));
  clients.push(...opened);
  return opened;
}

/** Whoever comes in good faith gets in, at the latest when the others had their time. */
async function logIn(): Promise<RawClient> {
  const [client] = open(1) as [RawClient];
  client.send(startup, login());
  await until(() => client.isClosed || client.answers.includes(opcode.authSuccess));
  expect(client.isClosed).toBe(false);
  return client;
}

beforeAll(async () => {
  const script = fileURLToPath(new URL('support/server-process.ts', import.meta.url));
  child = fork(script, { execArgv: ['--expose-gc'] });
  const [told] = (await once(child, 'message')) as [{ port: number }];
  port = told.port;
  // So that what is loaded when it is first used does not count.
  const client = await logIn();
  client.send(query('SELECT * FROM system_schema.columns'));
  await until(() => client.answers.includes(opcode.result));
  client.destroy();
  before = await report();
});
afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await until(async () => (await report()).connections === 0);
});
afterAll(() => child.kill());

test('a thousand connections that announce two gigabytes and send a part are all told so, and cost next to nothing', async () => {
  const part = Buffer.concat([header(0x7fffffff), Buffer.alloc(256 * 1024, 'x')]);
  const all = open(1000).map((client) => client.send(part));
  await until(() => all.every(({ isClosed }) => isClosed));
  expect(all.filter(({ received }) => !received.includes('Request is too big'))).toEqual([]);
  expect((await report()).rss - before.rss).toBeLessThan(growthMax);
});

test('half frames before the login take little, and others get in', async () => {
  const half = Buffer.concat([header(16_000, opcode.startup), Buffer.alloc(15_000)]);
  open(500).forEach((client) => void client.send(half));
  await until(async () => (await report()).connections === 500);
  expect((await report()).rss - before.rss).toBeLessThan(growthMax);
  await logIn();
});

test('a flood of requests before the login is cut off', async () => {
  const [client] = open(1) as [RawClient];
  client.send(Buffer.concat(Array(20_000).fill(options)));
  await until(() => client.isClosed);
  expect(client.answers.filter((each) => each === opcode.supported)).toHaveLength(
    connectionLimits.requestsBeforeLogin,
  );
  expect(client.received.includes('Too many requests before the login')).toBe(true);
});

test('what is asked before the login is not executed', async () => {
  const [client] = open(1) as [RawClient];
  client.send(query('SELECT * FROM system.local'), startup, query('SELECT * FROM system.local'), login());
  await until(() => client.answers.length === 4);
  expect(client.answers).toEqual([opcode.error, opcode.authenticate, opcode.error, opcode.authSuccess]);
});

test('a client that takes no answers is not read from, and costs others nothing', async () => {
  const deaf = await logIn();
  const other = await logIn();
  deaf.socket.pause();
  const questions = Buffer.concat(Array(20_000).fill(query('SELECT * FROM system_schema.columns')));
  deaf.socket.write(questions);
  other.send(query('SELECT * FROM system.local'));
  await until(() => other.answers.includes(opcode.result));
  expect((await report()).rss - before.rss).toBeLessThan(growthMax);
  // It gets what it asked for once it listens, as far as it asked.
  deaf.socket.resume();
  await until(() => deaf.received.length > 8 * megabyte);
});

test('bytes that are no protocol end the connection, and nothing fails unexpectedly', async () => {
  const all = open(50).map((client, at) => client.send(Buffer.alloc(64, at * 5 + 1)));
  await until(() => all.every(({ isClosed, received }) => isClosed || received.length > 0));
  expect((await report()).unexpected).toBe(0);
});
