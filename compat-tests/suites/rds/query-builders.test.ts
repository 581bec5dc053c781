/** Query builders and pools as applications use them: connection string in, rows out. */

import { eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { integer, jsonb, pgTable, serial, text, timestamp } from 'drizzle-orm/pg-core';
import knex from 'knex';
import { Kysely, PostgresDialect } from 'kysely';
import { Pool, type PoolClient } from 'pg';
import postgres from 'postgres';
import { expect, it } from 'vitest';
import { rdsSuite } from './suite.ts';

const suite = rdsSuite();

it('a pool of node-postgres: parameters, types, transactions, errors, notifications', async () => {
  const pool = new Pool({ connectionString: suite.url, max: 5 });
  await pool.query(
    'create table pooled (id serial primary key, name text unique, data jsonb, at timestamptz default now(), raw bytea)',
  );
  const names = Array.from({ length: 40 }, (_, i) => `name ${i}`);
  await Promise.all(
    names.map((name) =>
      pool.query('insert into pooled (name, data, raw) values ($1, $2, $3)', [
        name,
        { name },
        Buffer.from(name),
      ]),
    ),
  );
  const { rows } = await pool.query('select name, data, raw, at from pooled order by id limit 1');
  expect(rows[0]).toMatchObject({ data: { name: rows[0].name }, raw: Buffer.from(rows[0].name) });
  expect(rows[0].at).toBeInstanceOf(Date);
  await expect(pool.query('insert into pooled (name) values ($1)', ['name 1'])).rejects.toMatchObject({
    code: '23505',
    table: 'pooled',
    constraint: 'pooled_name_key',
  });
  await expect(
    transact(pool, async (client) => {
      await client.query("update pooled set name = 'gone' where id = 1");
      throw new Error('rolled back');
    }),
  ).rejects.toThrow('rolled back');
  expect((await pool.query("select count(*)::int as n from pooled where name = 'gone'")).rows[0].n).toBe(0);

  const listener = await pool.connect();
  const heard = new Promise((resolve) => listener.once('notification', resolve));
  await listener.query('listen news');
  await pool.query("notify news, 'hello'");
  expect(await heard).toMatchObject({ channel: 'news', payload: 'hello' });
  listener.release();
  await pool.end();
});

async function transact(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    await work(client);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

it('whoever ends all idle sessions ends those of his own', async () => {
  const [idle, busy] = [
    new Pool({ connectionString: suite.url, max: 1 }),
    new Pool({ connectionString: suite.url, max: 1 }),
  ];
  const ended = new Promise((resolve) => idle.once('error', resolve));
  await idle.query('select 1');
  const { rows } = await busy.query<{ ended: boolean }>(
    "select pg_terminate_backend(pid) as ended from pg_stat_activity where state = 'idle'",
  );
  expect(rows).toContainEqual({ ended: true });
  expect(await ended).toMatchObject({ code: '57P01' });
  await Promise.all([idle.end(), busy.end()]);
});

it('two sessions have settings, temporary tables, locks and prepared statements of their own', async () => {
  const pool = new Pool({ connectionString: suite.url, max: 2 });
  const [one, two] = await Promise.all([pool.connect(), pool.connect()]);
  await one.query("set statement_timeout = '5s'");
  expect((await two.query('show statement_timeout')).rows[0].statement_timeout).toBe('0');
  await one.query('create temp table mine (a int)');
  await expect(two.query('select * from mine')).rejects.toMatchObject({ code: '42P01' });
  expect((await one.query('select pg_try_advisory_lock(1) as got')).rows[0].got).toBe(true);
  expect((await two.query('select pg_try_advisory_lock(1) as got')).rows[0].got).toBe(false);
  const named = { name: 'same', text: 'select $1::int + 1 as n' };
  const both = await Promise.all([
    one.query({ ...named, values: [1] }),
    two.query({ ...named, values: [2] }),
  ]);
  expect(both.map(({ rows }) => rows[0].n)).toEqual([2, 3]);
  await one.query('begin');
  await two.query('select 1');
  await one.query('rollback');
  one.release();
  two.release();
  await pool.end();
});

it('knex: schema, queries, transactions, streams', async () => {
  const db = knex({ client: 'pg', connection: suite.url, pool: { min: 0, max: 4 } });
  await db.schema.createTable('knex_users', (table) => {
    table.increments('id');
    table.string('email').notNullable().unique();
    table.json('profile');
    table.timestamps(true, true);
  });
  await db('knex_users').insert([{ email: 'a@example.com', profile: { a: 1 } }, { email: 'b@example.com' }]);
  await db.transaction(async (trx) => {
    await trx('knex_users')
      .where({ email: 'b@example.com' })
      .update({ profile: JSON.stringify({ b: 2 }) });
  });
  expect(await db('knex_users').orderBy('id').pluck('email')).toEqual(['a@example.com', 'b@example.com']);
  const seen: unknown[] = [];
  await db('knex_users')
    .select('profile')
    .orderBy('id')
    .then((rows) => seen.push(...rows.map(({ profile }) => profile)));
  expect(seen).toEqual([{ a: 1 }, { b: 2 }]);
  await expect(db('knex_users').insert({ email: 'a@example.com' })).rejects.toMatchObject({ code: '23505' });
  await db.schema.dropTable('knex_users');
  await db.destroy();
});

it('drizzle: typed tables, returning, joins', async () => {
  const pool = new Pool({ connectionString: suite.url });
  const db = drizzle(pool);
  const notes = pgTable('drizzle_notes', {
    id: serial().primaryKey(),
    title: text().notNull(),
    tags: jsonb().$type<string[]>(),
    stars: integer().default(0),
    at: timestamp({ withTimezone: true }).defaultNow(),
  });
  await db.execute(
    sql`create table drizzle_notes (id serial primary key, title text not null, tags jsonb, stars int default 0, at timestamptz default now())`,
  );
  const [made] = await db
    .insert(notes)
    .values({ title: 'first', tags: ['a', 'b'] })
    .returning();
  expect(made).toMatchObject({ id: 1, title: 'first', tags: ['a', 'b'], stars: 0 });
  await db
    .update(notes)
    .set({ stars: sql`${notes.stars} + 5` })
    .where(eq(notes.id, 1));
  await expect(
    db.transaction(async (tx) => {
      await tx.delete(notes);
      tx.rollback();
    }),
  ).rejects.toThrow();
  expect(await db.select({ stars: notes.stars }).from(notes)).toEqual([{ stars: 5 }]);
  await pool.end();
});

it('kysely: builder, transactions, streaming results', async () => {
  interface Schema {
    kysely_items: { id: number; name: string };
  }
  const db = new Kysely<Schema>({
    dialect: new PostgresDialect({ pool: new Pool({ connectionString: suite.url }) }),
  });
  await db.schema
    .createTable('kysely_items')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .execute();
  await db.transaction().execute(async (trx) => {
    for (let id = 1; id <= 20; id++)
      await trx
        .insertInto('kysely_items')
        .values({ id, name: `item ${id}` })
        .execute();
  });
  const rows = await db.selectFrom('kysely_items').selectAll().where('id', '>', 17).orderBy('id').execute();
  expect(rows.map(({ name }) => name)).toEqual(['item 18', 'item 19', 'item 20']);
  await db.destroy();
});

it('postgres.js: pipelined tagged templates, transactions, COPY, listen', async () => {
  const db = postgres(suite.url, { max: 4, onnotice: () => undefined });
  await db`create table js_rows (id int primary key, value text)`;
  await Promise.all(
    Array.from({ length: 30 }, (_, id) => db`insert into js_rows ${db({ id, value: `v${id}` })}`),
  );
  const found = await db.begin(async (tx) => {
    await tx`update js_rows set value = 'changed' where id = 3`;
    return await tx<{ value: string }[]>`select value from js_rows where id = ${3}`;
  });
  expect(found[0]?.value).toBe('changed');
  const heard = Promise.withResolvers<string>();
  await db.listen('js', (payload) => heard.resolve(payload));
  await db.notify('js', 'payload');
  expect(await heard.promise).toBe('payload');
  const copy = await db`copy js_rows (id, value) from stdin`.writable();
  copy.write('100\tcopied\n');
  copy.end('101\tcopied too\n');
  await new Promise((resolve, reject) => {
    copy.once('finish', resolve);
    copy.once('error', reject);
  });
  expect((await db`select count(*)::int as n from js_rows`)[0]?.n).toBe(32);
  await db.end();
});
