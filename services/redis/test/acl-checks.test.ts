import { describe, expect, it } from 'vitest';
import { testClients } from './support/test-engine.ts';
import { type Answer, pairs, type TestClient } from './support/value-client.ts';

interface Pair {
  readonly admin: TestClient;
  readonly other: TestClient;
  /** Gives the other client's user these rules. */
  rules(...rules: string[]): void;
}

/** An administrator, and a client that is logged in as `u`. */
function pair(...rules: string[]): Pair {
  const { connect } = testClients();
  const admin = connect();
  const other = connect();
  expect(admin.run('ACL', 'SETUSER', 'u', 'on', 'nopass', ...rules)).toBe('OK');
  expect(other.run('AUTH', 'u', 'anything')).toBe('OK');
  return { admin, other, rules: (...more) => void admin.run('ACL', 'SETUSER', 'u', ...more) };
}

const noCommand = (name: string) => `NOPERM User u has no permissions to run the '${name}' command`;
const noKey = 'NOPERM No permissions to access a key';
const noChannel = 'NOPERM No permissions to access a channel';

describe('a login', () => {
  it('takes any of the passwords of an enabled user', () => {
    const { connect } = testClients();
    const client = connect();
    client.run('ACL', 'SETUSER', 'u', '>a', '>b');
    const wrong = 'WRONGPASS invalid username-password pair or user is disabled.';
    expect(client.refusal('AUTH', 'u', 'a')).toBe(wrong);
    client.run('ACL', 'SETUSER', 'u', 'on', '+acl|whoami');
    const other = connect();
    expect(other.run('AUTH', 'u', 'a')).toBe('OK');
    expect(other.run('AUTH', 'u', 'b')).toBe('OK');
    expect(other.run('ACL', 'WHOAMI')).toBe('u');
    for (const password of ['c', '', 'a\0']) expect(other.refusal('AUTH', 'u', password)).toBe(wrong);
    expect(other.refusal('AUTH', 'nobody', 'a')).toBe(wrong);
    expect(other.run('ACL', 'WHOAMI')).toBe('u');
  });

  it('by one word is that of the default user, which must have a password', () => {
    const client = testClients().connect();
    expect(client.refusal('AUTH', 'x')).toBe(
      'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
    );
    expect(client.run('AUTH', 'default', 'anything')).toBe('OK');
    expect(client.refusal('AUTH', 'a', 'b', 'c')).toBe('ERR syntax error');
    client.run('CONFIG', 'SET', 'requirepass', 'p');
    expect(client.run('AUTH', 'p')).toBe('OK');
  });

  it('is needed for all but AUTH, HELLO, QUIT and RESET once the default user has a password', () => {
    const { connect } = testClients();
    const admin = connect();
    admin.run('CONFIG', 'SET', 'requirepass', 'p');
    expect(admin.run('PING')).toBe('PONG');
    const client = connect();
    for (const command of [['PING'], ['GET', 'a'], ['ACL', 'WHOAMI'], ['MULTI'], ['SUBSCRIBE', 'a']]) {
      expect(client.refusal(...command)).toBe('NOAUTH Authentication required.');
    }
    expect(client.refusal('NOPE')).toMatch(/^ERR unknown command/);
    expect(client.refusal('GET')).toBe("ERR wrong number of arguments for 'get' command");
    expect(client.refusal('HELLO', 3)).toMatch(
      /^NOAUTH HELLO must be called with the client already authenticated/,
    );
    expect(client.run('RESET')).toBe('RESET');
    expect(client.run('HELLO', 3, 'AUTH', 'default', 'p', 'SETNAME', 'n')).toContain('redis');
    expect(client.run('CLIENT', 'GETNAME')).toBe('n');
    expect(client.run('RESET')).toBe('RESET');
    expect(client.refusal('PING')).toBe('NOAUTH Authentication required.');
  });

  it('is needed as well while the default user is off', () => {
    const { connect } = testClients();
    const admin = connect();
    admin.run('ACL', 'SETUSER', 'default', 'off');
    expect(admin.run('PING')).toBe('PONG');
    expect(connect().refusal('PING')).toBe('NOAUTH Authentication required.');
  });

  it('within HELLO works where the default user may nothing', () => {
    const { connect } = testClients();
    const admin = connect();
    admin.run('ACL', 'SETUSER', 'u', 'on', '>p', '+@all');
    admin.run('ACL', 'SETUSER', 'default', '-@all');
    expect(admin.refusal('PING')).toBe("NOPERM User default has no permissions to run the 'ping' command");
    expect(admin.run('HELLO', 2, 'AUTH', 'u', 'p')).toContain('proto');
    expect(admin.run('PING')).toBe('PONG');
  });
});

