import { describe, expect, it } from 'vitest';
import { testClients } from './support/test-engine.ts';
import type { TestClient } from './support/value-client.ts';

const clients = (): [TestClient, TestClient, TestClient] => {
  const { connect } = testClients();
  return [connect(), connect(), connect()];
};

describe('channels', () => {
  it('confirm each subscription with the number of them', () => {
    const [a] = clients();
    expect(a.all('SUBSCRIBE', 'x', 'y', 'x')).toEqual([
      ['subscribe', 'x', 1],
      ['subscribe', 'y', 2],
      ['subscribe', 'x', 2],
    ]);
    expect(a.all('PSUBSCRIBE', 'p*')).toEqual([['psubscribe', 'p*', 3]]);
    expect(a.all('SSUBSCRIBE', 's')).toEqual([['ssubscribe', 's', 1]]);
    expect(a.all('UNSUBSCRIBE', 'y', 'z')).toEqual([
      ['unsubscribe', 'y', 2],
      ['unsubscribe', 'z', 2],
    ]);
    expect(a.all('UNSUBSCRIBE')).toEqual([['unsubscribe', 'x', 1]]);
    expect(a.all('UNSUBSCRIBE')).toEqual([['unsubscribe', null, 1]]);
    expect(a.all('PUNSUBSCRIBE')).toEqual([['punsubscribe', 'p*', 0]]);
    expect(a.all('PUNSUBSCRIBE')).toEqual([['punsubscribe', null, 0]]);
    expect(a.all('SUNSUBSCRIBE')).toEqual([['sunsubscribe', 's', 0]]);
    expect(a.all('SUNSUBSCRIBE', 't')).toEqual([['sunsubscribe', 't', 0]]);
  });

  it('deliver messages to subscribers of the channel, then of patterns', () => {
    const [a, b, c] = clients();
    a.all('SUBSCRIBE', 'news.x');
    a.all('PSUBSCRIBE', 'news.*', '*x');
    b.all('PSUBSCRIBE', 'news.?');
    expect(c.run('PUBLISH', 'news.x', 'hi\0')).toBe(4);
    expect(a.received()).toEqual([
      ['message', 'news.x', 'hi\0'],
      ['pmessage', 'news.*', 'news.x', 'hi\0'],
      ['pmessage', '*x', 'news.x', 'hi\0'],
    ]);
    expect(b.received()).toEqual([['pmessage', 'news.?', 'news.x', 'hi\0']]);
    expect(c.run('PUBLISH', 'other', 'hi')).toBe(0);
    expect(c.run('SPUBLISH', 'news.x', 'hi')).toBe(0);
  });

  it('of shards stand apart', () => {
    const [a, b] = clients();
    a.all('SSUBSCRIBE', 'x');
    expect(b.run('PUBLISH', 'x', 'm')).toBe(0);
    expect(b.run('SPUBLISH', 'x', 'm')).toBe(1);
    expect(a.received()).toEqual([['smessage', 'x', 'm']]);
  });

  it('are counted by PUBSUB', () => {
    const [a, b, c] = clients();
    a.all('SUBSCRIBE', 'x', 'y');
    b.all('SUBSCRIBE', 'x');
    a.all('PSUBSCRIBE', 'p*', 'q*');
    b.all('PSUBSCRIBE', 'p*');
    b.all('SSUBSCRIBE', 's');
    expect(c.run('PUBSUB', 'CHANNELS')).toEqual(['x', 'y']);
    expect(c.run('PUBSUB', 'CHANNELS', 'y*')).toEqual(['y']);
    expect(c.run('PUBSUB', 'NUMSUB')).toEqual([]);
    expect(c.run('PUBSUB', 'NUMSUB', 'x', 'no')).toEqual(['x', 2, 'no', 0]);
    expect(c.run('PUBSUB', 'NUMPAT')).toBe(2);
    expect(c.run('PUBSUB', 'SHARDCHANNELS')).toEqual(['s']);
    expect(c.run('PUBSUB', 'SHARDNUMSUB', 's', 'x')).toEqual(['s', 1, 'x', 0]);
    expect(c.run('INFO', 'stats')).toMatch(
      /pubsub_channels:2\r\npubsub_patterns:2\r\npubsubshard_channels:1\r\n/,
    );
    expect(c.refusal('PUBSUB', 'CHANNELS', 'a', 'b')).toBe(
      "ERR unknown subcommand or wrong number of arguments for 'CHANNELS'. Try PUBSUB HELP.",
    );
  });

  it('forget clients that are gone or reset', () => {
    const { engine, connect } = testClients();
    const [a, b, c] = [connect(), connect(), connect()];
    a.all('SUBSCRIBE', 'x');
    b.all('SUBSCRIBE', 'x');
    engine.disconnect(a.client);
    expect(b.all('RESET')).toEqual(['RESET']);
    expect(c.run('PUBLISH', 'x', 'm')).toBe(0);
    expect(c.run('PUBSUB', 'CHANNELS')).toEqual([]);
  });
});

