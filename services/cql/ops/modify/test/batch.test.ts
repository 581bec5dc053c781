import { expect, test } from 'vitest';
import { CqlError } from '../../../errors.ts';
import { bytesOfInt32, bytesOfInt64, bytesOfText } from '../../../types/binary.ts';
import { type BatchItem, prepareBatchMessage, prepareTruncate } from '../index.ts';
import { answerText, database } from './support/database.ts';

const made = () =>
  database(['t', 'p int; c int; v int; s int static; l list<int>', 'p / c'], ['u', 'p int; w text', 'p /']);

const batch = (...statements: readonly string[]) => `BEGIN BATCH ${statements.join('; ')}; APPLY BATCH`;
const row = (p: number, c: number, more = '') => `INSERT INTO t (p, c, v) VALUES (${p}, ${c}, ${c}) ${more}`;

test('an empty batch does nothing', async () => {
  const db = made();
  expect(await db.answer('BEGIN BATCH APPLY BATCH')).toBe('void');
  expect(await db.answer('BEGIN UNLOGGED BATCH USING TIMESTAMP 1 APPLY BATCH')).toBe('void');
});

test('all of a batch is one write, with one mutation of each partition', async () => {
  const db = made();
  await db.run(
    batch(
      row(1, 1),
      row(1, 2),
      'UPDATE t SET s = 3 WHERE p = 1',
      row(2, 1),
      "INSERT INTO u (p, w) VALUES (1, 'x')",
    ),
  );
  expect(db.written).toHaveLength(1);
  expect(db.written[0]!.map(({ rows }) => rows.length)).toEqual([2, 1, 1]);
  expect(await db.rows()).toEqual(['p=1 c=1 s=3 v=1', 'p=1 c=2 s=3 v=2', 'p=2 c=1 v=1']);
  expect(await db.rows('u')).toEqual(["p=1 w='x'"]);
});

test('of statements of one time a deletion wins', async () => {
  const db = made();
  await db.run(batch('DELETE FROM t WHERE p = 1', row(1, 1)));
  expect(await db.rows()).toEqual([]);
  await db.run(
    batch(row(1, 1), 'UPDATE t SET v = 7 WHERE p = 1 AND c = 1', 'UPDATE t SET v = 6 WHERE p = 1 AND c = 1'),
  );
  expect(await db.rows()).toEqual(['p=1 c=1 v=7']);
});

test('times are those of the batch, or of its statements', async () => {
  const db = made();
  await db.run(`BEGIN BATCH USING TIMESTAMP 100 ${row(1, 1)}; APPLY BATCH`);
  await db.run('BEGIN BATCH USING TIMESTAMP ? UPDATE t SET v = ? WHERE p = 1 AND c = 1; APPLY BATCH', [
    bytesOfInt64(99n),
    bytesOfInt32(5),
  ]);
  expect(await db.rows()).toEqual(['p=1 c=1 v=1']);
  await db.run(
    batch(
      'UPDATE t USING TIMESTAMP 102 SET v = 8 WHERE p = 1 AND c = 1',
      'UPDATE t USING TIMESTAMP 101 SET v = 9 WHERE p = 1 AND c = 1',
    ),
  );
  expect(await db.rows()).toEqual(['p=1 c=1 v=8']);
});

test('markers are known by their places in the whole batch', () => {
  const prepared = made().prepare(
    'BEGIN BATCH USING TIMESTAMP ? INSERT INTO t (p, c) VALUES (?, ?); UPDATE u SET w = ? WHERE p = ?; APPLY BATCH',
  );
  expect(prepared.variables.map(({ table, name }) => `${table}.${name}`)).toEqual([
    '[batch].[timestamp]',
    't.p',
    't.c',
    'u.w',
    'u.p',
  ]);
  expect(prepared.partitionKeyMarkers).toEqual([]);
  expect(prepared.needs).toHaveLength(2);
});

