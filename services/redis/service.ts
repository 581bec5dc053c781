/**
 * Redis 7.2 on the hypergraph. The engine works in memory, in a process of its own; what it does becomes durable in the node's
 * log before it is answered, and every key has a record that proofs are about.
 */
import { createHash } from 'node:crypto';
import { totalmem } from 'node:os';
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
import { RedisMetrics } from './metrics.ts';
import { redisTables } from './model/tables.ts';
import type { EngineLaunch } from './process/engine-process.ts';
import { storeLimits } from './store/limits.ts';
import { proveTarget } from './store/prove-target.ts';
import { Session } from './store/session.ts';

export type RedisModules = ServiceModules<LocalNodePorts, TableStore>;

export function createService(modules: RedisModules): Service {
  return new RedisService(modules);
}

/** One process at a time has the directory: a new one there says that the earlier one is gone. */
export function holderOf(dataDir: string): Buffer {
  return createHash('sha256').update(resolve(dataDir)).digest();
}

/** Of all databases; the same in every gateway. */
export const domainAddress: Buffer = createHash('sha256').update('hypergate/redis/v1').digest();

const heapPerKeyMemory = 1.4;
const heapBaseBytes = 128 * 1024 * 1024;

class RedisService implements Service {
  readonly name = 'redis';
  readonly protocol = 'redis';
  readonly tables: readonly TableSummary[] = redisTables.map(({ name, description }) => ({
    name,
    description,
  }));
  readonly listeners: readonly ListenerSpec[];
  readonly #modules: RedisModules;
  readonly #stopping = new AbortController();
  readonly #metrics: RedisMetrics;
  #session: Session | undefined;
  #reason = 'Redis is loading';

  constructor(modules: RedisModules) {
    this.#modules = modules;
    this.#metrics = new RedisMetrics(modules.metrics, () => this.#session);
    this.listeners = [
      {
        name: 'redis',
        portSetting: 'redisPort',
        handsOver: true,
        accept: (socket, tls) => {
          if (this.#session === undefined) socket.destroy();
          else this.#session.accept(socket, tls);
        },
      },
    ];
  }

  async start(): Promise<void> {
    await this.#open();
  }

  async #open(): Promise<void> {
    const { node, tables, logger, clock, settings } = this.#modules;
    const domain = await tables.ensureDomain(domainAddress);
    const { session, report } = await Session.open(
      holderOf(settings.dataDir),
      this.#options(),
      {
        node,
        tables,
        domain,
        logger,
        clock,
        delay: async (ms) => void (await delay(ms)),
        onEnded: (reason) => void this.#again(reason),
        metrics: this.#metrics,
      },
      this.#stopping.signal,
    );
    this.#session = session;
    this.#metrics.sessionOpened();
    logger.info(report, 'Redis is loaded');
  }

  /** The session ended by itself: clients were cut off, and find another. */
  async #again(reason: string): Promise<void> {
    this.#session = undefined;
    this.#reason = reason;
    while (!this.#stopping.signal.aborted && this.#session === undefined) {
      try {
        await this.#open();
      } catch (error) {
        if (this.#stopping.signal.aborted) return;
        this.#modules.logger.error({ err: error }, 'Redis cannot be loaded; trying again');
        await delay(storeLimits.retryMs);
      }
    }
  }

  #options(): EngineLaunch {
    const { tls, own = {} } = this.#modules.settings;
    const password = typeof own.password === 'string' ? own.password : undefined;
    const memory = typeof own.memory === 'number' ? own.memory : Math.floor(totalmem() / 2);
    return {
      password,
      tls,
      // What is garbage but not yet collected, and what the process needs beside the keys.
      heapBytes: Math.floor(memory * heapPerKeyMemory) + heapBaseBytes,
      maxmemory: memory,
      version: '0.1.0',
      port: Number(own.port ?? 0),
      cluster: own.cluster === true,
    };
  }

  async drain(): Promise<void> {
    this.#stopping.abort();
    await this.#session?.stop();
  }

  async stop(): Promise<void> {
    await this.drain();
  }

  health(): ServiceHealth {
    return this.#session === undefined ? { ready: false, reason: this.#reason } : { ready: true };
  }

  /** @throws ProofUnavailable */
  prove(query: ProofQuery): Promise<string> {
    const session = this.#session;
    if (session === undefined) throw new ProofUnavailable(503, this.#reason);
    return proveTarget(query, session, this.#modules.tables);
  }

  async reset(): Promise<void> {
    await this.#session?.reset();
  }
}
