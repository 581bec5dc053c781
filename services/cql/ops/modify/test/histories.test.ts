import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bytesOfInt32 } from '../../../types/binary.ts';
import { database } from './support/database.ts';
import { PlainModel, steps } from './support/plain-model.ts';

const columns = 'p int; c int; s int static; v int; l list<int>; st set<int>; m map<text, int>';

test('after any history a table is what a plain model is, and conditions held where they held there', async () => {
  await fc.assert(
    fc.asyncProperty(steps, fc.boolean(), async (history, isSlow) => {
      const db = database(['t', columns, 'p / c']);
      db.isSlow = isSlow;
      const model = new PlainModel();
      for (const step of history) {
        const result = await db.run(step.text);
        const isApplied = step.apply(model);
        const found = result.kind === 'rows' ? result.rows[0]![0]![0] === 1 : undefined;
        expect(found, step.text).toBe(isApplied);
      }
      expect((await db.rows()).sort()).toEqual(model.shown().sort());
    }),
    { numRuns: 300 },
  );
});

test('conditional increments of many at once are all counted', async () => {
  const db = database(['t', 'p int; v int', 'p /']);
  db.isSlow = true;
  await db.run('INSERT INTO t (p, v) VALUES (1, 0)');
  const update = db.prepare('UPDATE t SET v = ? WHERE p = 1 IF v = ?');
  const increment = async (): Promise<void> => {
    for (let seen = 0; ; seen++) {
      const result = await db.execute(update, [bytesOfInt32(seen + 1), bytesOfInt32(seen)]);
      if (result.kind === 'rows' && result.rows[0]![0]![0] === 1) return;
    }
  };
  await Promise.all(Array.from({ length: 12 }, increment));
  expect(await db.rows()).toEqual(['p=1 v=12']);
});

test('statements in one batch do what they do one after the other, where none is about the same part', async () => {
  const update = fc.record({
    p: fc.integer({ min: 0, max: 2 }),
    c: fc.integer({ min: 0, max: 3 }),
    v: fc.nat(9),
  });
  const distinct = fc.uniqueArray(update, { selector: ({ p, c }) => `${p} ${c}`, minLength: 1 });
  await fc.assert(
    fc.asyncProperty(distinct, async (updates) => {
      const texts = updates.map(
        ({ p, c, v }) => `UPDATE t SET v = ${v}, st = {${v}}, l = l + [${v}] WHERE p = ${p} AND c = ${c}`,
      );
      const one = database(['t', columns, 'p / c']);
      const other = database(['t', columns, 'p / c']);
      await one.runAll(...texts);
      await other.run(`BEGIN BATCH ${texts.join('; ')} APPLY BATCH`);
      expect(await other.rows()).toEqual(await one.rows());
    }),
    { numRuns: 60 },
  );
});
