import { expect, test } from 'vitest';
import type { Row } from '../../../engine/model.ts';
import { withTable, withTestKeyspace } from '../../../schema/test/support.ts';
import { bytesOfInt32, bytesOfInt64, noBytes } from '../../../types/binary.ts';
import { database, startSeconds, TestDatabase } from './support/database.ts';

const plain = () => database(['t', 'p int; v int; w int; l list<int>', 'p /']);

const withDefault = (seconds: number) => {
  const properties = new Map([['default_time_to_live', String(seconds)]]);
  return new TestDatabase(withTable(withTestKeyspace(), 't', 'p int; v int', 'p /', { properties }));
};

async function rowOf(db: TestDatabase): Promise<Row> {
  const cursor = await db.storage.scan(db.table(), {}).next();
  return (await cursor!.next())!;
}

test('the time of the statement goes before that of the request, and that before the clock', async () => {
  const db = plain();
  await db.run('INSERT INTO t (p) VALUES (1)');
  expect((await rowOf(db)).marker!.timestamp).toBe(BigInt(startSeconds) * 1_000_000n);
  const given = db.prepare('INSERT INTO t (p) VALUES (1)');
  await db.execute(given, [], { timestamp: 3_000_000_000_000_000n });
  expect((await rowOf(db)).marker!.timestamp).toBe(3_000_000_000_000_000n);
  await db.run('INSERT INTO t (p) VALUES (1) USING TIMESTAMP 4000000000000000', [], { timestamp: 5n });
  expect((await rowOf(db)).marker!.timestamp).toBe(4_000_000_000_000_000n);
  await db.run('INSERT INTO t (p) VALUES (1) USING TIMESTAMP ?', ['unset'], {
    timestamp: 5_000_000_000_000_000n,
  });
  expect((await rowOf(db)).marker!.timestamp).toBe(5_000_000_000_000_000n);
});

test('times to live end', async () => {
  const db = plain();
  await db.run('INSERT INTO t (p, v, l) VALUES (1, 2, [3]) USING TTL 10');
  const row = await rowOf(db);
  expect(row.marker).toEqual({ timestamp: expect.anything(), ttl: 10, expiresAt: startSeconds + 10 });
  db.seconds += 9;
  expect(await db.rows()).toEqual(['p=1 l=[3] v=2']);
  db.seconds += 1;
  expect(await db.rows()).toEqual([]);
});

test("the time may be the client's", async () => {
  const db = plain();
  await db.run('UPDATE t USING TTL 5 SET v = 1 WHERE p = 1', [], { nowSeconds: startSeconds - 3 });
  db.seconds += 1;
  expect(await db.rows()).toEqual(['p=1 v=1']);
  db.seconds += 1;
  expect(await db.rows()).toEqual([]);
});

test("a table's time to live holds unless the statement says another, or none", async () => {
  const ttl = async (using: string, ...values: ('unset' | null | Uint8Array)[]) => {
    const db = withDefault(100);
    await db.run(`INSERT INTO t (p) VALUES (1) ${using}`, values);
    return (await rowOf(db)).marker!.ttl;
  };
  expect(await ttl('')).toBe(100);
  expect(await ttl('USING TTL 0')).toBe(0);
  expect(await ttl('USING TTL 7')).toBe(7);
  expect(await ttl('USING TTL ?', 'unset')).toBe(100);
  expect(await ttl('USING TTL ?', null)).toBe(0);
  expect(await ttl('USING TTL ?', noBytes)).toBe(0);
  expect(await ttl('USING TTL ?', bytesOfInt32(8))).toBe(8);
});

const in2038 = (whose: string, ttl: number) =>
  `Request on table ks.t with ${whose}ttl of ${ttl} seconds exceeds maximum supported expiration date of 2038-01-19T03:14:06+00:00. ` +
  'In order to avoid this use a lower TTL, change the expiration date overflow policy or upgrade to a version where this limitation ' +
  'is fixed. See CASSANDRA-14092 for more details.';

test('times to live and of writing have limits', async () => {
  const db = plain();
  const problem = (using: string, ...values: ('unset' | null | Uint8Array)[]) =>
    db.problem(`INSERT INTO t (p) VALUES (1) USING ${using}`, values);
  expect(await problem('TTL 630720001')).toBe('ttl is too large. requested (630720001) maximum (630720000)');
  expect(await problem('TTL -1')).toBe('A TTL must be greater or equal to 0, but was -1');
  expect(await problem('TTL 447483648')).toBe(in2038('', 447_483_648));
  await db.run('INSERT INTO t (p) VALUES (1) USING TTL 447483647');
  expect(await problem('TIMESTAMP ?', null)).toBe('Invalid null value of timestamp');
  expect(await problem('TIMESTAMP ?', bytesOfInt64(-(2n ** 63n)))).toBe(
    'Out of bound timestamp, must be in [-9223372036854775807, 9223372036854775807]',
  );
  expect(await problem('TIMESTAMP 9223372036854775808')).toMatch(/9223372036854775808/);
  const late = withDefault(447_483_648);
  expect(await late.problem('INSERT INTO t (p) VALUES (1)')).toBe(in2038('default ', 447_483_648));
  await late.run('INSERT INTO t (p) VALUES (1) USING TTL 0');
});

test('writes have no serial consistency', async () => {
  const db = plain();
  expect(await db.problem('INSERT INTO t (p) VALUES (1)', [], { consistency: 8 })).toBe(
    'You must use conditional updates for serializable writes',
  );
  expect(await db.problem('UPDATE t SET l[0] = 1 WHERE p = 1', [], { consistency: 0 })).toBe(
    'Write operation require a read but consistency ANY is not supported on reads',
  );
});
