/** What commands on strings and sets leave as effects gives the same state elsewhere, and memory is counted right. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Engine } from '../engine/engine.ts';
import { effectKinds } from '../engine/types/index.ts';
import { valueBytes } from '../engine/value.ts';
import { loneEngine, rebuilt, stateOf } from './support/engine-harness.ts';

test('no two kinds of effects have one code', () => {
  expect(new Set(effectKinds.map(({ code }) => code)).size).toBe(effectKinds.length);
});

const key = fc.constantFrom('a', 'b', 'c');
const bytes = fc
  .array(fc.integer({ min: 0, max: 255 }), { maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes));
const integer = fc.integer({ min: -50, max: 400 }).map(String);
const natural = fc.nat(400).map(String);

const stringCommand = fc.oneof(
  fc.tuple(fc.constant('SET'), key, bytes),
  fc.tuple(fc.constant('SET'), key, integer, fc.constant('PX'), natural),
  fc.tuple(fc.constant('GETEX'), key, fc.constant('PERSIST')),
  fc.tuple(fc.constant('GETDEL'), key),
  fc.tuple(fc.constant('APPEND'), key, bytes),
  fc.tuple(fc.constant('SETRANGE'), key, natural, bytes),
  fc.tuple(fc.constant('SETBIT'), key, natural, fc.constantFrom('0', '1')),
  fc.tuple(
    fc.constant('BITFIELD'),
    key,
    fc.constant('OVERFLOW'),
    fc.constant('FAIL'),
    fc.constant('INCRBY'),
    fc.constant('i5'),
    natural,
    integer,
  ),
  fc.tuple(fc.constant('BITFIELD'), key, fc.constant('SET'), fc.constant('u63'), natural, natural),
  fc.tuple(fc.constant('BITOP'), fc.constantFrom('AND', 'OR', 'XOR'), key, key, key),
  fc.tuple(fc.constant('INCRBY'), key, integer),
  fc.tuple(fc.constant('INCRBYFLOAT'), key, integer),
  fc.tuple(fc.constant('MSET'), key, bytes, key, bytes),
  fc.tuple(fc.constant('DEL'), key),
);

const setCommand = fc.oneof(
  fc.tuple(fc.constantFrom('SADD', 'SREM'), key, natural, integer, integer),
  fc.tuple(fc.constantFrom('SADD', 'SREM'), key, bytes),
  fc.tuple(fc.constant('SMOVE'), key, key, integer),
  fc.tuple(fc.constant('SPOP'), key),
  fc.tuple(fc.constant('SPOP'), key, fc.nat(5).map(String)),
  fc.tuple(fc.constantFrom('SINTERSTORE', 'SUNIONSTORE', 'SDIFFSTORE'), key, key, key),
  fc.tuple(fc.constant('DEL'), key),
);

const hllCommand = fc.oneof(
  fc.tuple(fc.constant('PFADD'), key, bytes, bytes, bytes),
  fc
    .integer({ min: 1, max: 60 })
    .chain((count) =>
      fc
        .nat()
        .map((first) => ['PFADD', 'a', ...Array.from({ length: count * 10 }, (_, i) => String(first + i))]),
    ),
  fc.tuple(fc.constant('PFCOUNT'), key),
  fc.tuple(fc.constant('PFMERGE'), key, key, key),
  fc.tuple(fc.constant('PFDEBUG'), fc.constantFrom('TODENSE', 'GETREG'), key),
  fc.tuple(fc.constant('DEL'), key),
);

/** Memory that the databases say they take, counted anew. */
function weighed(engine: Engine): number {
  return engine.databases.reduce(
    (sum, db) =>
      sum + db.keys.parts.flatMap(({ values }) => values.map(valueBytes)).reduce((a, b) => a + b, 0),
    0,
  );
}

