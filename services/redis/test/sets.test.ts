/** Sets: what no comparison of answers shows. Scans, random picks, encodings. */
import { ByteReader, ByteWriter, FormatError } from '@hypergate/kit/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Config } from '../engine/config.ts';
import { setEncoding } from '../engine/types/set-encoding.ts';
import { setType } from '../engine/types/set-type.ts';
import { SetValue } from '../engine/types/set-value.ts';
import { type LoneEngine, loneEngine } from './support/engine-harness.ts';

/** Answer of SSCAN: cursor and members. */
function scanStep(lone: LoneEngine, cursor: string, count: number): { next: string; members: string[] } {
  const parts = lone.run('SSCAN', 's', cursor, 'COUNT', String(count)).split('\r\n');
  return { next: parts[2]!, members: parts.slice(4).filter((_, i) => i % 2 === 1) };
}

test('a scan visits every member that is there from its first call to its last', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 130, max: 400 }),
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.tuple(fc.boolean(), fc.nat(500)), { maxLength: 400 }),
      (size, count, changes) => {
        const lone = loneEngine(false);
        const stays = new Set<string>();
        for (let i = 0; i < size; i++) {
          lone.run('SADD', 's', `m${i}`);
          stays.add(`m${i}`);
        }
        const seen = new Set<string>();
        const left = [...changes];
        for (let cursor = '0'; ; ) {
          const { next, members } = scanStep(lone, cursor, count);
          for (const member of members) seen.add(member);
          if (next === '0') break;
          cursor = next;
          for (const [add, number] of left.splice(0, 12)) {
            lone.run(add ? 'SADD' : 'SREM', 's', `m${number}`);
            if (!add) stays.delete(`m${number}`);
          }
        }
        for (const member of stays) expect(seen).toContain(member);
      },
    ),
    { numRuns: 60 },
  );
});

test('picks are even, and SPOP takes what it gives', () => {
  const lone = loneEngine(false, 11);
  const members = Array.from({ length: 10 }, (_, i) => `m${i}`);
  lone.run('SADD', 's', ...members);
  const rounds = 5000;
  for (const count of ['-1', '1', '3', '7', '9']) {
    const picked = new Map(members.map((member) => [member, 0]));
    for (let i = 0; i < rounds; i++) {
      const given = lone.run('SRANDMEMBER', 's', count).match(/m\d/g)!;
      expect(new Set(given).size).toBe(Math.abs(Number(count)));
      for (const member of given) picked.set(member, picked.get(member)! + 1);
    }
    const expected = (rounds * Math.abs(Number(count))) / 10;
    for (const times of picked.values()) {
      // Six standard deviations of a binomial.
      expect(Math.abs(times - expected)).toBeLessThan(6 * Math.sqrt(expected));
    }
  }
  const popped = [lone.run('SPOP', 's', '4'), lone.run('SPOP', 's', '4'), lone.run('SPOP', 's', '9')];
  expect(popped.join('').match(/m\d/g)!.sort()).toEqual(members);
  expect(lone.engine.databases[0]!.size).toBe(0);
});

test('SRANDMEMBER refuses an answer that would fill memory', () => {
  const lone = loneEngine(false);
  lone.run('SADD', 's', 'a');
  expect(lone.run('SRANDMEMBER', 's', '-1000000000000')).toBe('-ERR value is out of range\r\n');
});

test('encodings are those of Redis 7.2 and never become smaller again', () => {
  const config = new Config();
  const grown = (members: string[]) => {
    const set = new SetValue();
    for (const member of members) set.add(member);
    return set;
  };
  const integers = (count: number) => Array.from({ length: count }, (_, i) => String(i));
  expect(setEncoding(grown(integers(512)), config)).toBe('intset');
  expect(setEncoding(grown(integers(513)), config)).toBe('hashtable');
  expect(setEncoding(grown([...integers(127), 'a']), config)).toBe('listpack');
  expect(setEncoding(grown([...integers(128), 'a']), config)).toBe('hashtable');
  expect(setEncoding(grown(['x'.repeat(64)]), config)).toBe('listpack');
  expect(setEncoding(grown(['x'.repeat(65)]), config)).toBe('hashtable');
  const mixed = grown(['1', 'a']);
  mixed.delete('a');
  expect(setEncoding(mixed, config)).toBe('listpack');
  const shrunk = grown(integers(300));
  for (const member of integers(290)) shrunk.delete(member);
  shrunk.add('a');
  expect(setEncoding(shrunk, config)).toBe('listpack');
});

test('integers of a small set are listed in order', () => {
  const lone = loneEngine(false);
  lone.run('SADD', 's', '10', '-5', '9', '-10', '9223372036854775807', '0', '-9223372036854775808');
  expect(lone.run('SMEMBERS', 's').match(/^-?\d+(?=\r$)/gm)).toEqual([
    '-9223372036854775808',
    '-10',
    '-5',
    '0',
    '9',
    '10',
    '9223372036854775807',
  ]);
});

test('a set agrees with a plain one, and knows its weight', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 60 })), { maxLength: 300 }),
      (changes) => {
        const set = new SetValue();
        const model = new Set<string>();
        const empty = set.bytes;
        for (const [add, number] of changes) {
          const member = `m${number}`;
          if (add) expect(set.add(member)).toBe(!model.has(member));
          else expect(set.delete(member)).toBe(model.has(member));
          if (add) model.add(member);
          else model.delete(member);
        }
        expect([...set.keys].sort()).toEqual([...model].sort());
        for (const member of [...model]) set.delete(member);
        expect(set.bytes).toBe(empty);
      },
    ),
    { numRuns: 100 },
  );
});

test('a stored set is read back, and a member that stands twice is refused', () => {
  const set = new SetValue();
  for (const member of ['a', '1', '', '\xff\0']) set.add(member);
  const out = new ByteWriter();
  setType.save(set, out);
  const read = setType.load(new ByteReader(out.take()));
  expect(read.keys).toEqual(set.keys);
  expect(read.bytes).toBe(set.bytes);
  const twice = new ByteReader(Buffer.from([2, 1, 65, 1, 65]));
  expect(() => setType.load(twice)).toThrow(FormatError);
});
