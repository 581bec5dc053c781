/** The parts of the service, opened and closed in their order. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import type { EventTargets, ServiceModules } from '@hypergate/kit';
import type { NodePorts } from '@hypergate/node/api';
import type { TableStore } from '@hypergate/table';
import type { DurableEventQueue } from './events/index.ts';
import { createEventQueue } from './events/index.ts';
import type { Executor } from './executor/api.ts';
import { chooseExecutor } from './executor/choose.ts';
import { enginesAsked, findEngines } from './executor/engines.ts';
import { createNodeExecutor } from './executor/index.ts';
import { CodeLinks } from './gateway/code-links.ts';
import { furtherDoors } from './gateway/doors.ts';
import { OwnPort } from './gateway/own-port.ts';
import { createReadS3, readS3As } from './gateway/read-s3.ts';
import { createInvoker, type PooledInvoker } from './invoke/index.ts';
import { createLogStore, type Logs } from './logs/index.ts';
import { domainAddress } from './model/tables.ts';
import { MpcExecutor } from './mpc/executor.ts';
import { createMpcRuntime } from './mpc/index.ts';
import { createPackages, type OpenPackages } from './packages/index.ts';
import { requireOwn } from './packages/own-folder.ts';
import { createQueues, type QueueService } from './queues/index.ts';
import { createScheduler, type Scheduler } from './schedules/index.ts';
import { createSources, type Sources } from './sources/index.ts';
import type { LambdaBase, LambdaContext } from './store/context.ts';
import { createFunctions } from './store/functions.ts';
import { createProvisioning } from './store/provisioning.ts';
import { createTargets } from './targets.ts';

export type LambdaModules = ServiceModules<NodePorts, TableStore>;

export interface Parts {
  readonly context: LambdaContext;
  readonly executor: Executor;
  readonly packages: OpenPackages;
  readonly invoker: PooledInvoker;
  readonly logs: Logs;
  readonly queues: QueueService;
  readonly events: DurableEventQueue;
  readonly sources: Sources;
  readonly scheduler: Scheduler;
  readonly links: CodeLinks;
  readonly targets: EventTargets;
  /** What is under way ends; the signal cuts it short. */
  close(signal: AbortSignal): Promise<void>;
}

const MiB = 1024 * 1024;

/** Whose functions are trusted: the root account's where nobody said anything. */
export function trustsOf({ own, rootAccountId }: LambdaModules['settings']): (account: string) => boolean {
  const named = Array.isArray(own?.trusted) ? (own.trusted as readonly string[]) : ['root'];
  const trusted = new Set(named.map((name) => (name === 'root' ? rootAccountId : name)));
  return (account) => trusted.has(account);
}

export async function openParts(modules: LambdaModules): Promise<Parts> {
  const { tables, clock, random, logger, settings } = modules;
  const domain = await tables.ensureDomain(domainAddress);
  const base: LambdaBase = { tables, domain, clock, random, logger, settings };
  const { own = {}, dataDir } = settings;
  const trusts = trustsOf(settings);
  const folder = typeof own.cacheDir === 'string' ? own.cacheDir : join(dataDir, 'lambda');
  requireOwn(folder);
  // Functions of other users enter what is named to them, and list nothing.
  chmodSync(folder, 0o711);
  // Paths of sockets are short.
  const sockets = mkdtempSync(join(tmpdir(), 'hypergate-'));
  const serve = modules.serveAws ?? ((socket) => void socket.destroy());
  const port = new OwnPort(base, sockets, serve);
  const packages = createPackages(base, join(folder, 'packages'));
  const mpc = createMpcRuntime({
    base,
    computations: () => modules.computations?.(),
    readS3Object: ({ credentials, versionId, ...place }) =>
      readS3As(port, credentials, { ...place, version: versionId }),
    // Whom nobody trusts has no one listen or dial for him.
    mayUse: (account) => trusts(account),
  });
  const engines = findEngines({
    asked: enginesAsked(own),
    node: process.execPath,
    folder,
    warn: (sentence) => logger.warn(sentence),
  });
  const memoryMb = Math.floor((typeof own.memory === 'number' ? own.memory : totalmem() / 2) / MiB);
  const processes = await createNodeExecutor({
    node: process.execPath,
    engines,
    folder: join(folder, 'run'),
    sdkFolder: sdkFolder(),
    connectGateway: serve,
    furtherDoors: () => furtherDoors(settings, serve),
    endpoint: ownEndpoint(settings),
    // What the kernel and the processes around a function hold comes to what each may have.
    memoryBytesMax: Math.ceil(memoryMb * 1.125 + 64) * MiB,
    clock,
    random,
    logger,
  });
  const executor = chooseExecutor(processes, new MpcExecutor(mpc.runner));
  const functions = createFunctions(base);
  const logs = createLogStore(base);
  const queues = createQueues(base);
  const links = new CodeLinks(base);
  const invoker = createInvoker({
    base,
    executor,
    packages,
    logs,
    trusts,
    memoryBudgetMb: memoryMb,
  });
  const provisioning = createProvisioning(base, functions, invoker);
  const events = createEventQueue({ base, functions, invoker, queues, node: modules.node });
  const sources = createSources({ base, functions, invoker, queues });
  const scheduler = createScheduler({ base, functions, events, queues });
  const context: LambdaContext = {
    ...base,
    functions,
    packages,
    invoker,
    logs,
    events,
    queues,
    provisioning,
    mpc,
    readS3Object: createReadS3(base, port),
    codeUrl: (ref) => `${ownEndpoint(settings)}${links.pathOf(ref)}`,
    urlOf: (id, region) => functionUrl(settings, id, region),
  };
  logs.start();
  queues.start();
  await provisioning.start();
  events.start();
  await sources.start();
  scheduler.start();
  return {
    context,
    executor,
    packages,
    invoker,
    logs,
    queues,
    events,
    sources,
    scheduler,
    links,
    targets: createTargets({ base, functions, events, queues }),
    async close(signal) {
      await scheduler.stop();
      await sources.stop(signal);
      await events.stop(signal);
      await invoker.stop(signal);
      await executor.stop();
      await queues.stop();
      await logs.stop();
      await packages.close();
      await port.close();
      rmSync(sockets, { recursive: true, force: true });
    },
  };
}

/** A name below `localhost`, as AWS's has the id in the name: browsers and curl know those. Others use the path form. */
function functionUrl(settings: LambdaModules['settings'], id: string, region: string): string {
  const { scheme, port } = settings.awsEndpoint?.() ?? { scheme: 'http', port: 4566 };
  return `${scheme}://${id}.lambda-url.${region}.localhost:${port}/`;
}

function ownEndpoint(settings: LambdaModules['settings']): string {
  const { scheme, port } = settings.awsEndpoint?.() ?? { scheme: 'http', port: 4566 };
  return `${scheme}://${settings.host ?? '127.0.0.1'}:${port}`;
}

/** The node_modules that holds the SDK. */
function sdkFolder(): string {
  const entry = createRequire(import.meta.url).resolve('@aws-sdk/client-s3');
  const name = '/node_modules/';
  return entry.slice(0, entry.lastIndexOf(`${name}@aws-sdk/`) + name.length - 1);
}
