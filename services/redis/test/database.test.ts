import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyEffects } from '../engine/effects/effect-kind.ts';
import { stringBytes } from '../engine/value.ts';
import { Bag, bagType } from './bag.ts';
import { stateOf } from './support/engine-harness.ts';
import { recount, type TestEngine, testEngine } from './support/test-engine.ts';

const keys = ['a', 'b', 'c', 'd', ''];
const keyOf = fc.constantFrom(...keys);
const databaseOf = fc.constantFrom(0, 1, 2);
const milliseconds = fc.constantFrom(-1, 0, 1, 5, 50, 10_000);
const condition = fc.constantFrom([], ['nx'], ['xx'], ['gt'], ['lt']);

const command = fc.oneof(
  fc.tuple(fc.constant('set'), keyOf, fc.string({ unit: 'binary-ascii', maxLength: 40 })),
  fc.tuple(fc.constant('bag'), keyOf, fc.string({ unit: 'binary-ascii', maxLength: 20 })),
  fc.tuple(fc.constantFrom('del', 'unlink', 'persist', 'get', 'type', 'touch'), keyOf),
  fc.tuple(fc.constantFrom('rename', 'renamenx'), keyOf, keyOf),
  fc.tuple(fc.constant('move'), keyOf, databaseOf),
  fc
    .tuple(keyOf, keyOf, databaseOf, fc.constantFrom([], ['replace']))
    .map(([from, to, database, replace]) => ['copy', from, to, 'db', database, ...replace]),
  fc
    .tuple(fc.constantFrom('pexpire'), keyOf, milliseconds, condition)
    .map(([name, key, ms, condition]) => [name, key, ms, ...condition]),
  fc.tuple(fc.constant('sort'), keyOf, fc.constant('alpha'), fc.constant('store'), keyOf),
  fc.tuple(fc.constant('select'), databaseOf),
  fc.tuple(fc.constant('swapdb'), databaseOf, databaseOf),
  fc.constantFrom(['flushdb'], ['flushall', 'async'], ['debug', 'reload'], ['scan', '0'], ['cron']),
  fc.tuple(fc.constant('wait'), fc.nat(8)),
);

/** Two words are not commands: `bag` adds to a collection in place, `wait` lets time pass. */
function step(test: TestEngine, words: readonly (string | number)[]): void {
  const { engine, client, clock } = test;
  const [name, ...rest] = words;
  if (name === 'wait') clock.ms += Number(rest[0]);
  else if (name === 'cron') engine.cron();
  else if (name === 'bag') {
    engine.beginTurn();
    const { db } = client.call;
    const key = String(rest[0]);
    const before = db.write(key);
    if (before instanceof Bag) {
      before.add(String(rest[1]));
      // Recorded whole: the bag has no effects of its own.
      db.restore(key, before, db.expiresAt(key));
    } else db.restore(key, new Bag([String(rest[1])]), 0);
    engine.settle();
  } else test.run(...(words as (string | number)[]));
}

test('after any commands a database weighs what its keys weigh', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 120 }), (all) => {
      const test = testEngine({ types: [bagType] });
      for (const words of all) {
        step(test, words);
        for (const db of test.engine.databases.slice(0, 3)) expect(db.bytes).toBe(recount(db));
      }
      const sizes = test.engine.databases.map((db) =>
        db.keys.parts.reduce((sum, part) => sum + part.size, 0),
      );
      expect(test.engine.databases.map((db) => db.size)).toEqual(sizes);
    }),
    { numRuns: 300 },
  );
});

test('the effects of any commands make the same state', () => {
  fc.assert(
    fc.property(fc.array(command, { maxLength: 150 }), (all) => {
      const test = testEngine({ types: [bagType], journaling: true });
      const copy = testEngine({ types: [bagType], journaling: true });
      copy.engine.effects.recording = false;
      copy.engine.replaying = true;
      for (const [i, words] of all.entries()) {
        step(test, words);
        if (i % 10 === 9) replay(test, copy);
      }
      replay(test, copy);
      expect(stateOf(copy.engine)).toEqual(stateOf(test.engine));
      for (const db of copy.engine.databases.slice(0, 3)) expect(db.bytes).toBe(recount(db));
    }),
    { numRuns: 300 },
  );
});

function replay(from: TestEngine, to: TestEngine): void {
  const batch = from.engine.effects.take();
  // Long after: what had not expired when it happened must not expire now.
  to.clock.ms = from.clock.ms + 1_000_000_000;
  to.engine.beginTurn();
  if (batch !== undefined) applyEffects(to.engine, to.engine.effectKinds, batch.effects);
}

test('a value that grows in place is weighed at the end of the command', () => {
  const { engine, client } = testEngine({ types: [bagType] });
  const { db } = client.call;
  const bag = new Bag();
  db.place('key', bag);
  const before = db.bytes;
  bag.add('x'.repeat(1000));
  engine.touched(db, 'key');
  engine.settle();
  expect(db.bytes).toBe(before + 1016);
  expect(db.bytes).toBe(recount(db));
});

test('a reply that shows a change names its batch, and what is gone counts as shown', () => {
  const { engine, client, run } = testEngine({ journaling: true });
  engine.exposing = true;
  const shownBy = (...words: string[]) => {
    client.exposed = 0;
    run(...words);
    return client.exposed;
  };
  expect(shownBy('set', 'a', '1')).toBe(1);
  engine.effects.take();
  expect(shownBy('get', 'other')).toBe(0);
  expect(shownBy('get', 'a')).toBe(1);
  expect(shownBy('dbsize')).toBe(1);
  expect(shownBy('keys', '*')).toBe(1);
  expect(shownBy('scan', '0')).toBe(1);
  expect(shownBy('randomkey')).toBe(1);
  expect(shownBy('rename', 'a', 'b')).toBe(2);
  engine.effects.take();
  expect(shownBy('exists', 'a')).toBe(2);
  expect(shownBy('ttl', 'b')).toBe(2);
  expect(shownBy('swapdb', '0', '1')).toBe(3);
  engine.effects.take();
  expect(shownBy('get', 'b')).toBe(3);
  expect(shownBy('flushall')).toBe(4);
});

test('memory of strings is counted with their keys', () => {
  const { client, run } = testEngine();
  run('set', 'key', 'value');
  expect(client.call.db.bytes).toBe(stringBytes('key') + 45 + stringBytes('value'));
  run('pexpire', 'key', 100_000);
  expect(client.call.db.bytes).toBe(stringBytes('key') + 45 + stringBytes('value') + 28);
  run('del', 'key');
  expect(client.call.db.bytes).toBe(0);
});
