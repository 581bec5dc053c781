/**
 * What writes, point reads and settling cost the gateway's main thread: CPU microseconds per operation, over a node in memory.
 *   node services/cql/store/bench/writes.ts [rows]
 */
import type { Mutation } from '../../engine/model.ts';
import { columnIds } from '../../engine/test/support/table.ts';
import { openNode, openStore } from '../../test/support/tables.ts';
import { createTables, openCqlStore, table } from '../test/support.ts';

const rows = Number(process.argv[2] ?? 50_000);
const concurrency = 32;
const value = Buffer.alloc(100, 'v');

function insert(index: number): Mutation {
  const timestamp = BigInt(1_700_000_000_000_000 + index);
  return {
    table: table.id,
    key: Buffer.from(String(index)),
    deletion: undefined,
    statics: undefined,
    tombstones: [],
    rows: [
      {
        clustering: [Buffer.of(1), Buffer.of(2)],
        marker: { timestamp, ttl: 0, expiresAt: 0 },
        deletion: undefined,
        columns: new Map([
          [columnIds.first, { kind: 'cell', cell: { timestamp, value, ttl: 0, localTime: 0 } }],
        ]),
      },
    ],
  };
}

async function measured(name: string, count: number, run: () => Promise<void>): Promise<void> {
  const before = process.threadCpuUsage();
  await run();
  const { user, system } = process.threadCpuUsage(before);
  console.log(`${name}: ${((user + system) / count).toFixed(1)} us of the main thread each`);
}

async function inParallel(count: number, one: (index: number) => unknown): Promise<void> {
  let next = 0;
  const loop = async () => {
    while (next < count) await one(next++);
  };
  await Promise.all(Array.from({ length: concurrency }, loop));
}

const { node } = await openNode();
const tables = await openStore(node);
const store = await openCqlStore(node, tables, { settleIntervalMs: 1_000_000 });
await createTables(store, table);
await measured('write', rows, () => inParallel(rows, (index) => store.write([insert(index)])));
const slices = [
  {
    start: { prefix: [Buffer.of(1), Buffer.of(2)], side: 'before' as const },
    end: { prefix: [Buffer.of(1), Buffer.of(2)], side: 'after' as const },
  },
];
const read = async (index: number) => {
  const cursor = await store.read(table, Buffer.from(String(index)), { slices });
  if ((await cursor?.next()) === undefined) throw new Error('a row is missing');
};
await measured('read of the memtable', rows, () => inParallel(rows, read));
await measured('decide', rows / 10, () =>
  inParallel(rows / 10, (index) =>
    store.decide((reader) => {
      reader.read(table, Buffer.from(String(index)), { slices });
      return { mutations: [insert(index)], result: undefined };
    }),
  ),
);
await measured('settle', rows, () => store.settle());
await measured('read of records', rows, () => inParallel(rows, read));
await store.close();
await tables.close();
await node.close();
