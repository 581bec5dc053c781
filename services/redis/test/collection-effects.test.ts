/** What lists and hashes record as effects leads to the same state again, byte by byte. */
import { ByteWriter, FormatError } from '@hypergate/kit/bytes';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { applyEffects } from '../engine/effects/effect-kind.ts';
import { hashEffects } from '../engine/types/hash-changes.ts';
import { listEffects } from '../engine/types/list-changes.ts';
import { stateOf } from './support/engine-harness.ts';
import { type TestEngine, testEngine } from './support/test-engine.ts';

const list = fc.constantFrom('l1', 'l2', 'l3');
const hash = fc.constantFrom('h1', 'h2');
const item = fc.oneof(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: -200, max: 70_000 }).map(String));
const longItem = fc.constantFrom('x'.repeat(300), 'y'.repeat(20_000));
const items = fc.array(fc.oneof({ weight: 9, arbitrary: item }, { weight: 1, arbitrary: longItem }), {
  minLength: 1,
  maxLength: 60,
  size: 'max',
});
const index = fc.integer({ min: -70, max: 70 }).map(String);
const end = fc.constantFrom('LEFT', 'RIGHT');
const field = fc.constantFrom('f1', 'f2', 'f3', 'f4', 'f5', 'f6', 'f7', 'f8', 'f9', 'f10', 'f11', 'f12');
const fields = fc.array(field, { minLength: 1, maxLength: 4 });
const seconds = fc.integer({ min: 0, max: 20 }).map(String);

const words = (...parts: fc.Arbitrary<string | string[]>[]): fc.Arbitrary<string[]> =>
  fc.tuple(...parts).map((given) => given.flat());
const name = (...names: string[]): fc.Arbitrary<string> => fc.constantFrom(...names);
const counted = fields.map((chosen) => ['FIELDS', String(chosen.length), ...chosen]);

const command = fc.oneof(
  words(name('LPUSH', 'RPUSH', 'LPUSHX', 'RPUSHX'), list, items),
  words(name('LPOP', 'RPOP'), list),
  words(
    name('LPOP', 'RPOP'),
    list,
    index.map((text) => text.replace('-', '')),
  ),
  words(name('LMOVE'), list, list, end, end),
  words(name('RPOPLPUSH'), list, list),
  words(name('LSET'), list, index, item),
  words(name('LINSERT'), list, name('BEFORE', 'AFTER'), item, item),
  words(name('LREM'), list, index, item),
  words(name('LTRIM'), list, index, index),
  words(name('LMPOP'), name('2'), list, list, end, name('COUNT'), name('3')),
  words(
    name('HSET'),
    hash,
    fields.map((chosen) => chosen.flatMap((each) => [each, `v${each}`])),
  ),
  words(name('HSETNX'), hash, field, item),
  words(name('HINCRBY', 'HINCRBYFLOAT'), hash, name('n1', 'n2'), name('1', '-7')),
  words(name('HDEL'), hash, fields),
  words(name('HEXPIRE'), hash, seconds, counted),
  words(name('HPERSIST'), hash, counted),
  words(name('HGETALL', 'DEL'), hash),
  words(name('DEL'), list),
  words(name('SET'), fc.oneof(list, hash), item),
);

function replay(batches: readonly Buffer[]): TestEngine {
  const copy = testEngine({ journaling: true });
  copy.engine.effects.recording = false;
  copy.engine.replaying = true;
  for (const effects of batches) applyEffects(copy.engine, copy.engine.effectKinds, effects);
  return copy;
}

it('the effects of any commands lead to the same state', () => {
  const step = fc.record({
    words: command,
    laterMs: fc.constantFrom(0, 0, 0, 900, 6000),
    take: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 120, size: 'max' }), (steps) => {
      const setting = testEngine({ journaling: true });
      const batches: Buffer[] = [];
      const take = (): void => {
        const taken = setting.engine.effects.take();
        if (taken !== undefined) batches.push(taken.effects);
      };
      for (const { words: sent, laterMs, take: now } of steps) {
        setting.clock.ms += laterMs;
        setting.run(...sent);
        if (now) take();
      }
      take();
      const copy = replay(batches);
      expect(stateOf(copy.engine)).toEqual(stateOf(setting.engine));
      expect(copy.engine.databases[0]!.bytes).toBe(setting.engine.databases[0]!.bytes);
      expect(copy.engine.databases[0]!.deadlines.size).toBe(setting.engine.databases[0]!.deadlines.size);
    }),
    { numRuns: 120 },
  );
});

it('commands that change nothing record nothing', () => {
  const { engine, run } = testEngine({ journaling: true });
  run('RPUSH', 'l', 'a');
  run('HSET', 'h', 'f', 'v');
  engine.effects.take();
  for (const sent of [
    ['LPUSHX', 'none', 'a'],
    ['LREM', 'l', 0, 'b'],
    ['LTRIM', 'l', 0, -1],
    ['LPOP', 'l', 0],
    ['LINSERT', 'l', 'BEFORE', 'b', 'c'],
    ['LSET', 'l', 5, 'c'],
    ['LMOVE', 'l', 'h', 'LEFT', 'LEFT'],
    ['HSETNX', 'h', 'f', 'w'],
    ['HDEL', 'h', 'g'],
    ['HINCRBY', 'h', 'f', 1],
    ['HEXPIRE', 'h', 10, 'XX', 'FIELDS', 1, 'f'],
    ['HPERSIST', 'h', 'FIELDS', 1, 'f'],
  ]) {
    run(...sent);
  }
  expect(engine.effects.take()).toBeUndefined();
});

it('an element that is moved within its own list keeps the key and its expiry', () => {
  const { engine, clock, run } = testEngine({ journaling: true });
  run('RPUSH', 'l', 'a');
  engine.databases[0]!.setExpiry('l', clock.ms + 60_000);
  expect(run('LMOVE', 'l', 'l', 'LEFT', 'RIGHT')).toBe('a');
  const copy = replay([engine.effects.take()!.effects]);
  expect(stateOf(copy.engine)).toEqual(stateOf(engine));
  expect(copy.engine.databases[0]!.expiresAt('l')).toBe(clock.ms + 60_000);
});

it('an effect that does not fit the state is refused, whatever its bytes', () => {
  const codes = [...Object.values(listEffects), ...Object.values(hashEffects)];
  fc.assert(
    fc.property(
      fc.constantFrom(...codes),
      fc.uint8Array({ maxLength: 30 }),
      name('l', 'h', 'x'),
      (code, body, key) => {
        const { engine, run } = testEngine();
        run('RPUSH', 'l', 'a', 'b', 'c');
        run('HSET', 'h', 'f', 'v');
        const out = new ByteWriter();
        out.u8(code);
        out.u8(0);
        out.string(key);
        out.u32(body.length);
        out.raw(body);
        engine.replaying = true;
        try {
          applyEffects(engine, engine.effectKinds, out.take());
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      },
    ),
    { numRuns: 1000 },
  );
});
