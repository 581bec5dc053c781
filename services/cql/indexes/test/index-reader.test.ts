import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isCellLive, isRowLive } from '../../engine/liveness.ts';
import type { Cell, Mutation, PathCell, Row } from '../../engine/model.ts';
import type { PartitionCursor, Reader, ReadOptions, TableScan } from '../../engine/storage.ts';
import type { IndexCondition } from '../../ops/select/index-reader.ts';
import type { IndexSchema } from '../../schema/model.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { comparatorOf } from '../../types/compare.ts';
import { decodePartitionKey } from '../../types/partition-key.ts';
import { indexTablesOf } from '../index-table.ts';
import {
  anyKey,
  anyMutation,
  anySlices,
  byte,
  decimals,
  firstSecond,
  idOf,
  storageOf,
  table,
} from './support.ts';
import { indexesOver } from './support-lookup.ts';

const blob: CqlType = { kind: 'native', name: 'blob' };
const decimal: CqlType = { kind: 'native', name: 'decimal' };

interface Case {
  readonly index: IndexSchema;
  readonly condition: IndexCondition;
  /** What a filter sees. */
  readonly holds: (key: Value, statics: Row | undefined, row: Row | undefined, now: number) => boolean;
  readonly isOfPartition: boolean;
}

const equals = (type: CqlType, left: Value, right: Value) => comparatorOf(type)(left, right) === 0;

function cellOf(row: Row | undefined, column: string, now: number): Cell | undefined {
  const data = row?.columns.get(idOf(column));
  return data?.kind === 'cell' && isCellLive(data.cell, now) ? data.cell : undefined;
}

function cellsOf(row: Row | undefined, column: string, now: number): readonly PathCell[] {
  const data = row?.columns.get(idOf(column));
  return data?.kind === 'complex' ? data.complex.cells.filter((cell) => isCellLive(cell, now)) : [];
}

function casesOf(): Case[] {
  const find = (target: string) => table.indexes.find(({ options }) => options.target === target)!;
  const rowCase = (
    target: string,
    condition: IndexCondition,
    holds: (row: Row, now: number) => boolean,
  ): Case => ({
    index: find(target),
    condition,
    isOfPartition: false,
    holds: (_key, _statics, row, now) => row !== undefined && isRowLive(row, now) && holds(row, now),
  });
  const cases: Case[] = [];
  for (const value of [byte(0), byte(1), new Uint8Array(0)]) {
    const is = (other: Value) => equals(blob, other, value);
    cases.push(
      {
        index: find('q'),
        condition: { operator: '=', value },
        isOfPartition: true,
        holds: (key) => is(decodePartitionKey(key, 2)[1]!),
      },
      {
        index: find('s'),
        condition: { operator: '=', value },
        isOfPartition: true,
        holds: (_key, statics, _row, now) => {
          const cell = cellOf(statics, 's', now);
          return cell !== undefined && is(cell.value!);
        },
      },
      {
        index: find('keys(sm)'),
        condition: { operator: 'CONTAINS KEY', value },
        isOfPartition: true,
        holds: (_key, statics, _row, now) => cellsOf(statics, 'sm', now).some(({ path }) => is(path)),
      },
      rowCase('d', { operator: '=', value }, ({ clustering }) => is(clustering[1]!)),
      rowCase('values(l)', { operator: 'CONTAINS', value }, (row, now) =>
        cellsOf(row, 'l', now).some((cell) => is(cell.value!)),
      ),
      rowCase('keys(m)', { operator: 'CONTAINS KEY', value }, (row, now) =>
        cellsOf(row, 'm', now).some(({ path }) => is(path)),
      ),
      rowCase('values(m)', { operator: 'CONTAINS', value }, (row, now) =>
        cellsOf(row, 'm', now).some((cell) => is(cell.value!)),
      ),
      rowCase('entries(m)', { operator: 'entry', key: byte(1), value }, (row, now) =>
        cellsOf(row, 'm', now).some((cell) => equals(blob, cell.path, byte(1)) && is(cell.value!)),
      ),
    );
  }
  for (const value of decimals)
    cases.push(
      rowCase('v', { operator: '=', value }, (row, now) => {
        const cell = cellOf(row, 'v', now);
        return cell !== undefined && equals(decimal, cell.value!, value);
      }),
      rowCase('values(st)', { operator: 'CONTAINS', value }, (row, now) =>
        cellsOf(row, 'st', now).some(({ path }) => equals(decimal, path, value)),
      ),
    );
  const list = Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 1, 7);
  cases.push(
    rowCase('full(f)', { operator: '=', value: list }, (row, now) => {
      const cell = cellOf(row, 'f', now);
      return cell !== undefined && Buffer.compare(cell.value!, list) === 0;
    }),
  );
  return cases;
}

