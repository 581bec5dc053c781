/** A world for a file of tests, and for each test a database of its own in it. */
import type { Client } from 'pg';
import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import { oidOf, openWorld, type ProjectionWorld, recordedRows, selectedRows, tablesOf } from './world.ts';

export interface FreshDatabase {
  readonly world: ProjectionWorld;
  readonly client: Client;
  readonly name: string;
  readonly oid: number;
  /** Records and tables have the same rows. */
  expectSame(): Promise<void>;
}

/** Call once at the head of a test file; the members are usable inside tests. */
export function freshDatabase(): FreshDatabase {
  const now = { databases: 0 } as {
    databases: number;
    world: ProjectionWorld;
    client: Client;
    name: string;
    oid: number;
  };
  beforeAll(async () => {
    now.world = await openWorld({ parameters: { max_replication_slots: '30' } });
  });
  afterAll(async () => {
    await now.world.close();
    expect(now.world.failures).toEqual([]);
  });
  beforeEach(async () => {
    const { admin, engine } = now.world;
    const name = `d${++now.databases}`;
    await admin.query(`CREATE DATABASE ${name}`);
    const client = await engine.connect(name);
    Object.assign(now, { name, client, oid: await oidOf(admin, name) });
    await client.query("SET timezone = 'UTC'");
    return async () => {
      await client.end();
      await admin.query(`DROP DATABASE ${name}`);
    };
  });
  return Object.assign(now, {
    async expectSame() {
      const { world, client, oid } = now;
      await world.settle();
      for (const [schema, table] of await tablesOf(client)) {
        const selected = await selectedRows(client, schema, table);
        expect(await recordedRows(world, oid, schema, table), table).toEqual(selected);
      }
    },
  });
}
