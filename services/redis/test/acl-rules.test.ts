import { describe, expect, it } from 'vitest';
import { passwordHash } from '../engine/acl/password.ts';
import { applyEffects } from '../engine/effects/effect-kind.ts';
import { testClients } from './support/test-engine.ts';
import { type Answer, pairs, type TestClient } from './support/value-client.ts';

const admin = (): TestClient => testClients().connect();
const user = (client: TestClient, name = 'u') => pairs(client.run('ACL', 'GETUSER', name));
const commandsOf = (client: TestClient, ...rules: string[]): Answer => {
  expect(client.run('ACL', 'SETUSER', 'u', 'reset', ...rules)).toBe('OK');
  return user(client).commands!;
};

describe('a new user', () => {
  it('may nothing and is off', () => {
    const client = admin();
    client.run('ACL', 'SETUSER', 'u');
    expect(user(client)).toEqual({
      flags: ['off', 'sanitize-payload'],
      passwords: [],
      commands: '-@all',
      keys: '',
      channels: '',
      selectors: [],
    });
  });

  it('has all channels at first where acl-pubsub-default says so', () => {
    const client = admin();
    client.run('CONFIG', 'SET', 'acl-pubsub-default', 'allchannels');
    client.run('ACL', 'SETUSER', 'u', '(+get)');
    expect(user(client).channels).toBe('&*');
    expect(pairs((user(client).selectors as Answer[])[0]!).channels).toBe('&*');
    expect(client.refusal('ACL', 'SETUSER', 'u', '&a')).toMatch(/allchannels.*resetchannels/);
  });

  it('must not have spaces in its name', () => {
    for (const name of ['a b', 'a\0b', 'a\n']) {
      expect(admin().refusal('ACL', 'SETUSER', name)).toBe(
        "ERR Usernames can't contain spaces or null characters",
      );
    }
  });
});

describe('the default user', () => {
  it('may everything without a password, and cannot be removed', () => {
    const client = admin();
    expect(client.run('ACL', 'LIST')).toEqual(['user default on nopass sanitize-payload ~* &* +@all']);
    expect(client.refusal('ACL', 'DELUSER', 'default')).toBe("ERR The 'default' user cannot be removed");
  });

  it('has the password of requirepass', () => {
    const client = admin();
    client.run('CONFIG', 'SET', 'requirepass', 'secret\xff');
    expect(user(client, 'default')).toMatchObject({
      flags: ['on', 'sanitize-payload'],
      passwords: [passwordHash('secret\xff')],
    });
    client.run('CONFIG', 'SET', 'requirepass', '');
    expect(user(client, 'default')).toMatchObject({
      flags: ['on', 'nopass', 'sanitize-payload'],
      passwords: [],
    });
  });
});

describe('passwords', () => {
  it('are kept as SHA-256, added once and removed', () => {
    const client = admin();
    const sha = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    client.run('ACL', 'SETUSER', 'u', '>test', `#${sha}`, '>other');
    expect(user(client).passwords).toEqual([sha, passwordHash('other')]);
    client.run('ACL', 'SETUSER', 'u', `!${sha}`, '<other');
    expect(user(client).passwords).toEqual([]);
  });

  it('end nopass, which removes them', () => {
    const client = admin();
    client.run('ACL', 'SETUSER', 'u', '>a', 'nopass');
    expect(user(client)).toMatchObject({ flags: ['off', 'nopass', 'sanitize-payload'], passwords: [] });
    client.run('ACL', 'SETUSER', 'u', '>a');
    expect(user(client).flags).toEqual(['off', 'sanitize-payload']);
    client.run('ACL', 'SETUSER', 'u', 'resetpass');
    expect(user(client).passwords).toEqual([]);
  });

  it.each(['#abc', `#${'g'.repeat(64)}`, `#${'A'.repeat(64)}`, '!abc'])('refuse the hash %s', (rule) => {
    expect(admin().refusal('ACL', 'SETUSER', 'u', rule)).toBe(
      `ERR Error in ACL SETUSER modifier '${rule}': The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters`,
    );
  });

  it('must be there to be removed', () => {
    expect(admin().refusal('ACL', 'SETUSER', 'u', '<no')).toBe(
      "ERR Error in ACL SETUSER modifier '<no': The password you are trying to remove from the user does not exist",
    );
  });
});