test.each([
  [
    'BEGIN BATCH USING TTL 5 INSERT INTO u (p) VALUES (1); APPLY BATCH',
    'Global TTL on the BATCH statement is not supported.',
  ],
  [
    `BEGIN BATCH USING TIMESTAMP 5 ${row(1, 1, 'USING TIMESTAMP 1')}; APPLY BATCH`,
    'Timestamp must be set either on BATCH or individual statements',
  ],
  [
    `BEGIN BATCH USING TIMESTAMP 5 ${row(1, 1, 'IF NOT EXISTS')}; APPLY BATCH`,
    'Cannot provide custom timestamp for conditional BATCH',
  ],
  [
    batch(row(1, 1, 'IF NOT EXISTS'), 'INSERT INTO u (p) VALUES (1)'),
    'Batch with conditions cannot span multiple tables',
  ],
  [batch(row(1, 1, 'IF NOT EXISTS'), row(2, 1)), 'Batch with conditions cannot span multiple partitions'],
  [
    batch(row(1, 1, 'IF NOT EXISTS'), 'UPDATE t SET v = 1 WHERE p IN (1, 2) AND c = 1'),
    'Batch with conditions cannot span multiple partitions (you cannot use IN on the partition key)',
  ],
  [
    batch(row(1, 1, 'IF NOT EXISTS'), 'UPDATE t SET v = 1 WHERE p = 1 AND c IN (1, 2)'),
    'IN on the clustering key columns is not supported with conditional updates',
  ],
  [
    batch(row(1, 1, 'IF NOT EXISTS'), 'DELETE FROM t WHERE p = 1 AND c = 1 IF EXISTS'),
    'Cannot mix IF EXISTS and IF NOT EXISTS conditions for the same row',
  ],
  [
    batch(row(1, 1, 'IF NOT EXISTS'), 'UPDATE t SET v = 1 WHERE p = 1 AND c = 1 IF v = 1'),
    'Cannot mix IF conditions and IF NOT EXISTS for the same row',
  ],
  [
    batch(
      'UPDATE t SET v = 1 WHERE p = 1 AND c = 1 IF v = 1',
      'DELETE FROM t WHERE p = 1 AND c = 1 IF EXISTS',
    ),
    'Cannot mix IF conditions and IF EXISTS for the same row',
  ],
])('%s: %s', async (text, message) => {
  expect(await made().problem(text)).toBe(message);
});

test('a batch with conditions is applied as a whole or not at all', async () => {
  const db = made();
  const taking = batch(
    row(1, 1, 'IF NOT EXISTS'),
    row(1, 2, 'IF NOT EXISTS'),
    row(1, 3),
    'UPDATE t SET s = 9 WHERE p = 1',
  );
  expect(await db.answer(taking)).toBe('[applied]=true');
  expect(await db.answer(taking)).toBe(
    '[applied]=false p=1 c=1 s=null l=null v=1; [applied]=false p=1 c=2 s=null l=null v=2',
  );
  await db.run('DELETE FROM t WHERE p = 1 AND c = 1');
  expect(await db.answer(taking)).toBe('[applied]=false p=1 c=2 s=null l=null v=2');
  expect(await db.rows()).toEqual(['p=1 c=2 s=9 v=2', 'p=1 c=3 s=9 v=3']);
});

test('keys are shown with the columns of conditions, as they may be of several rows', async () => {
  const db = made();
  await db.runAll(row(1, 1), row(1, 2), 'UPDATE t SET s = 4 WHERE p = 1');
  const answer = await db.answer(
    batch(
      'UPDATE t SET v = 0 WHERE p = 1 AND c = 2 IF v = 2',
      'UPDATE t SET v = 0 WHERE p = 1 AND c = 1 IF v = 7 AND s = 4',
    ),
  );
  expect(answer).toBe('[applied]=false p=1 c=1 v=1 s=4; [applied]=false p=1 c=2 v=2 s=4');
  expect(await db.rows()).toEqual(['p=1 c=1 s=4 v=1', 'p=1 c=2 s=4 v=2']);
});

test('ranges are deleted under the conditions of other statements', async () => {
  const db = made();
  await db.runAll(row(1, 1), row(1, 2), row(1, 3));
  const text = batch('UPDATE t SET s = 1 WHERE p = 1 IF s = null', 'DELETE FROM t WHERE p = 1 AND c > 1');
  expect(await db.answer(text)).toBe('[applied]=true');
  expect(await db.rows()).toEqual(['p=1 c=1 s=1 v=1']);
  expect(await db.answer(text)).toBe('[applied]=false p=1 c=1 s=1');
});

