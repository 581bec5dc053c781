/**
 * Calls of functions. A call passes, in this order: the lineage of its trace, the places of its account and function, an environment of
 * its version, the invocation, its record. Whatever happens it leaves its place and gives its environment back.
 */
import { lambdaLimits } from '../limits.ts';
import type { ResolvedFunction } from '../store/api.ts';
import type { InvokeRequest, InvokeResult, Invoker } from './api.ts';
import { Fleet } from './fleet.ts';
import { Launcher, type LauncherModules, stopping } from './launcher.ts';
import { invokeLimits } from './limits.ts';
import { continueTrace } from './lineage.ts';
import { Pool, type PoolModules } from './pool.ts';
import { Recorder } from './recorder.ts';
import { type RunModules, run, runFailed } from './run.ts';
import { Starts } from './starts.ts';
import { Throttle } from './throttle.ts';
import type { Timers } from './timers.ts';

export interface InvokerModules extends LauncherModules {
  readonly timers: Timers;
  readonly elapsedMs: () => number;
  /** For all environments of the gateway. */
  readonly memoryBudgetMb: number;
  /** Environments that start before others have started. */
  readonly startsAtOnce: number;
  /** Invocations of one account and region at once. */
  readonly concurrencyPerAccount?: number;
}

const sweepEveryMs = 60_000;

export class PooledInvoker implements Invoker {
  readonly #modules: InvokerModules;
  readonly #runModules: RunModules;
  readonly #poolModules: PoolModules;
  readonly #fleet: Fleet;
  readonly #throttle: Throttle;
  readonly #recorder: Recorder;
  readonly #ending = new AbortController();
  /** By version: where calls go. */
  readonly #current = new Map<string, Pool>();
  /** By function, also those that were retired and are not empty yet. */
  readonly #pools = new Map<string, Set<Pool>>();
  readonly #underWay = new Set<Promise<unknown>>();
  #isStopped = false;
  #takeBackUpkeep: (() => void) | undefined;
  #sweptMs = 0;
  #sweeping: Promise<void> | undefined;

