import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filled, inOrder, meant, nullable, shownRow } from './support/filled.ts';
import { anyOperation, anySelect, whereText } from './support/random-selects.ts';
import { startSecond } from './support/tables.ts';

const selection = 'p, q, c, d, s, v, st';
const contents = fc.array(anyOperation, { minLength: 5, maxLength: 40 });
const seconds = fc.integer({ min: 0, max: 11 });
const limit = fc.option(fc.integer({ min: 1, max: 8 }), { nil: undefined, freq: 1 });
const limits = fc.record({ limit, perPartition: limit, pageSize: fc.integer({ min: 1, max: 6 }) });
const lateness = fc.infiniteStream(fc.integer({ min: 0, max: 3 }));

interface Cut {
  readonly limit: number | undefined;
  readonly perPartition: number | undefined;
}

function limitText({ limit: all, perPartition }: Cut): string {
  const parts = perPartition === undefined ? '' : ` PER PARTITION LIMIT ${perPartition}`;
  return all === undefined ? parts : `${parts} LIMIT ${all}`;
}

const many = { numRuns: 150 };

test('what is selected is what a filter of all rows leaves, in order', async () => {
  await fc.assert(
    fc.asyncProperty(contents, anySelect, seconds, async (operations, select, later) => {
      const state = await filled(operations);
      state.tables.now += later;
      const text = `SELECT ${selection} FROM t${whereText(select)} ALLOW FILTERING`;
      const expected = meant(state, select, startSecond + later)
        .flat()
        .map(shownRow);
      expect(await state.tables.rows(text)).toEqual(expected);
    }),
    many,
  );
});

test('limits cut it, pages divide it, and it does not matter what has to be waited for', async () => {
  await fc.assert(
    fc.asyncProperty(contents, anySelect, limits, lateness, async (operations, select, cut, late) => {
      const state = await filled(operations);
      state.tables.isLate = () => late.next().value === 0;
      const text = `SELECT ${selection} FROM t${whereText(select)}${limitText(cut)} ALLOW FILTERING`;
      const expected = meant(state, select, startSecond)
        .flatMap((rows) => rows.slice(0, cut.perPartition))
        .slice(0, cut.limit)
        .map(shownRow);
      const pages = await state.tables.pages(text, cut.pageSize);
      expect(pages.flat()).toEqual(expected);
      for (const page of pages) expect(page.length).toBeLessThanOrEqual(cut.pageSize);
    }),
    many,
  );
});

test('groups are those of the rows that are selected', async () => {
  await fc.assert(
    fc.asyncProperty(contents, anySelect, limits, async (operations, select, cut) => {
      const state = await filled(operations);
      const text =
        `SELECT p, q, c, count(*), max(v) FROM t${whereText(select)} GROUP BY p, q, c` +
        `${limitText(cut)} ALLOW FILTERING`;
      const expected = meant(state, select, startSecond)
        .flatMap((rows) => {
          const groups = [...Map.groupBy(rows, ({ c }) => c)].map(([c, group]) => {
            const values = group.flatMap(({ v }) => v ?? []);
            const max = values.length === 0 ? 'null' : Math.max(...values);
            return `${group[0]!.p} ${group[0]!.q} ${nullable(c)} ${group.length} ${max}`;
          });
          return groups.slice(0, cut.perPartition);
        })
        .slice(0, cut.limit);
      expect(await state.tables.rows(text)).toEqual(expected);
      expect((await state.tables.pages(text, cut.pageSize)).flat()).toEqual(expected);
    }),
    { numRuns: 80 },
  );
});

test('a partition read backwards is turned around', async () => {
  await fc.assert(
    fc.asyncProperty(contents, anySelect, limits, async (operations, select, { pageSize }) => {
      const { tables } = await filled(operations);
      const others = select.conditions.filter(({ text }) => !/^[pq] /.test(text));
      const where = whereText({ conditions: others, isNamed: true });
      const text = `SELECT c, d, v FROM t${where === '' ? ' WHERE' : `${where} AND`} p = 1 AND q = 1`;
      const whole = await tables.rows(`${text} ALLOW FILTERING`);
      const pages = await tables.pages(`${text} ORDER BY c DESC, d ASC ALLOW FILTERING`, pageSize);
      expect(pages.flat()).toEqual(whole.toReversed());
    }),
    { numRuns: 80 },
  );
});

test('distinct partitions are those that show anything', async () => {
  await fc.assert(
    fc.asyncProperty(contents, fc.integer({ min: 1, max: 4 }), async (operations, pageSize) => {
      const { tables, model } = await filled(operations);
      const expected = inOrder(model.shown(startSecond), false)
        .filter(({ s, rows }) => s !== undefined || rows.length > 0)
        .map(({ p, q, s }) => `${p} ${q} ${nullable(s)}`);
      const pages = await tables.pages('SELECT DISTINCT p, q, s FROM t', pageSize);
      expect(pages.flat()).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});
