import { describe, expect, it } from 'vitest';
import { testClients } from './support/test-engine.ts';
import { type Answer, endOfTurn } from './support/value-client.ts';

const field = (line: Answer | undefined, name: string): string | undefined =>
  new RegExp(`(?:^| )${name}=([^ \\n]*)`).exec(String(line))?.[1];

describe('CLIENT LIST and INFO', () => {
  it('show one line for each connection, with what it does', () => {
    const { clock, connect } = testClients();
    const [a, b] = [connect(), connect()];
    a.run('CLIENT', 'SETNAME', 'n');
    a.run('CLIENT', 'SETINFO', 'LIB-NAME', 'lib(x)');
    a.run('CLIENT', 'SETINFO', 'lib-ver', '1.2');
    a.run('SELECT', 2);
    a.run('WATCH', 'k');
    a.run('MULTI');
    a.run('PING');
    b.run('SET', 'k', 'v');
    b.run('SELECT', 2);
    b.run('SET', 'k', 'v');
    clock.ms += 2500;
    const lines = String(b.run('CLIENT', 'LIST')).trimEnd().split('\n');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toBe(
      `id=${a.client.id} addr=127.0.0.1:50000 laddr=127.0.0.1:6379 fd=-1 name=n age=2 idle=2 flags=xd db=2 sub=0 psub=0 ssub=0 multi=1 qbuf=0 qbuf-free=0 argv-mem=0 multi-mem=4 rbs=16384 rbp=0 obl=0 oll=0 omem=0 tot-mem=1413 events=r cmd=ping user=default redir=-1 resp=2 lib-name=lib(x) lib-ver=1.2`,
    );
    expect(field(lines[1], 'cmd')).toBe('client|list');
    expect(field(lines[1], 'qbuf')).toBe('26');
    expect(field(b.run('CLIENT', 'INFO'), 'id')).toBe(String(b.client.id));
  });

  it('choose connections by type and id', () => {
    const { connect } = testClients();
    const [a, b, c] = [connect(), connect(), connect()];
    b.all('SUBSCRIBE', 'x');
    const ids = (...args: (string | number)[]) =>
      String(a.run('CLIENT', 'LIST', ...args))
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => Number(field(line, 'id')));
    expect(ids('TYPE', 'pubsub')).toEqual([b.client.id]);
    expect(ids('TYPE', 'Normal')).toEqual([a.client.id, c.client.id]);
    expect(ids('TYPE', 'replica')).toEqual([]);
    expect(ids('ID', c.client.id, 999, a.client.id)).toEqual([c.client.id, a.client.id]);
    expect(a.refusal('CLIENT', 'LIST', 'TYPE', 'no')).toBe("ERR Unknown client type 'no'");
    expect(a.refusal('CLIENT', 'LIST', 'ID')).toBe('ERR syntax error');
    expect(a.refusal('CLIENT', 'LIST', 'ID', 'x')).toBe('ERR Invalid client ID');
  });

  it('show what a connection is', () => {
    const { connect } = testClients();
    const [a, b] = [connect(), connect()];
    const flags = () => field(b.run('CLIENT', 'LIST', 'ID', a.client.id), 'flags');
    expect(flags()).toBe('N');
    a.run('CLIENT', 'NO-EVICT', 'ON');
    a.run('CLIENT', 'NO-TOUCH', 'ON');
    a.run('CLIENT', 'TRACKING', 'ON', 'BCAST');
    expect(flags()).toBe('tBeT');
    a.run('MONITOR');
    a.all('SUBSCRIBE', 'x');
    expect(flags()).toBe('OPtBeT');
    a.all('RESET');
    expect(flags()).toBe('N');
  });
});

describe('names', () => {
  it('have no spaces, and may be taken away', () => {
    const { connect } = testClients();
    const a = connect();
    expect(a.run('CLIENT', 'GETNAME')).toBeNull();
    a.run('CLIENT', 'SETNAME', 'me');
    expect(a.run('CLIENT', 'GETNAME')).toBe('me');
    for (const name of ['a b', 'a\n', 'a\x7f', '\xe4']) {
      expect(a.refusal('CLIENT', 'SETNAME', name)).toBe(
        'ERR Client names cannot contain spaces, newlines or special characters.',
      );
    }
    a.run('CLIENT', 'SETNAME', '');
    expect(a.run('CLIENT', 'GETNAME')).toBeNull();
    expect(a.refusal('CLIENT', 'SETINFO', 'lib-name', 'a b')).toBe(
      'ERR lib-name cannot contain spaces, newlines or special characters.',
    );
    expect(a.refusal('CLIENT', 'SETINFO', 'badger', 'x')).toBe("ERR Unrecognized option 'badger'");
  });
});