describe('rules on commands', () => {
  it('are shown in the order they were given', () => {
    expect(commandsOf(admin(), '+@all', '-@string', '+SET', '-debug', '+debug|digest')).toBe(
      '+@all -@string +set -debug +debug|digest',
    );
    expect(commandsOf(admin(), '+@hash', '-del', '+acl', '+client|id')).toBe(
      '-@all +@hash -del +acl +client|id',
    );
  });

  it('replace earlier ones on the same command or a part of it', () => {
    expect(commandsOf(admin(), '+get', '+set', '-get')).toBe('-@all +set -get');
    expect(commandsOf(admin(), '+memory|usage', '+client|id', '+memory')).toBe('-@all +client|id +memory');
    expect(commandsOf(admin(), '+select|0', '+select|1', '+select')).toBe('-@all +select');
    expect(commandsOf(admin(), '+select', '-get', '+@all')).toBe('+@all');
  });

  it('of every category read back as they are', () => {
    const client = admin();
    for (const category of client.run('ACL', 'CAT') as string[]) {
      expect(commandsOf(client, '+@all', `-@${category}`)).toBe(`+@all -@${category}`);
      expect(commandsOf(client, `+@${category.toUpperCase()}`)).toBe(`-@all +@${category}`);
    }
  });

  it.each([
    ['foo', 'Syntax error'],
    ['+nope', 'Unknown command or category name in ACL'],
    ['+@nope', 'Unknown command or category name in ACL'],
    ['+config|nope', 'Unknown command or category name in ACL'],
    ['-config|nope', 'Unknown command or category name in ACL'],
    ['+get|a|b', 'Unknown command or category name in ACL'],
    ['-get|a', 'Unknown command or category name in ACL'],
    ['+config|get|a', 'Allowing first-arg of a subcommand is not supported'],
    ['+select|', 'Syntax error'],
    ['%~a', 'Syntax error'],
    ['%RX~a', 'Syntax error'],
    ['~a b', 'Syntax error'],
    ['&a b', 'Syntax error'],
    [')', 'Syntax error'],
    ['(foo)', 'Syntax error'],
    ['(on)', 'Syntax error'],
    [' () ', 'Syntax error'],
  ])('refuse %s', (rule, why) => {
    const client = admin();
    expect(client.refusal('ACL', 'SETUSER', 'u', '+get', rule)).toBe(
      `ERR Error in ACL SETUSER modifier '${rule}': ${why}`,
    );
    expect(client.run('ACL', 'GETUSER', 'u')).toBeNull();
  });

  it('are all applied or none', () => {
    const client = admin();
    client.run('ACL', 'SETUSER', 'u', 'on', '+get', '~a');
    client.refusal('ACL', 'SETUSER', 'u', 'off', '+set', 'resetkeys', '+nope');
    expect(user(client)).toMatchObject({
      flags: ['on', 'sanitize-payload'],
      commands: '-@all +get',
      keys: '~a',
    });
  });
});

describe('rules on keys and channels', () => {
  it('tell reading from writing, and both together', () => {
    const client = admin();
    client.run('ACL', 'SETUSER', 'u', '%R~a', '%w~b', '%RW~c', '~d', '%W~a', '&x', '&y', '&x');
    expect(user(client)).toMatchObject({ keys: '~a %W~b ~c ~d', channels: '&x &y' });
  });

  it('refuse patterns after all of them', () => {
    const client = admin();
    expect(client.refusal('ACL', 'SETUSER', 'u', 'allkeys', '~a')).toMatch(/'allkeys' flag.*'resetkeys'/);
    expect(client.refusal('ACL', 'SETUSER', 'u', '&*', '&a')).toMatch(/'allchannels' flag.*'resetchannels'/);
    client.run('ACL', 'SETUSER', 'u', '~*', 'resetkeys', '~a', 'allchannels', 'resetchannels', '&b');
    expect(user(client)).toMatchObject({ keys: '~a', channels: '&b' });
  });
});

describe('selectors', () => {
  it('are rules in parentheses, in one word or several', () => {
    const client = admin();
    client.run('ACL', 'SETUSER', 'u', '(~k1 +get )', '( ~k2', '+get )', '(', '~k3', ')', '()');
    const shown = (user(client).selectors as Answer[]).map((selector) => pairs(selector));
    expect(shown.map(({ keys, commands }) => `${keys} ${commands}`)).toEqual([
      '~k1 -@all +get',
      '~k2 -@all +get',
      '~k3 -@all',
      ' -@all',
    ]);
    client.run('ACL', 'SETUSER', 'u', 'clearselectors');
    expect(user(client).selectors).toEqual([]);
  });

  it('must be closed', () => {
    expect(admin().refusal('ACL', 'SETUSER', 'u', '(+get', '~a')).toBe(
      "ERR Unmatched parenthesis in acl selector starting at '(+get'.",
    );
  });

  it('are part of the text of a user', () => {
    const client = admin();
    const rules =
      'off sanitize-payload %R~a ~b resetchannels &c -@all +get (%W~x resetchannels &z +@all -set) (~* &* -@all +@read)';
    client.run('ACL', 'SETUSER', 'u', ...rules.split(' '));
    expect(client.run('ACL', 'LIST')).toContain(`user u ${rules}`);
  });
});

