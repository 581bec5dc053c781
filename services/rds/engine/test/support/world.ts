/** Engines for tests: programs, clusters and servers below one temporary folder, all gone at the end whatever happened. */
import { chmodSync, cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import pino from 'pino';
import type { EngineMajor, RunningEngine } from '../../api.ts';
import { createCluster } from '../../cluster.ts';
import { type EngineOptions, type StartedEngine, startEngine } from '../../engine.ts';
import { removeRunFolders } from '../../folders.ts';
import { type EngineIdentity, engineIdentity, giveAllTo } from '../../identity.ts';
import { removeOrphans } from '../../orphans.ts';
import { type EnginePrograms, preparePrograms } from '../../programs.ts';

export const silent = pino({ level: 'silent' });
export const masterPassword = 'a password of the master';

export interface EngineWorld {
  readonly root: string;
  readonly identity: EngineIdentity;
  programs(major?: EngineMajor): Promise<EnginePrograms>;
  /** A new cluster's data directory. */
  cluster(name: string, major?: EngineMajor): Promise<string>;
  /** A copy of a data directory that no server works on. */
  copy(dataDir: string, name: string): string;
  start(dataDir: string, options?: Partial<EngineOptions>): Promise<StartedEngine>;
  remove(): Promise<void>;
}

export function engineWorld(identity: EngineIdentity = engineIdentity()): EngineWorld {
  const root = mkdtempSync(join(tmpdir(), 'hg-engine-'));
  chmodSync(root, 0o711);
  const dataDirs: string[] = [];
  const programs = (major: EngineMajor = 15) =>
    preparePrograms({ major, identity, cacheDir: join(root, 'programs') });
  return {
    root,
    identity,
    programs,
    async cluster(name, major) {
      const dataDir = join(root, name);
      dataDirs.push(dataDir);
      await createCluster({
        programs: await programs(major),
        identity,
        dataDir,
        masterUser: 'postgres',
        masterPassword,
        database: 'app',
      });
      return dataDir;
    },
    copy(from, name) {
      const dataDir = join(root, name);
      dataDirs.push(dataDir);
      cpSync(from, dataDir, { recursive: true });
      giveAllTo(dataDir, identity);
      return dataDir;
    },
    async start(dataDir, options = {}) {
      if (!dataDirs.includes(dataDir)) dataDirs.push(dataDir);
      const started = await startEngine({
        programs: options.programs ?? (await programs()),
        identity,
        dataDir,
        logger: silent,
        ...options,
      });
      return started;
    },
    async remove() {
      for (const dataDir of dataDirs) {
        await removeOrphans(dataDir);
        removeRunFolders(dataDir);
      }
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** As a customer's role, the way the proxy comes after it has checked the login. */
export async function connectAs(engine: RunningEngine, user: string, database = 'app'): Promise<Client> {
  const client = new Client({ host: engine.socketDir, port: engine.port, user, database });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