function rebuilds(command: fc.Arbitrary<string[]>, runs: number): void {
  fc.assert(
    fc.property(fc.array(fc.array(command, { maxLength: 6 }), { maxLength: 12 }), (turns) => {
      const lone = loneEngine(true);
      const batches: Buffer[] = [];
      for (const commands of turns) {
        for (const words of commands) lone.run(...words);
        const taken = lone.engine.effects.take();
        if (taken !== undefined) batches.push(taken.effects);
        lone.clock.ms += 90;
      }
      const other = rebuilt(batches);
      expect(stateOf(other)).toEqual(stateOf(lone.engine));
      // The overhead of keys is the same constant for each: what changes below it would show here.
      const [first] = lone.engine.databases;
      const empty = loneEngine(false);
      for (const part of first!.keys.parts) for (const name of part.keys) empty.run('SET', name, '');
      const expiries = first!.expires.size * 28;
      expect(first!.bytes - expiries - weighed(lone.engine)).toBe(
        empty.engine.databases[0]!.bytes - weighed(empty.engine),
      );
    }),
    { numRuns: runs },
  );
}

test('strings and bitmaps', () => rebuilds(stringCommand as fc.Arbitrary<string[]>, 150));
test('sets', () => rebuilds(setCommand as fc.Arbitrary<string[]>, 150));
test('HyperLogLogs', () => rebuilds(hllCommand as fc.Arbitrary<string[]>, 25));

test('a change in place records its bytes, not the string', () => {
  const lone = loneEngine(true);
  lone.run('SET', 'key', 'x'.repeat(100_000));
  lone.run('APPEND', 'key', 'y');
  lone.engine.effects.take();
  lone.run('APPEND', 'key', 'z');
  lone.run('SETBIT', 'key', '7', '1');
  lone.run('SETRANGE', 'key', '50', 'abc');
  expect(lone.engine.effects.take()!.effects.length).toBeLessThan(40);
});

test('a bit or a field that is set to what it is records nothing, unless the string grows', () => {
  const lone = loneEngine(true);
  const records = (...words: string[]): boolean => {
    lone.run(...words);
    return lone.engine.effects.take() !== undefined;
  };
  expect(records('SETBIT', 'bits', '0', '0')).toBe(true);
  expect(records('SETBIT', 'bits', '0', '0')).toBe(false);
  expect(records('SETBIT', 'bits', '0', '1')).toBe(true);
  expect(records('SETBIT', 'bits', '0', '1')).toBe(false);
  expect(records('SETBIT', 'bits', '90', '0')).toBe(true);
  expect(records('BITFIELD', 'fields', 'SET', 'i5', '0', '0')).toBe(true);
  expect(records('BITFIELD', 'fields', 'SET', 'i5', '0', '0')).toBe(false);
  expect(records('BITFIELD', 'fields', 'SET', 'i5', '0', '1')).toBe(true);
  expect(records('BITFIELD', 'fields', 'INCRBY', 'i5', '0', '0')).toBe(false);
  expect(records('BITFIELD', 'fields', 'SET', 'i5', '90', '0')).toBe(true);
  expect(records('BITFIELD', 'fields', 'GET', 'i5', '900')).toBe(false);
});

test('in RESP3 sets are sets, and members picked with a count a list', () => {
  const lone = loneEngine(false);
  lone.output.resp = 3;
  lone.run('SADD', 's', 'a');
  expect(lone.run('SMEMBERS', 's')).toBe('~1\r\n$1\r\na\r\n');
  expect(lone.run('SMEMBERS', 'none')).toBe('~0\r\n');
  expect(lone.run('SINTER', 's', 's')).toBe('~1\r\n$1\r\na\r\n');
  expect(lone.run('SRANDMEMBER', 's', '2')).toBe('*1\r\n$1\r\na\r\n');
  expect(lone.run('SMISMEMBER', 's', 'a')).toBe('*1\r\n:1\r\n');
  expect(lone.run('SPOP', 's', '3')).toBe('~1\r\n$1\r\na\r\n');
  expect(lone.run('SPOP', 's')).toBe('_\r\n');
});
