/** Power that goes off at any transaction of settling, over statements of every kind: nothing is lost, doubled or left behind. */
import type { OpenTables } from '@hypergate/table';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStorage } from '../../engine/memory-storage.ts';
import type { ColumnData, Mutation, Row } from '../../engine/model.ts';
import type { Storage } from '../../engine/storage.ts';
import {
  anyClustering,
  anyHistory,
  anyKey,
  anyRange,
  firstSecond,
  lastSecond,
} from '../../engine/test/support/histories.ts';
import { readRows, visibleColumns, visibleRows } from '../../engine/test/support/reading.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { hiddenTablesOf, indexEntries } from '../../indexes/index.ts';
import { indexTablesOf } from '../../indexes/index-table.ts';
import { rowsTable } from '../../model/rows.ts';
import type { TableSchema } from '../../schema/model.ts';
import { openNode, openStore } from '../../test/support/tables.ts';
import { until } from '../../test/support/until.ts';
import { tokenOf } from '../../types/token.ts';
import type { CqlStore } from '../cql-store.ts';
import { layoutOf } from '../layouts.ts';
import { byteTable, counterTable, createTables, openCqlStore, withTransact } from './support.ts';

const table: TableSchema = {
  ...byteTable('a'),
  indexes: [{ name: 'i', id: 40, column: 'first', target: 'simple', kind: 'COMPOSITES', options: {} }],
};
const [index] = indexTablesOf(table);
const all = [table, counterTable, index!.schema];

/** Of counters, whose times are those of the servers: they rise. */
type Count =
  | { readonly kind: 'add' | 'remove column' | 'remove row' | 'add static'; readonly place: Place }
  | { readonly kind: 'remove partition'; readonly place: Place }
  | { readonly kind: 'remove range'; readonly place: Place; readonly range: Pick<Range, 'start' | 'end'> };
type Range = Mutation['tombstones'][number];
interface Place {
  readonly key: Uint8Array;
  readonly clustering: readonly Uint8Array[];
}

const place = fc.record({ key: anyKey, clustering: anyClustering });
const anyCount: fc.Arbitrary<Count> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('add' as const), place }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('add static' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove column' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove row' as const), place }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('remove partition' as const), place }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('remove range' as const), place, range: anyRange }),
  },
);

function countMutation(count: Count, timestamp: bigint): Mutation {
  const deletion = { timestamp, localTime: firstSecond };
  const { key, clustering } = count.place;
  const none = {
    table: counterTable.id,
    key,
    deletion: undefined,
    statics: undefined,
    rows: [],
    tombstones: [],
  };
  const row = (id: number, column: ColumnData): Row => ({
    clustering,
    marker: undefined,
    deletion: undefined,
    columns: new Map([[id, column]]),
  });
  const counter: ColumnData = { kind: 'counter', counter: { timestamp, count: timestamp } };
  const tombstone: ColumnData = {
    kind: 'cell',
    cell: { timestamp, value: undefined, ttl: 0, localTime: firstSecond },
  };
  switch (count.kind) {
    case 'add':
      return { ...none, rows: [row(columnIds.first, counter)] };
    case 'add static':
      return { ...none, statics: { ...row(columnIds.staticValue, counter), clustering: [] } };
    case 'remove column':
      return { ...none, rows: [row(columnIds.first, tombstone)] };
    case 'remove row':
      return { ...none, rows: [{ ...row(columnIds.first, counter), deletion, columns: new Map() }] };
    case 'remove partition':
      return { ...none, deletion };
    case 'remove range':
      return { ...none, tombstones: [{ ...count.range, deletion }] };
  }
}

const anyRound = fc.record({
  history: anyHistory,
  counts: fc.array(anyCount, { maxLength: 20 }),
  truncated: fc.option(fc.constantFrom(table, counterTable), { freq: 4, nil: undefined }),
  /** How many seconds go by. */
  seconds: fc.integer({ min: 0, max: 4 }),
});

async function contentOf(storage: Storage, of: TableSchema) {
  const found = [];
  const scan = storage.scan(of, {});
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next()) {
    const statics = visibleColumns(cursor.statics, lastSecond);
    const rows = visibleRows(await readRows(cursor), lastSecond);
    if (rows.length > 0 || Object.keys(statics).length > 0)
      found.push({ key: Buffer.from(cursor.key).toString('hex'), statics, rows });
  }
  return found;
}

