import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engineMajors } from '../api.ts';
import { majorOf, readControlFile } from '../control-file.ts';
import { preparePrograms } from '../programs.ts';
import { attachStandby } from './support/standby-client.ts';
import { connectAs, type EngineWorld, engineWorld } from './support/world.ts';

let world: EngineWorld;
beforeAll(() => {
  world = engineWorld();
});
afterAll(() => world.remove());

describe.each(engineMajors)('PostgreSQL %i', (major) => {
  it('is made, started, written and ended cleanly', async () => {
    const dataDir = await world.cluster(`data-${major}`, major);
    expect(majorOf(dataDir)).toBe(major);
    expect(readControlFile(dataDir).state).toBe('shutdown');
    const engine = await world.start(dataDir, { programs: await world.programs(major) });
    const standby = await attachStandby(engine);
    const client = await connectAs(engine, 'postgres');
    const { rows } = await client.query<{ version: string; low: string; sorted: string[] }>(
      "select current_setting('server_version') as version, lower('ÄÖ') as low, (select array_agg(x order by x) from unnest('{b,B,a,Z}'::text[]) x) as sorted",
    );
    expect(rows).toEqual([{ version: engine.version, low: 'äö', sorted: ['a', 'b', 'B', 'Z'] }]);
    await client.query('create table t (n int)');
    expect(await engine.stop('fast')).toEqual({ kind: 'clean', timeline: 1, endLsn: standby.received() });
    expect(readControlFile(dataDir).state).toBe('shutdown');
  });
});

it('a directory of one major is not started by another', async () => {
  const dataDir = join(world.root, 'data-15');
  const programs = await world.programs(16);
  await expect(world.start(dataDir, { programs })).rejects.toMatchObject({ code: 'wrong-data' });
});

describe('programs', () => {
  it('are made once, also by two at the same time, and hold only what is allowed', async () => {
    const cacheDir = join(world.root, 'twice');
    const options = { major: 15, cacheDir, identity: world.identity } as const;
    const [one, two] = await Promise.all([preparePrograms(options), preparePrograms(options)]);
    expect(one).toEqual(two);
    expect(existsSync(join(one.extensionDir, 'plpgsql.control'))).toBe(true);
    expect(existsSync(join(one.extensionDir, 'dblink.control'))).toBe(false);
    expect(readFileSync(join(one.extensionDir, 'pg_stat_statements.control'), 'utf8')).toMatch(
      /^trusted = true$/m,
    );
    const library = join(dirname(one.postgres), '..', 'lib', 'postgresql');
    expect(existsSync(join(library, 'plpython3.so')) || existsSync(join(library, 'dblink.so'))).toBe(false);
  });

  it('of a system are taken into the same order, and only of the right major', async () => {
    // What was made before looks like an installation.
    const bin = dirname((await world.programs(15)).postgres);
    const cacheDir = join(world.root, 'system');
    const made = await preparePrograms({ major: 15, bin, cacheDir, identity: world.identity });
    expect(made.version).toBe((await world.programs(15)).version);
    expect(existsSync(join(made.extensionDir, 'hstore.control'))).toBe(true);
    await expect(
      preparePrograms({ major: 16, bin, cacheDir, identity: world.identity }),
    ).rejects.toMatchObject({ code: 'no-programs', message: expect.stringContaining('16 was asked for') });
    await expect(
      preparePrograms({ major: 15, bin: join(world.root, 'none'), cacheDir, identity: world.identity }),
    ).rejects.toMatchObject({ code: 'no-programs' });
  });
});