const cases = casesOf();

const hex = (value: Value) => Buffer.from(value).toString('hex');

/** Each partition whose statics are kept, then its rows. */
async function read(
  scan: TableScan,
  keep: (cursor: PartitionCursor, row: Row | undefined) => boolean,
): Promise<string[]> {
  const found: string[] = [];
  for (let cursor = await scan.next(); cursor !== undefined; cursor = await scan.next()) {
    const partition = `${cursor.token} ${hex(cursor.key)}`;
    if (keep(cursor, undefined)) found.push(`${partition} statics`);
    for (let row = await cursor.next(); row !== undefined; row = await cursor.next())
      if (keep(cursor, row))
        found.push(`${partition} ${row.clustering.map(hex).join('.')} ${row.columns.size}`);
  }
  return found;
}

type Step =
  | { readonly kind: 'write'; readonly mutations: readonly Mutation[] }
  | { readonly kind: 'later' }
  | {
      readonly kind: 'look';
      readonly options: ReadOptions;
      readonly from: Value | undefined;
      readonly to: Value | undefined;
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('write' as const),
      mutations: fc.array(anyMutation, { minLength: 1, maxLength: 5 }),
    }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'later' as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('look' as const),
      options: fc.record(
        { slices: anySlices, isReversed: fc.boolean() },
        { requiredKeys: [] },
      ) as fc.Arbitrary<ReadOptions>,
      from: fc.option(anyKey, { nil: undefined }),
      to: fc.option(anyKey, { nil: undefined }),
    }),
  },
);

async function tokenOfKey(reader: Reader, key: Value): Promise<bigint | undefined> {
  return (await reader.read(table, key))?.token;
}

test('an index leads to exactly the rows that a filter leaves, whatever was written and whenever it expires', async () => {
  let looks = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 30 }), async (steps) => {
      const storage = storageOf(table);
      const clock = { now: firstSecond };
      const { built, stale, reader } = indexesOver(storage, clock);
      for (const { schema } of indexTablesOf(table)) built.add(schema.id);
      for (const each of [...steps, { kind: 'look', options: {}, from: undefined, to: undefined } as const]) {
        if (each.kind === 'write') await storage.write(each.mutations);
        else if (each.kind === 'later') clock.now += 1;
        else {
          const first = each.from === undefined ? undefined : await tokenOfKey(storage, each.from);
          const last = each.to === undefined ? undefined : await tokenOfKey(storage, each.to);
          const range = {
            ...(first === undefined
              ? {}
              : { from: { token: first, key: each.from!, isExclusive: looks % 2 === 0 } }),
            ...(last === undefined ? {} : { to: { token: last, isInclusive: looks % 3 === 0 } }),
          };
          for (const { index, condition, holds, isOfPartition } of cases) {
            const keep = ({ key, statics }: PartitionCursor, row: Row | undefined) => {
              const of = row ?? (isOfPartition ? statics : undefined);
              return of !== undefined && isRowLive(of, clock.now) && holds(key, statics, row, clock.now);
            };
            const expected = await read(storage.scan(table, range, each.options), keep);
            const scan = reader.search(storage, table, index, condition, range, each.options)!;
            // What it leads to partitions by is not tested again.
            const found = await read(scan, (cursor, row) =>
              isOfPartition ? keep(cursor, row) : row !== undefined,
            );
            expect(found).toEqual(expected);
            looks += found.length;
          }
          await stale.written();
        }
      }
    }),
    { numRuns: 150 },
  );
  expect(looks).toBeGreaterThan(1000);
}, 30_000);
