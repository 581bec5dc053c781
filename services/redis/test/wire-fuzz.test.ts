/** Random bytes and damaged streams of commands through sockets: the engine's process lives on and answers others. */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from './support/engine-harness.ts';
import { openWorld, type World } from './support/service-harness.ts';

const rounds = process.env.HYPERGATE_SOAK === '1' ? 3000 : 60;
const seed = Number(process.env.HYPERGATE_SEED ?? 20_261_121);

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const words = [
  'SET key value',
  'GET key',
  'APPEND key more',
  'SETRANGE key 10 x',
  'BITFIELD key INCRBY u8 0 1',
  'LPUSH list a b c',
  'LRANGE list 0 -1',
  'HSET hash f v g w',
  'ZADD zset 1 a 2 b 3.5 c',
  'ZRANGE zset 0 -1 WITHSCORES',
  'SADD set a b c',
  'XADD stream * f v',
  'XRANGE stream - +',
  'PFADD log a b',
  'GEOADD geo 13.3 38.1 a',
  'MULTI',
  'EXEC',
  'DISCARD',
  'HELLO 3',
  'RESET',
  'SUBSCRIBE news',
  'UNSUBSCRIBE news',
  'SCAN 0 COUNT 5',
  'DUMP key',
  'RESTORE other 0 abc',
  'EVAL return{KEYS[1],ARGV[1]} 1 key arg',
  'COMMAND DOCS get',
  'OBJECT ENCODING key',
  'CLIENT SETNAME me',
  'CLIENT REPLY SKIP',
  'BLPOP none 0.01',
  'SORT list ALPHA',
  'EXPIRE key 100',
];

function randomBytes(random: () => number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = random() * 256;
  return bytes;
}

function commands(random: () => number): Buffer {
  let text = '';
  for (let i = 1 + random() * 40; i > 0; i--) {
    const parts = words[Math.floor(random() * words.length)]!.split(' ');
    if (random() < 0.2) text += `${parts.join(' ')}\r\n`;
    else text += `*${parts.length}\r\n${parts.map((part) => `$${part.length}\r\n${part}\r\n`).join('')}`;
  }
  return Buffer.from(text, 'latin1');
}

/** A few bytes changed, removed, doubled, or put in: often those that the protocol is made of. */
function damaged(random: () => number, bytes: Buffer): Buffer {
  const marks = '*$\r\n-0123456789"\'\\\0\xff';
  let out = bytes;
  for (let i = Math.floor(random() * 6); i >= 0; i--) {
    const at = Math.floor(random() * out.length);
    const mark = Buffer.from(marks[Math.floor(random() * marks.length)]!, 'latin1');
    const kind = random();
    const end = Math.min(out.length, at + 1 + Math.floor(random() * 20));
    if (kind < 0.5) out = Buffer.concat([out.subarray(0, at), mark, out.subarray(at + 1)]);
    else if (kind < 0.7) out = Buffer.concat([out.subarray(0, at), mark, out.subarray(at)]);
    else if (kind < 0.85) out = Buffer.concat([out.subarray(0, at), out.subarray(end)]);
    else out = Buffer.concat([out.subarray(0, end), out.subarray(at)]);
  }
  return out;
}

/** Sends the bytes in pieces, then goes: in order, at once, or not before the answers come. */
async function send(random: () => number, bytes: Buffer): Promise<void> {
  const socket = connect(world.port, '127.0.0.1');
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.on('error', () => undefined);
  if (random() < 0.8) socket.resume();
  for (let at = 0; at < bytes.length; ) {
    const length = 1 + Math.floor(random() ** 2 * 2000);
    socket.write(bytes.subarray(at, at + length));
    at += length;
    if (random() < 0.2) await new Promise((resolve) => setImmediate(resolve));
  }
  const end = random();
  if (end < 0.4) socket.destroySoon();
  else if (end < 0.7) socket.resetAndDestroy();
  else {
    socket.resume();
    socket.end();
  }
  await closed;
}

describe('whatever bytes come', () => {
  test.each([
    ['random ones', (random: () => number) => randomBytes(random, Math.floor(random() ** 3 * 100_000) + 1)],
    ['damaged commands', (random: () => number) => damaged(random, commands(random))],
    ['commands as they should be', commands],
  ] as const)(
    '%s: the engine lives on',
    async (what, make) => {
      const client = world.client();
      await client.ping();
      const pid = world.enginePid();
      for (let round = 0; round < rounds; round++) {
        const name = `${what}, HYPERGATE_SEED=${seed + round}`;
        const senders = [0, 1, 2].map((sender) => {
          const random = seededRandom(3 * (seed + round) + sender);
          return send(random, make(random));
        });
        await Promise.all(senders);
        expect(await client.ping(), name).toBe('PONG');
        expect(world.enginePid(), name).toBe(pid);
      }
    },
    600_000,
  );
});