test('lists that are read first are read for every statement', async () => {
  const db = made();
  await db.runAll(
    'UPDATE t SET l = [1, 2] WHERE p = 1 AND c = 1',
    'UPDATE t SET l = [3] WHERE p = 2 AND c = 1',
  );
  await db.run(
    batch(
      'UPDATE t SET l[0] = 7 WHERE p IN (1, 2) AND c = 1',
      'UPDATE t SET l = l - [2] WHERE p = 1 AND c = 1',
      row(3, 3),
    ),
  );
  expect(await db.rows()).toEqual(['p=1 c=1 l=[7]', 'p=2 c=1 l=[7]', 'p=3 c=3 v=3']);
});

test('large batches and unlogged ones over many partitions are warned of', async () => {
  const db = made();
  const big = 'INSERT INTO u (p, w) VALUES (?, ?)';
  const long = bytesOfText('x'.repeat(3000));
  await db.run(batch(big, big), [bytesOfInt32(1), long, bytesOfInt32(2), long]);
  expect(db.warnings).toEqual([
    'Batch for [ks.u] is of size 6064, exceeding specified threshold of 5120 by 944.',
  ]);
  db.warnings.length = 0;
  // Of one partition, however large.
  await db.run(batch(big, big), [bytesOfInt32(1), long, bytesOfInt32(1), long]);
  const partitions = (count: number) => Array.from({ length: count }, (_, p) => row(p, 1)).join('; ');
  await db.run(`BEGIN UNLOGGED BATCH ${partitions(10)}; APPLY BATCH`);
  await db.run(`BEGIN BATCH ${partitions(11)}; APPLY BATCH`);
  expect(db.warnings).toEqual([]);
  await db.run(`BEGIN UNLOGGED BATCH ${partitions(11)}; APPLY BATCH`);
  expect(db.warnings).toEqual([
    'Unlogged batch covering 11 partitions detected against table [ks.t]. You should use a logged batch for atomicity, or asynchronous writes for performance.',
  ]);
});

test('messages bring values for each statement', async () => {
  const db = made();
  const insert = db.prepare('INSERT INTO t (p, c, v) VALUES (?, ?, ?) USING TTL ?');
  const item = (...values: (number | 'unset')[]): BatchItem => ({
    prepared: insert,
    values: values.map((value) => (value === 'unset' ? value : bytesOfInt32(value))),
  });
  const message = prepareBatchMessage('unlogged', [
    item(1, 1, 1, 'unset'),
    item(1, 2, 'unset', 5),
    { prepared: db.prepare('UPDATE t SET s = 5 WHERE p = 1'), values: [] },
  ]);
  expect(await db.execute(message)).toEqual({ kind: 'void' });
  expect(await db.rows()).toEqual(['p=1 c=1 s=5 v=1', 'p=1 c=2 s=5']);
  const conditional = prepareBatchMessage('logged', [
    { prepared: db.prepare('INSERT INTO t (p, c) VALUES (?, 1) IF NOT EXISTS'), values: [bytesOfInt32(4)] },
  ]);
  expect(answerText(await db.execute(conditional))).toBe('[applied]=true');
});

test('messages with other statements or numbers of values are refused', () => {
  const db = made();
  const problem = (items: readonly BatchItem[]) => {
    try {
      prepareBatchMessage('logged', items);
    } catch (error) {
      return error instanceof CqlError ? error.message : error;
    }
    return 'nothing was thrown';
  };
  expect(problem([{ prepared: db.prepare('INSERT INTO u (p) VALUES (?)'), values: [] }])).toBe(
    'There were 1 markers(?) in CQL but 0 bound variables',
  );
  const truncate = prepareTruncate(
    { kind: 'truncate', table: { keyspace: 'ks', name: 't' } },
    db.schema,
    db.context([]),
  );
  expect(problem([{ prepared: truncate, values: [] }])).toBe(
    'Invalid statement in batch: only UPDATE, INSERT and DELETE statements are allowed.',
  );
});
