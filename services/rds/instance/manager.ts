/**
 * All instances of this gateway: rows, ports, sessions and the proxy before them. What was decided is durable before it is answered;
 * what a crash cut short is taken up by `open`.
 */
import type { Socket } from 'node:net';
import type { ServiceModules } from '@hypergate/kit';
import type { TableDomain } from '@hypergate/table';
import type { Client } from 'pg';
import { wipe } from '../engine/marker.ts';
import type { InstanceRow } from '../model/instance-table.ts';
import { registryAddress } from '../model/registry.ts';
import type { ProxyProcess, Route } from '../proxy/proxy-process.ts';
import { isPasswordOf } from '../wire/password.ts';
import { parseVerifier } from '../wire/verifier.ts';
import {
  type InstanceChange,
  type InstanceId,
  InstanceRefusal,
  type InstanceSource,
  type InstanceSpec,
  type InstanceState,
  type InstanceStatus,
  type Instances,
  type SnapshotId,
  type SnapshotInfo,
} from './api.ts';
import { dataDirectory } from './data-directory.ts';
import { type DataMaker, fromLog, newCluster } from './data-maker.ts';
import { Instance, type InstanceHost } from './instance.ts';
import { instanceLimits } from './limits.ts';
import type { InstanceModules } from './modules.ts';
import { InstancePorts, type PortRange } from './ports.ts';
import { hasData, purgeDomain } from './purge.ts';
import { Registry } from './registry.ts';
import { Replica } from './replica.ts';
import type { Serving } from './serving.ts';
import { Session } from './session.ts';
import { Snapshots } from './snapshots.ts';
import { walSourceOf } from './wal-source.ts';

export interface ManagerOptions extends InstanceModules {
  /** What clients connect to. */
  readonly host: string;
  readonly ports: PortRange;
  readonly listen: ServiceModules['listen'];
  /** Without connections for so long an instance sleeps; 0: never. */
  readonly idleMs: number;
}

type Listener = (status: InstanceStatus, before: InstanceState | undefined) => void;

const dayMs = 86_400_000;
const proxyConnections = 97;

export class InstanceManager implements Instances, InstanceHost {
  readonly logger: InstanceModules['logger'];
  /** Of the protocol's listener, once it is open. */
  defaultPort: number | undefined;
  proxy: ProxyProcess | undefined;
  private readonly options: ManagerOptions;
  private readonly registry: Registry;
  private readonly ports: InstancePorts;
  private readonly snapshots: Snapshots;
  private readonly instances = new Map<InstanceId, Instance>();
  private readonly listeners: Listener[] = [];
  private readonly stopping = new AbortController();
  private readonly work = new Set<Promise<unknown>>();
  private defaultName: string | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;

  private constructor(options: ManagerOptions, registry: Registry) {
    this.options = options;
    this.logger = options.logger;
    this.registry = registry;
    this.ports = new InstancePorts(options.ports, options.listen);
    const { node, tables, holder, clock } = options;
    this.snapshots = new Snapshots({ node, tables, holder, rows: registry.snapshots, clock });
  }

  static async open(options: ManagerOptions): Promise<InstanceManager> {
    const domain = await options.tables.ensureDomain(registryAddress);
    const registry = await Registry.open(options.tables, domain);
    const manager = new InstanceManager(options, registry);
    const rows = registry.instances;
    for (const id of rows.ids()) manager.instances.set(id, new Instance(id, rows.get(id)!, manager));
    return manager;
  }

  /** Ports are opened, and what a crash cut short is taken up. */
  async begin(): Promise<void> {
    for (const instance of this.instances.values()) {
      if (instance.row.phase === 'deleting') this.behind(this.finishDeletion(instance));
      else await this.claimPort(instance, false);
      const { phase, isServing, isStopped } = instance.row;
      // Whoever was cut off by a crash comes again at once.
      const wasCutOff = isServing === true && !isStopped && phase === 'made';
      if (phase === 'making' || wasCutOff) this.behind(instance.wake());
    }
    this.behind(this.snapshots.recover());
    const { idleMs, clock } = this.options;
    if (idleMs === 0) return;
    this.timer = setInterval(() => {
      for (const instance of this.instances.values()) {
        if (!this.isFollowed(instance)) instance.sleepIfIdle(clock.now(), idleMs);
      }
    }, instanceLimits.idleCheckMs);
  }