describe('a subscriber', () => {
  it('in RESP2 may run only a few commands', () => {
    const [a] = clients();
    a.all('SUBSCRIBE', 'x');
    expect(a.refusal('GET', 'a')).toBe(
      "ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context",
    );
    expect(a.refusal('CLIENT', 'ID')).toMatch(/^ERR Can't execute 'client\|id'/);
    expect(a.run('PING')).toEqual(['pong', '']);
    expect(a.run('PING', 'm')).toEqual(['pong', 'm']);
    a.all('UNSUBSCRIBE');
    expect(a.run('PING')).toBe('PONG');
  });

  it('in RESP3 may run any command, and gets its own messages after the answer', () => {
    const [a] = clients();
    a.all('HELLO', 3);
    a.all('SUBSCRIBE', 'x');
    expect(a.run('PING')).toBe('PONG');
    expect(a.run('SET', 'k', 'v')).toBe('OK');
    expect(a.all('PUBLISH', 'x', 'm')).toEqual([1, ['message', 'x', 'm']]);
    a.run('MULTI');
    a.run('PUBLISH', 'x', '1');
    a.run('PUBLISH', 'x', '2');
    expect(a.all('EXEC')).toEqual([
      [1, 1],
      ['message', 'x', '1'],
      ['message', 'x', '2'],
    ]);
  });

  it('is told although it wants no answers', () => {
    const [a, b] = clients();
    expect(a.all('CLIENT', 'REPLY', 'OFF')).toEqual([]);
    expect(a.all('PING')).toEqual([]);
    expect(a.all('SUBSCRIBE', 'x')).toEqual([['subscribe', 'x', 1]]);
    b.run('PUBLISH', 'x', 'm');
    expect(a.received()).toEqual([['message', 'x', 'm']]);
    expect(a.all('UNSUBSCRIBE', 'x')).toEqual([['unsubscribe', 'x', 0]]);
    expect(a.all('CLIENT', 'REPLY', 'ON')).toEqual(['OK']);
  });

  it('is not ahead of what the publisher has seen', () => {
    const { engine, connect } = testClients({ journaling: true });
    const [a, b] = [connect(), connect()];
    a.all('SUBSCRIBE', 'x');
    b.run('SET', 'k', 'v');
    const { batch } = engine.effects.take()!;
    b.run('PUBLISH', 'x', 'the key is set');
    expect(a.client.exposed).toBe(batch);
  });
});

describe('keyspace notifications', () => {
  it('are messages on the channels of the key and of the event', () => {
    const [a, b] = clients();
    a.all('PSUBSCRIBE', '__key*');
    b.run('SET', 'k', 'v');
    expect(a.received()).toEqual([]);
    b.run('CONFIG', 'SET', 'notify-keyspace-events', 'KEA');
    b.run('SELECT', 3);
    b.run('SET', 'k', 'v');
    expect(a.received()).toEqual([
      ['pmessage', '__key*', '__keyspace@3__:k', 'set'],
      ['pmessage', '__key*', '__keyevent@3__:set', 'k'],
    ]);
  });

  it('are of the kinds asked for', () => {
    const { clock, connect } = testClients();
    const [a, b] = [connect(), connect()];
    a.all('PSUBSCRIBE', '*');
    const events = (flags: string, ...commands: string[][]): string[] => {
      b.run('CONFIG', 'SET', 'notify-keyspace-events', flags);
      for (const command of commands) b.run(...command);
      clock.ms += 10;
      b.run('GET', 'gone');
      return a.received().map((message) => (message as string[]).slice(2).join(' '));
    };
    const work = [
      ['FLUSHALL'],
      ['SET', 'k', 'v'],
      ['DEL', 'k'],
      ['SET', 'gone', 'v'],
      ['PEXPIRE', 'gone', '5'],
    ];
    expect(events('E$', ...work)).toEqual(['__keyevent@0__:set k', '__keyevent@0__:set gone']);
    expect(events('Kg', ...work)).toEqual(['__keyspace@0__:k del', '__keyspace@0__:gone expire']);
    expect(events('Ex', ...work)).toEqual(['__keyevent@0__:expired gone']);
    expect(events('En', ...work)).toEqual(['__keyevent@0__:new k', '__keyevent@0__:new gone']);
    expect(events('Em')).toEqual(['__keyevent@0__:keymiss gone']);
    expect(events('A', ...work)).toEqual([]);
    expect(events('K', ...work)).toEqual([]);
    expect(b.run('CONFIG', 'GET', 'notify-keyspace-events')).toEqual(['notify-keyspace-events', 'K']);
  });
});

describe('a slow subscriber', () => {
  it('is cut off above the hard limit', () => {
    const [a, b] = clients();
    b.run('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 1000 0 0');
    a.all('SUBSCRIBE', 'x');
    a.output.undeliveredBytes = 1000;
    expect(b.run('PUBLISH', 'x', 'm')).toBe(1);
    expect(a.closed).toBeUndefined();
    a.output.undeliveredBytes = 1001;
    b.run('PUBLISH', 'x', 'm');
    expect(a.closed).toBe('at once');
    expect(b.run('PUBLISH', 'x', 'm')).toBe(0);
  });

  it('is cut off when it stays above the soft limit, also without messages', () => {
    const { engine, clock, connect } = testClients();
    const [a, b] = [connect(), connect()];
    b.run('CONFIG', 'SET', 'client-output-buffer-limit', 'pubsub 0 1000 3');
    a.all('SUBSCRIBE', 'x');
    const wait = (seconds: number) => {
      clock.ms += seconds * 1000;
      engine.cron();
    };
    a.output.undeliveredBytes = 2000;
    b.run('PUBLISH', 'x', 'm');
    wait(2);
    a.output.undeliveredBytes = 500;
    wait(2);
    a.output.undeliveredBytes = 2000;
    b.run('PUBLISH', 'x', 'm');
    wait(3);
    expect(a.closed).toBeUndefined();
    wait(0.1);
    expect(a.closed).toBe('at once');
  });

  it('of the normal class is cut off for its answers, after a whole transaction', () => {
    const [a, b] = clients();
    b.run('CONFIG', 'SET', 'client-output-buffer-limit', 'normal 1000 0 0');
    a.run('MULTI');
    a.run('SET', 'k', 'v');
    a.output.undeliveredBytes = 5000;
    a.all('EXEC');
    expect(a.closed).toBe('at once');
    expect(b.run('GET', 'k')).toBe('v');
  });
});
