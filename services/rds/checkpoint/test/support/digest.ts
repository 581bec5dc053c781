/** All that clients can see of a server, as text that is equal for equal content. */
import type { Client } from 'pg';
import type { PlainEngine } from '../../../test/support/plain-engine.ts';

export async function digestOf(engine: PlainEngine): Promise<Record<string, unknown>> {
  const digest: Record<string, unknown> = {};
  const names = await rowsOf(
    engine,
    'postgres',
    `select datname as value from pg_database where datallowconn order by 1`,
  );
  for (const name of names) digest[name] = await databaseDigest(engine, name);
  digest.roles = await rowsOf(engine, 'postgres', `select rolname as value from pg_roles order by 1`);
  return digest;
}

async function databaseDigest(engine: PlainEngine, database: string): Promise<Record<string, unknown>> {
  const client = await engine.connect(database);
  try {
    const tables = await values(
      client,
      `select format('%I.%I', nspname, relname) as value from pg_class c join pg_namespace n on n.oid = relnamespace
       where relkind in ('r', 'm') and relpersistence = 'p' and nspname !~ '^(pg_|information_schema)' order by 1`,
    );
    const digest: Record<string, unknown> = {};
    for (const table of tables) {
      const sum = `md5(coalesce(string_agg(t::text, chr(10) order by t::text), ''))`;
      digest[table] = await values(client, `select count(*) || ' ' || ${sum} as value from ${table} t`);
    }
    digest.objects = await values(
      client,
      `select loid || ' ' || md5(string_agg(encode(data, 'hex'), '' order by pageno)) as value from pg_largeobject group by loid order by loid`,
    );
    digest.indexes = await values(
      client,
      `select indexdef as value from pg_indexes where schemaname = 'public' order by 1`,
    );
    return digest;
  } finally {
    await client.end();
  }
}

/** By name, in the database `postgres`. A restored one may stand up to 32 further on: so many values are logged ahead. */
export async function sequencesOf(engine: PlainEngine): Promise<Map<string, number>> {
  const sql = `select sequencename || ' ' || coalesce(last_value, 0) as value from pg_sequences`;
  const rows = await rowsOf(engine, 'postgres', sql);
  return new Map(rows.map((row) => [row.split(' ')[0]!, Number(row.split(' ')[1])]));
}

/** Every index gives what its table has. */
export async function indexesAreWhole(client: Client): Promise<boolean> {
  await client.query('create extension if not exists amcheck');
  await client.query(
    `select bt_index_check(c.oid, true) from pg_class c join pg_am a on a.oid = relam
     where relkind = 'i' and amname = 'btree' and relpersistence = 'p'`,
  );
  return true;
}

async function rowsOf(engine: PlainEngine, database: string, sql: string): Promise<string[]> {
  const client = await engine.connect(database);
  try {
    return await values(client, sql);
  } finally {
    await client.end();
  }
}

async function values(client: Client, sql: string): Promise<string[]> {
  const { rows } = await client.query<{ value: string }>(sql);
  return rows.map(({ value }) => value);
}
