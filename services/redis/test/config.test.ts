import { describe, expect, it } from 'vitest';
import { Config } from '../engine/config.ts';
import { configRows } from '../engine/config-rows.ts';
import { RedisError } from '../engine/errors.ts';
import { globMatch } from '../engine/glob.ts';

function config(): Config {
  const made = new Config();
  made.define(configRows);
  return made;
}

function refusal(change: () => void): string {
  try {
    change();
  } catch (error) {
    if (error instanceof RedisError) return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('parameters', () => {
  it('have defaults that their own kind accepts and keeps', () => {
    for (const row of configRows)
      expect([row.name, row.parse(row.initial, row.initial)]).toEqual([row.name, row.initial]);
  });

  it('are durable from the start', () => {
    const made = config();
    expect([made.get('appendonly'), made.get('appendfsync'), made.get('save')]).toEqual([
      'yes',
      'always',
      '',
    ]);
    made.set('appendonly', 'no');
    expect(made.get('appendonly')).toBe('yes');
  });

  it('are found by name, alias and pattern in any case of letters', () => {
    const made = config();
    made.set('HASH-max-ziplist-entries', '7');
    expect(
      [...made.match(['Hash-Max-*-entries', 'lua-time-limit', 'LUA-TIME-LIMIT', 'nothing'])].sort(),
    ).toEqual([
      ['LUA-TIME-LIMIT', '5000'],
      ['hash-max-listpack-entries', '7'],
      ['hash-max-ziplist-entries', '7'],
      ['lua-time-limit', '5000'],
    ]);
    expect(made.match(['*']).has('key-load-delay')).toBe(false);
    expect(made.match(['key-load-delay']).get('key-load-delay')).toBe('0');
  });

  it('change all together or not at all', () => {
    const made = config();
    const seen: string[] = [];
    made.onChange('maxmemory', (value) => seen.push(value));
    made.setAll(['maxmemory', '1mb', 'hz', '20']);
    expect(refusal(() => made.setAll(['maxmemory', '2mb', 'hz', 'many']))).toBe(
      "ERR CONFIG SET failed (possibly related to argument 'hz') - argument couldn't be parsed into an integer",
    );
    expect([made.get('maxmemory'), made.get('hz'), seen]).toEqual(['1048576', '20', ['0', '1048576']]);
  });

  it('are as before for every listener when one refuses the change', () => {
    const made = config();
    const seen: string[] = [];
    made.onChange('maxmemory', (value) => seen.push(value));
    made.onChange('timeout', (value) => {
      if (value === '13') throw new RedisError('not that one');
    });
    expect(refusal(() => made.setAll(['maxmemory', '1mb', 'timeout', '13']))).toBe(
      "ERR CONFIG SET failed (possibly related to argument 'timeout') - not that one",
    );
    expect([made.get('maxmemory'), made.get('timeout'), seen]).toEqual(['0', '0', ['0', '1048576', '0']]);
  });

  it.each([
    ['maxmemory', '1.5gb', 'argument must be a memory value'],
    ['maxmemory-clients', '200%', 'percentage argument must be less or equal to 100'],
    ['appendfsync', 'maybe', 'argument(s) must be one of the following: everysec, always, no'],
    ['daemonize', 'yes', "can't set immutable config"],
    ['dir', '/etc', "can't set protected config"],
    ['save', '1', 'Invalid save parameters'],
    ['proto-max-bulk-len', '1', 'argument must be between 1048576 and 9223372036854775807 inclusive'],
    ['port', '1', 'Unable to listen on this port. It is set when the server starts.'],
  ])('refuse: %s %s', (name, text, why) => {
    expect(refusal(() => config().set(name, text))).toBe(
      `ERR CONFIG SET failed (possibly related to argument '${name}') - ${why}`,
    );
  });

  it.each([
    ['maxmemory', '2gb', '2147483648'],
    ['maxmemory', '1k', '1000'],
    ['hz', '0', '1'],
    ['notify-keyspace-events', 'KEg$', 'g$KE'],
    ['notify-keyspace-events', 'K$lshzxetdg', 'AK'],
    [
      'client-output-buffer-limit',
      'replica 1mb 2 3',
      'normal 0 0 0 slave 1048576 2 3 pubsub 33554432 8388608 60',
    ],
    ['shutdown-on-sigint', 'now save', 'save now'],
    ['latency-tracking-info-percentiles', '50.000 99.9990', '50 99.999'],
  ])('keep: %s %s', (name, text, kept) => {
    const made = config();
    made.set(name, text);
    expect(made.get(name)).toBe(kept);
  });

  it('may be assigned by the process though they are immutable', () => {
    const made = config();
    made.assign('cluster-enabled', 'yes');
    expect(made.flag('cluster-enabled')).toBe(true);
  });
});

describe('patterns', () => {
  it.each([
    ['*', '', false],
    ['h?llo', 'hello', true],
    ['h[ae]llo', 'hillo', false],
    ['h[^e]llo', 'hallo', true],
    ['h[a-c]llo', 'hbllo', true],
    ['h[c-a]llo', 'hbllo', true],
    ['h\\*llo', 'h*llo', true],
    ['h\\*llo', 'hello', false],
    ['[a', 'a', true],
    ['a*b*c', 'aXbXbXc', true],
    ['a*b*c', 'aXbXbX', false],
    ['*a*a*a*a*a*a*a*a*b', 'a'.repeat(2000), false],
  ])('%s and %s: %s', (pattern, text, matches) => {
    expect(globMatch(pattern, text)).toBe(matches);
  });
});
