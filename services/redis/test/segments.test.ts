/**
 * Records of large collections, written a little at a time while commands run: at every moment each record with its segments
 * is the value as it was after one batch, and nothing is left that no record names.
 */
import { describe, expect, test } from 'vitest';
import { seededRandom } from './support/engine-harness.ts';
import { fillCommands, largeCommand, largeKey } from './support/large-command.ts';
import { RecordWorld } from './support/record-world.ts';

describe('whatever happens meanwhile', () => {
  test.each([1, 2, 3, 4])('records are what the keys were, seed %i', async (seed) => {
    const random = seededRandom(seed);
    // Most records take several transactions.
    const limits = { transactionBytes: 5000 * 4 ** (seed % 3), removalsMax: 20, noteRowsMax: 15 };
    const world = new RecordWorld(seed, limits);
    let restarts = 0;
    for (let turn = 0; turn < 450; turn++) {
      world.clock.ms += Math.floor(random() * 1000);
      if (random() < (turn < 20 ? 0.5 : 0.03))
        for (const command of fillCommands(random)) world.run(...command);
      for (let count = Math.floor(random() * 6); count > 0; count--) {
        world.run(...largeCommand(random, turn < 100 ? 0 : 0.03));
      }
      world.endTurn();
      if (random() < 0.03) world.writeCheckpoint();
      if (random() < 0.1) world.beginRound();
      if (random() < 0.02) world.model.failsAt = world.model.transactions + Math.floor(random() * 12);
      const bytesMax = random() < 0.7 ? 3000 : 200_000;
      try {
        if (random() < 0.5) await world.fold(1 + Math.floor(random() * 4), bytesMax);
        if (random() < 0.03) await world.foldKey(largeKey(random), bytesMax);
      } catch (error) {
        if (world.model.transactions < world.model.failsAt) throw error;
        restarts++;
        await world.restart();
        world.checkRecords();
      }
      if (turn % 25 === 0) world.checkRecords();
    }
    world.model.failsAt = Number.POSITIVE_INFINITY;
    await world.foldAll();
    world.checkAll();
    expect(restarts).toBeGreaterThan(0);
    expect(world.compared).toBeGreaterThan(30);
  });
});

const count = 8000;
const fields = (value: string): string[] =>
  Array.from({ length: count }, (_, i) => [`field:${i}`, `${value} ${i}`]).flat();
const members = (): string[] => Array.from({ length: count }, (_, i) => `member:${i}`);

async function large(key: string, ...command: string[]): Promise<RecordWorld> {
  const limits = { transactionBytes: 20_000, removalsMax: 20, noteRowsMax: 15 };
  const world = new RecordWorld(1, limits);
  world.run(command[0]!, key, ...command.slice(1));
  world.endTurn();
  await world.foldAll();
  world.checkAll();
  return world;
}

/** A part of the round that the world is in. */
async function foldSome(world: RecordWorld): Promise<void> {
  world.beginRound();
  expect(await world.fold(100, 10_000)).toBeGreaterThan(0);
}

async function foldAndCheck(world: RecordWorld): Promise<void> {
  world.endTurn();
  await world.foldAll();
  world.checkAll();
}

