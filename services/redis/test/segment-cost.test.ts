/** What a change of a large collection costs: bytes that the engine gives and that are written, which do not depend on its size. */
import { expect, test } from 'vitest';
import { KeyFolder } from '../process/key-folder.ts';
import { readKeyStates } from '../process/key-states.ts';
import { connect, openEngine } from './support/engine-harness.ts';
import { RecordWorld } from './support/record-world.ts';

const count = 100_000;
const numbers = Array.from({ length: count }, (_, i) => i);

const collections: readonly [type: string, fill: string[], change: string[]][] = [
  [
    'hash',
    ['hset', 'key', ...numbers.flatMap((i) => [`field:${i}`, `value ${i}`])],
    ['hset', 'key', 'field:50000', 'other'],
  ],
  ['set', ['sadd', 'key', ...numbers.map((i) => `member:${i}`)], ['srem', 'key', 'member:50000']],
  [
    'sorted set',
    ['zadd', 'key', ...numbers.flatMap((i) => [String(i), `member:${i}`])],
    ['zadd', 'key', '7', 'member:50000'],
  ],
  ['list', ['rpush', 'key', ...numbers.map((i) => `item ${i}`)], ['lset', 'key', '50000', 'other']],
];

/** A command that adds elements, as several: fewer arguments at once. */
function runInParts(run: (...args: string[]) => string, [name, key, ...elements]: string[]): void {
  for (let at = 0; at < elements.length; at += 10_000) run(name!, key!, ...elements.slice(at, at + 10_000));
}

test.each(collections)('one of 100,000 elements of a %s', async (_, fill, change) => {
  const world = new RecordWorld(1);
  runInParts((...args) => world.run(...args), fill);
  world.endTurn();
  await world.foldAll();
  const { model } = world;
  const segments = model.rows('redis.segments').size;
  const before = { rows: model.rowsWritten, bytes: model.bytesWritten };
  expect(before.bytes).toBeGreaterThan(count * 6);
  world.run(...change);
  world.endTurn();
  await world.foldAll();
  // At most two segments (a removal moves the last element), a page of each level above, and the record.
  expect(model.rowsWritten - before.rows).toBeLessThanOrEqual(6);
  expect(model.bytesWritten - before.bytes).toBeLessThan(40_000);
  expect(Math.abs(model.rows('redis.segments').size - segments)).toBeLessThanOrEqual(1);
});

test('a request is answered with about as many bytes as it asks for', () => {
  const engine = openEngine(true);
  const { run } = connect(engine);
  const folder = new KeyFolder(engine);
  runInParts(run, collections[0]![1]);
  engine.effects.take();
  folder.beginRound();
  let total = 0;
  let requests = 0;
  for (let left = 1; left > 0; requests++) {
    const taken = folder.take({ keysMax: 1000, bytesMax: 50_000 });
    left = taken.left;
    expect(taken.states.length).toBeLessThan(70_000);
    total += taken.states.length;
    const kinds = readKeyStates(taken.states).map(({ kind }) => kind);
    expect(kinds).toEqual(['segments']);
    // Changes in between are saved first, and given later.
    for (let i = 0; i < 50; i++) run('hset', 'key', `field:${(requests * 7919 + i * 1000) % count}`, 'other');
    engine.effects.take();
  }
  expect(total).toBeGreaterThan(count * 15);
  expect(total).toBeLessThan(count * 30);
  expect(requests).toBeGreaterThan(30);
});

test('a small collection that changes is written in one row', async () => {
  const world = new RecordWorld(1);
  for (let i = 0; i < 20; i++) {
    world.run('hset', 'key', `field:${i}`, 'value');
    world.endTurn();
    await world.foldAll();
  }
  expect(world.model.rowsWritten).toBe(20);
  expect(world.model.rows('redis.segments').size).toBe(0);
});
