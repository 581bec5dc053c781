/** CQL on the hypergraph: the store, what stands on it, and the listener. */
import { createHash } from 'node:crypto';
import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  type ListenerSpec,
  type ProofQuery,
  ProofUnavailable,
  type Service,
  type ServiceHealth,
  type ServiceModules,
  type TableSummary,
} from '@hypergate/kit';
import type { LocalNodePorts } from '@hypergate/node/api';
import type { TableStore } from '@hypergate/table';

import { Sandbox } from './functions/sandbox/index.ts';
import {
  BuiltIndexes,
  buildUnfinished,
  HiddenIndexes,
  hiddenTablesOf,
  indexEffects,
  indexEntries,
  StaleEntries,
} from './indexes/index.ts';
import { rowsTable } from './model/rows.ts';
import { cqlTables, domainAddress } from './model/tables.ts';
import { ListenedSchema } from './ops/schema/listened-schema.ts';
import { statementFunctions } from './ops/terms/functions.ts';
import { SchemaUpkeep } from './schema-upkeep.ts';
import { CqlServer } from './server.ts';
import { dataStatements } from './session/data-statements.ts';
import { CqlStore } from './store/cql-store.ts';
import { pagingSecret } from './store/paging-secret.ts';
import { proveTarget } from './store/prove-target.ts';
import { hostIdOf } from './system/node-facts.ts';
import { buildUnfinishedViews, ViewStorage } from './views/index.ts';

export type CqlModules = ServiceModules<LocalNodePorts, TableStore>;

export interface CqlOptions {
  /** Of a node in another process: resolves when what it applied so far has been seen here. */
  readonly fresh?: () => Promise<unknown>;
}

export function createService(modules: CqlModules, options: CqlOptions = {}): Service {
  return new CqlService(modules, options);
}

const secretBytes = 32;

class CqlService implements Service {
  readonly name = 'cql';
  readonly protocol = 'cql';
  readonly tables: readonly TableSummary[] = [...cqlTables, rowsTable].map(({ name, description }) => ({
    name,
    description,
  }));
  readonly listeners: readonly ListenerSpec[];
  readonly #modules: CqlModules;
  readonly #options: CqlOptions;
  readonly #stopping = new AbortController();
  #store: CqlStore | undefined;
  #server: CqlServer | undefined;
  #stale: StaleEntries | undefined;
  #port = 0;

  constructor(modules: CqlModules, options: CqlOptions) {
    this.#modules = modules;
    this.#options = options;
    this.listeners = [
      {
        name: 'cql',
        portSetting: 'cqlPort',
        isPaused: true,
        accept: (socket, tls) => {
          if (this.#server === undefined) socket.destroy();
          else this.#server.accept(socket, tls);
        },
        opened: (port) => {
          this.#port = port;
        },
      },
    ];
  }

  async start(): Promise<void> {
    const { node, tables, logger, clock, random, settings } = this.#modules;
    const onFailure = (error: unknown) => logger.error({ err: error }, 'CQL: behind the scenes');
    const domain = await tables.ensureDomain(domainAddress);
    let schemas: ListenedSchema | undefined;
    const identity = createHash('sha256').update(resolve(settings.dataDir)).digest();
    const store = await CqlStore.open({
      tables,
      domain,
      node,
      ...this.#options,
      holder: identity,
      random,
      now: () => clock.now(),
      hiddenTables: hiddenTablesOf,
      derive: indexEntries,
      delay: async (ms, signal) => {
        await delay(ms, undefined, { signal }).catch(() => undefined);
      },
      onSchema: (before, after) => schemas?.changed(before, after),
      onFailure,
    });
    this.#store = store;
    schemas = new ListenedSchema(store);
    const built = new BuiltIndexes();
    const building = { storage: store, clock: store.clock, built };
    const functions = statementFunctions({ user: new Sandbox() });
    const now = () => clock.now();
    const views = new ViewStorage({
      storage: store,
      clock: store.clock,
      functions,
      schema: () => store.schema,
      now,
    });
    const viewing = { views, storage: store, clock: store.clock };
    await buildUnfinished(building, store.schema, this.#stopping.signal);
    await buildUnfinishedViews(viewing, store.schema, this.#stopping.signal);
    const stale = new StaleEntries(store, onFailure);
    this.#stale = stale;
    const server = new CqlServer({
      storage: views,
      clock: store.clock,
      schemas: new SchemaUpkeep(schemas, building, viewing, now),
      functions,
      data: dataStatements({
        effects: indexEffects,
        indexes: new HiddenIndexes({ storage: store, built, stale, now, onFailure }),
      }),
      now,
      node: () => ({
        hostId: hostIdOf(identity),
        address: settings.host ?? '127.0.0.1',
        port: this.#port,
        startedAt: Math.floor(clock.now() / 1000),
      }),
      password: typeof settings.own?.password === 'string' ? settings.own.password : undefined,
      isLoopback: settings.isLoopback === true,
      pagingKey: await pagingSecret(tables, domain, random.bytes(secretBytes)),
      logUnexpected: (reference, error) => logger.error({ err: error, reference }, 'CQL: a request failed'),
    });
    await server.start();
    this.#server = server;
  }

  async drain(signal: AbortSignal): Promise<void> {
    await this.#server?.drain(signal);
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#server?.close();
    await this.#stale?.close();
    await this.#store?.close();
  }

  health(): ServiceHealth {
    return this.#server === undefined ? { ready: false, reason: 'CQL is loading' } : { ready: true };
  }

  /** @throws ProofUnavailable */
  async prove(query: ProofQuery): Promise<string> {
    const { tables } = this.#modules;
    const store = this.#store;
    if (store === undefined || this.#server === undefined) throw new ProofUnavailable(503, 'CQL is loading');
    return proveTarget(query, { store, tables, domain: await tables.ensureDomain(domainAddress) });
  }

  async reset(): Promise<void> {
    await this.#store?.reset();
    await this.#server?.start();
  }
}
