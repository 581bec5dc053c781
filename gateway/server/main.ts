/**
 * The one place where all meets; it reads as the boot order. What is opened is closed in the reverse order, also when the
 * start fails half way.
 */

import { createServer } from 'node:http';
import { join, resolve } from 'node:path';
import {
  awsDefinitions,
  type Clock,
  type RandomSource,
  type Service,
  type ServiceSettings,
} from '@hypergate/kit';
import { createPooledRandom } from '@hypergate/node/crypto';
import type { Collected, Phase, Status } from '@hypergate/openapi/admin';
import type { Logger } from 'pino';
import { createHandlers } from './admin/handlers.ts';
import { createMetrics } from './admin/metrics.ts';
import { createAdminServer } from './admin/server.ts';
import { loadAdminToken } from './admin/token.ts';
import { type OpenedAwsPort, openAwsPort } from './boot/aws-port.ts';
import type { BannerFacts } from './boot/banner.ts';
import { loadCredentials } from './boot/credentials.ts';
import { openCustodians } from './boot/custody.ts';
import { prepareDataDir } from './boot/data-dir.ts';
import { openFormat } from './boot/format-file.ts';
import { readHealth } from './boot/health.ts';
import { readProtection } from './boot/keystore.ts';
import { lockDataDir } from './boot/lock.ts';
import { removeProcessFile, writeProcessFile } from './boot/process-file.ts';
import { type FoundService, listServices, loadServices } from './boot/services.ts';
import { openStorage, type ProofSettings } from './boot/storage.ts';
import { systemRoutes } from './boot/system-routes.ts';
import { requireComputations } from './computations.ts';
import type { LoadedSettings } from './config/load.ts';
import { isPathSetting, type Settings } from './config/schema.ts';
import { isLoopback, reachableHost } from './listeners/addresses.ts';
import { FurtherListeners } from './listeners/further-listeners.ts';
import { closeAll, openPort } from './listeners/ports.ts';
import { openServiceListeners } from './listeners/service-listeners.ts';
import { frameHeader, proofStatus, proveTarget, readTrustRoot, requireProofs } from './proofs.ts';
import { openSelfSigned, readOwnCertificate, type TlsCertificate } from './tls/certificate.ts';
import { measureUsage } from './usage.ts';
import { version } from './version.ts';

/** Whose keys custodians hold: without it none are started. */
const custodyService = 'kms';

export interface GatewayOptions {
  readonly settings: LoadedSettings;
  /** Folder that relative paths start from. */
  readonly folder: string;
}

export interface GatewayModules {
  readonly logger: Logger;
  readonly clock?: Clock;
  readonly random?: RandomSource;
  /** A line for the user about a start that takes long. */
  readonly say?: (line: string) => void;
}

export interface Gateway {
  readonly facts: BannerFacts;
  /** Finishes what is under way until the signal cuts it short, then closes everything. */
  close(signal: AbortSignal): Promise<void>;
}

