/** Debian's psql, pg_dump, pg_restore and pgbench 15. */
import { join } from 'node:path';
import { equal, holds } from './checks.ts';
import { requireProgram } from './context.ts';
import { type PostgresContext, program } from './postgres-context.ts';
import { mustRun, run } from './run.ts';

/** About twelve megabytes of tables, indexes, views, functions, sequences and large texts. */
const sample = `
create schema shop;
create type shop.mood as enum ('good', 'bad');
create domain shop.price as numeric(10, 2) check (value >= 0);
create table shop.items (
  id bigint generated always as identity primary key, name text not null, price shop.price, mood shop.mood default 'good',
  tags text[], facts jsonb, at timestamptz default '2026-01-02 03:04:05+00', raw bytea, unique (name));
insert into shop.items (name, price, tags, facts, raw)
  select 'item ' || i, i % 1000 / 7.0, array['a' || i, 'b'], jsonb_build_object('i', i, 't', repeat('x', i % 50)), sha256(i::text::bytea)
  from generate_series(1, 70000) i;
create index on shop.items using gin (facts);
create index on shop.items (price) where mood = 'good';
create table shop.orders (id serial primary key, item bigint references shop.items on delete cascade, amount int check (amount > 0));
insert into shop.orders (item, amount) select 1 + i % 70000, 1 + i % 9 from generate_series(1, 90000) i;
create view shop.dear as select * from shop.items where price > 100;
create materialized view shop.sums as select item, sum(amount) from shop.orders group by item;
create function shop.twice(int) returns int language sql immutable as 'select 2 * $1';
create function shop.touch() returns trigger language plpgsql as $$ begin new.at := now(); return new; end $$;
create trigger touched before update on shop.items for each row execute function shop.touch();
create table shop.parts (day date, n int) partition by range (day);
create table shop.parts_1 partition of shop.parts for values from ('2026-01-01') to ('2026-02-01');
insert into shop.parts select '2026-01-01'::date + i % 31, i from generate_series(1, 1000) i;
comment on table shop.items is 'with a ''quote''';
`;

export async function checkPsql(context: PostgresContext): Promise<void> {
  const checks = context.checks.group(`psql ${context.transport}`);
  for (const name of ['psql', 'pg_dump', 'pg_restore', 'pgbench']) {
    if (!requireProgram(checks, program(name))) return;
  }
  const env = context.libpq;
  const psql = async (sql: string, database = 'postgres') => {
    const args = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-d', database, '-f', '-'];
    const { stdout, stderr } = await mustRun(program('psql'), args, { env, input: Buffer.from(sql) });
    equal(stderr, '', 'what psql complains of');
    return stdout.toString().trim();
  };
  await checks.check('connects by password, and says over what', async () => {
    const { stdout } = await mustRun(program('psql'), ['-X', '-c', '\\conninfo'], { env });
    const said = stdout.toString();
    holds(said.includes('database "postgres" as user "postgres"'), said);
    equal(said.includes('SSL connection'), context.transport === 'TLS', 'SSL connection');
  });
  await checks.check('a wrong password is refused', async () => {
    const { code, stderr } = await run(program('psql'), ['-X', '-c', 'select 1'], {
      env: { ...env, PGPASSWORD: 'wrong' },
    });
    equal(code, 2, 'exit code');
    holds(stderr.includes('password authentication failed for user "postgres"'), stderr);
  });
  await checks.check('makes a database of its own, and describes it', async () => {
    await psql('create database sample');
    await psql(sample, 'sample');
    const { stdout } = await mustRun(
      program('psql'),
      ['-X', '-d', 'sample', '-c', '\\d+ shop.items', '-c', '\\df shop.*', '-c', '\\l', '-c', '\\du'],
      { env },
    );
    for (const words of ['touched BEFORE UPDATE', 'shop   | twice', 'rds_superuser']) {
      holds(stdout.toString().includes(words), `${words} in ${stdout.toString()}`);
    }
  });
  await checks.check('copies 100,000 rows in and out', async () => {
    const rows = Array.from({ length: 100_000 }, (_, i) => `${i}\tvalue ${i}\n`).join('');
    const script = `create table copied (i int, v text);\ncopy copied from stdin;\n${rows}\\.\n\\copy copied to stdout`;
    equal(`${await psql(script)}\n` === rows, true, 'the rows that came back');
    await psql('drop table copied');
  });
  await checks.check('an interrupted query is cancelled', async () => {
    const sleeping = run(
      '/usr/bin/timeout',
      ['-s', 'INT', '1', program('psql'), '-X', '-c', 'select pg_sleep(30)'],
      { env, timeoutMs: 20_000 },
    );
    const { stderr } = await sleeping;
    holds(
      stderr.includes('canceling statement due to user request') || stderr.includes('Cancel request sent'),
      stderr,
    );
  });
  await checks.check('pg_dump and pg_restore bring a database back without an error', async () => {
    const file = join(context.scratch, 'sample.dump');
    await mustRun(program('pg_dump'), ['-Fc', '-d', 'sample', '-f', file], { env });
    await psql('create database restored');
    const { stderr } = await mustRun(
      program('pg_restore'),
      ['-j', '2', '-d', 'restored', '--exit-on-error', file],
      { env },
    );
    equal(stderr, '', 'what pg_restore complains of');
    await psql('create database scripted');
    const dump = await mustRun(program('pg_dump'), ['-d', 'sample'], { env });
    await psql(dump.stdout.toString(), 'scripted');
    holds(dump.stdout.length > 12_000_000, `the dump has ${dump.stdout.length} bytes`);
    for (const name of ['restored', 'scripted']) {
      const again = await mustRun(program('pg_dump'), ['-d', name], { env });
      equal(linesOf(again.stdout) === linesOf(dump.stdout), true, `the dump of ${name} is the same`);
    }
    for (const name of ['restored', 'scripted', 'sample']) await psql(`drop database ${name}`);
  });
  await checks.check('pgbench, all its protocols', async () => {
    await mustRun(program('pgbench'), ['-i', '-q', '-s', '1'], { env });
    for (const protocol of ['simple', 'extended', 'prepared']) {
      const args = ['-n', '-M', protocol, '-c', '4', '-j', '2', '-t', '100'];
      const { stdout } = await mustRun(program('pgbench'), args, { env });
      holds(stdout.toString().includes('number of failed transactions: 0 '), stdout.toString());
    }
    equal(await psql('select count(*) from pgbench_history'), '1200', 'transactions in the history');
  });
}

/**
 * Sorted, as rows stand in other places of their pages. Without the random key that every dump has, which keeps a hostile server from
 * running commands of psql.
 */
function linesOf(dump: Buffer): string {
  const text = dump.toString('latin1').replace(/^\\(?:un)?restrict \S+$/gm, '');
  return text.split('\n').sort().join('\n');
}
