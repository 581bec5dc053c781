/** Waiting for lists, through a client that is not ours. */
import { connect } from 'node:net';
import { Redis } from 'ioredis';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Call } from '../engine/call.ts';
import { ListValue } from '../engine/types/list-value.ts';
import { serveEngine, type TestServer } from './serve.ts';

let server: TestServer;
let clients: Redis[];
let main: Redis;

function client(): Redis {
  const made = new Redis({ port: server.port, host: '127.0.0.1', enableReadyCheck: false });
  clients.push(made);
  return made;
}

/** Starts a command that waits, and comes back when it does. */
async function waiting<T>(command: Promise<T>): Promise<{ answer: Promise<T> }> {
  const before = server.engine.blocking.size;
  const answer = command.catch((error: Error) => error.message as T);
  while (server.engine.blocking.size === before) await new Promise((resolve) => setImmediate(resolve));
  return { answer };
}

/** Several commands as one, as EXEC and scripts run them. */
function atomically(...commands: (string | number)[][]): void {
  const { engine } = server;
  const { call } = engine.clients.values().next().value!;
  runAll(call, commands);
  engine.settle();
  engine.blocking.serve();
}

function runAll(call: Call, commands: (string | number)[][]): void {
  const { engine, reply } = call;
  const silent = new Proxy({ resp: 2 } as typeof reply, { get: () => () => undefined });
  call.reply = silent;
  for (const words of commands) {
    const args = words.map(String);
    call.row = engine.commands.find(args);
    engine.run(call, call.row, args);
  }
  call.reply = reply;
}

beforeEach(async () => {
  clients = [];
  server = await serveEngine();
  main = client();
  await main.ping();
});

afterEach(async () => {
  for (const one of clients) one.disconnect();
  await server.close();
});

describe('clients that wait for a list', () => {
  it('are served in the order they came, one element each', async () => {
    const first = await waiting(client().blpop('l', 0));
    const second = await waiting(client().brpop('l', 0));
    const third = await waiting(client().blpop('l', 0));
    await main.rpush('l', 'a', 'b', 'c', 'd');
    expect(await Promise.all([first.answer, second.answer, third.answer])).toEqual([
      ['l', 'a'],
      ['l', 'd'],
      ['l', 'b'],
    ]);
    expect(await main.lrange('l', 0, -1)).toEqual(['c']);
  });

  it('go on waiting when the elements do not reach', async () => {
    const first = await waiting(client().blpop('l', 0));
    const second = await waiting(client().blpop('l', 0));
    expect(await main.rpush('l', 'a')).toBe(1);
    expect(await first.answer).toEqual(['l', 'a']);
    expect(server.engine.blocking.size).toBe(1);
    await main.rpush('l', 'b');
    expect(await second.answer).toEqual(['l', 'b']);
  });

  it('take from the first of their keys, whichever was made first', async () => {
    const waiter = await waiting(client().blpop('a', 'b', 0));
    atomically(['RPUSH', 'b', '1'], ['RPUSH', 'a', '2']);
    expect(await waiter.answer).toEqual(['a', '2']);
    expect(await main.lrange('b', 0, -1)).toEqual(['1']);
  });

  it('may name a key twice', async () => {
    const waiter = await waiting(client().blpop('l', 'l', 'l', 0));
    await main.rpush('l', 'a', 'b');
    expect(await waiter.answer).toEqual(['l', 'a']);
    expect(await main.llen('l')).toBe(1);
    expect(server.engine.blocking.size).toBe(0);
  });

  it('sleep on when the key is made and removed in one go, or is no list', async () => {
    const waiter = await waiting(client().blpop('l', 0));
    atomically(['RPUSH', 'l', 'a'], ['DEL', 'l']);
    atomically(['RPUSH', 'l', 'a'], ['DEL', 'l'], ['SET', 'l', 'text']);
    await main.del('l');
    await main.hset('l', 'f', 'v');
    expect(server.engine.blocking.size).toBe(1);
    await main.del('l');
    await main.rpush('l', 'b');
    expect(await waiter.answer).toEqual(['l', 'b']);
  });

  it('are told when another of their keys holds something else', async () => {
    const waiter = await waiting(client().blpop('a', 'b', 0));
    await main.set('a', 'text');
    expect(server.engine.blocking.size).toBe(1);
    await main.rpush('b', '1');
    expect(await waiter.answer).toMatch(/^WRONGTYPE/);
    expect(await main.llen('b')).toBe(1);
  });

  it('are served by a key that is moved into place', async () => {
    const waiter = await waiting(client().blmpop(0, 2, 'x', 'y', 'LEFT', 'COUNT', 2));
    server.engine.databases[0]!.restore('y', ListValue.from(['a', 'b', 'c']), 0);
    server.engine.settle();
    server.engine.blocking.serve();
    expect(await waiter.answer).toEqual(['y', ['a', 'b']]);
  });

  it('of one database do not take from another', async () => {
    const other = client();
    await other.select(1);
    const waiter = await waiting(other.blpop('l', 0));
    await main.rpush('l', 'a');
    expect(server.engine.blocking.size).toBe(1);
    await main.select(1);
    await main.rpush('l', 'b');
    expect(await waiter.answer).toEqual(['l', 'b']);
  });

  it('are found under the number of their database after SWAPDB', async () => {
    const waiter = await waiting(client().blpop('l', 0));
    await main.select(1);
    await main.rpush('l', 'b');
    const { engine } = server;
    const [zero, one] = [engine.databases[0]!, engine.databases[1]!];
    [zero.keys, one.keys] = [one.keys, zero.keys];
    engine.blocking.signalAll(one);
    engine.blocking.signalAll(zero);
    engine.blocking.serve();
    expect(await waiter.answer).toEqual(['l', 'b']);
  });
});