describe('CLIENT KILL', () => {
  it('ends the connection of an address', () => {
    const { connect } = testClients();
    const [a, b] = [connect(), connect()];
    expect(a.run('CLIENT', 'KILL', b.address)).toBe('OK');
    expect(b.closed).toBe('at once');
    expect(a.refusal('CLIENT', 'KILL', b.address)).toBe('ERR No such client');
    expect(a.run('CLIENT', 'KILL', a.address)).toBe('OK');
    expect(a.closed).toBe('softly');
  });

  it('ends connections that fit all filters', () => {
    const { engine, connect } = testClients();
    const a = connect();
    a.run('ACL', 'SETUSER', 'u', 'on', 'nopass', '+@all', '&*');
    const kill = (...filters: (string | number)[]): unknown => {
      const [b, c, d] = [connect(), connect(), connect()];
      b.all('SUBSCRIBE', 'x');
      c.run('AUTH', 'u', 'x');
      const words = filters.map((word) => ({ B: b.client.id, C: c.address, D: d.address })[word] ?? word);
      const count = a.run('CLIENT', 'KILL', ...words);
      const killed = [b, c, d].map((client) => client.closed !== undefined);
      for (const { client } of [b, c, d]) engine.disconnect(client);
      return [count, killed.indexOf(true), killed.filter(Boolean).length];
    };
    expect(kill('TYPE', 'pubsub')).toEqual([1, 0, 1]);
    expect(kill('ID', 'B')).toEqual([1, 0, 1]);
    expect(kill('USER', 'u')).toEqual([1, 1, 1]);
    expect(kill('ADDR', 'D')).toEqual([1, 2, 1]);
    expect(kill('LADDR', '127.0.0.1:6379')).toEqual([3, 0, 3]);
    expect(kill('SKIPME', 'yes')).toEqual([3, 0, 3]);
    expect(kill('TYPE', 'normal', 'USER', 'default')).toEqual([1, 2, 1]);
    expect(kill('TYPE', 'pubsub', 'USER', 'u')).toEqual([0, -1, 0]);
    expect(a.closed).toBeUndefined();
    expect(kill('SKIPME', 'no')).toEqual([4, 0, 3]);
    expect(a.closed).toBe('softly');
  });

  it.each([
    [['ID', '10', 'x'], 'ERR syntax error'],
    [['ID', 'x'], 'ERR client-id should be greater than 0'],
    [['ID', '0'], 'ERR client-id should be greater than 0'],
    [['TYPE', 'x'], "ERR Unknown client type 'x'"],
    [['USER', 'x'], "ERR No such user 'x'"],
    [['SKIPME', 'x'], 'ERR syntax error'],
    [['X', 'x'], 'ERR syntax error'],
  ])('refuses %s', (filters, why) => {
    expect(
      testClients()
        .connect()
        .refusal('CLIENT', 'KILL', ...filters),
    ).toBe(why);
  });
});

describe('CLIENT REPLY', () => {
  it('OFF silences everything up to ON', () => {
    const a = testClients().connect();
    expect(a.all('CLIENT', 'REPLY', 'OFF')).toEqual([]);
    expect([
      ...a.all('PING'),
      ...a.all('NOPE'),
      ...a.all('GET'),
      ...a.all('CLIENT', 'REPLY', 'SKIP'),
    ]).toEqual([]);
    expect(a.all('CLIENT', 'REPLY', 'ON')).toEqual(['OK']);
    expect(a.all('PING')).toEqual(['PONG']);
  });

  it('SKIP silences the next command, and nothing if that is ON', () => {
    const a = testClients().connect();
    expect(a.all('CLIENT', 'REPLY', 'SKIP')).toEqual([]);
    expect(a.all('PING')).toEqual([]);
    expect(a.all('PING')).toEqual(['PONG']);
    a.all('CLIENT', 'REPLY', 'SKIP');
    expect(a.all('CLIENT', 'REPLY', 'ON')).toEqual(['OK']);
    a.all('CLIENT', 'REPLY', 'SKIP');
    expect(a.all('NOPE')).toEqual([]);
    expect(a.all('PING')).toEqual(['PONG']);
  });
});

