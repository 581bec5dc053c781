/** What conditional statements write is seen, whatever the times of what was there and of what hides it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { database, startSeconds, type TestDatabase } from './support/database.ts';
import { TimedModel, timedSteps } from './support/timed-model.ts';

const made = (): TestDatabase => database(['t', 'p int; c int; s int static; v int', 'p / c']);
const future = 9_000_000_000_000_000_000n;
const insert = 'INSERT INTO t (p, c, v) VALUES (1, 2, 3) IF NOT EXISTS';

test.each([
  ['a range', 'c > 1 AND c < 5'],
  ['an open range', 'c >= 2'],
  ['one row', 'c = 2'],
])('a row is written above the deletion of %s that lies in the future', async (_, where) => {
  const db = made();
  await db.run(`DELETE FROM t USING TIMESTAMP ${future} WHERE p = 1 AND ${where}`);
  expect(await db.answer(insert)).toBe('[applied]=true');
  expect(await db.rows()).toEqual(['p=1 c=2 v=3']);
  expect(await db.answer('UPDATE t SET v = 4 WHERE p = 1 AND c = 2 IF v = 3')).toBe('[applied]=true');
  expect(await db.rows()).toEqual(['p=1 c=2 v=4']);
});

test('statics are written above a deletion of the partition that lies in the future, and above themselves', async () => {
  const db = made();
  await db.run(`DELETE FROM t USING TIMESTAMP ${future} WHERE p = 1`);
  expect(await db.answer('UPDATE t SET s = 1 WHERE p = 1 IF s = null')).toBe('[applied]=true');
  await db.run(`UPDATE t USING TIMESTAMP ${future + 9n} SET s = 2 WHERE p = 1`);
  expect(await db.answer('UPDATE t SET s = 3 WHERE p = 1 IF s = 2')).toBe('[applied]=true');
  expect(await db.rows()).toEqual(['p=1 s=3']);
});

test('a batch with a condition deletes rows of the future, alone or with others, and not by times of its statements', async () => {
  for (const where of ['p = 1 AND c >= 2', 'p = 1']) {
    const db = made();
    await db.runAll(
      `INSERT INTO t (p, c, v) VALUES (1, 2, 2) USING TIMESTAMP ${future}`,
      `INSERT INTO t (p, c, v) VALUES (1, 3, 3) USING TIMESTAMP ${future}`,
    );
    const batch = `BEGIN BATCH DELETE FROM t USING TIMESTAMP 5 WHERE ${where}; INSERT INTO t (p, s) VALUES (1, 1) IF NOT EXISTS; APPLY BATCH`;
    expect(await db.answer(batch)).toBe('[applied]=true');
    expect(await db.rows()).toEqual(where === 'p = 1' ? [] : ['p=1 s=1']);
  }
});

test('what nothing can follow is not said to be applied', async () => {
  const db = made();
  await db.run(`DELETE FROM t USING TIMESTAMP ${2n ** 63n - 1n} WHERE p = 1 AND c < 5`);
  expect(await db.problem(insert)).toBe(
    'Something here was written with the last timestamp there is: nothing can follow it',
  );
  expect(await db.answer('UPDATE t SET v = 1 WHERE p = 1 AND c = 2 IF EXISTS')).toBe('[applied]=false');
  expect(await db.answer('INSERT INTO t (p, c, v) VALUES (1, 7, 7) IF NOT EXISTS')).toBe('[applied]=true');
});

test('after any history at any times a table is what a plain list of it says, and conditions held where they held there', async () => {
  await fc.assert(
    fc.asyncProperty(timedSteps, fc.boolean(), async (history, isSlow) => {
      const db = made();
      db.isSlow = isSlow;
      const model = new TimedModel();
      for (const step of history) {
        db.seconds++;
        const result = await db.run(step.text);
        const isApplied = step.apply(model, BigInt(db.seconds) * 1_000_000n);
        const found = result.kind === 'rows' ? result.rows[0]![0]![0] === 1 : undefined;
        expect(found, step.text).toBe(isApplied);
        expect(await db.rows(), step.text).toEqual(model.shown());
      }
      expect(db.seconds).toBe(startSeconds + history.length);
    }),
    { numRuns: 400 },
  );
});
