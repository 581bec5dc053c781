import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { askedOf, authenticationSasl } from '../access.ts';
import type { StartedEngine } from '../engine.ts';
import { attachStandby } from './support/standby-client.ts';
import { connectAs, type EngineWorld, engineWorld } from './support/world.ts';

let world: EngineWorld;
let primary: StartedEngine;
let copied: string;
beforeAll(async () => {
  world = engineWorld();
  const dataDir = await world.cluster('primary');
  primary = await world.start(dataDir);
  await attachStandby(primary);
  copied = join(world.root, 'replica');
  const admin = await primary.connect();
  await admin.query("select pg_backup_start('replica', true)");
  cpSync(dataDir, copied, { recursive: true, filter: (path) => !path.endsWith('postmaster.pid') });
  const { rows } = await admin.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  cpSync(join(dataDir, 'pg_wal'), join(copied, 'pg_wal'), { recursive: true, force: true });
  writeFileSync(join(copied, 'backup_label'), rows[0]!.labelfile);
  await admin.end();
});
afterAll(async () => {
  await primary?.stop('immediate');
  await world?.remove();
});

it('a standby follows, serves reads, ends cleanly, and becomes a writable server with a secret of its own', async () => {
  const source = {
    socketDir: primary.socketDir,
    port: primary.port,
    user: 'rdsadmin',
    password: primary.adminPassword,
  };
  const role = { kind: 'standby', source } as const;
  const first = await world.start(copied, { role });
  const writer = await connectAs(primary, 'postgres');
  await writer.query('create table t (n int)');
  await writer.query('insert into t values (7)');
  const reader = await connectAs(first, 'postgres');
  const read = () =>
    reader.query('select n from t').then(
      ({ rows }) => rows,
      () => [],
    );
  while ((await read()).length === 0) await delay(10);
  await expect(reader.query('insert into t values (8)')).rejects.toMatchObject({ code: '25006' });
  const monitor = await first.connect();
  expect((await monitor.query('select current_user::text as is')).rows).toEqual([{ is: 'rdsadmin' }]);
  // Whoever may read all settings finds no password there.
  expect(JSON.stringify((await monitor.query('show primary_conninfo')).rows)).not.toContain(source.password);
  expect(first.isStandby).toBe(true);
  expect((await first.stop('fast')).kind).toBe('clean');

  const second = await world.start(copied, { role });
  await second.promote();
  expect(second.isStandby).toBe(false);
  expect(await askedOf(second.socketDir, second.port, 'rdsadmin')).toBe(authenticationSasl);
  const standby = await attachStandby(second);
  const promoted = await connectAs(second, 'postgres');
  await promoted.query('insert into t values (8)');
  expect(await second.stop('fast')).toEqual({ kind: 'clean', timeline: 2, endLsn: standby.received() });
});