  /** A replica that runs needs its source. */
  private isFollowed({ id }: Instance): boolean {
    return [...this.instances.values()].some(
      ({ row: { source }, serving }) =>
        serving !== undefined && source.kind === 'replica' && source.of === id,
    );
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    const ended = [...this.instances.values()].map((instance) => instance.close());
    this.stopping.abort(new Error('the gateway stops'));
    await Promise.allSettled(ended);
    await Promise.allSettled(this.work);
  }

  // Instances, for the control plane

  async create(spec: InstanceSpec, source: InstanceSource): Promise<void> {
    const isDefault = spec.name === this.defaultName && this.defaultId === undefined;
    // The default instance is made when somebody connects.
    const phase = isDefault ? 'planned' : source.kind === 'replica' ? 'made' : 'making';
    await this.add(spec, source, { phase, ...(isDefault ? { isDefault } : {}) });
    if (!isDefault) this.behind(this.get(spec.id).wake());
  }

  /** An instance of this name that is created meanwhile has the listener of the protocol, if none has it. */
  async withDefault<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.defaultName = name;
    try {
      return await work();
    } finally {
      this.defaultName = undefined;
    }
  }

  /** Undefined when it was deleted. */
  get defaultId(): InstanceId | undefined {
    for (const { id, row } of this.instances.values()) if (row.isDefault === true) return id;
    return undefined;
  }

  private async add(
    spec: InstanceSpec,
    source: InstanceSource,
    how: Pick<InstanceRow, 'phase' | 'isDefault'>,
  ): Promise<void> {
    const { tables, clock } = this.options;
    const { id, masterPassword, ...facts } = spec;
    if (this.instances.has(id)) throw new InstanceRefusal('wrong-state', `there is a database ${id} already`);
    if (this.instances.size >= instanceLimits.instancesMax)
      throw new InstanceRefusal('too-many', `there are ${this.instances.size} databases already`);
    await this.checkSource(source);
    const domain = tables.prepareDomain();
    const row = definedOnly({
      ...facts,
      domain: Buffer.from(domain.address).toString('hex'),
      ...how,
      source,
      isStopped: false,
      createdMs: clock.now(),
      newPassword: masterPassword,
    }) as InstanceRow;
    const instance = new Instance(id, row, this);
    this.instances.set(id, instance);
    try {
      await this.claimPort(instance, spec.port !== undefined);
      await this.registry.instances.put(id, row, [{ kind: 'create-domain', domain }]);
    } catch (error) {
      this.instances.delete(id);
      await this.ports.release(id);
      throw error;
    }
  }

  private async checkSource(source: InstanceSource): Promise<void> {
    if (source.kind === 'snapshot') this.snapshots.info(source.snapshot);
    if (source.kind === 'time') this.get(source.instance);
    if (source.kind === 'replica') this.get(source.of);
  }

  async modify(id: InstanceId, change: InstanceChange): Promise<void> {
    const instance = this.get(id);
    const { port } = change;
    if (port !== undefined && port !== this.endpoint(instance)?.port) {
      if (instance.row.isDefault === true)
        throw new InstanceRefusal(
          'port-taken',
          'the port of the default database is a setting of the gateway',
        );
      await this.ports.release(id);
      await this.claimPort(instance, true, port);
    }
    await instance.modify(change);
  }

  start(id: InstanceId): Promise<void> {
    return this.get(id).start(this.options.clock.now());
  }

  stop(id: InstanceId): Promise<void> {
    return this.get(id).stop(this.options.clock.now());
  }

  reboot(id: InstanceId, failover: boolean): Promise<void> {
    return this.get(id).reboot(failover);
  }

  async promote(id: InstanceId): Promise<void> {
    const instance = this.get(id);
    const { source } = instance.row;
    if (source.kind !== 'replica')
      throw new InstanceRefusal('wrong-state', `the database ${id} is no replica`);
    const from: InstanceSource = { kind: 'time', instance: source.of, atMs: 'latest' };
    await instance.change({ phase: 'making', source: from });
    this.behind(instance.remake());
  }

  async delete(id: InstanceId): Promise<void> {
    const instance = this.get(id);
    for (const each of this.instances.values()) {
      const { source } = each.row;
      if (source.kind === 'replica' && source.of === id) await this.promote(each.id);
    }
    await instance.change({ phase: 'deleting' });
    this.behind(this.finishDeletion(instance));
  }

  private async finishDeletion(instance: Instance): Promise<void> {
    const { id, row } = instance;
    await instance.endForDeletion();
    await wipe(dataDirectory(this.options.cacheDir, id, this.options.identity));
    await this.ports.release(id);
    // Those that are made from it have to be first.
    for (const each of this.instances.values())
      if (isMadeFrom(each.row, id)) await each.wake().catch(() => undefined);
    for (const address of [...(row.leftovers ?? []), ...(row.domain === undefined ? [] : [row.domain])]) {
      await purgeDomain(this.options, Buffer.from(address, 'hex'));
    }
    await this.registry.instances.remove(id);
    this.instances.delete(id);
  }

  snapshot(id: InstanceId, snapshot: SnapshotId): Promise<SnapshotInfo> {
    return this.snapshots.take(this.get(id), snapshot);
  }

  deleteSnapshot(snapshot: SnapshotId): Promise<void> {
    this.snapshots.info(snapshot);
    return this.snapshots.remove(snapshot);
  }

  status(id: InstanceId): InstanceStatus | undefined {
    return this.instances.get(id)?.status;
  }

  list(): readonly InstanceStatus[] {
    return [...this.instances.values()].map(({ status }) => status);
  }

  onState(listener: Listener): void {
    this.listeners.push(listener);
  }

  connect(id: InstanceId, login: { readonly user: string; readonly database: string }): Promise<Client> {
    return this.get(id).connect(login.user, login.database);
  }

  async checkPassword(id: InstanceId, user: string, password: string): Promise<boolean> {
    const { engine } = await this.get(id).wake();
    const client = await engine.connect();
    try {
      const { rows } = await client.query<{ verifier: string | null }>(
        `select rolpassword as verifier from pg_catalog.pg_authid
         where rolname = $1 and rolcanlogin and not rolsuper and (rolvaliduntil is null or rolvaliduntil > pg_catalog.now())`,
        [user],
      );
      return await isPasswordOf(parseVerifier(rows[0]?.verifier ?? null), user, password);
    } finally {
      await client.end();
    }
  }

  /** By name or id. */
  find(name: string): InstanceId | undefined {
    for (const { id, row } of this.instances.values()) if (id === name || row.name === name) return id;
    return undefined;
  }

  /** @throws InstanceRefusal `unknown` */
  get(id: InstanceId): Instance {
    const instance = this.instances.get(id);
    if (instance === undefined) throw new InstanceRefusal('unknown', `there is no database ${id}`);
    return instance;
  }

  /** Gives all of them up, and snapshots. */
  async reset(): Promise<void> {
    const all = [...this.instances.values()];
    // Replicas first, so that none is made an instance of its own.
    all.sort(
      (left, right) =>
        Number(right.row.source.kind === 'replica') - Number(left.row.source.kind === 'replica'),
    );
    for (const { id } of all) if (this.instances.has(id)) await this.delete(id);
    while (this.work.size > 0) await Promise.all(this.work);
    for (const id of this.registry.snapshots.ids()) await this.snapshots.remove(id);
  }

  // Of the proxy

  /** @param id undefined where the name in the client's handshake chooses */
  accept(id: InstanceId | undefined, socket: Socket): void {
    if (this.proxy === undefined) socket.destroy();
    else this.proxy.accept(socket, id);
  }

  used(id: InstanceId, connections: number, activeMs: number): void {
    const instance = this.instances.get(id);
    if (instance === undefined) return;
    instance.connections = connections;
    instance.activeMs = Math.max(instance.activeMs, activeMs);
  }

  // InstanceHost

  put(id: InstanceId, row: InstanceRow): Promise<void> {
    return this.registry.instances.put(id, row);
  }

  async open(instance: Instance, onProgress: (percent: number) => void): Promise<Serving> {
    const { id, row } = instance;
    if (row.source.kind === 'replica') return this.openReplica(instance, row.source.of, onProgress);
    if (row.phase === 'planned') await instance.change({ phase: 'making' });
    const isNew = instance.row.phase === 'making';
    const domain = isNew ? await this.emptyDomain(instance) : await this.domainOf(row);
    const serving = await Session.open(
      {
        id,
        major: row.major,
        domain,
        parameters: row.parameters,
        windowMs: row.retentionDays * dayMs,
        ...(isNew ? { make: await this.makerOf(row) } : {}),
        onProgress,
        signal: this.stopping.signal,
      },
      this.options,
    );
    try {
      await instance.applyPassword(serving);
      const { version: engineVersion } = serving.engine;
      if (isNew || row.engineVersion !== engineVersion)
        await instance.change({ phase: 'made', engineVersion });
      return serving;
    } catch (error) {
      await serving.kill();
      throw error;
    }
  }

  private async openReplica(
    { id, row: { parameters } }: Instance,
    of: InstanceId,
    onProgress: (percent: number) => void,
  ): Promise<Serving> {
    const source = await this.get(of).wake();
    if (!(source instanceof Session))
      throw new InstanceRefusal('wrong-state', 'a replica of a replica cannot be served');
    const { signal } = this.stopping;
    return Replica.open({ id, source, parameters, onProgress, signal }, this.options);
  }

  admit(instance: Instance, { engine }: Serving): void {
    const { id, row } = instance;
    const { major, socketDir, port, adminPassword } = engine;
    const connectionsMax = row.connectionsMax ?? proxyConnections;
    const route: Route = {
      instance: id,
      major,
      socketDir,
      port,
      adminPassword,
      connectionsMax,
      iam: row.iamAuthentication,
    };
    this.proxy?.setRoute(route);
  }

  cut(instance: Instance, reason: string): void {
    this.proxy?.removeRoute(instance.id, reason);
  }

  /** After the proxy began anew. */
  admitAll(): void {
    for (const instance of this.instances.values()) {
      instance.connections = 0;
      if (instance.serving !== undefined) this.admit(instance, instance.serving);
    }
  }

  stateChanged(instance: Instance, before: InstanceState | undefined): void {
    for (const listener of this.listeners) listener(instance.status, before);
  }

  endpoint({ id, row }: Instance): InstanceStatus['endpoint'] {
    const port = row.isDefault === true ? this.defaultPort : this.ports.portOf(id);
    return port === undefined ? undefined : { address: this.options.host, port };
  }

  private async claimPort(instance: Instance, isFixed: boolean, port = instance.row.port): Promise<void> {
    const { id } = instance;
    if (instance.row.isDefault === true) return;
    const claimed = await this.ports.claim(id, port, isFixed, (socket) => this.accept(id, socket));
    if (
      claimed !== instance.row.port &&
      instance.row.phase !== 'planned' &&
      this.registry.instances.get(id) !== undefined
    )
      await instance.change({ port: claimed });
    else instance.row = { ...instance.row, port: claimed };
  }

  private domainOf({ domain }: InstanceRow): Promise<TableDomain> {
    if (domain === undefined) throw new InstanceRefusal('wrong-state', 'the database has no data of its own');
    return this.options.tables.openDomain(Buffer.from(domain, 'hex'));
  }

  /** What an earlier attempt left is given up, and another domain begun: a write-ahead log begins once. */
  private async emptyDomain(instance: Instance): Promise<TableDomain> {
    const { tables } = this.options;
    const domain = await this.domainOf(instance.row);
    if (!(await hasData(domain))) return domain;
    const next = tables.prepareDomain();
    const address = Buffer.from(next.address).toString('hex');
    const leftovers = [...(instance.row.leftovers ?? []), instance.row.domain!];
    const row = { ...instance.row, domain: address, leftovers };
    await this.registry.instances.put(instance.id, row, [{ kind: 'create-domain', domain: next }]);
    instance.row = row;
    return next;
  }

  private async makerOf({ source, masterUser, newPassword, database }: InstanceRow): Promise<DataMaker> {
    switch (source.kind) {
      case 'empty':
        return newCluster({ masterUser, masterPassword: newPassword ?? '', database });
      case 'snapshot':
        return this.snapshots.maker(source.snapshot);
      case 'time': {
        const { atMs } = source;
        const serving = await this.get(source.instance).wake();
        if (!(serving instanceof Session))
          throw new InstanceRefusal('wrong-state', 'a replica has no data of its own');
        const target = atMs === 'latest' ? ({ kind: 'latest' } as const) : ({ kind: 'time', atMs } as const);
        return fromLog(serving.store.domain, walSourceOf(serving.log), target);
      }
      case 'replica':
        throw new InstanceRefusal('wrong-state', 'a replica is not made');
    }
  }

  private behind(work: Promise<unknown>): void {
    const done = work.catch((error: unknown) =>
      this.logger.error({ err: error }, 'work on a database failed'),
    );
    this.work.add(done);
    void done.then(() => this.work.delete(done));
  }
}

function isMadeFrom({ phase, source }: InstanceRow, id: InstanceId): boolean {
  return phase === 'making' && source.kind === 'time' && source.instance === id;
}

function definedOnly<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as Partial<T>;
}
