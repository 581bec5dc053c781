/**
 * RDS for PostgreSQL. Each instance is a real server whose data directory is a cache; its write-ahead log becomes durable in the node's
 * log before a COMMIT is answered, and checkpoints of its pages stand beside it. Clients come through a proxy of our own.
 */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type {
  Hint,
  ListenerSpec,
  Service,
  ServiceHealth,
  ServiceModules,
  TableSummary,
} from '@hypergate/kit';
import type { LocalNodePorts } from '@hypergate/node/api';
import type { TableStore } from '@hypergate/table';
import type { EngineMajor } from './engine/api.ts';
import { reachableFolder } from './engine/folders.ts';
import { engineIdentity } from './engine/identity.ts';
import { type EnginePrograms, preparePrograms } from './engine/programs.ts';
import { InstanceManager } from './instance/manager.ts';
import { checkpointsTable, layersTable } from './model/checkpoint-tables.ts';
import { instancesTable, snapshotDomainsTable } from './model/instance-table.ts';
import { walTables } from './model/wal-tables.ts';
import { ProxyProcess } from './proxy/proxy-process.ts';

export type RdsModules = ServiceModules<LocalNodePorts, TableStore>;

export function createService(modules: RdsModules): Service {
  return new RdsService(modules);
}

/** Whose id and name `default` is. */
const defaultInstance = 'db-DEFAULT';
const proxyRestartMs = 200;
const proxyGraceMs = 1000;

class RdsService implements Service {
  readonly name = 'rds';
  readonly protocol = 'postgres';
  readonly tables: readonly TableSummary[] = [
    instancesTable,
    snapshotDomainsTable,
    ...walTables,
    checkpointsTable,
    layersTable,
  ].map(({ name, description }) => ({ name, description }));
  readonly listeners: readonly ListenerSpec[];
  private readonly modules: RdsModules;
  private manager: InstanceManager | undefined;
  private stopping = false;

  constructor(modules: RdsModules) {
    this.modules = modules;
    this.listeners = [
      {
        name: 'postgres',
        portSetting: 'postgresPort',
        handsOver: true,
        accept: (socket) => {
          if (this.manager === undefined) socket.destroy();
          else this.manager.accept(defaultInstance, socket);
        },
        opened: (port) => {
          if (this.manager !== undefined) this.manager.defaultPort = port;
        },
      },
    ];
  }

  async start(): Promise<void> {
    const { node, tables, logger, clock, random, settings, listen } = this.modules;
    const { own = {}, dataDir } = settings;
    const cacheDir = typeof own.cacheDir === 'string' ? own.cacheDir : join(dataDir, 'rds');
    const identity = engineIdentity();
    const prepared = new Map<EngineMajor, Promise<EnginePrograms>>();
    const bin = typeof own.pgBin === 'string' ? { bin: own.pgBin } : {};
    this.manager = await InstanceManager.open({
      node,
      tables,
      logger,
      clock,
      random,
      delay: async (ms, signal) => void (await delay(ms, undefined, signal === undefined ? {} : { signal })),
      identity,
      programs: (major) => {
        const found =
          prepared.get(major) ??
          preparePrograms({
            major,
            cacheDir: reachableFolder(join(cacheDir, 'programs'), identity),
            identity,
            ...bin,
          });
        prepared.set(major, found);
        found.catch(() => prepared.delete(major));
        return found;
      },
      holder: createHash('sha256').update(resolve(dataDir)).digest(),
      bootId: randomUUID(),
      cacheDir,
      host: settings.host ?? '127.0.0.1',
      ports: own.ports as { from: number; to: number },
      listen,
      defaultInstance,
      idleMs: Number(own.idle ?? 0),
    });
    if (!this.manager.has(defaultInstance)) {
      await this.manager.plan({
        id: defaultInstance,
        name: 'default',
        major: 15,
        masterUser: 'postgres',
        masterPassword: 'postgres',
        parameters: {},
        iamAuthentication: true,
        retentionDays: 1,
      });
    }
    await this.startProxy();
    await this.manager.begin();
  }

  private async startProxy(): Promise<void> {
    const manager = this.manager!;
    const { settings, logger } = this.modules;
    const tls = await settings.certificate!();
    const identity = engineIdentity();
    const proxy = await ProxyProcess.start(
      { tls, secret: randomBytes(32), identity: { uid: identity.uid, gid: identity.gid } },
      {
        wake: async (id) => void (await manager.get(id).wake()),
        find: () => defaultInstance,
        certified: async (id, lsn) => {
          const { serving } = manager.get(id);
          if (serving === undefined) throw new Error('the engine ended');
          await serving.certified(lsn);
        },
        verifyToken: async () => false,
        connections: (id, count, activeMs) => manager.used(id, count, activeMs),
        log: (text) => logger.warn(text),
        ended: (reason) => void this.proxyEnded(reason),
      },
    );
    manager.proxy = proxy;
    manager.admitAll();
  }

  private async proxyEnded(reason: string): Promise<void> {
    if (this.manager !== undefined) this.manager.proxy = undefined;
    while (!this.stopping) {
      this.modules.logger.error({ reason }, 'the proxy ended and is started again');
      await delay(proxyRestartMs);
      try {
        await this.startProxy();
        return;
      } catch (error) {
        this.modules.logger.error({ err: error }, 'the proxy cannot be started');
      }
    }
  }

  async drain(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    await this.manager?.close();
    await this.manager?.proxy?.close(proxyGraceMs);
  }

  async stop(): Promise<void> {
    await this.drain();
  }

  hints(): readonly Hint[] {
    const port = this.manager?.defaultPort;
    if (port === undefined) return [];
    const host = this.modules.settings.host ?? '127.0.0.1';
    return [{ label: 'postgres', text: `postgresql://postgres:postgres@${host}:${port}/postgres` }];
  }

  health(): ServiceHealth {
    return this.manager === undefined ? { ready: false, reason: 'RDS is starting' } : { ready: true };
  }

  async reset(): Promise<void> {
    throw new Error('not yet');
  }
}
