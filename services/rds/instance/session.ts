/**
 * One term of serving an instance: lease, write-ahead log, engine, receiver, checkpoints. It begins with a data directory, used as it
 * was left or made from the hypergraph, and ends when it is stopped, when the lease is lost, or when the engine ends; the
 * instance then begins another when somebody asks for it.
 *
 * Nobody is let in before the engine's synchronous standby, which is this process, is attached.
 */
import { rm } from 'node:fs/promises';
import type { Lease } from '@hypergate/node/api';
import type { TableDomain } from '@hypergate/table';
import type { Logger } from 'pino';
import { adminRole } from '../engine/admin-session.ts';
import type { EngineMajor } from '../engine/api.ts';
import { type StartedEngine, startEngine } from '../engine/engine.ts';
import { markerPath, setAside, spareFolder, wipe, writeMarker } from '../engine/marker.ts';
import { type EngineRole, standbyName } from '../engine/settings.ts';
import { type InstanceStore, leaseResource } from '../model/instance-store.ts';
import { formatLsn, type Lsn } from '../model/lsn.ts';
import { Projection } from '../projection/index.ts';
import { WalLog } from '../wal/wal-log.ts';
import { WalReceiver } from '../wal/wal-receiver.ts';
import type { InstanceId } from './api.ts';
import { Certification } from './certification.ts';
import { CheckpointLoop } from './checkpoint-loop.ts';
import { dataDirectory, openDirectory } from './data-directory.ts';
import { type DataMaker, type MakeOptions, restored } from './data-maker.ts';
import { instanceLimits } from './limits.ts';
import type { InstanceModules } from './modules.ts';
import type { Serving } from './serving.ts';
import { walSourceOf } from './wal-source.ts';

export interface SessionOptions {
  readonly id: InstanceId;
  readonly major: EngineMajor;
  readonly domain: TableDomain;
  readonly parameters: Readonly<Record<string, string>>;
  /** Points in time are kept for so long. */
  readonly windowMs: number;
  /** Makes the data of a new instance, whose domain is empty. */
  readonly make?: DataMaker;
  /** Of 100. */
  readonly onProgress: (percent: number) => void;
  readonly signal: AbortSignal;
}

const slot = 'hypergate';

export class Session implements Serving {
  readonly store: InstanceStore;
  readonly log: WalLog;
  readonly engine: StartedEngine;
  readonly checkpoints: CheckpointLoop;
  /** Resolves with why, when it ended by itself. */
  readonly failed: Promise<string>;
  private readonly modules: InstanceModules;
  private readonly lease: Lease;
  private readonly receiver: WalReceiver;
  private readonly certification: Certification;
  private readonly fail: (reason: string) => void;
  private readonly projection: Projection;
  private readonly needs = new Set<() => Lsn | undefined>();
  private readonly ending = Promise.withResolvers<void>();
  private lastCommitMs = 0;
  private over = false;

  private constructor(
    modules: InstanceModules,
    parts: Parts,
    receiver: WalReceiver,
    checkpoints: CheckpointLoop,
  ) {
    this.modules = modules;
    this.lease = parts.lease;
    this.store = parts.store;
    this.log = parts.log;
    this.engine = parts.engine;
    this.certification = parts.certification;
    this.receiver = receiver;
    this.checkpoints = checkpoints;
    checkpoints.alsoNeeded = () => this.alsoNeeded();
    this.projection = Projection.open(parts.store, parts.engine, {
      onFailure: (error) =>
        parts.logger.warn({ err: error }, 'records of rows could not be written; trying again'),
      share: () => this.projectionShare(),
    });
    parts.log.onCertified((lsn) => {
      this.lastCommitMs = performance.now();
      this.projection.advanced(lsn);
    });
    this.projection.advanced(parts.log.certified);
    const { promise, resolve } = Promise.withResolvers<string>();
    this.failed = promise;
    this.fail = (reason) => {
      if (!this.over) resolve(reason);
    };
    parts.failure.then(this.fail);
    this.engine.ended.then((end) => this.fail(end.kind === 'clean' ? 'PostgreSQL ended' : end.reason));
    receiver.finished.then((end) => {
      if (end.kind === 'failed') this.fail(`the write-ahead log cannot be received: ${end.error}`);
    });
  }

