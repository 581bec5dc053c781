/**
 * Why an extension's script is a matter of trust: one that PostgreSQL does not trust, put among ours and marked as trusted, hands the
 * superuser to a customer who prepared the schema. So the walk of `escapes.test.ts` would notice.
 */
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { trustedControl } from '../allowed-extensions.ts';
import { npmSource } from '../program-source.ts';
import { attachStandby } from './support/standby-client.ts';
import { connectAs, type EngineWorld, engineWorld } from './support/world.ts';

let world: EngineWorld;
beforeAll(() => {
  world = engineWorld();
});
afterAll(() => world.remove());

it('earthdistance would run a customer’s function as the superuser, which is why it is left out', async () => {
  const programs = await world.programs();
  const source = npmSource(15);
  const from = join(source.shareDir, 'extension');
  for (const file of readdirSync(from).filter((name) => name.startsWith('earthdistance--'))) {
    copyFileSync(join(from, file), join(programs.extensionDir, file));
  }
  const control = readFileSync(join(from, 'earthdistance.control'), 'utf8');
  writeFileSync(join(programs.extensionDir, 'earthdistance.control'), trustedControl(control));
  const modules = join(programs.extensionDir, '..', '..', '..', 'lib', 'postgresql');
  const module = readdirSync(source.moduleDir).find((name) => name.startsWith('earthdistance.'))!;
  copyFileSync(join(source.moduleDir, module), join(modules, module));

  const engine = await world.start(await world.cluster('data'));
  await attachStandby(engine);
  const master = await connectAs(engine, 'postgres');
  for (const statement of [
    'create schema other',
    'create schema trap',
    'create extension cube schema other',
    'create function trap.spring(int) returns boolean language plpgsql as $$begin alter role postgres superuser; return true; end$$',
    'create domain trap.d as int check (trap.spring(value))',
    'create type trap.cube as (x trap.d)',
    'create function trap.cube_is_point(trap.cube) returns boolean language sql as $$select true$$',
    'create function trap.cube_dim(trap.cube) returns int language sql as $$select 0$$',
    'create function trap.cube_distance(trap.cube, trap.cube) returns float8 language sql as $$select 0::float8$$',
    'create extension earthdistance schema trap',
  ]) {
    await master.query(statement);
  }
  const { rows } = await master.query("select rolsuper from pg_roles where rolname = 'postgres'");
  expect(rows).toEqual([{ rolsuper: true }]);
  await engine.stop('immediate');
});
