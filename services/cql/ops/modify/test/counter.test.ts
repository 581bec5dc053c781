import { expect, test } from 'vitest';
import { bytesOfInt64 } from '../../../types/binary.ts';
import { database } from './support/database.ts';

const counters = () =>
  database(
    ['t', 'p int; c int; n counter; k counter; s counter static', 'p / c'],
    ['o', 'p int; v int', 'p /'],
  );

test('counters count', async () => {
  const db = counters();
  await db.runAll(
    'UPDATE t SET n = n + 5, k = k - 2 WHERE p = 1 AND c = 1',
    'UPDATE t SET n += 1, n += 2 WHERE p = 1 AND c = 1',
    'UPDATE t SET s = s + 1 WHERE p = 1',
    'UPDATE t SET n = n + 1 WHERE p IN (1, 1) AND c IN (1, 2)',
  );
  expect(await db.rows()).toEqual(['p=1 c=1 s=1 k=-2 n=9', 'p=1 c=2 s=1 n=1']);
  await db.run('DELETE n FROM t WHERE p = 1 AND c = 1');
  expect((await db.rows())[0]).toBe('p=1 c=1 s=1 k=-2');
});

test('statements of one batch on one counter all count', async () => {
  const db = counters();
  const one = 'UPDATE t SET n = n + 1 WHERE p = 1 AND c = 1;';
  await db.run(`BEGIN COUNTER BATCH ${one} ${one} ${one} APPLY BATCH`);
  await db.run(`BEGIN UNLOGGED BATCH ${one} APPLY BATCH`);
  expect(await db.rows()).toEqual(['p=1 c=1 n=4']);
});

test('a time of the request does not make counters older', async () => {
  const db = counters();
  await db.run('UPDATE t SET n = n + 1 WHERE p = 1 AND c = 1');
  await db.run('DELETE FROM t WHERE p = 1 AND c = 1', [], { timestamp: 1n });
  expect(await db.rows()).toEqual([]);
});

const where = 'WHERE p = 1 AND c = 1';

test.each([
  [
    `UPDATE t SET n = 1 ${where}`,
    'Cannot set the value of counter column n (counters can only be incremented/decremented, not set)',
  ],
  [
    'INSERT INTO t (p, c, n) VALUES (1, 1, 1)',
    'INSERT statements are not allowed on counter tables, use UPDATE instead',
  ],
  [`INSERT INTO t JSON '{}'`, 'INSERT statements are not allowed on counter tables, use UPDATE instead'],
  [
    `UPDATE t USING TIMESTAMP 1 SET n = n + 1 ${where}`,
    'Cannot provide custom timestamp for counter updates',
  ],
  [`UPDATE t USING TTL 1 SET n = n + 1 ${where}`, 'Cannot provide custom TTL for counter updates'],
  [`UPDATE t SET n = n + 1 ${where} IF EXISTS`, 'Conditional updates are not supported on counter tables'],
  [`UPDATE t SET n = n + 1 ${where} IF n = 1`, 'Conditions on counters are not supported'],
  [
    `BEGIN BATCH UPDATE t SET n = n + 1 ${where}; APPLY BATCH`,
    'Cannot include a counter statement in a logged batch',
  ],
  [
    'BEGIN COUNTER BATCH INSERT INTO o (p) VALUES (1); APPLY BATCH',
    'Cannot include non-counter statement in a counter batch',
  ],
  [
    `BEGIN UNLOGGED BATCH INSERT INTO o (p) VALUES (1); UPDATE t SET n = n + 1 ${where}; APPLY BATCH`,
    'Counter and non-counter mutations cannot exist in the same batch',
  ],
  [
    `BEGIN COUNTER BATCH USING TIMESTAMP 1 UPDATE t SET n = n + 1 ${where}; APPLY BATCH`,
    'Cannot provide custom timestamp for counter BATCH',
  ],
  [
    `BEGIN UNLOGGED BATCH USING TIMESTAMP 1 UPDATE t SET n = n + 1 ${where}; APPLY BATCH`,
    'Cannot provide custom timestamp for a BATCH containing counters',
  ],
])('%s: %s', async (text, message) => {
  expect(await counters().problem(text)).toBe(message);
});

test('increments are neither null nor beyond 64 bits', async () => {
  const db = counters();
  const change = (sign: string) => `UPDATE t SET n = n ${sign} ? ${where}`;
  expect(await db.problem(change('+'), [null])).toBe('Invalid null value for counter increment');
  expect(await db.problem(change('-'), [null])).toBe('Invalid null value for counter decrement');
  expect(await db.problem(change('-'), [bytesOfInt64(-(2n ** 63n))])).toBe(
    'The negation of -9223372036854775808 overflows supported counter precision (signed 8 bytes integer)',
  );
  await db.run(change('+'), ['unset']);
  expect(await db.rows()).toEqual([]);
  expect(await db.problem(change('+'), [bytesOfInt64(1n)], { consistency: 0 })).toBe(
    'Consistency level ANY is not yet supported for counter table t',
  );
  expect(await db.problem(change('+'), [bytesOfInt64(1n)], { consistency: 9 })).toBe(
    'Counter operations are inherently non-serializable',
  );
});