  constructor(modules: InvokerModules) {
    const { base, timers, elapsedMs } = modules;
    const nowMs = () => base.clock.now();
    this.#modules = modules;
    this.#runModules = { nowMs, elapsedMs };
    this.#fleet = new Fleet(modules.memoryBudgetMb, { timers, logger: base.logger, nowMs });
    this.#throttle = new Throttle(modules.concurrencyPerAccount ?? lambdaLimits.concurrencyPerAccount);
    const { tables, domain, clock, logger } = base;
    this.#recorder = new Recorder({ tables, domain, clock, logger, timers });
    const launcher = new Launcher(modules, this.#ending.signal);
    const starts = new Starts(modules.startsAtOnce, timers);
    this.#poolModules = { fleet: this.#fleet, launcher, starts, logger, nowMs };
    this.#armUpkeep();
  }

  invoke(request: InvokeRequest): Promise<InvokeResult> {
    const work = this.#invoke(request);
    this.#underWay.add(work);
    const left = () => this.#underWay.delete(work);
    work.then(left, left);
    return work;
  }

  retire(functionId: string, version?: string): void {
    for (const pool of this.#pools.get(functionId) ?? [])
      if (version === undefined || pool.target.version.version === version) this.#retire(pool);
    if (version === undefined) this.#throttle.forget(functionId);
  }

  counts(functionId: string, version?: string): { readonly busy: number; readonly warm: number } {
    let busy = 0;
    let warm = 0;
    for (const pool of this.#pools.get(functionId) ?? []) {
      if (version !== undefined && pool.target.version.version !== version) continue;
      busy += pool.busy;
      warm += pool.idle;
    }
    return { busy, warm };
  }

  async provision(target: ResolvedFunction, count: number): Promise<{ readonly ready: number }> {
    if (this.#isStopped) throw stopping();
    return { ready: await this.#poolOf(target).provision(count) };
  }

  /** All records of what was answered are written. */
  flush(): Promise<void> {
    return this.#recorder.flush();
  }

  async stop(signal: AbortSignal): Promise<void> {
    this.#isStopped = true;
    this.#takeBackUpkeep?.();
    const cut = () => {
      this.#ending.abort();
      this.#fleet.closeAll();
    };
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut, { once: true });
    await Promise.allSettled(this.#underWay);
    // What is starting ahead of calls is for nobody any more.
    this.#ending.abort();
    for (const pools of this.#pools.values())
      for (const pool of pools) {
        pool.retire();
        await pool.started();
      }
    signal.removeEventListener('abort', cut);
    this.#fleet.closeAll();
    this.#fleet.stop();
    await this.#fleet.closed();
    await this.#recorder.flush();
    this.#recorder.stop();
    await this.#sweeping;
  }

  async #invoke(request: InvokeRequest): Promise<InvokeResult> {
    if (this.#isStopped) throw stopping();
    this.#recorder.check();
    const pool = this.#poolOf(request.target);
    const traceId = continueTrace(request.traceId, pool.lineageName, request.target);
    const place = this.#throttle.enter(request.target);
    try {
      const acquired = pool.acquire(request.signal);
      const started = acquired instanceof Promise ? await acquired : acquired;
      if ('failed' in started)
        return this.#recorded(request, runFailed(this.#runModules, pool, started.failed, request, traceId));
      try {
        return this.#recorded(request, await run(this.#runModules, pool, started.warm, request, traceId));
      } finally {
        pool.giveBack(started.warm);
      }
    } finally {
      place.leave();
    }
  }

  #recorded(request: InvokeRequest, result: InvokeResult): InvokeResult {
    if (request.keepsRecord !== true) this.#recorder.add(result.record);
    return result;
  }

  /** Of the version as it is configured; another configuration of it is retired. */
  #poolOf(target: ResolvedFunction): Pool {
    const key = `${target.function.id}/${target.version.version}`;
    const known = this.#current.get(key);
    if (known !== undefined) {
      if (known.target.version.revisionId === target.version.revisionId) return known;
      this.#retire(known);
    }
    const pool = new Pool(target, this.#poolModules);
    this.#current.set(key, pool);
    const pools = this.#pools.get(target.function.id);
    if (pools === undefined) this.#pools.set(target.function.id, new Set([pool]));
    else pools.add(pool);
    return pool;
  }

  #retire(pool: Pool): void {
    pool.retire();
    const key = keyOf(pool);
    if (this.#current.get(key) === pool) this.#current.delete(key);
    this.#forgetEmpty(pool);
  }

  #forgetEmpty(pool: Pool): void {
    if (!pool.isEmpty) return;
    const { id } = pool.target.function;
    const pools = this.#pools.get(id);
    if (pools?.delete(pool) === true && pools.size === 0) this.#pools.delete(id);
    if (this.#current.get(keyOf(pool)) === pool) this.#current.delete(keyOf(pool));
  }

  #armUpkeep(): void {
    this.#takeBackUpkeep = this.#modules.timers.later(invokeLimits.upkeepMs, () => this.#upkeep());
  }

  #upkeep(): void {
    this.#fleet.upkeep();
    for (const pools of this.#pools.values())
      for (const pool of pools) {
        pool.upkeep();
        this.#forgetEmpty(pool);
      }
    const { clock, logger } = this.#modules.base;
    if (clock.now() - this.#sweptMs >= sweepEveryMs && this.#sweeping === undefined) {
      this.#sweptMs = clock.now();
      this.#sweeping = this.#recorder
        .sweep()
        .then(
          () => undefined,
          (error: unknown) => {
            logger.error({ err: error }, 'old records of invocations were not removed');
          },
        )
        .finally(() => {
          this.#sweeping = undefined;
        });
    }
    this.#armUpkeep();
  }
}

const keyOf = ({ target }: Pool): string => `${target.function.id}/${target.version.version}`;
