import { describe, expect, it } from 'vitest';
import { crc16, keySlot } from '../engine/key-slot.ts';
import { redacted } from '../engine/redact.ts';
import { testEngine } from './support/test-engine.ts';
import type { Answer } from './support/value-client.ts';

function fields(text: Answer): Map<string, string> {
  const lines = String(text).split('\r\n');
  return new Map(
    lines.filter((line) => line.includes(':')).map((line) => line.split(/:(.*)/s) as [string, string]),
  );
}

const titles = (text: Answer): string[] => String(text).match(/^# .*$/gm) ?? [];

describe('INFO', () => {
  it('has what clients decide by', () => {
    const test = testEngine();
    test.run('SET', 'a', 'b');
    const all = fields(test.run('INFO'));
    expect(all.get('redis_version')).toMatch(/^7\.2\.\d+$/);
    expect(all.get('role')).toBe('master');
    expect(all.get('loading')).toBe('0');
    expect(all.get('db0')).toBe('keys=1,expires=0,avg_ttl=0');
    expect(all.get('connected_clients')).toBe('1');
    expect(Number(all.get('used_memory'))).toBe(test.engine.usedMemory());
    expect(all.get('run_id')).toMatch(/^[0-9a-f]{40}$/);
  });

  it('has sections by name in their own order, each once', () => {
    const test = testEngine();
    expect(titles(test.run('INFO', 'KEYSPACE', 'cpu', 'cpu', 'nosuch'))).toEqual(['# CPU', '# Keyspace']);
    const byDefault = titles(test.run('INFO'));
    expect(byDefault).not.toContain('# Commandstats');
    expect(titles(test.run('INFO', 'all'))).toEqual(titles(test.run('INFO', 'everything')));
    expect(titles(test.run('INFO', 'all')).length).toBe(byDefault.length + 2);
    expect(test.run('INFO', 'nosuch')).toBe('');
  });

  it('tells the mean time that keys have left', () => {
    const test = testEngine();
    test.run('SET', 'a', 'b');
    test.run('PEXPIRE', 'a', 10_000);
    test.run('SET', 'b', 'b');
    test.run('PEXPIRE', 'b', 20_000);
    expect(fields(test.run('INFO', 'keyspace')).get('db0')).toBe('keys=2,expires=2,avg_ttl=15000');
  });

  it('tells commands per second', () => {
    const test = testEngine();
    test.run('PING');
    for (let i = 0; i < 100; i++) {
      test.clock.ms += 10;
      test.run('PING');
    }
    expect(Number(fields(test.run('INFO', 'stats')).get('instantaneous_ops_per_sec'))).toBeGreaterThan(90);
    expect(Number(fields(test.run('INFO', 'stats')).get('instantaneous_ops_per_sec'))).toBeLessThan(110);
  });
});

describe('COMMAND', () => {
  it('counts and lists', () => {
    const test = testEngine();
    const names = test.run('COMMAND', 'LIST') as string[];
    expect(names).toContain('config|get');
    expect(test.run('COMMAND', 'COUNT')).toBe(names.filter((name) => !name.includes('|')).length);
    expect(test.run('COMMAND', 'LIST', 'FILTERBY', 'PATTERN', 'config|*re*')).toEqual([
      'config|resetstat',
      'config|rewrite',
    ]);
    expect(test.run('COMMAND', 'LIST', 'FILTERBY', 'MODULE', 'x')).toEqual([]);
    expect(test.run('COMMAND', 'LIST', 'FILTERBY', 'ACLCAT', 'nosuch')).toEqual([]);
    expect(test.run('COMMAND', 'INFO', 'nosuch', 'get|x')).toEqual([null, null]);
  });
});

describe('WAIT', () => {
  it('answers at once when enough is acknowledged, and after the time otherwise', () => {
    const test = testEngine({ journaling: true });
    expect(test.run('WAIT', 0, 0)).toBe(0);
    test.run('SET', 'a', 'b');
    expect(test.client.exposed).toBeGreaterThan(0);
    test.engine.execute(test.client, ['WAITAOF', '1', '0', '0']);
    expect(test.engine.blocking.size).toBe(1);
    test.engine.durableUpTo(test.client.exposed);
    expect(test.engine.blocking.size).toBe(0);
  });

  it('tells that a batch is durable', () => {
    const test = testEngine({ journaling: true });
    test.run('SET', 'a', 'b');
    expect(test.run('WAITAOF', 0, 0, 0)).toEqual([0, 0]);
    test.engine.durableUpTo(test.client.exposed);
    expect(test.run('WAITAOF', 1, 0, 0)).toEqual([1, 0]);
  });

  it.each([
    [['WAIT', 'x', '0'], 'ERR value is not an integer or out of range'],
    [['WAIT', '1', '-1'], 'ERR timeout is negative'],
    [['WAIT', '1', 'x'], 'ERR timeout is not an integer or out of range'],
    [['WAITAOF', '2', '0', '0'], 'ERR value is out of range, value must between 0 and 1'],
    [['WAITAOF', '1', '-1', '0'], 'ERR value is out of range, must be positive'],
  ])('refuses %s', (words, error) => {
    expect(testEngine().run(...words)).toEqual(new Error(error));
  });
});

describe('CLUSTER', () => {
  it('is refused without the option', () => {
    const test = testEngine();
    for (const words of [['CLUSTER', 'INFO'], ['CLUSTER', 'HELP'], ['READONLY'], ['ASKING']]) {
      expect(test.run(...words)).toEqual(new Error('ERR This instance has cluster support disabled'));
    }
  });

  it('is one shard that holds all slots', () => {
    const test = testEngine();
    test.engine.config.assign('cluster-enabled', 'yes');
    const id = test.run('CLUSTER', 'MYID') as string;
    expect(test.run('CLUSTER', 'SLOTS')).toEqual([[0, 16_383, ['127.0.0.1', 6379, id, []]]]);
    expect(test.run('CLUSTER', 'NODES')).toBe(
      `${id} 127.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-16383\n`,
    );
    expect(String(test.run('CLUSTER', 'INFO'))).toContain('cluster_state:ok\r\n');
    test.run('SET', '{a}1', 'x');
    test.run('SET', '{a}2', 'x');
    test.run('SET', 'b', 'x');
    expect(test.run('CLUSTER', 'COUNTKEYSINSLOT', keySlot('a'))).toBe(2);
    expect((test.run('CLUSTER', 'GETKEYSINSLOT', keySlot('a'), 10) as string[]).sort()).toEqual([
      '{a}1',
      '{a}2',
    ]);
    expect(test.run('CLUSTER', 'ADDSLOTS', 1)).toBeInstanceOf(Error);
  });

  it('finds slots as the specification says', () => {
    expect(crc16('123456789')).toBe(0x31c3);
    expect(keySlot('{user1000}.following')).toBe(keySlot('{user1000}.followers'));
    expect(keySlot('foo{}{bar}')).toBe(crc16('foo{}{bar}') % 16_384);
    expect(keySlot('foo{{bar}}zap')).toBe(keySlot('{bar'));
    expect(keySlot('foo{bar}{zap}')).toBe(keySlot('bar'));
  });
});

describe('MEMORY', () => {
  it('tells what a key takes, and null where there is none', () => {
    const test = testEngine();
    expect(test.run('MEMORY', 'USAGE', 'a')).toBeNull();
    test.run('SET', 'a', 'x'.repeat(1000));
    expect(test.run('MEMORY', 'USAGE', 'a', 'SAMPLES', 0)).toBeGreaterThan(1000);
    expect(test.run('MEMORY', 'USAGE', 'a', 'SAMPLES', -1)).toEqual(new Error('ERR syntax error'));
  });
});

describe('what asks of snapshots and replicas', () => {
  it('is answered by a primary whose data is durable', () => {
    const test = testEngine();
    expect(test.run('SAVE')).toBe('OK');
    expect(test.run('LASTSAVE')).toBe(1_700_000_000);
    expect(test.run('ROLE')).toEqual(['master', 0, []]);
    expect(test.run('REPLICAOF', 'NO', 'ONE')).toBe('OK');
    expect(test.run('REPLICAOF', 'host', 'x')).toEqual(new Error('ERR Invalid master port'));
    expect(test.run('REPLICAOF', 'host', 6379)).toBeInstanceOf(Error);
    expect(test.run('FAILOVER')).toEqual(new Error('ERR FAILOVER requires connected replicas.'));
    expect(test.run('SHUTDOWN', 'SAVE', 'NOSAVE')).toEqual(new Error('ERR syntax error'));
    expect(test.run('SHUTDOWN', 'ABORT')).toEqual(new Error('ERR No shutdown in progress.'));
    expect(test.run('MODULE', 'LIST')).toEqual([]);
  });
});

describe('words in logs', () => {
  const { config } = testEngine().engine;
  it.each([
    ['auth', 'AUTH user password', 'AUTH (redacted) (redacted)'],
    ['hello', 'HELLO 3 AUTH user password SETNAME x', 'HELLO 3 AUTH (redacted) (redacted) SETNAME x'],
    ['migrate', 'MIGRATE h 1 k 0 5 AUTH secret', 'MIGRATE h 1 k 0 5 AUTH (redacted)'],
    ['migrate', 'MIGRATE h 1 k 0 5 AUTH2 user secret', 'MIGRATE h 1 k 0 5 AUTH2 (redacted) (redacted)'],
    ['config|set', 'CONFIG SET requirepass a maxmemory 1', 'CONFIG SET requirepass (redacted) maxmemory 1'],
    ['get', 'GET auth', 'GET auth'],
  ])('of %s: %s', (name, words, shown) => {
    expect(redacted(name, words.split(' '), config).join(' ')).toBe(shown);
  });
});
