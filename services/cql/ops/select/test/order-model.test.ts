/** Ranges of tokens, orders and groups, divided into pages: against the model. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filled, meant, shownRow, token } from './support/filled.ts';
import type { ShownRow } from './support/model.ts';
import { anyOperation, anySelect, inList, type RandomSelect, whereText } from './support/random-selects.ts';
import { startSecond } from './support/tables.ts';

const selection = 'p, q, c, d, s, v, st';
const contents = fc.array(anyOperation, { minLength: 10, maxLength: 40 });
const limit = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 1 });
const cuts = fc.record({ limit, perPartition: limit, pageSize: fc.integer({ min: 1, max: 6 }) });
const many = { numRuns: 150 };

function cutText({
  limit: all,
  perPartition,
}: {
  limit: number | undefined;
  perPartition: number | undefined;
}) {
  const parts = perPartition === undefined ? '' : ` PER PARTITION LIMIT ${perPartition}`;
  return all === undefined ? parts : `${parts} LIMIT ${all}`;
}

/** Without what it says of partitions. */
const withoutKey = ({ conditions }: RandomSelect) => conditions.filter(({ text }) => !/^[pq] /.test(text));

function also(conditions: RandomSelect['conditions'], more: string): string {
  const where = whereText({ conditions, isNamed: false });
  return where === '' ? ` WHERE ${more}` : `${where} AND ${more}`;
}

const places = fc.record({ p: fc.integer({ min: 0, max: 2 }), q: fc.integer({ min: 0, max: 2 }) });
const operators = {
  '>': (left: bigint, right: bigint) => left > right,
  '>=': (left: bigint, right: bigint) => left >= right,
  '<': (left: bigint, right: bigint) => left < right,
  '<=': (left: bigint, right: bigint) => left <= right,
};
const tokens = fc.record({
  lower: fc.constantFrom('>' as const, '>=' as const),
  upper: fc.constantFrom('<' as const, '<=' as const, undefined),
  from: places,
  to: places,
});

test('a range of tokens has the partitions that are in it, page by page', async () => {
  await fc.assert(
    fc.asyncProperty(contents, anySelect, tokens, cuts, async (operations, select, range, cut) => {
      const state = await filled(operations);
      const conditions = withoutKey(select);
      const [from, to] = [token(range.from), token(range.to)];
      const end = range.upper === undefined ? '' : ` AND token(p, q) ${range.upper} ${to}`;
      const where = also(conditions, `token(p, q) ${range.lower} ${from}${end}`);
      const isInRange = (row: ShownRow) =>
        operators[range.lower](token(row), from) &&
        (range.upper === undefined || operators[range.upper](token(row), to));
      const expected = meant(state, { conditions, isNamed: false }, startSecond)
        .map((rows) => rows.filter(isInRange))
        .flatMap((rows) => rows.slice(0, cut.perPartition))
        .slice(0, cut.limit)
        .map(shownRow);
      const text = `SELECT ${selection} FROM t${where}${cutText(cut)} ALLOW FILTERING`;
      expect((await state.tables.pages(text, cut.pageSize)).flat()).toEqual(expected);
    }),
    many,
  );
});

test('a partition that is read backwards has limits and pages from its end', async () => {
  await fc.assert(
    fc.asyncProperty(contents, anySelect, cuts, async (operations, select, cut) => {
      const state = await filled(operations);
      const conditions = withoutKey(select);
      const expected = meant(state, { conditions, isNamed: true }, startSecond)
        .map((rows) => rows.filter(({ p, q }) => p === 1 && q === 1).toReversed())
        .flatMap((rows) => rows.slice(0, cut.perPartition))
        .slice(0, cut.limit)
        .map(shownRow);
      const order = `ORDER BY c DESC, d ASC${cutText(cut)}`;
      const text = `SELECT ${selection} FROM t${also(conditions, 'p = 1 AND q = 1')} ${order} ALLOW FILTERING`;
      expect((await state.tables.pages(text, cut.pageSize)).flat()).toEqual(expected);
    }),
    many,
  );
});

test.each([
  ['c ASC, d DESC', 1],
  ['c DESC, d ASC', -1],
])('partitions that are named are sorted together by %s', async (order, sign) => {
  await fc.assert(
    fc.asyncProperty(contents, anySelect, inList('p'), cuts, async (operations, select, keys, cut) => {
      const state = await filled(operations);
      // Statics alone have no place in the order of rows.
      const conditions = withoutKey(select).filter(({ text }) => !/\bc\b/.test(text));
      conditions.push(keys);
      const expected = meant(state, { conditions, isNamed: true }, startSecond)
        .map((rows) => rows.filter(({ q, c }) => q === 1 && c !== undefined))
        .flatMap((rows) => (sign === 1 ? rows : rows.toReversed()).slice(0, cut.perPartition))
        .sort((a, b) => sign * (a.c! - b.c! || b.d! - a.d!))
        .slice(0, cut.limit)
        .map(shownRow);
      const where = also(conditions, 'q = 1 AND c >= 0');
      const text = `SELECT ${selection} FROM t${where} ORDER BY ${order}${cutText(cut)} ALLOW FILTERING`;
      expect(await state.tables.rows(text)).toEqual(expected);
    }),
    many,
  );
});

test.each([
  ['p, q', () => ''],
  ['p, q, c', ({ c }: ShownRow) => `${c}`],
  ['p, q, c, d', ({ c, d }: ShownRow) => `${c} ${d}`],
])('groups by %s backwards are those forwards, page by page', async (columns, groupOf) => {
  await fc.assert(
    fc.asyncProperty(contents, anySelect, cuts, async (operations, select, cut) => {
      const state = await filled(operations);
      const conditions = withoutKey(select);
      const [rows = []] = meant(state, { conditions, isNamed: true }, startSecond).filter(
        ([row]) => row?.p === 1 && row.q === 1,
      );
      const expected = [...Map.groupBy(rows.toReversed(), groupOf).values()]
        .map((group) => `${group.length} ${group.flatMap(({ v }) => v ?? []).reduce((a, b) => a + b, 0)}`)
        .slice(0, cut.perPartition)
        .slice(0, cut.limit);
      const order = `GROUP BY ${columns} ORDER BY c DESC, d ASC${cutText(cut)}`;
      const where = also(conditions, 'p = 1 AND q = 1');
      const text = `SELECT count(*), sum(v) FROM t${where} ${order} ALLOW FILTERING`;
      expect((await state.tables.pages(text, cut.pageSize)).flat()).toEqual(expected);
    }),
    many,
  );
});

test('an aggregate of everything is one row of all pages', async () => {
  await fc.assert(
    fc.asyncProperty(contents, anySelect, cuts, async (operations, select, { pageSize }) => {
      const state = await filled(operations);
      const rows = meant(state, select, startSecond).flat();
      const values = rows.flatMap(({ v }) => v ?? []);
      const extremes = values.length === 0 ? 'null null' : `${Math.min(...values)} ${Math.max(...values)}`;
      const text = `SELECT count(*), count(v), min(v), max(v) FROM t${whereText(select)} ALLOW FILTERING`;
      expect(await state.tables.pages(text, pageSize)).toEqual([
        [`${rows.length} ${values.length} ${extremes}`],
      ]);
    }),
    many,
  );
});
