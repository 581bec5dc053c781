/**
 * The memtable and its readers alone: applying inserts, point reads, slices, a snapshot of what is dirty, dropping what is settled.
 * `node services/cql/engine/bench/memtable.ts [rows]`. One JSON line per case, the median of five rounds in microseconds of CPU each.
 */
import type { TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import { Memtable } from '../memtable.ts';
import { MergedReader } from '../merged-reader.ts';
import type { ColumnData, Mutation } from '../model.ts';
import { compareBytes, type TableLayout } from '../order.ts';
import type { PartitionCursor } from '../storage.ts';

const rows = Number(process.argv[2] ?? 100_000);
const rounds = 5;
const table = { id: 'a'.repeat(32) } as TableSchema;
const layout: TableLayout = {
  id: table.id,
  isCounter: false,
  rows: (left, right) => {
    const length = Math.min(left.length, right.length);
    for (let at = 0; at < length; at++) {
      const order = compareBytes(left[at]!, right[at]!);
      if (order !== 0) return order;
    }
    return 0;
  },
  paths: () => compareBytes,
};
/** A mix of the key's bits: what the order of tokens looks like, without the cost of the real one. */
const tokenOf = (key: Value) => {
  const low = Math.imul(Buffer.from(key).readUInt32BE(4), 0x9e37_79b1) | 0;
  return (BigInt(low) << 32n) | BigInt(Math.imul(low, 0x85eb_ca6b) >>> 0);
};

function bytesOf(number: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt32BE(number, 4);
  return bytes;
}

const value = Buffer.alloc(100, 7);

function insertion(key: number, clustering: readonly Value[], timestamp: bigint): Mutation {
  const cell: ColumnData = { kind: 'cell', cell: { timestamp, value, ttl: 0, localTime: 0 } };
  const columns = new Map([
    [3, cell],
    [4, cell],
    [5, cell],
  ]);
  const row = { clustering, marker: { timestamp, ttl: 0, expiresAt: 0 }, deletion: undefined, columns };
  const nothing = { deletion: undefined, statics: undefined, tombstones: [] };
  return { table: table.id, key: bytesOf(key), rows: [row], ...nothing };
}

function make(): { memtable: Memtable; reader: MergedReader } {
  const memtable = new Memtable({ layoutOf: () => layout, tokenOf });
  return { memtable, reader: new MergedReader({ memtable, records: undefined }, () => layout) };
}

/** A stride that visits all of them in no order. */
const shuffled = (index: number) => (index * 7919) % rows;

/** @param run returns how many things it did, and how long that took in milliseconds */
function report(name: string, run: () => readonly [count: number, ms: number]): void {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const [count, ms] = run();
    times.push((ms * 1000) / count);
  }
  times.sort((left, right) => left - right);
  console.log(JSON.stringify({ case: name, us: Number(times[rounds >> 1]!.toFixed(3)) }));
}

/** Of this thread: others may be busy. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function timed(count: number, body: () => void): readonly [number, number] {
  const from = cpuMs();
  body();
  return [count, cpuMs() - from];
}

function fill(memtable: Memtable, mutations: readonly Mutation[]): void {
  for (const [index, mutation] of mutations.entries()) memtable.apply(mutation, index + 1);
}

const many = Array.from({ length: rows }, (_, index) => insertion(shuffled(index), [], 1n));
const one = Array.from({ length: rows }, (_, index) => insertion(0, [bytesOf(shuffled(index))], 1n));

report('apply: inserts into partitions of their own', () => {
  const { memtable } = make();
  return timed(rows, () => fill(memtable, many));
});
report('apply: inserts into one partition', () => {
  const { memtable } = make();
  return timed(rows, () => fill(memtable, one));
});

const wide = make();
fill(wide.memtable, one);
const narrow = make();
fill(narrow.memtable, many);
console.log(
  JSON.stringify({ case: 'bytes counted per row of its own partition', bytes: narrow.memtable.bytes / rows }),
);

report('apply: overwrites of one row', () => {
  const same = Array.from({ length: 1000 }, (_, index) => insertion(1, [], BigInt(index + 2)));
  return timed(same.length, () => {
    for (const mutation of same) narrow.memtable.apply(mutation, rows);
  });
});

function drain(cursor: PartitionCursor | undefined): number {
  let count = 0;
  while (cursor?.next() !== undefined) count++;
  return count;
}

report('point read of a partition', () => {
  const keys = Array.from({ length: 20_000 }, (_, index) => bytesOf(shuffled(index)));
  return timed(keys.length, () => {
    for (const key of keys) drain(narrow.reader.read(table, key) as PartitionCursor);
  });
});
report('point read of a row in a large partition', () => {
  const prefixes = Array.from({ length: 20_000 }, (_, index) => [bytesOf(shuffled(index))]);
  const key = bytesOf(0);
  return timed(prefixes.length, () => {
    for (const prefix of prefixes) {
      const slices = [{ start: { prefix, side: 'before' }, end: { prefix, side: 'after' } } as const];
      drain(wide.reader.read(table, key, { slices }) as PartitionCursor);
    }
  });
});
for (const isReversed of [false, true]) {
  report(`row of a slice of 100${isReversed ? ', reversed' : ''}`, () => {
    const key = bytesOf(0);
    let count = 0;
    const [, ms] = timed(1, () => {
      for (let index = 0; index < 500; index++) {
        const start = shuffled(index) % (rows - 100);
        const slice = {
          start: { prefix: [bytesOf(start)], side: 'before' },
          end: { prefix: [bytesOf(start + 99)], side: 'after' },
        } as const;
        count += drain(wide.reader.read(table, key, { slices: [slice], isReversed }) as PartitionCursor);
      }
    });
    return [count, ms];
  });
}
report('partition of a scan', () => {
  const scan = narrow.reader.scan(table, {});
  let count = 0;
  const [, ms] = timed(1, () => {
    for (let next = scan.next(); next !== undefined; next = scan.next())
      count += drain(next as PartitionCursor);
  });
  return [count, ms];
});
report('row of a snapshot of what is dirty', () => {
  let count = 0;
  const [, ms] = timed(1, () => {
    for (const { row } of wide.memtable.dirty(rows)) if (row !== undefined) count++;
  });
  return [count, ms];
});
report('dropping a settled row with its partition', () => {
  const { memtable } = make();
  fill(memtable, many);
  memtable.settled(rows);
  return timed(rows, () => {
    while (memtable.release(1000));
  });
});
