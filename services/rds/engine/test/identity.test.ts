import { statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { engineIdentity, identityOf } from '../identity.ts';
import { serverProcesses } from '../processes.ts';
import { connectAs, type EngineWorld, engineWorld } from './support/world.ts';

const worlds: EngineWorld[] = [];
afterAll(async () => {
  for (const world of worlds) await world.remove();
});

const isRoot = process.getuid?.() === 0;
const nobody = 65_534;

it('the server never runs as root, and nothing it can write is reachable by others', async () => {
  const identity = isRoot ? identityOf(nobody, nobody) : engineIdentity();
  const world = engineWorld(identity);
  worlds.push(world);
  const dataDir = await world.cluster('data');
  const engine = await world.start(dataDir);
  const client = await connectAs(engine, 'postgres');
  for (const pid of serverProcesses(dataDir)) {
    if (process.platform === 'linux') expect(statSync(`/proc/${pid}`).uid).toBe(identity.uid);
  }
  expect(identity.uid).not.toBe(0);
  for (const folder of [dataDir, engine.socketDir]) {
    const { uid, mode } = statSync(folder);
    expect([uid, mode & 0o777]).toEqual([identity.uid, 0o700]);
  }
  // Settings and programs are the gateway's: the server reads them.
  const settings = join(engine.socketDir, '..', 'settings', 'pg_hba.conf');
  for (const path of [settings, (await world.programs()).postgres]) {
    const { uid, mode } = statSync(path);
    expect([uid, mode & 0o022]).toEqual([process.getuid?.(), 0]);
  }
  await client.end();
  await engine.stop('immediate');
});
