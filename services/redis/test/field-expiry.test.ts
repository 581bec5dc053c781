import { beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../engine/database.ts';
import { expireFields } from '../engine/field-expiry.ts';
import { type TestEngine, testEngine } from './support/test-engine.ts';
import type { Answer } from './support/value-client.ts';

let setting: TestEngine;
let db: Database;
let events: string[];

/** The answer of a command written in one line; numbers of lists are arrays. */
const run = (line: string): Answer => setting.run(...line.split(' '));
const refusal = (line: string): string => {
  const answer = run(line);
  return answer instanceof Error ? answer.message : `not refused: ${JSON.stringify(answer)}`;
};

beforeEach(() => {
  setting = testEngine();
  db = setting.engine.databases[0]!;
  events = [];
  setting.engine.notifies = true;
  setting.engine.notify = (_db, kind, event, key) => {
    if (kind === 'h' || kind === 'g') events.push(`${event} ${key}`);
  };
  run('HSET h a 1 b 2 c 3');
  events.length = 0;
});

describe('a field that expires', () => {
  it('is there until its time and gone then', () => {
    expect(run('HPEXPIRE h 1500 FIELDS 3 a x b')).toEqual([1, -2, 1]);
    expect(run('HTTL h FIELDS 4 a b c x')).toEqual([2, 2, -1, -2]);
    expect(run('HPTTL h FIELDS 1 a')).toEqual([1500]);
    expect(run('HPEXPIRETIME h FIELDS 1 a')).toEqual([setting.clock.ms + 1500]);
    expect(run('HEXPIRETIME h FIELDS 1 a')).toEqual([Math.ceil((setting.clock.ms + 1500) / 1000)]);
    setting.clock.ms += 1499;
    expect(run('HMGET h a b c')).toEqual(['1', '2', '3']);
    setting.clock.ms += 1;
    for (const [line, answer] of [
      ['HGETALL h', ['c', '3']],
      ['HLEN h', 1],
      ['HEXISTS h a', 0],
      ['HSTRLEN h a', 0],
      ['HKEYS h', ['c']],
      ['HSCAN h 0', ['0', ['c', '3']]],
      ['HRANDFIELD h 5', ['c']],
      ['HTTL h FIELDS 1 a', [-2]],
    ] as const) {
      expect(run(line)).toEqual(answer);
    }
    expect(events).toEqual(['hexpire h', 'hexpired h']);
    expect(setting.engine.stats.expiredFields).toBe(2);
  });

  it('takes the key along when it was the last', () => {
    run('HEXPIRE h 1 FIELDS 3 a b c');
    setting.clock.ms += 1000;
    expect(run('HGET h a')).toBeNull();
    expect(db.size).toBe(0);
    expect(events).toEqual(['hexpire h', 'hexpired h', 'del h']);
    expect(run('HSET h a 1')).toBe(1);
    expect(run('HTTL h FIELDS 1 a')).toEqual([-1]);
  });

  it('stays for ever once it is overwritten, and keeps its time when it is counted up', () => {
    run('HEXPIRE h 100 FIELDS 3 a b c');
    run('HSET h a 5');
    run('HINCRBY h b 1');
    run('HINCRBYFLOAT h c 0.5');
    expect(run('HTTL h FIELDS 3 a b c')).toEqual([-1, 100, 100]);
    run('HDEL h b');
    run('HSETNX h b 1');
    expect(run('HTTL h FIELDS 1 b')).toEqual([-1]);
    expect(run('HPERSIST h FIELDS 4 a b c x')).toEqual([-1, -1, 1, -2]);
    expect(db.deadlines.size).toBe(0);
  });

  it('counts as absent for the command that would have changed it', () => {
    run('HEXPIRE h 1 FIELDS 1 a');
    setting.clock.ms += 1000;
    expect(run('HINCRBY h a 7')).toBe(7);
    expect(run('HTTL h FIELDS 1 a')).toEqual([-1]);
    run('HEXPIRE h 1 FIELDS 1 b');
    setting.clock.ms += 1000;
    expect(run('HSETNX h b 9')).toBe(1);
    expect(run('HDEL h c')).toBe(1);
  });
});

describe('a time', () => {
  it('that is over removes the field', () => {
    expect(run('HEXPIRE h 0 FIELDS 2 a x')).toEqual([2, -2]);
    expect(run('HPEXPIREAT h 1 FIELDS 2 b b')).toEqual([2, -2]);
    expect(run(`HEXPIREAT h ${Math.floor(setting.clock.ms / 1000)} FIELDS 1 c`)).toEqual([2]);
    expect(db.size).toBe(0);
    expect(events).toEqual(['hdel h', 'hdel h', 'hdel h', 'del h']);
  });

  it('is set under the condition that is asked for', () => {
    expect(run('HEXPIRE h 10 XX FIELDS 1 a')).toEqual([0]);
    expect(run('HEXPIRE h 10 GT FIELDS 1 a')).toEqual([0]);
    expect(run('HEXPIRE h 10 nx FIELDS 2 a b')).toEqual([1, 1]);
    expect(run('HEXPIRE h 20 NX FIELDS 2 a c')).toEqual([0, 1]);
    expect(run('HEXPIRE h 15 GT FIELDS 2 a c')).toEqual([1, 0]);
    expect(run('HEXPIRE h 12 LT FIELDS 2 a b')).toEqual([1, 0]);
    expect(run('HEXPIRE h 30 XX FIELDS 1 a')).toEqual([1]);
    run('HPERSIST h FIELDS 1 b');
    expect(run('HEXPIRE h 40 LT FIELDS 1 b')).toEqual([1]);
    expect(run('HTTL h FIELDS 3 a b c')).toEqual([30, 40, 20]);
    expect(run('HEXPIRE h 0 GT FIELDS 1 a')).toEqual([0]);
  });

  it('is refused when it is none', () => {
    expect(refusal('HEXPIRE h -1 FIELDS 1 a')).toBe('ERR invalid expire time, must be >= 0');
    expect(refusal('HEXPIRE h x FIELDS 1 a')).toBe('ERR value is not an integer or out of range');
    expect(refusal('HEXPIRE h 9223372036854775807 FIELDS 1 a')).toBe(
      "ERR invalid expire time in 'hexpire' command",
    );
    expect(refusal(`HPEXPIREAT h ${2 ** 46} FIELDS 1 a`)).toBe(
      "ERR invalid expire time in 'hpexpireat' command",
    );
    expect(run(`HPEXPIREAT h ${2 ** 46 - 1} FIELDS 1 a`)).toEqual([1]);
    expect(refusal('HEXPIRE h 1 FIELD 1 a')).toBe(
      'ERR Mandatory argument FIELDS is missing or not at the right position',
    );
    expect(refusal('HEXPIRE h 1 FIELDS 2 a')).toBe(
      'ERR The `numfields` parameter must match the number of arguments',
    );
    expect(refusal('HEXPIRE h 1 FIELDS 0 a')).toBe('ERR Parameter `numFields` should be greater than 0');
    expect(refusal('HTTL h FIELDS x a')).toBe('ERR Number of fields must be a positive integer');
    expect(refusal('HEXPIRE h 1 FIELDS 1')).toBe("ERR wrong number of arguments for 'hexpire' command");
    run('LPUSH l a');
    expect(refusal('HTTL l FIELDS 1 a')).toMatch(/^WRONGTYPE/);
  });

  it('of a key that is not there is answered for each field', () => {
    for (const line of ['HEXPIRE none 10', 'HTTL none', 'HPEXPIRETIME none', 'HPERSIST none']) {
      expect(run(`${line} FIELDS 2 a b`)).toEqual([-2, -2]);
    }
  });
});

describe('the clock work', () => {
  const expire = (budget: number): number => {
    setting.engine.beginTurn();
    const removed = expireFields(db, setting.clock.ms, budget);
    setting.engine.settle();
    return removed;
  };

  it('removes what is due, the oldest first and no more than its budget', () => {
    for (let i = 0; i < 50; i++) {
      setting.run('HSET', `k${i}`, 'a', 1, 'b', 2);
      setting.run('HPEXPIRE', `k${i}`, 1000 + i * 10, 'FIELDS', 1, 'a');
    }
    expect(expire(100)).toBe(0);
    setting.clock.ms += 1095;
    expect(expire(4)).toBe(4);
    expect([db.peek('k3'), db.peek('k4')].map((hash) => (hash as { size: number }).size)).toEqual([1, 2]);
    expect(expire(100)).toBe(6);
    expect(db.deadlines.size).toBe(40);
  });

  it('knows of hashes that were moved, replaced or removed', () => {
    run('HEXPIRE h 1 FIELDS 1 a');
    const hash = db.peek('h')!;
    db.delete('h');
    expect(db.deadlines.size).toBe(0);
    db.restore('moved', hash, 0);
    run('HSET other a 1');
    run('HEXPIRE other 1 FIELDS 1 a');
    run('SET other text');
    setting.clock.ms += 1000;
    expect(expire(10)).toBe(1);
    expect(run('HKEYS moved')).toEqual(['c', 'b']);
    expect(db.deadlines.size).toBe(0);
  });

  it('removes nothing of a hash whose key expires as a whole', () => {
    run('HEXPIRE h 1 FIELDS 2 a b');
    db.setExpiry('h', setting.clock.ms + 500);
    setting.clock.ms += 2000;
    expect(expire(10)).toBe(0);
    expect([db.size, db.deadlines.size]).toEqual([0, 0]);
  });

  it('leaves the counted memory as it was before', () => {
    const before = db.bytes;
    run('HEXPIRE h 10 FIELDS 3 a b c');
    expect(db.bytes).toBeGreaterThan(before);
    run('HPERSIST h FIELDS 3 a b c');
    expect(db.bytes).toBe(before);
    run('HEXPIRE h 10 FIELDS 3 a b c');
    setting.clock.ms += 10_000;
    expire(10);
    expect(db.bytes).toBe(0);
  });
});
