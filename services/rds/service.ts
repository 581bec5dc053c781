/**
 * RDS for PostgreSQL. Each instance is a real server whose data directory is a cache; its write-ahead log becomes durable in the node's
 * log before a COMMIT is answered, and checkpoints of its pages stand beside it. Clients come through a proxy of our own; the
 * control plane and the Data API are on the AWS port.
 */
import { createHash, randomUUID } from 'node:crypto';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AwsError,
  type AwsServiceDefinition,
  type Hint,
  type ListenerSpec,
  type ProofQuery,
  ProofUnavailable,
  type Service,
  type ServiceHealth,
  type ServiceModules,
  StaticCredentialStore,
  type TableSummary,
} from '@hypergate/kit';
import type { LocalNodePorts } from '@hypergate/node/api';
import type { TableStore } from '@hypergate/table';
import {
  type ControlContext,
  controlDefinition,
  defaultInstanceName,
  ensureDefault,
  openControl,
  resetControl,
  runMaintenance,
} from './control/index.ts';
import { instanceById } from './control/records.ts';
import { DataApi } from './data-api/index.ts';
import { type DefaultPassword, defaultPassword } from './default-password.ts';
import type { EngineMajor } from './engine/api.ts';
import { reachableFolder } from './engine/folders.ts';
import { engineIdentity } from './engine/identity.ts';
import { type EnginePrograms, preparePrograms } from './engine/programs.ts';
import { isTokenOf } from './instance/iam-token.ts';
import { InstanceManager } from './instance/manager.ts';
import type { PortRange } from './instance/ports.ts';
import { ProxyKeeper } from './instance/proxy-keeper.ts';
import { Session } from './instance/session.ts';
import { checkpointsTable, layersTable } from './model/checkpoint-tables.ts';
import { controlTables } from './model/control-tables.ts';
import { instancesTable, snapshotDomainsTable } from './model/instance-table.ts';
import { rowTables } from './model/row-tables.ts';
import { walTables } from './model/wal-tables.ts';
import { parseTarget, proveTarget } from './projection/index.ts';
import type { TokenUse } from './proxy/proxy-process.ts';

export type RdsModules = ServiceModules<LocalNodePorts, TableStore>;

export function createService(modules: RdsModules): Service {
  return new RdsService(modules);
}

const maintenanceMs = 5 * 60_000;
const mockSecretBytes = 32;

interface Opened {
  readonly manager: InstanceManager;
  readonly control: ControlContext;
  readonly proxy: ProxyKeeper;
  readonly password: DefaultPassword;
}

class RdsService implements Service {
  readonly name = 'rds';
  readonly protocol = 'postgres';
  readonly proofScheme = 'pg';
  readonly aws: readonly AwsServiceDefinition[];
  readonly tables: readonly TableSummary[] = [
    instancesTable,
    snapshotDomainsTable,
    ...controlTables,
    ...walTables,
    checkpointsTable,
    layersTable,
    ...rowTables,
  ].map(({ name, description }) => ({ name, description }));
  readonly listeners: readonly ListenerSpec[];
  private readonly modules: RdsModules;
  private readonly dataApi: DataApi;
  private opened: Opened | undefined;
  private defaultPort: number | undefined;
  private maintenance: ReturnType<typeof setInterval> | undefined;
  private draining: Promise<void> | undefined;

  constructor(modules: RdsModules) {
    this.modules = modules;
    const { random, clock } = modules;
    const instances = {
      connect: (...[id, login]: Parameters<InstanceManager['connect']>) =>
        this.running().manager.connect(id, login),
    };
    this.dataApi = new DataApi({ instances, random, nowMs: () => clock.now() });
    const run = async <Result>(work: (context: ControlContext) => Promise<Result>): Promise<Result> =>
      await work(this.running().control);
    this.aws = [controlDefinition(run), this.dataApi.definition(run)];
    this.listeners = [
      {
        name: 'postgres',
        portSetting: 'postgresPort',
        handsOver: true,
        accept: (socket) => {
          if (this.opened === undefined) socket.destroy();
          else this.opened.manager.accept(undefined, socket);
        },
        opened: (port) => {
          this.defaultPort = port;
          if (this.opened !== undefined) this.opened.manager.defaultPort = port;
        },
      },
    ];
  }

  /** @throws AwsError */
  private running(): Opened {
    if (this.opened === undefined) throw new AwsError('ServiceUnavailable', 503, 'RDS is not running.');
    return this.opened;
  }

  async start(): Promise<void> {
    const { tables, clock, random, logger, settings } = this.modules;
    const manager = await this.openManager();
    const password = await defaultPassword(settings, random);
    const scope = this.defaultScope();
    const control = await manager.withDefault(defaultInstanceName, async () => {
      const context = await openControl({ tables, instances: manager, clock, random, logger });
      await ensureDefault(context, scope, { password: password.password });
      return context;
    });
    const { defaultId } = manager;
    // A setting goes before whatever was set inside of the database.
    if (defaultId !== undefined && settings.own?.password !== undefined)
      await manager.get(defaultId).change({ newPassword: password.password });
    const proxy = await this.startProxy(manager, control);
    if (this.defaultPort !== undefined) manager.defaultPort = this.defaultPort;
    await manager.begin();
    this.maintenance = setInterval(() => {
      runMaintenance(control).catch((error: unknown) => logger.error({ err: error }, 'maintenance failed'));
    }, maintenanceMs);
    this.opened = { manager, control, proxy, password };
  }