describe('commands', () => {
  it('are allowed one by one and by category', () => {
    const { other, rules } = pair('~*');
    expect(other.refusal('GET', 'a')).toBe(noCommand('get'));
    rules('+get');
    expect(other.run('GET', 'a')).toBeNull();
    expect(other.refusal('SET', 'a', 'b')).toBe(noCommand('set'));
    rules('+@string', '-get');
    expect(other.run('SET', 'a', 'b')).toBe('OK');
    expect(other.refusal('GET', 'a')).toBe(noCommand('get'));
    rules('allcommands', '-@connection');
    expect(other.run('GET', 'a')).toBe('b');
    expect(other.refusal('PING')).toBe(noCommand('ping'));
    rules('nocommands');
    expect(other.refusal('GET', 'a')).toBe(noCommand('get'));
  });

  it('are allowed by subcommand and by first argument', () => {
    const { other, rules } = pair('+client', '-client|kill', '+config|get', '+select|0', '+select|3');
    expect(other.run('CLIENT', 'ID')).toBeTypeOf('number');
    expect(other.refusal('CLIENT', 'KILL', 'TYPE', 'normal')).toBe(noCommand('client|kill'));
    expect(other.run('CONFIG', 'GET', 'hz')).toEqual(['hz', '10']);
    expect(other.refusal('CONFIG', 'SET', 'hz', '5')).toBe(noCommand('config|set'));
    expect(other.run('SELECT', 3)).toBe('OK');
    expect(other.refusal('SELECT', 1)).toBe(noCommand('select'));
    rules('-select');
    expect(other.refusal('SELECT', 0)).toBe(noCommand('select'));
  });

  it('to log in are always allowed', () => {
    const { other } = pair();
    expect(other.run('AUTH', 'u', 'x')).toBe('OK');
    expect(other.run('HELLO', 2)).toContain('redis');
    expect(other.run('RESET')).toBe('RESET');
  });

  it('that are unknown or of a wrong length are refused as such first', () => {
    const { other } = pair();
    expect(other.refusal('NOPE')).toMatch(/^ERR unknown command/);
    expect(other.refusal('GET')).toMatch(/^ERR wrong number/);
  });
});

describe('keys', () => {
  it('must match a pattern, all of them', () => {
    const { other } = pair('+@all', '~foo:*', '~bar:[ab]');
    expect(other.run('SET', 'foo:1', 'x')).toBe('OK');
    expect(other.run('DEL', 'foo:1', 'bar:a')).toBe(1);
    expect(other.refusal('DEL', 'foo:1', 'zap')).toBe(noKey);
    expect(other.refusal('GET', 'bar:c')).toBe(noKey);
    expect(other.run('PING')).toBe('PONG');
  });

  it('are told apart by reading and writing', () => {
    const { other } = pair('+@all', '%R~r*', '%W~w*', '%RW~b*');
    expect(other.run('GET', 'r')).toBeNull();
    expect(other.refusal('GET', 'w')).toBe(noKey);
    expect(other.refusal('SET', 'r', 'x')).toBe(noKey);
    expect(other.run('SET', 'w', 'x')).toBe('OK');
    expect(other.refusal('COPY', 'w', 'r')).toBe(noKey);
    expect(other.run('COPY', 'r', 'w')).toBe(0);
    expect(other.run('COPY', 'b', 'b2')).toBe(0);
    // Whether a key is there is told to whoever may do anything with it.
    expect(other.run('EXISTS', 'r', 'w', 'b')).toBe(1);
    expect(other.refusal('EXISTS', 'x')).toBe(noKey);
  });

  it('of SET are read only with GET', () => {
    const { admin } = pair('+@all', '%W~w');
    const dry = (...args: string[]) => admin.run('ACL', 'DRYRUN', 'u', ...args);
    expect(dry('SET', 'w', 'x', 'EX', '1')).toBe('OK');
    expect(dry('SET', 'w', 'x', 'GET')).toBe("User u has no permissions to access the 'w' key");
    expect(dry('SET', 'get', 'w')).toBe("User u has no permissions to access the 'get' key");
  });
});

describe('patterns of SORT', () => {
  it('are for who may read every key', () => {
    const { other, rules } = pair('(+sort ~list)');
    const by = 'ERR BY option of SORT denied due to insufficient ACL permissions.';
    const get = 'ERR GET option of SORT denied due to insufficient ACL permissions.';
    expect(other.refusal('SORT', 'list', 'BY', 'v*')).toBe(by);
    expect(other.refusal('SORT', 'list', 'GET', 'v*')).toBe(get);
    expect(other.run('SORT', 'list', 'BY', 'nosort')).toEqual([]);
    rules('(+sort ~list ~v*)', '(+sort ~list %W~*)');
    expect(other.refusal('SORT', 'list', 'BY', 'v*')).toBe(by);
    rules('(+sort ~list %R~*)');
    expect(other.run('SORT', 'list', 'BY', 'v*', 'GET', 'v*')).toEqual([]);
  });
});