  /** Takes the lease and serves. @throws what kept it from that; nothing runs then, and the directory is worthless */
  static async open(options: SessionOptions, modules: InstanceModules): Promise<Session> {
    await using opened = new AsyncDisposableStack();
    const parts = await openParts(options, modules, opened);
    const { engine, log, store, certification } = parts;
    const receiver = new WalReceiver(
      {
        socketDir: engine.socketDir,
        port: engine.port,
        user: adminRole,
        password: engine.adminPassword,
        log,
        slot,
        applicationName: standbyName,
      },
      { clock: modules.clock, delay: modules.delay },
    );
    opened.defer(() => receiver.stop());
    await settledWith(receiver.attached, [
      parts.failure,
      engine.ended.then((end) => (end.kind === 'clean' ? 'PostgreSQL ended' : end.reason)),
      receiver.finished.then((end) => `the receiver ended: ${end.kind === 'failed' ? end.error : end.kind}`),
    ]);
    const checkpoints = await CheckpointLoop.open({
      store,
      log,
      engine,
      certified: (lsn, signal) => certification.until(lsn, signal),
      clock: modules.clock,
      delay: modules.delay,
      logger: parts.logger,
      windowMs: options.windowMs,
    });
    opened.defer(() => checkpoints.stop());
    if (options.make !== undefined) await checkpoints.takeFirst(options.signal);
    opened.move();
    return new Session(modules, parts, receiver, checkpoints);
  }

  /** Resolves when the log is certified up to there, rejects when it never will be. */
  certified(lsn: Lsn): Promise<void> {
    return this.certification.until(lsn);
  }

  /** Resolves when nothing is served any more, whatever the reason. */
  get ended(): Promise<void> {
    return this.ending.promise;
  }

  /** Of the cluster. */
  get systemId(): string {
    const { systemId } = this.receiver;
    if (systemId === undefined) throw new Error('the receiver was never attached');
    return systemId;
  }

  /** Records of rows. */
  get rows(): Projection {
    return this.projection;
  }

  /** Write-ahead log from the position that is given then on is kept for somebody. @returns ends it */
  keepFor(neededFrom: () => Lsn | undefined): () => void {
    this.needs.add(neededFrom);
    return () => this.needs.delete(neededFrom);
  }

  private alsoNeeded(): Lsn {
    return [...this.needs].reduce((least, each) => Math.min(least, each() ?? least), Number.MAX_SAFE_INTEGER);
  }

  /** Whoever commits comes first. */
  private projectionShare(): number {
    const isBusy = performance.now() - this.lastCommitMs < instanceLimits.busyMs;
    return isBusy ? instanceLimits.projectionShareBusy : instanceLimits.projectionShareIdle;
  }

  certifiedLsn(): Lsn {
    return this.log.certified;
  }

  earliestRestorableMs(): number | undefined {
    return this.checkpoints.checkpointer.earliestRestorableMs(this.checkpoints.windowMs);
  }

  /** What is acknowledged can be restored. */
  latestRestorableMs(): number | undefined {
    return this.checkpoints.checkpointer.newest === undefined ? undefined : this.modules.clock.now();
  }

  /** Clients are cut; everything is handed over, so that the next session may go on with the directory. */
  async stop(): Promise<void> {
    this.over = true;
    this.ending.resolve();
    await this.checkpoints.stop();
    await this.projection.stop();
    // What takes longer is not waited for: the next session restores.
    const late = setTimeout(() => void this.engine.stop('immediate'), instanceLimits.stopMs);
    const end = await this.engine.stop('fast');
    clearTimeout(late);
    this.receiver.engineEnded();
    const received = end.kind === 'clean' ? await this.receiver.finished : undefined;
    const { certified, timeline } = this.log;
    const isWhole =
      end.kind === 'clean' &&
      received?.kind === 'clean' &&
      end.timeline === timeline &&
      end.endLsn <= certified;
    await this.close();
    const { term } = this.store.fence;
    const { bootId } = this.modules;
    if (isWhole)
      await writeMarker(markerPath(this.engine.dataDir), { bootId, term, timeline, lsn: certified });
    else await setAside(this.engine.dataDir);
    await this.lease.release();
  }

