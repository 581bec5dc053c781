/** Who comes in and how much a connection may hold, through the whole service: logins, budgets, TLS. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { selfSigned } from './support/certificate.ts';
import { openWorld, type World } from './support/service-harness.ts';

const mebibyte = 1024 * 1024;
const password = 'correct horse';

function open(port: number): Socket {
  const socket = connectTcp(port, '127.0.0.1');
  socket.on('error', () => undefined);
  return socket;
}

async function untilClosed(socket: Socket): Promise<string> {
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await closing(socket);
  return text;
}

/** However it ends. */
function closing(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (socket.closed) resolve();
    else socket.once('close', () => resolve());
  });
}

async function answer(socket: Socket): Promise<string> {
  const [chunk] = await once(socket, 'data');
  return String(chunk);
}

const residentBytes = (pid: number) =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) * 1024;

describe('before login', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ own: { password } });
  });
  afterAll(() => world.close());

  test('only a login is allowed', async () => {
    const socket = open(world.port);
    socket.write('GET a\r\n');
    expect(await answer(socket)).toBe('-NOAUTH Authentication required.\r\n');
    socket.write(`AUTH "${password}"\r\n`);
    expect(await answer(socket)).toBe('+OK\r\n');
    socket.write('PING\r\n');
    expect(await answer(socket)).toBe('+PONG\r\n');
    socket.destroy();
    expect(await world.client({ password }).set('a', 'x'.repeat(mebibyte))).toBe('OK');
  });

  test('a command has at most 10 arguments, of 16 KiB each', async () => {
    const many = open(world.port);
    many.write('*11\r\n');
    expect(await untilClosed(many)).toBe('-ERR Protocol error: unauthenticated multibulk length\r\n');
    const long = open(world.port);
    long.write('*2\r\n$4\r\nAUTH\r\n$16385\r\n');
    expect(await untilClosed(long)).toBe('-ERR Protocol error: unauthenticated bulk length\r\n');
  });

  test('a command that is never completed is not kept when it is too large as a whole', async () => {
    const sockets = [`*10\r\n${`$16384\r\n${'x'.repeat(16384)}\r\n`.repeat(9)}`, 'x'.repeat(40_000)].map(
      (bytes) => {
        const socket = open(world.port);
        socket.write(bytes);
        return socket;
      },
    );
    const client = world.client({ password });
    const others = (list: string) =>
      list.split('\n').filter((line) => line.includes(' cmd=NULL ') && line.includes(' qbuf=0 '));
    while (others(String(await client.client('LIST'))).length < 2);
    expect(world.service.health().ready).toBe(true);
    for (const socket of sockets) socket.destroy();
  });

  test('a password as long as an argument may be is looked at', async () => {
    const socket = open(world.port);
    socket.write(`*3\r\n$4\r\nAUTH\r\n$7\r\ndefault\r\n$16384\r\n${'x'.repeat(16384)}\r\n`);
    expect(await answer(socket)).toMatch(/^-WRONGPASS /);
    socket.destroy();
  });

  test('what is behind a login in the same bytes is for who has logged in', async () => {
    const socket = open(world.port);
    socket.write(`AUTH "${password}"\r\n`);
    const value = 'x'.repeat(100_000);
    socket.write(`*2\r\n$4\r\nECHO\r\n$${value.length}\r\n${value}\r\nQUIT\r\n`);
    expect(await untilClosed(socket)).toBe(`+OK\r\n$${value.length}\r\n${value}\r\n+OK\r\n`);
  });
});

describe('too many clients', () => {
  test('are told so', async () => {
    const world = await openWorld();
    try {
      const client = world.client();
      await client.config('SET', 'maxclients', '2');
      const second = open(world.port);
      second.write('PING\r\n');
      expect(await answer(second)).toBe('+PONG\r\n');
      const third = open(world.port);
      expect(await untilClosed(third)).toBe('-ERR max number of clients reached\r\n');
      expect(await client.info('stats')).toMatch(/rejected_connections:1\r/);
      second.destroy();
    } finally {
      await world.close();
    }
  });
});

