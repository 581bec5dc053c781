/** Waiting for entries of streams, through a client that is not ours. */
import { Redis } from 'ioredis';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { serveEngine, type TestServer } from './serve.ts';

let server: TestServer;
let clients: Redis[];
let main: Redis;

function client(): Redis {
  const made = new Redis({ port: server.port, host: '127.0.0.1', enableReadyCheck: false });
  clients.push(made);
  return made;
}

beforeEach(async () => {
  clients = [];
  server = await serveEngine();
  main = client();
});

afterEach(async () => {
  for (const one of clients) one.disconnect();
  await server.close();
});

/** Runs a command that waits, on a connection of its own, and comes back when it does. An error becomes its text. */
async function waiting(...words: string[]): Promise<{ readonly answer: Promise<unknown> }> {
  const before = server.engine.blocking.size;
  const [name, ...args] = words;
  const answer = client()
    .call(name!, ...args)
    .catch((error: Error) => error.message);
  while (server.engine.blocking.size === before) await new Promise((resolve) => setImmediate(resolve));
  return { answer };
}

const run = (line: string) => main.call(...(line.split(' ') as [string, ...string[]]));
const stillWaiting = (count: number) => expect(server.engine.blocking.size).toBe(count);

test('XREAD is given what comes after the last entry there was', async () => {
  await run('xadd s 5-0 old 1');
  const { answer } = await waiting('xread', 'block', '0', 'streams', 'other', 's', '$', '$');
  await run('xadd s 5-1 new 2');
  expect(await answer).toEqual([['s', [['5-1', ['new', '2']]]]]);
});

test('XREAD waits past entries at and below its id', async () => {
  const { answer } = await waiting('xread', 'block', '0', 'streams', 's', '1-18446744073709551615');
  await run('xadd s 1-1 f v');
  await run('xadd s 1-18446744073709551615 f v');
  stillWaiting(1);
  await run('xadd s 2-1 f v');
  expect(await answer).toEqual([['s', [['2-1', ['f', 'v']]]]]);
});

test('XREAD goes on waiting while the key is gone or holds another type', async () => {
  await run('xadd s 5-0 f v');
  const { answer } = await waiting('xread', 'block', '0', 'streams', 's', '$');
  await run('del s');
  await run('rpush s x');
  await run('del s');
  await run('set s x');
  stillWaiting(1);
  await run('del s');
  await run('xadd s 6-0 f v');
  expect(await answer).toEqual([['s', [['6-0', ['f', 'v']]]]]);
});

test('a wait that ends answers nothing', async () => {
  expect(await run('xread block 5 streams s $')).toBeNull();
  await run('xgroup create s g $ mkstream');
  expect(await run('xreadgroup group g c block 5 streams s >')).toBeNull();
  await run('xadd s 1-0 f v');
  await run('xdel s 1-0');
  expect(await run('xread block 5 streams s 0')).toBeNull();
});

test('consumers of a group are served in the order they began to wait, each entry once', async () => {
  await run('xgroup create s g $ mkstream');
  const wait = (consumer: string) =>
    waiting('xreadgroup', 'group', 'g', consumer, 'count', '1', 'block', '0', 'streams', 's', '>');
  const first = await wait('one');
  const second = await wait('two');
  await run('xadd s 1-0 f a');
  expect(await first.answer).toEqual([['s', [['1-0', ['f', 'a']]]]]);
  stillWaiting(1);
  await run('xadd s 2-0 f b');
  expect(await second.answer).toEqual([['s', [['2-0', ['f', 'b']]]]]);
  expect(await run('xpending s g')).toEqual([
    2,
    '1-0',
    '2-0',
    [
      ['one', '1'],
      ['two', '1'],
    ],
  ]);
});

test('everyone who reads without a group is given the entry', async () => {
  const waits = [
    await waiting('xread', 'block', '0', 'streams', 's', '$'),
    await waiting('xread', 'block', '0', 'streams', 's', '0'),
  ];
  await run('xadd s 1-0 f v');
  for (const { answer } of waits) expect(await answer).toEqual([['s', [['1-0', ['f', 'v']]]]]);
});

test('a consumer is made when it begins to wait', async () => {
  await run('xgroup create s g $ mkstream');
  await waiting('xreadgroup', 'group', 'g', 'c', 'block', '0', 'streams', 's', '>');
  const [consumer] = (await run('xinfo consumers s g')) as unknown[][];
  expect(consumer!.slice(0, 4)).toEqual(['name', 'c', 'pending', 0]);
  expect(consumer!.slice(-2)).toEqual(['inactive', -1]);
});

const noGroup = "NOGROUP No such key 's' or consumer group 'g' in XREADGROUP with GROUP option";

test.each([
  ['the group is destroyed', ['xgroup destroy s g'], noGroup],
  ['the key is removed', ['del s'], noGroup],
  [
    'the key comes to hold a string',
    ['set s x'],
    'WRONGTYPE Operation against a key holding the wrong kind of value',
  ],
  ['a stream without the group takes its place', ['xadd t 1-0 f v', 'restore s 0 DUMP replace'], noGroup],
])('XREADGROUP ends with an error when %s', async (_, lines, error) => {
  await run('xgroup create s g $ mkstream');
  const { answer } = await waiting('xreadgroup', 'group', 'g', 'c', 'block', '0', 'streams', 's', '>');
  for (const line of lines) {
    if (!line.includes('DUMP')) await run(line);
    else await main.call('restore', 's', '0', (await main.callBuffer('dump', 't')) as Buffer, 'replace');
  }
  expect(await answer).toBe(error);
  stillWaiting(0);
});

test('XREADGROUP ends with an error when its database is emptied', async () => {
  await run('xgroup create s g $ mkstream');
  const { answer } = await waiting('xreadgroup', 'group', 'g', 'c', 'block', '0', 'streams', 's', '>');
  server.engine.databases[0]!.flush();
  await run('ping');
  expect(await answer).toBe(noGroup);
});

test('XREADGROUP of what is pending never waits', async () => {
  await run('xgroup create s g $ mkstream');
  expect(await run('xreadgroup group g c block 0 streams s 0')).toEqual([['s', []]]);
});