describe('selectors', () => {
  it('allow a command that one of them allows wholly', () => {
    const { other } = pair('(+@write ~w::*)', '(+@read ~r::*)', '(%R~s* +@all)', '(%W~t* +@all)');
    expect(other.run('SET', 'w::a', 'x')).toBe('OK');
    expect(other.run('GET', 'r::a')).toBeNull();
    expect(other.refusal('GET', 'w::a')).toBe(noKey);
    expect(other.refusal('SET', 'r::a', 'x')).toBe(noKey);
    expect(other.refusal('COPY', 's', 't')).toBe(noKey);
  });

  it('that come closest name what is missing', () => {
    const { admin, other } = pair('+del', '~key', '(+del ~key ~otherkey)');
    const object = (...command: string[]) => {
      admin.run('ACL', 'LOG', 'RESET');
      other.refusal(...command);
      const entry = pairs((admin.run('ACL', 'LOG') as Answer[])[0]!);
      return [entry.reason, entry.object];
    };
    expect(object('GET', 'key')).toEqual(['command', 'get']);
    expect(object('DEL', 'otherkey', 'some')).toEqual(['key', 'some']);
    expect(object('DEL', 'key', 'otherkey', 'some')).toEqual(['key', 'some']);
  });
});

describe('channels', () => {
  it('must match to publish and subscribe, patterns as they stand', () => {
    const { other, rules } = pair('+@pubsub', '+@connection', 'resetchannels', '&foo:1', '&bar:*');
    for (const command of ['PUBLISH', 'SPUBLISH']) {
      expect(other.run(command, 'foo:1', 'm')).toBe(0);
      expect(other.run(command, 'bar:2', 'm')).toBe(0);
      expect(other.refusal(command, 'zap', 'm')).toBe(noChannel);
    }
    expect(other.refusal('SUBSCRIBE', 'foo:1', 'zap')).toBe(noChannel);
    expect(other.refusal('SSUBSCRIBE', 'zap')).toBe(noChannel);
    expect(other.refusal('PSUBSCRIBE', 'bar:baz')).toBe(noChannel);
    expect(other.run('UNSUBSCRIBE', 'zap')).toEqual(['unsubscribe', 'zap', 0]);
    expect(other.run('PSUBSCRIBE', 'bar:*')).toEqual(['psubscribe', 'bar:*', 1]);
    expect(other.run('SUBSCRIBE', 'foo:1')).toEqual(['subscribe', 'foo:1', 2]);
    rules('allchannels');
    expect(other.run('PSUBSCRIBE', 'x*')).toEqual(['psubscribe', 'x*', 3]);
  });

  it('that are taken away end the connections subscribed to them', () => {
    const { other, rules } = pair('+@pubsub', '&a', '&b:*', '&s');
    other.run('SUBSCRIBE', 'a');
    other.run('PSUBSCRIBE', 'b:*');
    other.run('SSUBSCRIBE', 's');
    rules('resetchannels', '&a', '&b:*', '&s', '&more');
    rules('allchannels');
    expect(other.closed).toBeUndefined();
    rules('resetchannels', '&a', '&s', '&b:1');
    expect(other.closed).toBe('at once');
  });

  it('are checked when a command is queued', () => {
    const { other } = pair('+@all');
    other.run('MULTI');
    expect(other.refusal('PUBLISH', 'a', 'm')).toBe(noChannel);
    expect(other.refusal('SUBSCRIBE', 'a')).toBe(noChannel);
    expect(other.refusal('EXEC')).toMatch(/^EXECABORT/);
  });
});

describe('users', () => {
  it('that are removed lose their connections', () => {
    const { admin, other } = pair('+@all', '~*');
    expect(admin.run('ACL', 'DELUSER', 'u')).toBe(1);
    expect(other.closed).toBe('at once');
    expect(admin.run('CLIENT', 'LIST')).not.toContain('user=u');
  });

  it('may remove themselves, and are answered', () => {
    const { other } = pair('+@all', '~*');
    expect(other.run('ACL', 'DELUSER', 'u')).toBe(1);
    expect(other.closed).toBe('softly');
  });

  it('that change are changed for connections that are open', () => {
    const { other, rules } = pair('+@all', '~*');
    expect(other.run('GET', 'a')).toBeNull();
    rules('resetkeys');
    expect(other.refusal('GET', 'a')).toBe(noKey);
    rules('off');
    expect(other.run('PING')).toBe('PONG');
  });
});