  /** Of the default instance. */
  private defaultScope() {
    const { rootAccountId: account, region } = this.modules.settings;
    return { account, region };
  }

  private openManager(): Promise<InstanceManager> {
    const { node, tables, logger, clock, random, settings, listen } = this.modules;
    const { own = {}, dataDir } = settings;
    const cacheDir = typeof own.cacheDir === 'string' ? own.cacheDir : join(dataDir, 'rds');
    const identity = engineIdentity();
    const prepared = new Map<EngineMajor, Promise<EnginePrograms>>();
    const bin = typeof own.pgBin === 'string' ? { bin: own.pgBin } : {};
    const prepare = (major: EngineMajor) =>
      preparePrograms({
        major,
        cacheDir: reachableFolder(join(cacheDir, 'programs'), identity),
        identity,
        ...bin,
      });
    return InstanceManager.open({
      node,
      tables,
      logger,
      clock,
      random,
      delay: async (ms, signal) => void (await delay(ms, undefined, signal === undefined ? {} : { signal })),
      identity,
      programs: (major) => {
        const found = prepared.get(major) ?? prepare(major);
        prepared.set(major, found);
        found.catch(() => prepared.delete(major));
        return found;
      },
      holder: createHash('sha256').update(resolve(dataDir)).digest(),
      bootId: randomUUID(),
      cacheDir,
      host: settings.host ?? '127.0.0.1',
      ports: (own.ports as PortRange | undefined) ?? { from: 0, to: 0 },
      listen,
      idleMs: Number(own.idle ?? 0),
    });
  }

  private async startProxy(manager: InstanceManager, control: ControlContext): Promise<ProxyKeeper> {
    const { settings, logger, random } = this.modules;
    const { certificate } = settings;
    if (certificate === undefined) throw new Error('RDS needs a certificate');
    const { cert, key } = await certificate();
    const { uid, gid } = engineIdentity();
    return ProxyKeeper.start({
      manager,
      logger,
      options: { tls: { cert, key }, secret: random.bytes(mockSecretBytes), identity: { uid, gid } },
      handlers: {
        wake: async (id) => void (await manager.get(id).wake()),
        find: (serverName) => manager.find(serverName?.split('.')[0] ?? '') ?? manager.defaultId,
        certified: async (id, lsn) => {
          const { serving } = manager.get(id);
          if (serving === undefined) throw new Error('the engine ended');
          await serving.certified(lsn);
        },
        verifyToken: (use) => this.verifyToken(use, manager, control),
        connections: (id, count, activeMs) => manager.used(id, count, activeMs),
      },
    });
  }

  private async verifyToken(
    use: TokenUse,
    manager: InstanceManager,
    control: ControlContext,
  ): Promise<boolean> {
    const { settings, clock } = this.modules;
    const endpoint = manager.status(use.instance)?.endpoint;
    const owner = await ownerOf(control, use.instance);
    if (endpoint === undefined || owner === undefined) return false;
    const hosts = [endpoint.address, 'localhost', '127.0.0.1', '[::1]', ...(use.serverName ?? [])];
    const expected = { user: use.user, hosts, port: endpoint.port, accountId: owner };
    return await isTokenOf(use.token, expected, {
      credentials: new StaticCredentialStore(settings.accounts),
      clock,
    });
  }

  drain(): Promise<void> {
    this.draining ??= this.close();
    return this.draining;
  }

  private async close(): Promise<void> {
    clearInterval(this.maintenance);
    await this.dataApi.close();
    await this.opened?.manager.close();
    await this.opened?.proxy.close();
  }

  async stop(): Promise<void> {
    await this.drain();
  }

  hints(): readonly Hint[] {
    const { opened } = this;
    const endpoint = opened?.manager.defaultId && opened.manager.status(opened.manager.defaultId)?.endpoint;
    if (opened === undefined || !endpoint) return [];
    const { isKnown, path } = opened.password;
    const host = `${endpoint.address}:${endpoint.port}`;
    const login = isKnown ? 'postgres:postgres' : 'postgres';
    const where = path === undefined ? '' : `, password in ${path}`;
    return [{ label: 'database', text: `postgresql://${login}@${host}/postgres${where}` }];
  }

  health(): ServiceHealth {
    return this.opened === undefined ? { ready: false, reason: 'RDS is starting' } : { ready: true };
  }

  /** @throws ProofUnavailable */
  async prove(query: ProofQuery): Promise<string> {
    const { manager } = this.running();
    const { instance } = parseTarget(query);
    const id = manager.find(instance);
    if (id === undefined) throw new ProofUnavailable(404, `there is no database instance ${instance}`);
    const serving = await manager.get(id).wake();
    if (!(serving instanceof Session))
      throw new ProofUnavailable(400, `${instance} is a replica: ask its source`);
    return await proveTarget(query, serving.rows);
  }

  /** Every instance and snapshot is given up; the default one is made anew. */
  async reset(): Promise<void> {
    const { manager, control, password } = this.running();
    const scope = this.defaultScope();
    await resetControl(control, scope);
    await manager.reset();
    await manager.withDefault(defaultInstanceName, () =>
      ensureDefault(control, scope, { password: password.password }),
    );
  }
}

async function ownerOf(control: ControlContext, id: string): Promise<string | undefined> {
  return (await instanceById(control, id))?.account;
}
