/** Refusals at the door and the time to log in, without sockets. */
import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Connection } from '../process/connection.ts';
import { directHost } from '../process/direct-host.ts';
import { Entrance, isLoopback, refusalOf } from '../process/entrance.ts';
import { processLimits } from '../process/limits.ts';
import { openEngine, testClock } from './support/engine-harness.ts';

test('loopback addresses are those of this host, written in any way', () => {
  for (const address of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
    expect(isLoopback(address)).toBe(true);
  }
  for (const address of ['10.0.0.1', '::ffff:10.0.0.1', '192.168.127.1', 'fe80::1', '2001:db8::1']) {
    expect(isLoopback(address)).toBe(false);
  }
});

describe('protected mode', () => {
  const engine = openEngine(false);

  test('without a password only this host is served', () => {
    expect(refusalOf(engine, '127.0.0.1')).toBeUndefined();
    expect(refusalOf(engine, '10.0.0.1')).toMatch(/^-DENIED Redis is running in protected mode .*\r\n$/);
    expect(engine.stats.rejectedConnections).toBe(1);
  });

  test('with a password, or when it is off, everybody may come in', () => {
    engine.config.assign('protected-mode', 'no');
    expect(refusalOf(engine, '10.0.0.1')).toBeUndefined();
    engine.config.assign('protected-mode', 'yes');
    engine.config.assign('requirepass', 'secret');
    expect(refusalOf(engine, '10.0.0.1')).toBeUndefined();
  });
});

test('who sends too much before login is not read any more, and closed when the time to log in is over', () => {
  const clock = testClock();
  const engine = openEngine(false, 1, clock);
  engine.config.assign('requirepass', 'secret');
  const entrance = new Entrance();
  const stream = Object.assign(new PassThrough(), { setNoDelay: () => undefined });
  const host = { ...directHost(engine), shunned: (connection: Connection) => entrance.add(connection) };
  const connection = new Connection(host, stream as unknown as Socket);
  entrance.add(connection);
  for (let i = 0; i < 3; i++) connection.received(Buffer.alloc(10_000, 120), 10_000);
  expect(stream.isPaused()).toBe(true);
  expect(connection.bufferedBytes).toBe(0);
  const login = Buffer.from('\r\nAUTH secret\r\n');
  connection.received(login, login.length);
  expect(connection.awaitsLogin).toBe(true);
  for (let passed = 0; passed <= processLimits.handshakeMs + 200; passed += 100) {
    entrance.closeLate(clock.ms + passed);
  }
  expect(stream.destroyed).toBe(true);
});

describe('the time to log in', () => {
  test('is over for who has not, and not for who has', () => {
    const clock = testClock();
    const engine = openEngine(false, 1, clock);
    engine.config.assign('requirepass', 'secret');
    const entrance = new Entrance();
    const connect = () => {
      const stream = Object.assign(new PassThrough(), { setNoDelay: () => undefined });
      const connection = new Connection(directHost(engine), stream as unknown as Socket);
      entrance.add(connection);
      return connection;
    };
    const pass = (ms: number) => {
      for (let left = ms; left > 0; left -= 100) {
        clock.ms += 100;
        engine.beginTurn();
        entrance.closeLate(engine.now);
      }
    };
    pass(200);
    const [idle, known] = [connect(), connect()];
    const login = Buffer.from('AUTH secret\r\n');
    known.received(login, login.length);
    pass(processLimits.handshakeMs - 200);
    const late = connect();
    expect(idle.socket.destroyed).toBe(false);
    pass(300);
    expect([idle, known, late].map(({ socket }) => socket.destroyed)).toEqual([true, false, false]);
  });
});