describe('ACL DRYRUN', () => {
  it('tells what the user may not', () => {
    const { admin } = pair('+@all', '-ping', '%R~read*', '%W~write*', 'resetchannels', '&c');
    const dry = (...args: string[]) => admin.run('ACL', 'DRYRUN', 'u', ...args);
    expect(dry('GET', 'read')).toBe('OK');
    expect(dry('GET', 'write')).toBe("User u has no permissions to access the 'write' key");
    expect(dry('PING')).toBe("User u has no permissions to run the 'ping' command");
    expect(dry('SPUBLISH', 'x', 'm')).toBe("User u has no permissions to access the 'x' channel");
    expect(dry('SORT', 'read', 'STORE', 'write')).toBe('OK');
    expect(dry('SORT', 'read', 'STORE', 'read')).toBe("User u has no permissions to access the 'read' key");
    expect(dry('SORT', 'write', 'STORE', 'write')).toBe(
      "User u has no permissions to access the 'write' key",
    );
    expect(dry('SUNSUBSCRIBE', 'x')).toBe('OK');
  });

  it('refuses what makes no sense', () => {
    const { admin } = pair();
    expect(admin.refusal('ACL', 'DRYRUN', 'nobody', 'GET', 'a')).toBe("ERR User 'nobody' not found");
    expect(admin.refusal('ACL', 'DRYRUN', 'u', 'nope')).toBe("ERR Command 'nope' not found");
    expect(admin.refusal('ACL', 'DRYRUN', 'u', 'SET', 'v')).toBe(
      "ERR wrong number of arguments for 'set' command",
    );
  });
});

describe('ACL LOG', () => {
  it('counts the same event once a minute, the latest first', () => {
    const { engine, clock, connect } = testClients();
    const admin = connect();
    const other = connect();
    admin.run('ACL', 'SETUSER', 'u', 'on', 'nopass', '+set', '+multi', '+exec', '~a');
    other.run('AUTH', 'u', '');
    for (let i = 0; i < 3; i++) other.refusal('GET', 'a');
    clock.ms += 1500;
    other.refusal('SET', 'b', 'x');
    const [last, first] = (admin.run('ACL', 'LOG') as Answer[]).map(pairs);
    expect(last).toMatchObject({
      count: 1,
      reason: 'key',
      context: 'toplevel',
      object: 'b',
      username: 'u',
      'age-seconds': 0,
      'entry-id': 1,
      'timestamp-created': clock.ms,
      'timestamp-last-updated': clock.ms,
    });
    expect(last!['client-info']).toMatch(/^id=\d+ addr=.* cmd=set user=u /);
    expect(first).toMatchObject({
      count: 3,
      reason: 'command',
      object: 'get',
      'age-seconds': 1.5,
      'entry-id': 0,
    });
    clock.ms += 61_000;
    other.refusal('GET', 'a');
    expect(admin.run('ACL', 'LOG')).toHaveLength(3);
    expect(admin.run('ACL', 'LOG', 1)).toHaveLength(1);
    expect(engine.acl.log.denied).toMatchObject({ command: 4, key: 1 });
    expect(admin.run('ACL', 'LOG', 'RESET')).toBe('OK');
    expect(admin.run('ACL', 'LOG')).toEqual([]);
  });

  it('knows logins and transactions', () => {
    const { admin, other, rules } = pair('+@transaction', '+get', '~a');
    const last = () => {
      const { reason, context, object, username } = pairs((admin.run('ACL', 'LOG', 1) as Answer[])[0]!);
      return [reason, context, object, username];
    };
    other.refusal('AUTH', 'x', 'y');
    expect(last()).toEqual(['auth', 'toplevel', 'AUTH', 'x']);
    other.run('MULTI');
    other.refusal('SET', 'a', 'b');
    expect(last()).toEqual(['command', 'multi', 'set', 'u']);
    other.refusal('EXEC');
    other.run('MULTI');
    other.run('GET', 'a');
    rules('resetkeys');
    const [error] = other.run('EXEC') as Answer[];
    expect((error as Error).message).toBe(
      'NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: no permission to touch the specified keys',
    );
    expect(last()).toEqual(['key', 'multi', 'a', 'u']);
  });

  it('is as long as acllog-max-len', () => {
    const { admin, other } = pair('+set');
    admin.run('CONFIG', 'SET', 'acllog-max-len', 5);
    for (let i = 0; i < 10; i++) other.refusal('SET', `k${i}`, 'x');
    expect(admin.run('ACL', 'LOG', 100)).toHaveLength(5);
    admin.run('CONFIG', 'SET', 'acllog-max-len', 2);
    expect(admin.run('ACL', 'LOG', 100)).toHaveLength(2);
  });
});
