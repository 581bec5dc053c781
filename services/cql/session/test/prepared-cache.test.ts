import { expect, test } from 'vitest';
import { invalid } from '../../errors.ts';
import type { Prepared } from '../../ops/api.ts';
import { plainStatement, voidResult } from '../../ops/misc/statement.ts';
import { emptySchema, type Schema, systemKeyspaces } from '../../schema/index.ts';
import { preparedId } from '../../wire/index.ts';
import { sessionLimits } from '../limits.ts';
import { PreparedCache } from '../prepared-cache.ts';

const text = (name: string) => ({
  keyspace: 'k',
  table: 't',
  name,
  type: { kind: 'native', name: 'text' } as const,
});

interface World {
  schema: Schema;
  columns: readonly string[] | undefined;
  made: number;
}

function open(bytes = 1_000_000) {
  const world: World = { schema: emptySchema, columns: ['a'], made: 0 };
  const cache = new PreparedCache({
    schema: () => world.schema,
    prepare: (): Prepared => {
      world.made++;
      if (world.columns === undefined) throw invalid('gone');
      return plainStatement({ columns: world.columns.map(text), execute: () => voidResult });
    },
    preparedBytesMax: bytes,
    queriesBytesMax: bytes,
  });
  const change = (columns: readonly string[] | undefined) => {
    world.schema = { ...emptySchema, keyspaces: new Map(systemKeyspaces.map((each) => [each.name, each])) };
    world.columns = columns;
  };
  return { world, cache, change };
}

const select = 'SELECT a FROM t';

test('the same text has the same id, and is prepared once; in another keyspace it is another statement', () => {
  const { cache, world } = open();
  const { id, kept } = cache.prepare(select, 'k');
  expect(id).toEqual(preparedId('k', select));
  expect(cache.prepare(select, 'k').kept).toBe(kept);
  expect(cache.byId(id)).toBe(kept);
  expect(cache.prepare(select, 'l').id).not.toEqual(id);
  expect(world.made).toBe(2);
});

test('an unknown id is told as not prepared', () => {
  const { cache } = open();
  const id = Buffer.alloc(16, 7);
  expect(() => cache.byId(id)).toThrow(
    expect.objectContaining({ code: 'unprepared', details: { kind: 'unprepared', id } }),
  );
});

test('with another schema it is prepared again, once, and notes whether its columns changed', () => {
  const { cache, world, change } = open();
  const { id } = cache.prepare(select, 'k');
  change(['a']);
  expect(cache.byId(id).hasChanged).toBe(false);
  expect(cache.byId(id).columns?.columns.map(({ name }) => name)).toEqual(['a']);
  expect(world.made).toBe(2);
  change(['a', 'b']);
  expect(cache.byId(id).hasChanged).toBe(true);
  expect(cache.byId(id).columns?.columns.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('what makes no sense any more is told why, and is not kept', () => {
  const { cache, change } = open();
  const { id } = cache.prepare(select, 'k');
  change(undefined);
  expect(() => cache.byId(id)).toThrow('gone');
  expect(() => cache.byId(id)).toThrow(expect.objectContaining({ code: 'unprepared' }));
});

test('those not used for longest leave when there is no room', () => {
  const one = open().cache;
  one.prepare(select, 'k');
  const { bytes } = one.caches()[0]!;
  expect(bytes).toBeGreaterThan(
    sessionLimits.bytesPerStatement + select.length * sessionLimits.bytesPerCharacter,
  );
  const { cache } = open(bytes * 2);
  const ids = ['k', 'l'].map((keyspace) => cache.prepare(select, keyspace).id);
  cache.byId(ids[0]!);
  const third = cache.prepare(select, 'm').id;
  expect(() => cache.byId(ids[1]!)).toThrow(expect.objectContaining({ code: 'unprepared' }));
  expect(cache.byId(ids[0]!)).toBeDefined();
  expect(cache.byId(third)).toBeDefined();
  expect(cache.caches()[0]).toMatchObject({ entries: 2, bytes: bytes * 2 });
});

test('what a short statement on a wide table takes is counted, also when the table became wide behind it', () => {
  const wide = Array.from({ length: 4096 }, (_, at) => `${'column'.repeat(10)}${at}`);
  const atLeast = wide.join('').length;
  const { cache, change } = open(atLeast * 10);
  const keyspaces = Array.from({ length: 100 }, (_, at) => `k${at}`);
  for (const keyspace of keyspaces) cache.prepare(select, keyspace);
  expect(cache.caches()[0]!.entries).toBe(100);
  change(wide);
  for (const keyspace of keyspaces) {
    const { id } = cache.prepare(select, keyspace);
    expect(cache.byId(id).columns?.columns).toHaveLength(wide.length);
    expect(cache.caches()[0]!.bytes).toBeLessThanOrEqual(atLeast * 10);
  }
  expect(cache.caches()[0]!.entries).toBeLessThan(10);
});

test('texts of QUERY are kept, but none that changes the schema and none that has a password', () => {
  const { cache, world } = open();
  for (const query of [select, select, 'USE k', 'USE k', "CREATE ROLE r WITH PASSWORD = 'p'"])
    cache.byText(query, 'k');
  expect(world.made).toBe(4);
  expect(cache.caches()[1]).toMatchObject({ entries: 1 });
});

test('a statement with a password is not listed', () => {
  const { cache } = open();
  cache.prepare(select, 'k');
  cache.prepare("ALTER ROLE r WITH PASSWORD = 'p'", 'k');
  expect(cache.listed().map((each) => each.text)).toEqual([select]);
});

test('a syntax error is told as one', () => {
  expect(() => open().cache.byText('SELEC', 'k')).toThrow(expect.objectContaining({ code: 'syntax' }));
});
