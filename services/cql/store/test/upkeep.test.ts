/** Records that are not needed any more go, beside what clients write and never in its way. */
import type { EmbeddedNode } from '@hypergate/node/embedded';
import type { OpenTables } from '@hypergate/table';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Cell, Mutation } from '../../engine/model.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { rowsTable } from '../../model/rows.ts';
import { stateTable } from '../../model/tables.ts';
import { openNode, openStore } from '../../test/support/tables.ts';
import { until } from '../../test/support/until.ts';
import type { CqlStore } from '../cql-store.ts';
import { settleLimits } from '../limits.ts';
import { byteTable, createTables, openCqlStore, type StoreOptions, table, withTransact } from './support.ts';

let node: EmbeddedNode;
let tables: OpenTables;
let closing: AsyncDisposableStack;

beforeEach(async () => {
  closing = new AsyncDisposableStack();
  ({ node } = await openNode());
  closing.defer(() => node.close());
  tables = await openStore(node);
  closing.defer(() => tables.close());
});

afterEach(() => closing.disposeAsync());

async function open(options: StoreOptions = {}, through = tables): Promise<CqlStore> {
  const store = await openCqlStore(node, through, options);
  closing.defer(() => store.close());
  return store;
}

const brief = byteTable('b', false, 10);

function insert(of: typeof table, key: number, rows: readonly number[], expiresAt = 0): Mutation {
  const cell: Cell = {
    timestamp: 1n,
    value: Buffer.of(1),
    ttl: expiresAt === 0 ? 0 : 5,
    localTime: expiresAt,
  };
  return {
    table: of.id,
    key: Buffer.of(key),
    deletion: undefined,
    statics: undefined,
    tombstones: [],
    rows: rows.map((row) => ({
      clustering: [Buffer.of(row >> 8), Buffer.of(row & 0xff)],
      marker: undefined,
      deletion: undefined,
      columns: new Map([[columnIds.first, { kind: 'cell' as const, cell }]]),
    })),
  };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

async function recordsOf(store: CqlStore, of: typeof table): Promise<number> {
  const place = store.placeOf(of)!;
  return (await place.domain.scan(rowsTable, place.partition, {})).length;
}

test('settling does not wait until all is removed that a truncated table had', async () => {
  const store = await open();
  await createTables(store, table);
  await store.write([insert(table, 1, upTo(3 * settleLimits.leftoverRows))]);
  await store.settle();
  const { partition, domain } = store.placeOf(table)!;
  const left = async () => (await domain.scan(rowsTable, partition, {})).length;
  await store.truncate(table);
  await store.settle();
  await store.write([insert(table, 1, [1])]);
  await store.settle();
  expect(await left()).toBeGreaterThan(0);
  expect(await recordsOf(store, table)).toBe(1);
  await until(async () => (await left()) === 0);
});

test('what expired is purged though others of its partition are written all the time', async () => {
  let now = 100;
  let isBusy = false;
  let store: CqlStore | undefined;
  // Whenever something was settled there is something of the partition in memory again.
  const busy = withTransact(tables, async (write, writes, options) => {
    const applied = await write(writes, options);
    const isNote = writes.some((each) => each.kind === 'put' && each.table === stateTable);
    if (isNote && isBusy) await store!.write([insert(brief, 1, [0xffff])]);
    return applied;
  });
  store = await open({ now: () => now }, busy);
  await createTables(store, brief);
  await store.write([
    insert(brief, 1, upTo(settleLimits.dueRows + 10), 110),
    insert(brief, 2, [1], 111),
    insert(brief, 1, [0xffff]),
  ]);
  await store.settle();
  isBusy = true;
  await store.write([insert(brief, 1, [0xffff])]);
  now = 200;
  await until(async () => (await recordsOf(store, brief)) === 1);
  isBusy = false;
});

test('much that expired at once is purged without rests', async () => {
  let now = 100;
  const store = await open({ now: () => now, settleIntervalMs: 3_600_000 });
  await createTables(store, brief);
  await store.write([insert(brief, 1, upTo(2 * settleLimits.dueRows + 10), 110), insert(brief, 2, [1])]);
  await store.settle();
  now = 200;
  await store.write([insert(brief, 2, [1])]);
  await store.settle();
  await until(async () => (await recordsOf(store, brief)) === 1);
});
