/** What commands on streams did, done again from their effects, gives the same streams; and stored streams read back the same. */
import { ByteReader, ByteWriter } from '@hypergate/kit/bytes';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Client } from '../engine/client.ts';
import { applyEffects } from '../engine/effects/effect-kind.ts';
import type { Engine } from '../engine/engine.ts';
import { StreamValue } from '../engine/types/stream-value.ts';
import { createEngine } from '../process/create-engine.ts';
import { RespWriter } from '../wire/resp-writer.ts';

const keys = ['a', 'b'];
const groups = ['g', 'h'];
const consumers = ['one', 'two', 'three'];

function engineAt(time: { now: number }, journaling: boolean): Engine {
  return createEngine({ journaling }, { clock: { now: () => time.now }, random: () => 0.5 });
}

function connect(engine: Engine): Client {
  const output = new RespWriter();
  return engine.connect({
    output,
    address: '127.0.0.1:1',
    fd: -1,
    queryBytes: 0,
    localAddress: '127.0.0.1:2',
    wake() {},
    close() {},
    setBlocked() {},
  });
}

function saved(engine: Engine): Record<string, string> {
  const found: Record<string, string> = {};
  for (const key of keys) {
    const value = engine.databases[0]!.peek(key);
    if (value === undefined) continue;
    const to = new ByteWriter();
    engine.valueType(value).save(value, to);
    found[key] = to.take().toString('hex');
  }
  return found;
}

const pick = (items: readonly string[]) => fc.constantFrom(...items);
const small = fc.integer({ min: 0, max: 60 }).map(String);
const id = fc.oneof(
  { weight: 8, arbitrary: small },
  { weight: 1, arbitrary: pick(['18446744073709551615-5', '9007199254740993-9007199254740992']) },
);
const value = fc.oneof(pick(['', '1', '-5', '100000', 'name', 'x'.repeat(700), '\xff']), small);
const pair = fc.tuple(pick(['f', 'g', '7']), value).map((words) => [...words]);
const fields = fc.oneof(
  fc.tuple(value, value).map(([a, b]) => ['f', a, 'g', b]),
  fc.array(pair, { minLength: 1, maxLength: 3 }).map((pairs) => pairs.flat()),
);
const some = <T>(items: fc.Arbitrary<T>, maxLength: number) => fc.array(items, { minLength: 1, maxLength });

function words(...parts: (string | fc.Arbitrary<string | string[]>)[]): fc.Arbitrary<string[]> {
  const arbitraries = parts.map((part) => (typeof part === 'string' ? fc.constant(part) : part));
  return fc.tuple(...arbitraries).map((found) => found.flat());
}

const trim = fc.oneof(
  words('MAXLEN', pick(['=', '~']), small),
  words('MINID', pick(['=', '~']), small),
  fc.constant<string[]>([]),
);
const anyKey = pick(keys);
const group = pick(groups);
const consumer = pick(consumers);
const command = fc.oneof(
  { weight: 12, arbitrary: words('xadd', anyKey, trim, pick(['*', '*', '*', '70-*']), fields) },
  { weight: 2, arbitrary: words('xadd', anyKey, id, fields) },
  words('xdel', anyKey, some(id, 4)),
  words('xtrim', anyKey, 'MAXLEN', pick(['=', '~']), small),
  words('xsetid', anyKey, id, pick(['ENTRIESADDED']), small),
  words('xgroup', 'create', anyKey, group, pick(['$', '0', '30']), 'MKSTREAM'),
  words('xgroup', 'createconsumer', anyKey, group, consumer),
  words('xgroup', 'delconsumer', anyKey, group, consumer),
  words('xgroup', 'setid', anyKey, group, small),
  words('xgroup', 'destroy', anyKey, group),
  {
    weight: 6,
    arbitrary: words('xreadgroup', 'group', group, consumer, 'count', small, 'streams', anyKey, '>'),
  },
  words('xreadgroup', 'group', group, consumer, 'noack', 'streams', anyKey, '>'),
  words('xreadgroup', 'group', group, consumer, 'streams', anyKey, '0'),
  words('xack', anyKey, group, some(id, 5)),
  words('xclaim', anyKey, group, consumer, '0', some(id, 4), pick(['FORCE', 'JUSTID'])),
  words('xautoclaim', anyKey, group, consumer, pick(['0', '5']), id),
  words('del', anyKey),
);

/** Time goes on by this before a command, so that ids and idle times differ. */
const step = fc.tuple(fc.integer({ min: 0, max: 3 }), command);

test('effects make the same streams', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 250, size: 'max' }), (steps) => {
      const time = { now: 1 };
      const engine = engineAt(time, true);
      const client = connect(engine);
      const again = engineAt(time, true);
      again.effects.recording = false;
      for (const [wait, args] of steps) {
        time.now += wait;
        engine.beginTurn();
        engine.execute(client, args);
      }
      // What a stream takes in memory is counted as it changes: the same as when it is made anew.
      const batch = engine.effects.take();
      if (batch !== undefined) applyEffects(again, again.effectKinds, batch.effects);
      expect(saved(again)).toEqual(saved(engine));
      expect(again.databases[0]!.bytes).toBe(engine.databases[0]!.bytes);
    }),
    { numRuns: 60 },
  );
});

test('a stored stream reads back the same', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const time = { now: 1 };
      const engine = engineAt(time, false);
      const client = connect(engine);
      for (const [wait, args] of steps) {
        time.now += wait;
        engine.beginTurn();
        engine.execute(client, args);
      }
      for (const [key, hex] of Object.entries(saved(engine))) {
        const stream = engine.databases[0]!.peek(key) as StreamValue;
        const type = engine.valueType(stream);
        const loaded = type.load(new ByteReader(Buffer.from(hex, 'hex'))) as StreamValue;
        expect(loaded).toBeInstanceOf(StreamValue);
        expect([loaded.size, loaded.firstId.toString()]).toEqual([stream.size, stream.firstId.toString()]);
        const to = new ByteWriter();
        type.save(loaded, to);
        expect(to.take().toString('hex')).toBe(hex);
      }
    }),
    { numRuns: 40 },
  );
});