describe('an element that is moved', () => {
  it('goes through a chain of waiting clients', async () => {
    const last = await waiting(client().blpop('c', 0));
    const middle = await waiting(client().blmove('b', 'c', 'RIGHT', 'LEFT', 0));
    const first = await waiting(client().brpoplpush('a', 'b', 0));
    expect(await main.lpush('a', 'x')).toBe(1);
    expect(await Promise.all([first.answer, middle.answer, last.answer])).toEqual(['x', 'x', ['c', 'x']]);
    expect(server.engine.databases[0]!.size).toBe(0);
  });

  it('may circle', async () => {
    const one = await waiting(client().blmove('a', 'b', 'LEFT', 'LEFT', 0));
    const two = await waiting(client().blmove('b', 'a', 'LEFT', 'LEFT', 0));
    await main.rpush('a', 'x');
    expect(await Promise.all([one.answer, two.answer])).toEqual(['x', 'x']);
    expect(await main.lrange('a', 0, -1)).toEqual(['x']);
  });

  it('stays where it is when the destination is no list, and the next client is served', async () => {
    await main.set('text', 'x');
    const wrong = await waiting(client().brpoplpush('l', 'text', 0));
    const right = await waiting(client().brpoplpush('l', 'list', 0));
    await main.rpush('l', 'a');
    expect(await wrong.answer).toMatch(/^WRONGTYPE/);
    expect(await right.answer).toBe('a');
  });
});

describe('a wait', () => {
  it('ends with nothing when its time is over', async () => {
    const started = Date.now();
    expect(await main.blpop('l', 0.02)).toBeNull();
    expect(await main.blmove('a', 'b', 'LEFT', 'LEFT', '0.01')).toBeNull();
    expect(await main.blmpop('0.01', 1, 'a', 'LEFT')).toBeNull();
    expect(Date.now() - started).toBeGreaterThanOrEqual(40);
    expect(server.engine.blocking.size).toBe(0);
  });

  it('is refused with a time that is none', async () => {
    await expect(main.blpop('l', -1)).rejects.toThrow('ERR timeout is negative');
    await expect(main.blpop('l', 'x')).rejects.toThrow('ERR timeout is not a float or out of range');
    await expect(main.call('BLMOVE', 'a', 'b', 'LEFT', 'UP', 0)).rejects.toThrow('ERR syntax error');
  });

  it('ends on request, as a timeout or with an error', async () => {
    const { engine } = server;
    const waiter = await waiting(client().blpop('l', 0));
    const waitingClient = () => [...engine.clients.values()].find((one) => engine.blocking.waiterOf(one))!;
    expect(engine.blocking.unblock(waitingClient(), false)).toBe(true);
    expect(await waiter.answer).toBeNull();
    const other = await waiting(client().blpop('l', 0));
    expect(engine.blocking.unblock(waitingClient(), true)).toBe(true);
    expect(await other.answer).toBe('UNBLOCKED client unblocked via CLIENT UNBLOCK');
    expect(engine.blocking.unblock(engine.clients.values().next().value!, true)).toBe(false);
  });

  it('ends with its connection, whose element goes to the next', async () => {
    const gone = client();
    gone.on('error', () => undefined);
    await waiting(gone.blpop('l', 0));
    const next = await waiting(client().blpop('l', 0));
    gone.disconnect();
    while (server.engine.blocking.size > 1) await new Promise((resolve) => setImmediate(resolve));
    await main.rpush('l', 'a');
    expect(await next.answer).toEqual(['l', 'a']);
  });

  it('of a client that is being closed takes nothing any more', async () => {
    const { engine } = server;
    const gone = client();
    gone.on('error', () => undefined);
    await waiting(gone.blpop('l', 0));
    const next = await waiting(client().blpop('l', 0));
    [...engine.clients.values()].find((one) => engine.blocking.waiterOf(one))!.port.close(false);
    atomically(['RPUSH', 'l', 'a']);
    expect(await next.answer).toEqual(['l', 'a']);
  });

  it('does not happen where nothing may block', () => {
    const { engine } = server;
    const { call } = engine.clients.values().next().value!;
    call.mayBlock = false;
    runAll(call, [
      ['BLPOP', 'l', 0],
      ['BLMOVE', 'l', 'm', 'LEFT', 'LEFT', 0],
      ['BLMPOP', 0, 1, 'l', 'LEFT'],
    ]);
    call.mayBlock = true;
    expect([call.blockRequest, engine.blocking.size]).toEqual([undefined, 0]);
  });

  it('holds back the commands behind it, which run as soon as it ends', async () => {
    const socket = connect(server.port, '127.0.0.1');
    let received = '';
    socket.on('data', (bytes) => {
      received += bytes.toString('latin1');
    });
    const before = server.engine.blocking.size;
    socket.write('BLPOP l 0\r\nRPUSH done 1\r\nBLPOP l 0\r\nPING\r\n');
    while (server.engine.blocking.size === before) await new Promise((resolve) => setImmediate(resolve));
    expect(await main.llen('done')).toBe(0);
    await main.rpush('l', 'a', 'b');
    while (!received.endsWith('+PONG\r\n')) await new Promise((resolve) => setImmediate(resolve));
    expect(received).toBe('*2\r\n$1\r\nl\r\n$1\r\na\r\n:1\r\n*2\r\n$1\r\nl\r\n$1\r\nb\r\n+PONG\r\n');
    socket.destroy();
  });
});