describe('CLIENT PAUSE', () => {
  it('WRITE lets commands wait that write or publish, in the order they came', async () => {
    const { engine, connect } = testClients();
    const [a, b, c] = [connect(), connect(), connect()];
    expect(a.run('CLIENT', 'PAUSE', 100_000, 'WRITE')).toBe('OK');
    expect(b.all('SET', 'k', 'b')).toEqual([]);
    expect(b.blocked).toBe(true);
    expect(c.all('PUBLISH', 'x', 'm')).toEqual([]);
    expect(a.run('GET', 'k')).toBeNull();
    expect(a.refusal('SET', 'k')).toMatch(/^ERR wrong number/);
    expect(a.run('INFO', 'clients')).toMatch(/blocked_clients:2\r/);
    expect(field(a.run('CLIENT', 'LIST', 'ID', b.client.id), 'flags')).toBe('b');
    expect(a.run('CLIENT', 'UNBLOCK', b.client.id)).toBe(0);
    engine.disconnect(c.client);
    expect(a.run('CLIENT', 'UNPAUSE')).toBe('OK');
    await endOfTurn();
    expect(b.received()).toEqual(['OK']);
    expect(b.blocked).toBe(false);
    expect(c.received()).toEqual([]);
    expect(a.run('GET', 'k')).toBe('b');
  });

  it('WRITE lets EXEC wait if anything in it writes', async () => {
    const { connect } = testClients();
    const [a, b, c] = [connect(), connect(), connect()];
    for (const client of [b, c]) client.run('MULTI');
    b.run('GET', 'k');
    c.run('SET', 'k', 'c');
    a.run('CLIENT', 'PAUSE', 100_000, 'WRITE');
    expect(b.all('EXEC')).toEqual([[null]]);
    expect(c.all('EXEC')).toEqual([]);
    a.run('CLIENT', 'UNPAUSE');
    await endOfTurn();
    expect(c.received()).toEqual([['OK']]);
  });

  it('within a transaction begins after it, and ALL stops everything', async () => {
    const { engine, connect } = testClients();
    const [a, b] = [connect(), connect()];
    a.run('MULTI');
    a.run('CLIENT', 'PAUSE', 100_000);
    a.run('SET', 'k', 'a');
    expect(a.all('EXEC')).toEqual([['OK', 'OK']]);
    expect(b.all('PING')).toEqual([]);
    engine.pause.end();
    await endOfTurn();
    expect(b.received()).toEqual(['PONG']);
  });

  it('is neither shortened nor made milder', () => {
    const { engine, connect } = testClients();
    const a = connect();
    a.run('MULTI');
    a.run('CLIENT', 'PAUSE', 100_000, 'ALL');
    a.run('CLIENT', 'PAUSE', 10, 'WRITE');
    a.run('EXEC');
    expect(engine.paused).toBe('all');
    engine.pause.end();
    expect([engine.paused, engine.conditions]).toEqual([undefined, 0]);
  });

  it('ends by itself, and keys expire only afterwards', async () => {
    const { engine, clock, connect } = testClients();
    const [a, b] = [connect(), connect()];
    a.run('SET', 'k', 'v');
    a.run('PEXPIRE', 'k', 5);
    a.run('CLIENT', 'PAUSE', 20, 'WRITE');
    b.all('SET', 'x', 'y');
    clock.ms += 15;
    expect(a.run('GET', 'k')).toBeNull();
    expect(engine.stats.expiredKeys).toBe(0);
    clock.ms += 10;
    await expect.poll(() => b.received()).toEqual(['OK']);
    expect(a.run('GET', 'k')).toBeNull();
    expect(engine.stats.expiredKeys).toBe(1);
  });

  it('refuses what makes no sense', () => {
    const a = testClients().connect();
    expect(a.refusal('CLIENT', 'PAUSE', 'x')).toBe('ERR timeout is not an integer or out of range');
    expect(a.refusal('CLIENT', 'PAUSE', '99999999999999999999')).toMatch(/^ERR timeout is not/);
    expect(a.refusal('CLIENT', 'PAUSE', -1)).toBe('ERR timeout is negative');
    expect(a.refusal('CLIENT', 'PAUSE', 1, 'x')).toBe('ERR CLIENT PAUSE mode must be WRITE or ALL');
    expect(a.refusal('CLIENT', 'UNBLOCK', 1, 'x')).toBe(
      'ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR',
    );
  });
});

describe('CLIENT NO-TOUCH', () => {
  it('leaves the time of the last access as it is, but for TOUCH', () => {
    const { clock, connect } = testClients();
    const [a, b] = [connect(), connect()];
    b.run('SET', 'k', 'v');
    clock.ms += 100_000;
    a.run('CLIENT', 'NO-TOUCH', 'ON');
    a.run('GET', 'k');
    expect(b.run('OBJECT', 'IDLETIME', 'k')).toBe(100);
    a.run('TOUCH', 'k');
    expect(b.run('OBJECT', 'IDLETIME', 'k')).toBe(0);
  });
});