describe('ACL', () => {
  it('lists users by name, and removes them', () => {
    const client = admin();
    for (const name of ['z', 'A', 'b']) client.run('ACL', 'SETUSER', name);
    expect(client.run('ACL', 'USERS')).toEqual(['A', 'b', 'default', 'z']);
    expect(client.run('ACL', 'DELUSER', 'z', 'no', 'A')).toBe(2);
    expect(client.run('ACL', 'USERS')).toEqual(['b', 'default']);
    expect(client.run('ACL', 'WHOAMI')).toBe('default');
  });

  it('CAT gives categories, and the commands and subcommands of one', () => {
    const client = admin();
    expect(client.run('ACL', 'CAT')).toHaveLength(21);
    expect(client.run('ACL', 'CAT', 'Transaction')).toEqual(
      expect.arrayContaining(['multi', 'exec', 'discard', 'watch', 'unwatch']),
    );
    expect(client.run('ACL', 'CAT', 'connection')).toContain('client|kill');
    expect(client.run('ACL', 'CAT', 'keyspace')).not.toContain('get');
    expect(client.refusal('ACL', 'CAT', 'no')).toBe("ERR Unknown category 'no'");
  });

  it('GENPASS gives as many bits as asked for, rounded up to digits', () => {
    const client = admin();
    expect(client.run('ACL', 'GENPASS')).toMatch(/^[0-9a-f]{64}$/);
    expect(client.run('ACL', 'GENPASS', 5)).toMatch(/^[0-9a-f]{2}$/);
    expect(client.run('ACL', 'GENPASS')).not.toBe(client.run('ACL', 'GENPASS'));
    for (const bits of [0, -236, 5000]) expect(client.refusal('ACL', 'GENPASS', bits)).toMatch(/up to 4096$/);
  });

  it('has no file to load or save', () => {
    expect(admin().refusal('ACL', 'LOAD')).toMatch(/not configured to use an ACL file/);
    expect(admin().refusal('ACL', 'SAVE')).toMatch(/not configured to use an ACL file/);
  });
});

describe('users are durable', () => {
  it('and come back from their effects', () => {
    const { engine, connect } = testClients({ journaling: true });
    const client = connect();
    client.run(
      'ACL',
      'SETUSER',
      'a',
      'on',
      '>p',
      '+@all',
      '-@dangerous',
      '+select|0',
      '~x',
      '(%R~y) +get)',
      '&c',
    );
    client.run('ACL', 'SETUSER', 'b', 'on', 'nopass');
    client.run('ACL', 'DELUSER', 'b');
    client.run('CONFIG', 'SET', 'requirepass', 'secret');
    const before = client.run('ACL', 'LIST');
    const { effects } = engine.effects.take()!;

    const again = testClients({ journaling: true });
    again.engine.effects.recording = false;
    applyEffects(again.engine, again.engine.effectKinds, effects);
    const other = again.connect();
    expect(other.refusal('PING')).toBe('NOAUTH Authentication required.');
    expect(other.run('AUTH', 'secret')).toBe('OK');
    expect(other.run('ACL', 'LIST')).toEqual(before);
  });

  it('but those the process was started with go before', () => {
    const { engine, connect } = testClients({ journaling: true });
    const client = connect();
    client.run('ACL', 'SETUSER', 'ops', 'on', '>stored', '+get');
    client.run('ACL', 'SETUSER', 'default', '>stored');
    const { effects } = engine.effects.take()!;

    const again = testClients({ journaling: true });
    again.engine.effects.recording = false;
    again.engine.replaying = true;
    again.engine.acl.pin('ops', 'on >given ~* &* +@all');
    again.engine.config.assign('requirepass', 'given');
    applyEffects(again.engine, again.engine.effectKinds, effects);
    const other = again.connect();
    expect(other.refusal('AUTH', 'stored')).toMatch(/^WRONGPASS/);
    expect(other.run('AUTH', 'given')).toBe('OK');
    expect(other.run('AUTH', 'ops', 'given')).toBe('OK');
    // They are not stored: without the options they are what they were.
    again.engine.effects.recording = true;
    expect(again.engine.effects.capture(() => again.engine.acl.record())).toHaveLength(0);
  });

  it('and come back from a checkpoint', () => {
    const { engine, connect } = testClients({ journaling: true });
    const client = connect();
    client.run('ACL', 'SETUSER', 'a', 'on', '>p', '+@all', '~x', '(~y +get)');
    client.run('ACL', 'SETUSER', 'default', '-debug');
    engine.effects.take();
    const state = engine.effects.capture(() => engine.recordState());
    const again = testClients({ journaling: true });
    again.engine.effects.recording = false;
    applyEffects(again.engine, again.engine.effectKinds, state);
    expect(again.connect().run('ACL', 'LIST')).toEqual(client.run('ACL', 'LIST'));
  });
});