  /** At once; the next session restores. */
  async kill(): Promise<void> {
    this.over = true;
    this.ending.resolve();
    const ended = this.engine.stop('immediate');
    await this.checkpoints.stop();
    await this.projection.stop();
    await ended;
    await this.close();
    await setAside(this.engine.dataDir);
    await this.lease.release();
  }

  private async close(): Promise<void> {
    // The receiver may wait for the log to settle.
    await Promise.all([this.log.close(), this.receiver.stop()]);
    this.certification.end(new Error('the instance stops'));
  }
}

interface Parts {
  readonly lease: Lease;
  readonly store: InstanceStore;
  readonly log: WalLog;
  readonly engine: StartedEngine;
  readonly certification: Certification;
  readonly logger: Logger;
  /** Resolves with why nothing more is certified. */
  readonly failure: Promise<string>;
}

async function openParts(
  options: SessionOptions,
  modules: InstanceModules,
  opened: AsyncDisposableStack,
): Promise<Parts> {
  const { id, major, domain, signal } = options;
  const { node, tables, holder, clock, delay } = modules;
  const logger = modules.logger.child({ instance: id });
  const programs = await modules.programs(major);
  const { leaseMs: durationMs } = instanceLimits;
  const lease = await node.lease({
    domain: domain.address,
    resource: leaseResource,
    holder,
    durationMs,
    signal,
  });
  opened.defer(() => lease.release());
  const failure = Promise.withResolvers<string>();
  lease.lost.addEventListener('abort', () => failure.resolve('the lease was lost'), { once: true });
  const fence = { domain: domain.address, resource: leaseResource, term: lease.term };
  const store: InstanceStore = { tables, domain, fence };
  const log = await WalLog.open(store, {
    clock,
    delay: (ms) => delay(ms),
    onLost: () => failure.resolve('another gateway has the instance'),
    onFailed: (error) => failure.resolve(`the write-ahead log cannot be written: ${error}`),
    onFailing: (failing, error) => {
      if (failing) logger.error({ err: error }, 'the node takes nothing: commits wait');
      else logger.info('the node takes the write-ahead log again');
    },
    onUpkeepFailed: (error) => logger.warn({ err: error }, 'the write-ahead log could not be sealed'),
  });
  opened.defer(() => log.close());
  const certification = new Certification(log);
  opened.defer(() => certification.end(new Error('the instance does not start')));
  failure.promise.then((reason) => certification.end(new Error(reason)));
  const dataDir = dataDirectory(modules.cacheDir, id, modules.identity);
  const role: EngineRole = (await openDirectory(dataDir, major, log))
    ? { kind: 'primary' }
    : await makeData({ dataDir, programs, identity: modules.identity, ...options }, log, options);
  opened.defer(() => wipe(dataDir));
  // What was not used again goes while the server starts.
  const cleaning = rm(spareFolder(dataDir), { recursive: true, force: true }).catch((error: unknown) =>
    logger.warn({ err: error }, 'files of the former data directory are left'),
  );
  const { parameters } = options;
  const engine = await startEngine({
    programs,
    identity: modules.identity,
    dataDir,
    logger,
    parameters,
    role,
    signal,
  });
  opened.defer(async () => void (await engine.stop('immediate')));
  await cleaning;
  logger.info({ lsn: formatLsn(log.certified), term: lease.term, from: role.kind }, 'PostgreSQL runs');
  return { lease, store, log, engine, certification, logger, failure: failure.promise };
}

function makeData(how: MakeOptions, log: WalLog, { make, domain }: SessionOptions): Promise<EngineRole> {
  if (make !== undefined) return make(how);
  return restored(domain, walSourceOf(log), { kind: 'latest' }, how);
}

/** @throws an error with the first of the reasons that comes before */
async function settledWith(wanted: Promise<void>, reasons: readonly Promise<string>[]): Promise<void> {
  const reason = await Promise.race([wanted, ...reasons]);
  if (typeof reason === 'string') throw new Error(reason);
}