describe('MONITOR', () => {
  it('shows commands as they are run, but those of administrators, and no passwords', () => {
    const { connect } = testClients();
    const [a, b] = [connect(), connect()];
    expect(a.run('MONITOR')).toBe('OK');
    b.run('SET', 'a b', '\x00\n"\\\xff');
    b.run('CONFIG', 'GET', 'hz');
    b.run('AUTH', 'u', 'secret');
    b.run('HELLO', '2', 'AUTH', 'default', 'secret');
    b.run('NOPE');
    b.run('MULTI');
    b.run('GET', 'k');
    b.run('EXEC');
    const shown = a
      .received()
      .map((line) => /^\d+\.\d{6} \[0 127\.0\.0\.1:50001\] (.*)$/s.exec(String(line))?.[1]);
    expect(shown).toEqual([
      '"SET" "a b" "\\x00\\n\\"\\\\\\xff"',
      '"AUTH" "(redacted)" "(redacted)"',
      '"HELLO" "2" "AUTH" "(redacted)" "(redacted)"',
      '"MULTI"',
      '"GET" "k"',
      '"EXEC"',
    ]);
    expect(a.run('RESET')).toBe('RESET');
    b.run('GET', 'k');
    expect(a.received()).toEqual([]);
  });
});

describe('a connection', () => {
  it('that is one too many is refused', () => {
    const { engine, connect } = testClients();
    const a = connect();
    a.run('CONFIG', 'SET', 'maxclients', 1);
    const b = connect();
    expect(b.received()).toEqual([new Error('ERR max number of clients reached')]);
    expect(b.closed).toBe('softly');
    expect(engine.clients.size).toBe(1);
  });

  it('that is idle is ended after timeout, unless it waits for messages', () => {
    const { engine, clock, connect } = testClients();
    const [a, b, c] = [connect(), connect(), connect()];
    a.run('CONFIG', 'SET', 'timeout', 10);
    b.all('SUBSCRIBE', 'x');
    clock.ms += 10_001;
    c.client.lastCommandAt = clock.ms;
    engine.cron();
    expect([a.closed, b.closed, c.closed]).toEqual(['at once', undefined, undefined]);
  });

  it('that quits is answered and closed', () => {
    const a = testClients().connect();
    expect(a.run('QUIT', 'now')).toBe('OK');
    expect(a.closed).toBe('softly');
  });

  it('that is reset is as new', () => {
    const { engine, connect } = testClients();
    const [a, b] = [connect(), connect()];
    a.run('ACL', 'SETUSER', 'u', 'on', 'nopass', '+@all', '~*', '&*');
    a.run('HELLO', 3, 'AUTH', 'u', 'x', 'SETNAME', 'n');
    a.run('SELECT', 5);
    a.run('CLIENT', 'TRACKING', 'ON');
    a.run('WATCH', 'k');
    a.run('MULTI');
    a.run('PING');
    expect(a.run('RESET')).toBe('RESET');
    expect(a.run('CLIENT', 'INFO')).toMatch(
      / name= .* flags=N db=0 .* multi=-1 .* user=default redir=-1 resp=2 /,
    );
    expect(engine.watchesKeys).toBe(false);
    b.run('SET', 'k', 'v');
    expect(a.refusal('EXEC')).toBe('ERR EXEC without MULTI');
  });
});

describe('HELLO', () => {
  it('answers with what the server is, in the version asked for', () => {
    const { connect } = testClients();
    const a = connect();
    const answer = a.run('HELLO', 3) as Answer[];
    expect(answer.slice(0, 2)).toEqual(['server', 'redis']);
    expect(answer[3]).toMatch(/^7\.2\./);
    expect(answer.slice(4)).toEqual([
      'proto',
      3,
      'id',
      a.client.id,
      'mode',
      'standalone',
      'role',
      'master',
      'modules',
      [],
    ]);
    expect((a.run('HELLO') as Answer[])[5]).toBe(3);
    expect((a.run('HELLO', 2) as Answer[])[5]).toBe(2);
  });

  it.each([
    [['4'], 'NOPROTO unsupported protocol version'],
    [['x'], 'ERR Protocol version is not an integer or out of range'],
    [['3', 'foo'], "ERR Syntax error in HELLO option 'foo'"],
    [['3', 'auth', 'a'], "ERR Syntax error in HELLO option 'auth'"],
    [['3', 'SETNAME', 'a b'], 'ERR Client names cannot contain spaces, newlines or special characters.'],
    [['3', 'AUTH', 'no', 'x'], 'WRONGPASS invalid username-password pair or user is disabled.'],
  ])('refuses %s and changes nothing', (words, why) => {
    const a = testClients().connect();
    expect(a.refusal('HELLO', ...words)).toBe(why);
    expect([a.client.resp, a.client.name]).toEqual([2, '']);
  });
});

describe('unknown subcommands', () => {
  it('are answered so that clients go on', () => {
    const a = testClients().connect();
    expect(a.refusal('CLIENT', 'MAINT_NOTIFICATIONS', 'ON')).toBe(
      "ERR unknown subcommand 'MAINT_NOTIFICATIONS'. Try CLIENT HELP.",
    );
    expect(a.refusal('ACL', 'nope')).toBe("ERR unknown subcommand 'nope'. Try ACL HELP.");
  });
});
