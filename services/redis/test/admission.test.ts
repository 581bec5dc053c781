import { describe, expect, it } from 'vitest';
import { RedisError } from '../engine/errors.ts';
import { testClients } from './support/test-engine.ts';

describe('the dispatcher', () => {
  it('looks closer only where something speaks against a command', () => {
    const { engine, connect } = testClients();
    const [a, b] = [connect(), connect()];
    expect([a.client.special, engine.conditions]).toEqual([0, 0]);
    a.run('MULTI');
    expect(a.client.special).not.toBe(0);
    a.run('DISCARD');
    a.all('SUBSCRIBE', 'x');
    expect(a.client.special).not.toBe(0);
    a.all('UNSUBSCRIBE');
    a.all('CLIENT', 'REPLY', 'OFF');
    expect(a.client.special).not.toBe(0);
    a.all('CLIENT', 'REPLY', 'ON');
    b.run('ACL', 'SETUSER', 'default', '-get');
    expect(a.client.special).not.toBe(0);
    b.run('ACL', 'SETUSER', 'default', '+@all');
    expect(a.client.special).toBe(0);
  });

  it('refuses most commands while the keyspace is loaded', () => {
    const { engine, connect } = testClients();
    const a = connect();
    engine.loading = true;
    expect(a.refusal('GET', 'k')).toBe('LOADING Redis is loading the dataset in memory');
    expect(a.refusal('PING')).toMatch(/^LOADING/);
    expect(a.run('INFO', 'server')).toMatch(/redis_version/);
    a.run('MULTI');
    expect(a.refusal('GET', 'k')).toMatch(/^LOADING/);
    expect(a.refusal('EXEC')).toBe('EXECABORT Transaction discarded because of previous errors.');
    engine.loading = false;
    expect(a.run('PING')).toBe('PONG');
  });

  it('refuses writes where replicas are asked for that do not exist', () => {
    const { connect } = testClients();
    const a = connect();
    a.run('SET', 'k', '1');
    a.run('CONFIG', 'SET', 'min-replicas-to-write', '1');
    const refused = 'NOREPLICAS Not enough good replicas to write.';
    expect(a.refusal('SET', 'k', '2')).toBe(refused);
    a.run('CONFIG', 'SET', 'min-replicas-to-write', '0');
    expect(a.run('GET', 'k')).toBe('1');
  });

  it('refuses commands while a script is busy, but those that may end it', () => {
    const { engine, connect } = testClients();
    const a = connect();
    a.run('MULTI');
    a.run('PING');
    engine.busy = new RedisError('BUSY Redis is busy running a script.');
    expect(a.refusal('GET', 'k')).toBe('BUSY Redis is busy running a script.');
    expect(a.refusal('EXEC')).toBe(
      'EXECABORT Transaction discarded because of: BUSY Redis is busy running a script.',
    );
    expect(a.run('MULTI')).toBe('OK');
    expect(a.run('RESET')).toBe('RESET');
    expect(a.run('AUTH', 'default', 'x')).toBe('OK');
    engine.busy = undefined;
    expect(a.run('GET', 'k')).toBeNull();
  });

  it('refuses commands that write while nothing can be made durable', () => {
    const { engine, connect } = testClients();
    const [a, b] = [connect(), connect()];
    b.run('MULTI');
    b.run('SET', 'k', 'v');
    engine.journalFailing = true;
    expect(a.refusal('SET', 'k', 'v')).toMatch(/^MISCONF/);
    expect(a.run('GET', 'k')).toBeNull();
    expect(b.refusal('EXEC')).toMatch(/^EXECABORT Transaction discarded because of: MISCONF/);
    engine.journalFailing = false;
    expect(a.run('SET', 'k', 'v')).toBe('OK');
  });

  it('refuses commands that need memory when there is none, when queued and when run', () => {
    const { connect } = testClients();
    const [a, b] = [connect(), connect()];
    a.run('MULTI');
    a.run('SET', 'k', 'v');
    b.run('CONFIG', 'SET', 'maxmemory', 1);
    expect(a.refusal('EXEC')).toBe(
      "EXECABORT Transaction discarded because of: OOM command not allowed when used memory > 'maxmemory'.",
    );
    a.run('MULTI');
    expect(a.refusal('SET', 'k', 'v')).toMatch(/^OOM/);
    expect(a.run('DISCARD')).toBe('OK');
    a.run('MULTI');
    a.run('GET', 'k');
    expect(a.run('EXEC')).toEqual([null]);
  });

  it('asks in the order of Redis: name, length, login, permission, context', () => {
    const { connect } = testClients();
    const [a, b] = [connect(), connect()];
    a.run('ACL', 'SETUSER', 'u', 'on', 'nopass', '+subscribe', '&*');
    a.run('CONFIG', 'SET', 'requirepass', 'p');
    const c = connect();
    expect(c.refusal('GET')).toMatch(/^ERR wrong number/);
    expect(c.refusal('GET', 'k')).toMatch(/^NOAUTH/);
    b.run('AUTH', 'u', 'x');
    b.all('SUBSCRIBE', 'x');
    expect(b.refusal('GET', 'k')).toMatch(/^NOPERM/);
  });

  it('lets messages and answers of pipelined commands keep their order', () => {
    const { connect } = testClients();
    const a = connect();
    a.all('HELLO', 3);
    a.all('SUBSCRIBE', 'x');
    a.all('CLIENT', 'TRACKING', 'ON');
    a.all('GET', 'k');
    a.all('MULTI');
    a.all('PUBLISH', 'x', 'm');
    a.all('SET', 'k', 'v');
    a.all('SUBSCRIBE', 'y');
    expect(a.all('EXEC')).toEqual([
      [1, 'OK', ['subscribe', 'y', 2]],
      ['message', 'x', 'm'],
      ['invalidate', ['k']],
    ]);
  });
});