describe('a large collection', () => {
  test('that gets another name, also while its record is written', async () => {
    const world = await large('a', 'hset', ...fields('x'));
    world.run('rename', 'a', 'b');
    await foldAndCheck(world);
    world.run('hset', 'b', ...fields('y'));
    world.endTurn();
    await foldSome(world);
    world.run('rename', 'b', 'c');
    world.run('rename', 'c', 'b');
    await foldAndCheck(world);
  });

  test('that changes places with that of another database', async () => {
    const world = await large('a', 'hset', ...fields('x'));
    world.run('select', '1');
    world.run('sadd', 'a', ...members());
    await foldAndCheck(world);
    world.run('swapdb', '0', '1');
    world.run('sadd', 'a', 'one more');
    world.run('hset', 'a', 'one', 'more');
    await foldAndCheck(world);
    world.run('swapdb', '0', '1');
    world.endTurn();
    await foldSome(world);
    world.run('swapdb', '0', '1');
    await foldAndCheck(world);
  });

  test('that is deleted and made anew, before, while and after its record is written', async () => {
    const world = await large('a', 'hset', ...fields('x'));
    world.run('del', 'a');
    world.run('hset', 'a', ...fields('y'));
    world.endTurn();
    await foldSome(world);
    world.run('del', 'a');
    world.endTurn();
    await world.fold(100, 10_000);
    world.checkRecords();
    world.run('sadd', 'a', ...members());
    await foldAndCheck(world);
    world.run('flushall');
    await foldAndCheck(world);
    expect(world.model.rows('redis.keys').size).toBe(0);
  });

  test('that becomes small, and large again', async () => {
    const world = await large('a', 'sadd', ...members());
    const segments = () => world.model.rows('redis.segments').size;
    expect(segments()).toBeGreaterThan(10);
    world.run('srem', 'a', ...members().slice(100));
    await foldAndCheck(world);
    expect(segments()).toBe(0);
    world.run('sadd', 'a', ...members());
    await foldAndCheck(world);
    expect(segments()).toBeGreaterThan(10);
    world.run('set', 'a', 'a string');
    await foldAndCheck(world);
    expect(segments()).toBe(0);
  });

  test('that takes much more or less memory than before gets segments of another size', async () => {
    const world = await large('a', 'hset', ...fields('x'));
    const segments = world.model.rows('redis.segments').size;
    world.run('hset', 'a', ...fields('x'.repeat(500)));
    await foldAndCheck(world);
    expect(world.model.rows('redis.segments').size).toBeGreaterThan(segments * 4);
    world.run('hset', 'a', ...fields('x'));
    await foldAndCheck(world);
    expect(world.model.rows('redis.segments').size).toBe(segments);
  });

  test('of which a checkpoint was written while its record was, is known to be behind after a restart', async () => {
    const world = await large('a', 'hset', ...fields('x'));
    world.run('hset', 'a', ...fields('y'));
    world.endTurn();
    await foldSome(world);
    world.writeCheckpoint();
    await world.restart();
    world.checkRecords();
    await foldAndCheck(world);
  });

  test('that is as it was writes no segments anew after a restart', async () => {
    const world = await large('a', 'hset', ...fields('x'));
    world.writeCheckpoint();
    await world.restart();
    world.run('hset', 'a', 'field:5000', 'other');
    world.endTurn();
    const before = world.model.rowsWritten;
    await foldAndCheck(world);
    expect(world.model.rowsWritten - before).toBeLessThan(8);
  });

  test('with an element of many megabytes', async () => {
    const world = await large('a', 'hset', ...fields('x'), 'long', 'l'.repeat(9_000_000));
    world.run('hset', 'a', 'long', 'm'.repeat(9_000_000));
    await foldAndCheck(world);
  });
});

describe('a large list', () => {
  const items = Array.from(
    { length: count },
    (_, i) => `item ${i % 3000 < 1000 ? 'gap' : i} ${'x'.repeat(50)}`,
  );

  const gap = items[0]!;

  test('of which whole chunks are removed', async () => {
    const world = await large('a', 'rpush', ...items);
    world.run('lrem', 'a', '0', gap);
    await foldAndCheck(world);
    for (let i = 0; i < count; i += 3) world.run('lrem', 'a', '0', items[i]!);
    await foldAndCheck(world);
    for (let i = 0; i < count; i++) if (i % 3 > 0 && i % 10 > 0) world.run('lrem', 'a', '0', items[i]!);
    await foldAndCheck(world);
    world.run('ltrim', 'a', '300', '-300');
    await foldAndCheck(world);
  });

  test('that is divided in the same place until there is no room between ids', async () => {
    const world = await large('a', 'rpush', ...items, 'pivot', ...items);
    for (let i = 0; i < 3000; i++) world.run('linsert', 'a', 'before', 'pivot', `more ${i}`);
    await foldAndCheck(world);
  });

  test('that grows thin everywhere', async () => {
    const unique = items.map((item, i) => `${i} ${item}`);
    const world = await large('a', 'rpush', ...unique);
    const random = seededRandom(3);
    const order = unique.map((item) => ({ item, at: random() })).sort((a, b) => a.at - b.at);
    for (const [i, { item }] of order.entries()) {
      if (i > count * 0.9) break;
      world.run('lrem', 'a', '1', item);
      if (i % 100 === 0) await foldAndCheck(world);
    }
    await foldAndCheck(world);
  });

  test('whose elements go round', async () => {
    const world = await large('a', 'rpush', ...items);
    for (let i = 0; i < 500; i++) {
      world.run('lmove', 'a', 'a', 'left', 'right');
      if (i % 50 !== 0) continue;
      world.endTurn();
      world.beginRound();
      await world.fold(10, 1000);
      world.checkRecords();
    }
    await foldAndCheck(world);
  });
});
