/** Sorted sets in the engine: effects, stored form, weight, encoding, cursors. */
import { ByteReader, ByteWriter, FormatError } from '@hypergate/kit/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyEffects } from '../engine/effects/effect-kind.ts';
import type { Engine } from '../engine/engine.ts';
import { zsetEncoding } from '../engine/types/zset-encoding.ts';
import { zsetType } from '../engine/types/zset-type.ts';
import { ZsetValue } from '../engine/types/zset-value.ts';
import { loneEngine } from './support/engine-harness.ts';

/** The stored form of every key. */
function contents(engine: Engine): Map<string, string> {
  const found = new Map<string, string>();
  for (const part of engine.databases[0]!.keys.parts) {
    for (const [position, key] of part.keys.entries())
      found.set(key, saved(part.values[position] as ZsetValue));
  }
  return found;
}

function saved(zset: ZsetValue): string {
  const out = new ByteWriter();
  zsetType.save(zset, out);
  return out.take().toString('hex');
}

const member = fc.constantFrom(...'abcdefghij');
const key = fc.constantFrom('z1', 'z2', 'z3');
const score = fc.oneof(
  fc.integer({ min: -3, max: 3 }).map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
  fc.constantFrom('inf', '-inf'),
);
const words = fc.oneof(
  fc.tuple(fc.constant('zadd'), key, score, member, score, member),
  fc.tuple(fc.constant('zadd'), key, fc.constantFrom('nx', 'xx', 'gt', 'lt', 'incr'), score, member),
  fc.tuple(fc.constant('zincrby'), key, score, member),
  fc.tuple(fc.constant('zrem'), key, member, member),
  fc.tuple(fc.constantFrom('zpopmin', 'zpopmax'), key, fc.constantFrom('0', '1', '3')),
  fc.tuple(fc.constant('zremrangebyrank'), key, fc.constantFrom('0', '1', '-2'), fc.constantFrom('1', '-1')),
  fc.tuple(fc.constant('zremrangebyscore'), key, score, score),
  fc.tuple(fc.constantFrom('zunionstore', 'zinterstore', 'zdiffstore'), key, fc.constant('2'), key, key),
  fc.tuple(fc.constant('zrangestore'), key, key, fc.constant('0'), fc.constantFrom('-1', '2')),
  fc.tuple(fc.constant('geoadd'), key, fc.constantFrom('1', '-70.5'), fc.constantFrom('2', '80'), member),
  fc.tuple(fc.constant('del'), key),
);

test('effects applied to an empty engine give the same sorted sets', () => {
  fc.assert(
    fc.property(fc.array(words, { maxLength: 80 }), (commands) => {
      const { engine, run } = loneEngine(true);
      const copy = loneEngine(false).engine;
      for (const command of commands) {
        run(...command);
        const batch = engine.effects.take();
        if (batch !== undefined) applyEffects(copy, copy.effectKinds, batch.effects);
      }
      expect(contents(copy)).toEqual(contents(engine));
    }),
  );
});

test('the members of one ZADD share the header of an effect', () => {
  const { engine, run } = loneEngine(true);
  run('zadd', 'key', '1', 'a', '2', 'b', '3', 'c');
  // Code, database, key, length; then a member of one byte with its length and score, three times.
  expect(engine.effects.take()!.effects).toHaveLength(1 + 1 + 4 + 4 + 3 * (2 + 8));
});

test('a command that changes nothing leaves no effect and no key', () => {
  const { engine, run } = loneEngine(true);
  run('zadd', 'key', '1', 'a');
  engine.effects.take();
  run('zadd', 'key', '1', 'a');
  run('zadd', 'key', 'gt', '0', 'a');
  run('zadd', 'none', 'xx', '1', 'a');
  run('zincrby', 'key', '0', 'a');
  run('zincrby', 'key', 'x', 'a');
  run('zrem', 'key', 'b');
  expect(engine.effects.take()).toBeUndefined();
  expect([...contents(engine).keys()]).toEqual(['key']);
});

test('stored bytes of version 1 stay as they are', () => {
  const zset = new ZsetValue();
  zset.put('b', 1);
  zset.put('a', 1);
  zset.put('c', Number.NEGATIVE_INFINITY);
  expect(saved(zset)).toBe('030163000000000000f0ff0161000000000000f03f0162000000000000f03f');
  const again = zsetType.load(new ByteReader(Buffer.from(saved(zset), 'hex')));
  expect(saved(again)).toBe(saved(zset));
  expect(again.rank('b')).toBe(2);
});

test.each([
  ['a member twice', '0201610000000000000000016100000000000000f03f'],
  ['NaN', '010161000000000000f87f'],
  ['too short', '020161000000000000f03f'],
])('stored bytes with %s are refused', (_, hex) => {
  expect(() => zsetType.load(new ByteReader(Buffer.from(hex, 'hex')))).toThrow(FormatError);
});

test('what a sorted set weighs follows its members, and an empty one weighs as at first', () => {
  const zset = new ZsetValue();
  const before = zset.bytes;
  for (let i = 0; i < 1000; i++) zset.put(`member:${i}`, i);
  const full = zset.bytes;
  expect(full).toBeGreaterThan(before + 1000 * 48);
  for (let i = 0; i < 1000; i++) zset.put(`member:${i}`, -i);
  expect(zset.bytes).toBe(full);
  for (let i = 0; i < 1000; i++) zset.remove(`member:${i}`);
  expect(zset.bytes).toBe(before);
});

test('a sorted set that once was large keeps the encoding of a large one', () => {
  const { engine } = loneEngine(false);
  const encodingOf = (zset: ZsetValue) => zsetEncoding(zset, engine.config);
  const zset = new ZsetValue();
  for (let i = 0; i < 128; i++) zset.put(`m${i}`, i);
  expect(encodingOf(zset)).toBe('listpack');
  zset.put('one more', 1);
  expect(encodingOf(zset)).toBe('skiplist');
  for (let i = 0; i < 128; i++) zset.remove(`m${i}`);
  expect(encodingOf(zset)).toBe('skiplist');
  const long = new ZsetValue();
  long.put('x'.repeat(64), 1);
  expect(encodingOf(long)).toBe('listpack');
  long.put('x'.repeat(65), 1);
  expect(encodingOf(long)).toBe('skiplist');
});

test('ZSCAN visits every member that is there all the time, whatever else comes and goes', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(999), { maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      (changed, count) => {
        const { run } = loneEngine(false);
        for (let i = 0; i < 400; i++) run('zadd', 'key', String(i), `stays:${i}`, String(i), `goes:${i}`);
        const seen = new Set<string>();
        let cursor = '0';
        let next = 0;
        do {
          const parts = run('zscan', 'key', cursor, 'count', String(count)).split('\r\n');
          cursor = parts[2]!;
          for (const part of parts) if (part.startsWith('stays:')) seen.add(part);
          const change = changed[next++ % Math.max(1, changed.length)];
          if (change !== undefined) {
            if (change % 3 === 0) run('zadd', 'key', '1', `comes:${change}`);
            else run('zrem', 'key', `goes:${change % 400}`);
          }
        } while (cursor !== '0');
        expect(seen.size).toBe(400);
      },
    ),
    { numRuns: 20 },
  );
});