/** Entries may lead to rows that have another value by now; every row must have one that leads to it. */
async function expectEntries(storage: Storage) {
  const entries = new Set<string>();
  for (const { key, rows } of await contentOf(storage, index!.schema)) {
    for (const { clustering } of rows) entries.add(`${key} ${clustering.slice(16)}`);
  }
  for (const { key, rows } of await contentOf(storage, table)) {
    for (const { clustering, columns } of rows) {
      const value = columns[columnIds.first];
      if (value === undefined) continue;
      const entry = indexEntries(table, {
        table: table.id,
        key: Buffer.from(key, 'hex'),
        deletion: undefined,
        statics: undefined,
        tombstones: [],
        rows: [
          {
            clustering: clustering.split('.').map((each) => Buffer.from(each, 'hex')),
            marker: undefined,
            deletion: undefined,
            columns: new Map([
              [
                columnIds.first,
                {
                  kind: 'cell',
                  cell: { timestamp: 1n, value: Buffer.from(value, 'hex'), ttl: 0, localTime: 0 },
                },
              ],
            ]),
          },
        ],
      });
      expect(entries).toContain(`${Buffer.from(entry[0]!.key).toString('hex')} ${key}.${clustering}`);
    }
  }
}

async function recordsLeft(store: CqlStore): Promise<number> {
  const domain = store.placeOf(table)?.domain;
  let current = 0;
  for (const of of all) {
    const where = store.placeOf(of);
    if (where !== undefined) current += (await where.domain.scan(rowsTable, where.partition, {})).length;
  }
  return domain === undefined ? 0 : current;
}

test('a crash at any transaction loses nothing, counts nothing twice and leaves nothing behind', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyRound, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 12 }),
      fc.record({
        settleRoundBytes: fc.constantFrom(1, 300, 1_000_000),
        cacheBytesMax: fc.constantFrom(0, 3000, 1_000_000),
      }),
      async (rounds, crashAt, limits) => {
        await using own = new AsyncDisposableStack();
        const { node } = await openNode();
        own.defer(() => node.close());
        const opened: OpenTables = await openStore(node);
        own.defer(() => opened.close());
        const layouts = new Map(all.map((each) => [each.id, layoutOf(each)]));
        const model = new MemoryStorage({ layoutOf: (id) => layouts.get(id), tokenOf });
        let left = Number.POSITIVE_INFINITY;
        const failing = withTransact(opened, async (write, ...parameters) => {
          if (left-- <= 0) throw new Error('the power is off');
          return write(...parameters);
        });
        let now = firstSecond;
        const openOne = () =>
          openCqlStore(node, failing, {
            ...limits,
            onFailure: () => undefined,
            now: () => now,
            hiddenTables: hiddenTablesOf,
            derive: indexEntries,
          });
        let store = await openOne();
        own.defer(() => store.close());
        await createTables(store);
        await createTables(store, table, counterTable);
        const check = async () => {
          for (const of of [table, counterTable])
            expect(await contentOf(store, of)).toEqual(await contentOf(model, of));
          await expectEntries(store);
        };
        let time = 0n;
        for (const [at, { history, counts, truncated, seconds }] of rounds.entries()) {
          // So that an older schema is replayed when a newer one may be in records.
          if (at % 2 === 1) await createTables(store, table, counterTable, byteTable(String(at)));
          const mutations = [...history, ...counts.map((count) => countMutation(count, ++time))];
          for (const [step, mutation] of mutations.entries()) {
            await store.write([mutation]);
            await model.write([mutation]);
            if (truncated === undefined || step !== mutations.length >> 1) continue;
            await store.truncate(truncated);
            await model.truncate(truncated);
          }
          left = crashAt;
          // Until the power is off, or all is settled.
          void store.settle();
          await until(() => left < 0 || store.unsettledBytes === 0);
          left = Number.POSITIVE_INFINITY;
          await store.close();
          now = Math.min(lastSecond, now + seconds);
          store = await openOne();
          await check();
        }
        await store.settle();
        await until(() => store.unsettledBytes === 0);
        await check();
        const domain = store.placeOf(table)?.domain;
        if (domain === undefined) return;

        await until(
          async () => (await node.domain(domain.address))!.usage.atoms === (await recordsLeft(store)),
        );
      },
    ),
    { numRuns: Number(process.env.CQL_STORE_RUNS ?? 25) },
  );
});
