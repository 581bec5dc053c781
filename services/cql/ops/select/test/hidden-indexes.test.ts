/** Indexes as they are kept, read by SELECT in pages: against the same statement without them. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MemoryStorage } from '../../../engine/memory-storage.ts';
import {
  BuiltIndexes,
  HiddenIndexes,
  hiddenTablesOf,
  indexEntries,
  StaleEntries,
} from '../../../indexes/index.ts';
import { layoutOf } from '../../../store/layouts.ts';
import { tokenOf } from '../../../types/token.ts';
import { emptyTables, write } from './support/filled.ts';
import type { Operation } from './support/model.ts';
import { anyOperation, anySelect, type RandomSelect, whereText } from './support/random-selects.ts';
import type { TestTables } from './support/tables.ts';

const fail = (error: unknown) => {
  throw error;
};

async function indexedTables(operations: readonly Operation[]) {
  const tables = emptyTables();
  tables.index('t', 'q').index('t', 'd').index('t', 's').index('t', 'v').index('t', 'st', 'values');
  const table = tables.get('t');
  const layouts = new Map([table, ...hiddenTablesOf(table)].map((each) => [each.id, layoutOf(each)]));
  const storage = new MemoryStorage({
    layoutOf: (id) => layouts.get(id),
    tokenOf,
    hiddenTables: hiddenTablesOf,
    derive: (mutation) => (mutation.table === table.id ? indexEntries(table, mutation) : []),
  });
  Object.assign(tables, { storage });
  const built = new BuiltIndexes();
  for (const { id } of hiddenTablesOf(table)) built.add(id);
  const stale = new StaleEntries(storage, fail);
  const indexes = new HiddenIndexes({
    storage,
    built,
    stale,
    now: () => tables.now * 1000,
    onFailure: fail,
  });
  for (const operation of operations) await write(tables, operation);
  return { tables, indexes };
}

const contents = fc.array(anyOperation, { minLength: 10, maxLength: 40 });
const number = fc.integer({ min: 0, max: 2 });
const anyIndexed = fc
  .tuple(fc.constantFrom('q =', 'd =', 's =', 'v =', 'st CONTAINS'), number)
  .map(([relation, value]) => `${relation} ${value}`);
const limit = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 1 });
const cuts = fc.record({
  limit,
  perPartition: limit,
  pageSize: fc.integer({ min: 1, max: 6 }),
  later: fc.integer({ min: 0, max: 11 }),
});

function textOf(
  select: RandomSelect,
  indexed: string,
  cut: { limit: number | undefined; perPartition: number | undefined },
): string {
  const column = indexed.split(' ')[0]!;
  const conditions = select.conditions.filter(({ text }) => !new RegExp(`\\b${column}\\b`).test(text));
  const where = whereText({ conditions, isNamed: false });
  const all = `${where === '' ? ' WHERE' : `${where} AND`} ${indexed}`;
  const parts = cut.perPartition === undefined ? '' : ` PER PARTITION LIMIT ${cut.perPartition}`;
  const end = cut.limit === undefined ? parts : `${parts} LIMIT ${cut.limit}`;
  return `SELECT p, q, c, d, s, v, st FROM t${all}${end} ALLOW FILTERING`;
}

function isAllowed(tables: TestTables, text: string): boolean {
  try {
    tables.prepare(text);
    return true;
  } catch {
    return false;
  }
}

test('an index leads to the rows that a filter leaves, in the same order, limits and pages', async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(contents, anySelect, anyIndexed, cuts, async (operations, select, indexed, cut) => {
      const { tables, indexes } = await indexedTables(operations);
      const text = textOf(select, indexed, cut);
      // An index does not go together with IN of partitions.
      if (!isAllowed(tables, text)) return;
      compared += 1;
      tables.now += cut.later;
      const filtered = await tables.rows(text);
      tables.indexes = indexes;
      expect(await tables.rows(text)).toEqual(filtered);
      expect((await tables.pages(text, cut.pageSize)).flat()).toEqual(filtered);
    }),
    { numRuns: 200 },
  );
  expect(compared).toBeGreaterThan(50);
});