/** @throws StartError for what the user can mend */
export async function startGateway(options: GatewayOptions, modules: GatewayModules): Promise<Gateway> {
  const { logger } = modules;
  const clock = modules.clock ?? { now: () => Date.now() };
  const random = modules.random ?? createPooledRandom();
  const { values: settings, sources } = options.settings;
  const at = (path: string) => resolve(options.folder, path);
  const startedAt = new Date(clock.now()).toISOString();
  const hurry = new AbortController();
  const services: Service[] = [];
  let phase: Phase = 'starting';
  let endpoint = '';
  let adminEndpoint = '';
  await using opened = new AsyncDisposableStack();

  // 1. The data directory is ours alone, and of a layout we read.
  const dataDir = at(settings.dataDir);
  await prepareDataDir(dataDir);
  const lock = await lockDataDir(dataDir);
  opened.defer(() => lock.release());
  await openFormat(dataDir);

  // 2. Secrets: refusals come before anything is opened.
  const accountsFile = settings.accountsFile === undefined ? undefined : at(settings.accountsFile);
  const credentials = await loadCredentials(settings, { accountsFile, dataDir }, random);
  const adminToken = await loadAdminToken(settings, dataDir, random, credentials.origin);
  const tls = await openCertificate();
  const wanted = await listServices(settings.services);

  // 3. Node and tables: the log's tail is replayed here.
  const metrics = createMetrics();
  const keyFile = settings.keystoreKeyFile === undefined ? undefined : at(settings.keystoreKeyFile);
  // Services load meanwhile.
  const loading = loadServices(wanted);
  loading.catch(() => undefined);
  const storage = await openStorage(
    { dataDir, passphrase: settings.keystorePassphrase, keyFile, proofs: proofSettings(settings) },
    { logger, clock, random, metrics, say: modules.say ?? (() => undefined) },
  );
  opened.defer(() => storage.close());
  const found = (await loading).filter(hasItsParts);

  // 4. Custodians of keys, for the service whose keys they hold.
  const custody = found.some(({ name }) => name === custodyService)
    ? await openCustodians(
        {
          dataDir,
          custodians: settings.custodians,
          protection: await readProtection({ passphrase: settings.keystorePassphrase, keyFile }),
          identity: storage.identity,
          accounts: credentials.accounts,
          region: settings.region,
          s3Domains: settings.s3Domains,
          allowUnsigned: settings.allowUnsigned,
          allowsReset: settings.dev,
          refreshMs: settings.custodyRefresh,
        },
        { logger: logger.child({ part: 'custody' }), random, metrics },
      )
    : undefined;
  if (custody !== undefined) opened.defer(() => custody.close());

  // 5. Services, each without waiting for another.
  let serving: OpenedAwsPort | undefined;
  let protocols: Awaited<ReturnType<typeof openServiceListeners>> | undefined;
  const serviceSettings: ServiceSettings = {
    region: settings.region,
    rootAccountId: settings.accountId,
    accounts: credentials.accounts,
    s3Domains: settings.s3Domains,
    lifecycleDayMs: settings.lifecycleDay,
    dataDir,
    host: reachableHost(settings.host),
    isLoopback: isLoopback(settings.host),
    awsEndpoint: () =>
      serving === undefined
        ? undefined
        : { scheme: tls === undefined ? 'http' : 'https', port: serving.port },
    otherPorts: () => [...(protocols?.opened.map(({ port }) => port) ?? []), ...furtherListeners.ports()],
    ...(tls === undefined ? {} : { tls: { cert: tls.cert, key: tls.key } }),
    certificate: async () => tls ?? (await openSelfSigned(dataDir, settings.host, { clock, random })),
  };
  const furtherListeners = new FurtherListeners(settings.host);
  opened.defer(() => furtherListeners.close());
  const created = found.map(({ name, create }) =>
    create({
      node: storage.node,
      tables: storage.tables,
      custody: custody?.port,
      keys: () => services.find(({ keys }) => keys !== undefined)?.keys,
      computations: () => services.find(({ computations }) => computations !== undefined)?.computations,
      targets: () => services.find(({ targets }) => targets !== undefined)?.targets,
      logger: logger.child({ service: name }),
      metrics,
      clock,
      random,
      settings: { ...serviceSettings, own: ownSettings(settings, name, at) },
      listen: (listener) => furtherListeners.open(listener),
      serveAws: (socket) => (serving === undefined ? socket.destroy() : serving.accept(socket)),
    }),
  );
  const started = await Promise.allSettled(created.map((service) => service.start()));
  for (const [index, service] of created.entries()) {
    if (started[index]?.status !== 'fulfilled') continue;
    services.push(service);
    opened.defer(() => service.stop());
  }
  for (const each of started) if (each.status === 'rejected') throw each.reason;
  const health = () =>
    readHealth({ phase: () => phase, failure: () => storage.failure(), services: () => services });

  // 6. Listeners: the AWS port, protocols of their own, the admin API.
  const aws = await openAwsPort(
    {
      host: settings.host,
      port: settings.port,
      tls,
      s3Domains: settings.s3Domains,
      region: settings.region,
      allowUnsigned: settings.allowUnsigned,
      responseHeaders: frameHeader(storage.proofs),
      routes: systemRoutes({ health, reset: settings.dev ? resetAll : undefined }),
    },
    { services, accounts: credentials.accounts, logger, metrics, clock, random },
  );
  serving = aws;
  opened.defer(() => aws.close());
  const listeners = await openServiceListeners(services, options.settings, tls, logger);
  protocols = listeners;
  opened.defer(() => listeners.close());
  const admin = await createAdminServer(
    createHandlers({
      status,
      health,
      usage: (query) => measureUsage(query, services, storage),
      collect,
      async prove(query) {
        requireProofs(storage.proofs);
        return await proveTarget(query, services);
      },
      trustRoot: () => readTrustRoot(storage.proofs),
      computations: () => requireComputations(services),
      custodians: () => custody?.operator,
      settings: options.settings,
      logger,
      metrics,
    }),
    { token: adminToken, host: settings.adminHost },
    logger,
  );
  opened.defer(() => admin.close());
  const adminPort = await openPort(
    {
      name: 'the admin API',
      flag: '--admin-port',
      host: settings.adminHost,
      port: settings.adminPort,
      mayMove: false,
    },
    () => createServer(admin.handle),
  );
  opened.defer(() => {
    for (const server of adminPort.servers) server.closeAllConnections();
    return closeAll(adminPort.servers);
  });

  // 7. Ready.
  const scheme = tls === undefined ? 'http' : 'https';
  endpoint = `${scheme}://${reachableHost(settings.host)}:${aws.port}`;
  adminEndpoint = `http://${reachableHost(settings.adminHost)}:${adminPort.port}`;
  await writeProcessFile(dataDir, { pid: process.pid, startedAt, version, endpoint, adminEndpoint });
  opened.defer(() => removeProcessFile(dataDir));
  opened.defer(drain);
  phase = 'running';
  logger.info({ endpoint, adminEndpoint, dataDir, services: services.map(({ name }) => name) }, 'ready');

  const closing = opened.move();
  return {
    facts: {
      version,
      endpoint,
      adminEndpoint,
      region: settings.region,
      dataDir,
      services: services.map(({ name }) => name),
      listeners: listeners.opened,
      hints: services.flatMap((service) => service.hints?.() ?? []),
      credentials,
      trustPath: tls?.trustPath,
      adminTokenPath:
        adminToken === undefined || sources.adminToken !== 'default'
          ? undefined
          : join(dataDir, 'admin-token'),
      dev: settings.dev,
    },
    async close(signal) {
      const cut = () => hurry.abort();
      if (signal.aborted) cut();
      signal.addEventListener('abort', cut, { once: true });
      await closing.disposeAsync();
    },
  };

  function hasItsParts({ name }: FoundService): boolean {
    if (name !== custodyService || settings.custodians > 0) return true;
    logger.info('the KMS is off: --custodians is 0');
    return false;
  }

  /** First step of closing: nothing new comes in, what is under way ends, and nothing is closed under it. */
  async function drain(): Promise<void> {
    phase = 'stopping';
    listeners.stopAccepting();
    furtherListeners.stopAccepting();
    await aws.drain(hurry.signal);
    await Promise.all(services.map((service) => service.drain(hurry.signal)));
  }

  async function openCertificate(): Promise<TlsCertificate | undefined> {
    if (settings.tlsCert !== undefined && settings.tlsKey !== undefined) {
      return await readOwnCertificate(at(settings.tlsCert), at(settings.tlsKey));
    }
    return settings.tls ? await openSelfSigned(dataDir, settings.host, { clock, random }) : undefined;
  }

  async function resetAll(): Promise<void> {
    for (const service of services) await service.reset();
    logger.info('reset: everything is empty');
  }

  async function collect(olderThanMs: number | undefined): Promise<Collected> {
    const freedBytes = await storage.collect(olderThanMs);
    const { bytes, liveBytes } = storage.node.status().chunks;
    return { freedBytes, chunkBytes: bytes, garbageBytes: bytes - liveBytes };
  }

  async function status(): Promise<Status> {
    const { user, system } = process.cpuUsage();
    return {
      version,
      runtime: process.versions.node,
      pid: process.pid,
      startedAt,
      phase,
      region: settings.region,
      dataDir,
      endpoint,
      adminEndpoint,
      tls: tls !== undefined,
      services: services.map((service) => ({
        name: service.name,
        protocol: service.protocol,
        ...service.health(),
        operations: awsDefinitions(service).reduce((sum, { operations }) => sum + operations.length, 0),
        tables: [...service.tables],
      })),
      listeners: [...listeners.opened],
      node: storage.status(),
      proofs: proofStatus(storage.proofs),
      process: {
        uptimeSeconds: process.uptime(),
        cpuSeconds: (user + system) / 1e6,
        residentBytes: process.memoryUsage.rss(),
      },
    };
  }
}

function ownSettings(
  settings: Settings,
  service: string,
  at: (path: string) => string,
): Record<string, unknown> {
  const own: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    if (!name.startsWith(service) || !/^[A-Z]/.test(name.slice(service.length))) continue;
    const rest = name.slice(service.length);
    const isPath = isPathSetting(name) && typeof value === 'string';
    own[`${rest[0]!.toLowerCase()}${rest.slice(1)}`] = isPath ? at(value) : value;
  }
  return own;
}

function proofSettings(settings: Settings): ProofSettings | undefined {
  if (!settings.proofs) return undefined;
  return {
    intervalMs: settings.frameInterval,
    delayShare: settings.vdfShare / 100,
    discriminantBits: settings.vdfBits,
    archive: settings.archiveFrames,
  };
}