describe('after login', () => {
  let world: World;
  beforeAll(async () => {
    world = await openWorld();
  });
  afterAll(() => world.close());

  test('a client that asks for much and reads nothing makes the engine hold little', async () => {
    const client = world.client();
    await client.set('large', Buffer.alloc(mebibyte, 120));
    await client.get('large');
    const pid = world.enginePid();
    const before = residentBytes(pid);
    const greedy = open(world.port);
    greedy.pause();
    greedy.write('GET large\r\n'.repeat(2000));
    // Two turns of the engine after it has read that.
    for (let held = 0; held < 100_000; ) {
      const list = String(await client.client('LIST'));
      held = Math.max(...[...list.matchAll(/ omem=(\d+)/g)].map(([, bytes]) => Number(bytes)));
    }
    for (let i = 0; i < 20; i++) await client.ping();
    const list = String(await client.client('LIST'));
    const most = Math.max(...[...list.matchAll(/ omem=(\d+)/g)].map(([, bytes]) => Number(bytes)));
    expect(most).toBeLessThan(4 * mebibyte);
    expect(residentBytes(pid) - before).toBeLessThan(64 * mebibyte);
    // All of it comes when it is read.
    let read = 0;
    const all = 2000 * (mebibyte + '$1048576\r\n\r\n'.length);
    greedy.on('data', (chunk) => {
      read += chunk.length;
      if (read === all) greedy.end();
    });
    greedy.resume();
    await once(greedy, 'close');
    expect(read).toBe(all);
  });

  test('many small answers of writes that wait for the disk are all given to who reads late', async () => {
    const socket = open(world.port);
    socket.pause();
    const count = 40_000;
    socket.write(`${'INCR late\r\nGET large\r\n'.repeat(20)}${'INCR late\r\n'.repeat(count)}QUIT\r\n`);
    expect(await world.client().ping()).toBe('PONG');
    socket.resume();
    const text = await untilClosed(socket);
    expect(text.endsWith(`:${count + 20}\r\n+OK\r\n`)).toBe(true);
  });

  test('a query buffer above its limit ends the connection', async () => {
    const client = world.client();
    await client.config('SET', 'client-query-buffer-limit', String(mebibyte));
    const socket = open(world.port);
    socket.write(`*3\r\n$3\r\nSET\r\n$1\r\na\r\n$3000000\r\n${'x'.repeat(2 * mebibyte)}`);
    expect(await untilClosed(socket)).toBe('');
    await client.config('SET', 'client-query-buffer-limit', '1gb');
  });

  test('huge announced lengths and counts take no memory', async () => {
    const client = world.client();
    await client.ping();
    const pid = world.enginePid();
    const before = residentBytes(pid);
    const sockets = Array.from({ length: 100 }, (_, i) => {
      const socket = open(world.port);
      socket.write(
        i % 2 === 0 ? '*3\r\n$3\r\nSET\r\n$1\r\na\r\n$536870000\r\nx' : '*2147483647\r\n$1\r\nx\r\n',
      );
      return socket;
    });
    for (let clients = 0; clients < 100; ) {
      clients = [...String(await client.client('LIST')).matchAll(/ qbuf=[1-9]/g)].length;
    }
    expect(residentBytes(pid) - before).toBeLessThan(32 * mebibyte);
    for (const socket of sockets) socket.destroy();
  });

  test('a subscriber that reads nothing is cut off at the hard limit', async () => {
    const client = world.client();
    await client.config('SET', 'client-output-buffer-limit', 'pubsub 4mb 0 0');
    const subscriber = open(world.port);
    subscriber.write('SUBSCRIBE news\r\n');
    await answer(subscriber);
    subscriber.pause();
    const message = Buffer.alloc(mebibyte, 120);
    let receivers = 1;
    for (let i = 0; i < 100 && receivers > 0; i++) receivers = await client.publish('news', message);
    expect(receivers).toBe(0);
    subscriber.destroy();
  });

  test('when connections together hold too much, the one that holds most is closed', async () => {
    const client = world.client();
    const small = open(world.port);
    small.write('*2\r\n$4\r\nECHO\r\n$1000000\r\nx');
    const large = open(world.port);
    // A quarter of the heap limit of this world is 121 MiB.
    large.write('*2\r\n$4\r\nECHO\r\n$300000000\r\n');
    const piece = Buffer.alloc(mebibyte, 120);
    const closed = closing(large);
    let sent = 0;
    for (; sent < 200 && !large.destroyed; sent++) {
      const drained = new Promise((resolve) => large.once('drain', resolve));
      if (!large.write(piece)) await Promise.race([drained, closed]);
    }
    await closed;
    expect(sent).toBeGreaterThan(100);
    small.write(Buffer.alloc(999_999, 120));
    small.write('\r\n');
    expect(await answer(small)).toMatch(/^\$1000000\r\nxx/);
    small.destroy();
    expect(await client.ping()).toBe('PONG');
  });
});

describe('over TLS', () => {
  const certificate = selfSigned();
  let world: World;
  beforeAll(async () => {
    world = await openWorld({ tls: certificate });
  });
  afterAll(() => world.close());

  test('values go both ways', async () => {
    const client = world.client({ tls: { ca: certificate.cert, servername: 'localhost' } });
    const value = Buffer.alloc(12 * mebibyte);
    for (let i = 0; i < value.length; i++) value[i] = (i * 7) ^ (i >> 9);
    expect(await client.set('large', value)).toBe('OK');
    expect((await client.getBuffer('large'))?.equals(value)).toBe(true);
    expect(await Promise.all(Array.from({ length: 1000 }, (_, i) => client.incr(`n${i % 7}`)))).toHaveLength(
      1000,
    );
  });

  test('plain text, a broken handshake and a connection that goes away harm nobody', async () => {
    const plain = open(world.port);
    plain.write('PING\r\n');
    await untilClosed(plain);
    const gone = open(world.port);
    gone.write(Buffer.from('16030100c8010000c4', 'hex'));
    await once(gone, 'connect');
    gone.resetAndDestroy();
    const foreign = connectTls({ port: world.port, host: '127.0.0.1', ca: [], servername: 'localhost' });
    await expect(once(foreign, 'secureConnect')).rejects.toThrow(/self[- ]signed|certificate/);
    const client = world.client({ tls: { ca: certificate.cert, servername: 'localhost' } });
    expect(await client.ping()).toBe('PONG');
  });
});
