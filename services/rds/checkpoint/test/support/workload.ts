/** Statements of many kinds, the same for the same seed. */
import type { Client } from 'pg';
import type { PlainEngine } from '../../../test/support/plain-engine.ts';

/** xorshift32. */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

export async function prepare(engine: PlainEngine): Promise<void> {
  const client = await engine.connect();
  await client.query(`
    create table items (id serial primary key, name text, amount int, notes text);
    create index items_name on items (name);
    create table short (id int primary key, value text);
    create unlogged table passing (id int);
    create sequence counter;
    insert into items (name, amount, notes)
      select md5(i::text), i, repeat('x', i % 400) from generate_series(1, 3000) i;
    insert into passing select generate_series(1, 100);
  `);
  await client.end();
}

export class Workload {
  private readonly random: (below: number) => number;
  private readonly engine: PlainEngine;
  private client: Client | undefined;
  private made = 0;
  private readonly databases: string[] = [];

  constructor(engine: PlainEngine, seed: number) {
    this.engine = engine;
    this.random = randomFrom(seed);
  }

  async run(steps: number): Promise<void> {
    for (let i = 0; i < steps; i++) await this.step();
  }

  async end(): Promise<void> {
    await this.client?.end();
    this.client = undefined;
  }

  private async step(): Promise<void> {
    this.client ??= await this.engine.connect();
    const { client, random } = this;
    const some = random(3000);
    const n = random(14);
    if (n < 3)
      await client.query(
        `insert into items (name, amount, notes) select md5((i * ${some})::text), i, repeat(md5(i::text), ${1 + random(90)}) from generate_series(1, ${1 + random(200)}) i`,
      );
    else if (n < 6)
      await client.query(
        `update items set amount = amount + 1, notes = md5(notes) where id % 97 = ${some % 97}`,
      );
    else if (n === 6) await client.query(`delete from items where id % 89 = ${some % 89}`);
    else if (n === 7)
      await client.query(
        `truncate short; insert into short select i, md5(i::text) from generate_series(1, ${some}) i`,
      );
    else if (n === 8) await client.query(random(2) === 0 ? 'vacuum full items' : 'vacuum items');
    else if (n === 9) await this.object(some);
    else if (n === 10)
      await client.query(
        `select nextval('counter') from generate_series(1, ${1 + some}); insert into passing values (${some})`,
      );
    else if (n === 11) await this.indexOrTable(some);
    else if (n === 12) await this.database();
    else
      await client.query(
        `begin; insert into items (name) values ('never'); rollback; insert into short values (${10_000 + this.made++}, repeat('long', 5000))`,
      );
  }

  private async object(some: number): Promise<void> {
    await this.client!.query(
      `select lo_from_bytea(0, convert_to(repeat('object ${some}', ${some}), 'UTF8'))`,
    );
  }

  private async indexOrTable(some: number): Promise<void> {
    const name = `made_${this.made++}`;
    await this.client!.query(
      `create table ${name} as select i, md5(i::text) from generate_series(1, ${some}) i`,
    );
    if (this.random(2) === 0) await this.client!.query(`create index on ${name} (md5)`);
    else if (this.made > 1) await this.client!.query(`drop table if exists made_${this.made - 2}`);
  }

  private async database(): Promise<void> {
    const gone = this.databases.length > 1 ? this.databases.shift() : undefined;
    if (gone !== undefined) {
      await this.client!.query(`drop database ${gone}`);
      return;
    }
    const name = `other_${this.made++}`;
    const strategy = this.random(2) === 0 ? 'wal_log' : 'file_copy';
    await this.client!.query(`create database ${name} strategy ${strategy}`);
    this.databases.push(name);
    const inside = await this.engine.connect(name);
    await inside.query('create table inside as select generate_series(1, 500) i');
    await inside.end();
  }
}
