import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Slice } from '../../engine/storage.ts';
import { memorySchema } from '../../ops/schema/memory-schema.ts';
import { systemSchemaRows } from '../../schema/system-schema.ts';
import { withTable, withTestKeyspace, withView } from '../../schema/test/support.ts';
import { memoryStorage } from '../../test/support/open-server.ts';
import { hostIdOf } from '../node-facts.ts';
import { systemTables } from '../system-tables.ts';
import { readRows, rowMutation, scanRows, systemTable } from '../table-rows.ts';
import { textValue } from '../values.ts';
import { VirtualStorage } from '../virtual-storage.ts';

const schema = ['full', 'filling'].reduce(
  (of, view) => withView(of, view, 'base', 'v, k'),
  withTable(
    withTable(withTestKeyspace(), 't', 'a int; b int; c int; d int; e int', 'a'),
    'base',
    'k int; v int',
    'k',
  ),
);

function open() {
  const stored = memoryStorage(memorySchema());
  const storage = new VirtualStorage(
    stored,
    systemTables({
      node: () => ({ hostId: hostIdOf('x'), address: '10.0.0.1', port: 9042, startedAt: 5 }),
      schema: () => schema,
      isViewBuilt: ({ name }) => name === 'full',
      settings: () => ({ cluster_name: 'c' }),
      clients: () => [],
      pools: () => [],
      caches: () => [{ name: 'n', capacityBytes: 1, bytes: 2, entries: 3 }],
      prepared: () => [{ id: Buffer.alloc(16), keyspace: undefined, text: 'SELECT' }],
    }),
  );
  return { stored, storage };
}

const { storage } = open();
const columns = systemTable('system_schema', 'columns');
const time = { timestamp: 1n, now: 1 };

test('every row of the schema is read, in the order of tokens', async () => {
  const all = await scanRows(storage, columns, 1);
  const rows = systemSchemaRows(schema, 'system_schema', 'columns')!.partitions.flatMap((each) => each.rows);
  expect(all).toHaveLength(rows.length);
  const scan = storage.scan(columns, {});
  const tokens: bigint[] = [];
  for (let next = await scan.next(); next !== undefined; next = await scan.next()) tokens.push(next.token);
  expect(tokens).toEqual([...tokens].sort((a, b) => (a < b ? -1 : 1)));
});

describe('one partition', () => {
  const key = { keyspace_name: textValue('ks') };
  const names = ['a', 'b', 'c', 'd', 'e'];

  test('slices and directions are as in a stored table', async () => {
    const bound = fc.record({
      name: fc.constantFrom('', 'a', 'b', 'bb', 'd', 'z'),
      side: fc.constantFrom('before', 'after'),
    });
    const stored = memoryStorage(memorySchema());
    for (const row of await readRows(storage, columns, key, 1))
      await stored.write([rowMutation(columns, row, time)]);
    await fc.assert(
      fc.asyncProperty(bound, bound, fc.boolean(), async (from, to, isReversed) => {
        const point = ({ name, side }: typeof from) =>
          ({ prefix: [textValue('t'), textValue(name)], side }) as const;
        const slices: Slice[] = [{ start: point(from as typeof from), end: point(to) }];
        const read = async (of: typeof storage | typeof stored) => {
          const cursor = await of.read(columns, textValue('ks'), { slices, isReversed });
          const found: string[] = [];
          for (let row = await cursor?.next(); row !== undefined; row = await cursor?.next())
            found.push(Buffer.from(row.clustering[1]!).toString());
          return found;
        };
        if (from.name > to.name || (from.name === to.name && from.side === 'after')) return;
        expect(await read(storage)).toEqual(await read(stored));
      }),
    );
  });

  test('all of it', async () => {
    const rows = await readRows(storage, columns, key, 1);
    const ofTable = rows.filter(({ table_name: name }) => Buffer.from(name!).toString() === 't');
    expect(ofTable.map(({ column_name: name }) => Buffer.from(name!).toString())).toEqual(names);
  });
});

test('a range of tokens has what lies in it', async () => {
  const keyspaces = systemTable('system_schema', 'keyspaces');
  const tokens: bigint[] = [];
  const read = async (range: Parameters<typeof storage.scan>[1]) => {
    const scan = storage.scan(keyspaces, range);
    const found: bigint[] = [];
    for (let next = await scan.next(); next !== undefined; next = await scan.next()) found.push(next.token);
    return found;
  };
  tokens.push(...(await read({})));
  const middle = tokens[2]!;
  expect(await read({ from: { token: middle, isExclusive: true } })).toEqual(tokens.slice(3));
  expect(await read({ from: { token: middle, isExclusive: false } })).toEqual(tokens.slice(2));
  expect(await read({ to: { token: middle, isInclusive: true } })).toEqual(tokens.slice(0, 3));
  expect(await read({ to: { token: middle, isInclusive: false } })).toEqual(tokens.slice(0, 2));
});

test('system.local tells of the node', async () => {
  const [row] = await scanRows(storage, systemTable('system', 'local'), 1);
  const text = (name: string) => Buffer.from(row![name]!).toString();
  expect(text('cluster_name')).toBe('Hypergate');
  expect(text('cql_version')).toBe('3.4.5');
  expect([...row!.rpc_address!]).toEqual([10, 0, 0, 1]);
  expect(Buffer.from(row!.schema_version!).toString('hex')).toBe(schema.version.replaceAll('-', ''));
  expect(text('tokens')).toContain('-9223372036854775808');
  expect(await scanRows(storage, systemTable('system', 'peers'), 1)).toEqual([]);
});

test('views are told as built when they are', async () => {
  const text = (row: object, name: string) =>
    Buffer.from((row as Record<string, Uint8Array>)[name]!).toString();
  const built = await scanRows(storage, systemTable('system', 'built_views'), 1);
  expect(built.map((row) => text(row, 'view_name'))).toEqual(['full']);
  const status = await scanRows(storage, systemTable('system_distributed', 'view_build_status'), 1);
  const shown = status.map((row) => [text(row, 'view_name'), text(row, 'status')]).sort();
  expect(shown).toEqual([
    ['filling', 'STARTED'],
    ['full', 'SUCCESS'],
  ]);
});

test('every table of the system can be read', async () => {
  for (const keyspace of ['system', 'system_schema', 'system_views', 'system_virtual_schema'])
    for (const table of schema.keyspaces.get(keyspace)!.tables.values()) await scanRows(storage, table, 1);
});

test('what is stored is passed through, what is virtual is refused, also within a decision', async () => {
  const { stored, storage: both } = open();
  const members = systemTable('system_auth', 'role_members');
  const member = rowMutation(members, { role: textValue('a'), member: textValue('b') }, time);
  await both.write([member]);
  expect(await scanRows(stored, members, 1)).toHaveLength(1);
  const settings = rowMutation(systemTable('system_views', 'settings'), { name: textValue('x') }, time);
  await expect(both.write([member, settings])).rejects.toMatchObject({ code: 'invalid' });
  const local = rowMutation(systemTable('system', 'local'), { key: textValue('x') }, time);
  const deciding = both.decide(async (reader) => {
    expect(await scanRows(reader, systemTable('system', 'local'), 1)).toHaveLength(1);
    return { mutations: [local], result: undefined };
  });
  await expect(deciding).rejects.toMatchObject({ code: 'unauthorized' });
});
