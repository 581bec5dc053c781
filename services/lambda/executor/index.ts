/** Runs functions as processes, in the engine of their runtime (services/lambda/executor/api.ts says what an executor is). */

import type { Socket } from 'node:net';
import { join, resolve } from 'node:path';
import type { Clock, RandomSource } from '@hypergate/kit';
import type { Logger } from 'pino';
import { lambdaLimits } from '../limits.ts';
import type { Environment, EnvironmentEvents, EnvironmentSpec, Executor } from './api.ts';
import { ExecutorUnavailable } from './api.ts';
import type { Engine } from './engine.ts';
import { ChildEnvironment } from './environment.ts';
import { groupName } from './isolation/cgroup.ts';
import { type Door, gatewayPort } from './isolation/network.ts';
import { bootstrapFolder } from './isolation/room.ts';
import { prepareSurroundings, type Surroundings } from './isolation/surroundings.ts';
import { executorLimits } from './limits.ts';
import { MemoryWatch } from './memory-watch.ts';
import { nodeEngine } from './node/engine.ts';
import { isPythonRuntime, pyodideHint } from './pyodide/engine.ts';
import { RuntimeApi } from './runtime-api.ts';
import { sdkFolders, sdkPackages } from './sdk.ts';

export interface NodeExecutorOptions {
  /** Program that functions run in: node, 24 or later. */
  readonly node: string;
  /** Asked in their order, before node: what they do not run, node does. */
  readonly engines?: readonly Engine[];
  /** A folder of its own; what is in it goes. */
  readonly folder: string;
  /** A node_modules with the AWS SDK. */
  readonly sdkFolder: string;
  /** Takes a connection of a function to the gateway. */
  readonly connectGateway: (socket: Socket) => void;
  /** What else functions reach, in networks of their own: ports of the gateway as it has them. */
  readonly furtherDoors?: () => readonly Door[];
  /** Where the gateway is for functions on platforms without networks of their own. */
  readonly endpoint?: string;
  /** What all functions may hold together, with what is in their /tmp; as far as control groups can say so. */
  readonly memoryBytesMax?: number;
  /** How long starting may take at first. */
  readonly initMsMax?: number;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly logger: Logger;
}

/** Looks at the platform and prepares what it has. */
export async function createNodeExecutor(options: NodeExecutorOptions): Promise<Executor> {
  const { random, logger } = options;
  const sdkFolder = resolve(options.sdkFolder);
  const node = resolve(options.node);
  const engines = [...(options.engines ?? []), nodeEngine(node, bootstrapFolder)];
  const surroundings = await prepareSurroundings({
    node,
    engines,
    folder: join(resolve(options.folder), 'root'),
    sdk: { folder: sdkFolder, names: sdkFolders(sdkPackages(sdkFolder)) },
    doors: () => [
      { port: gatewayPort, isForTrusted: false, connect: options.connectGateway },
      ...(options.furtherDoors?.() ?? []).filter(({ port }) => port !== gatewayPort),
    ],
    endpoint: options.endpoint ?? 'http://127.0.0.1:4566',
    pick: (limit) => Buffer.from(random.bytes(6)).readUIntBE(0, 6) % limit,
    memoryBytesMax: options.memoryBytesMax,
    name: groupName(process.pid, Buffer.from(random.bytes(8)).toString('hex')),
  });
  for (const sentence of surroundings.isolation.missing) logger.warn(sentence);
  return new ProcessExecutor(options, engines, surroundings);
}

class ProcessExecutor implements Executor {
  readonly name: string;
  readonly isolation: Executor['isolation'];
  readonly #options: NodeExecutorOptions;
  readonly #engines: readonly Engine[];
  readonly #surroundings: Surroundings;
  readonly #api = new RuntimeApi();
  readonly #watch = new MemoryWatch();
  readonly #environments = new Set<ChildEnvironment>();
  #isStopped = false;

  constructor(options: NodeExecutorOptions, engines: readonly Engine[], surroundings: Surroundings) {
    this.name = engines.map(({ name }) => name).join(', ');
    this.#options = options;
    this.#engines = engines;
    this.#surroundings = surroundings;
    this.isolation = surroundings.isolation;
  }

  runs(runtime: string): boolean {
    return this.#engines.some((engine) => engine.runs({ runtime, isTrusted: true }));
  }

  lacks(runtime: string): string | undefined {
    return isPythonRuntime(runtime) && !this.runs(runtime) ? pyodideHint : undefined;
  }

  /** The smallest /tmp is seldom full, and the limit of all together bounds those; who asks for a larger one has it counted. */
  takesMb(spec: Parameters<NonNullable<Executor['takesMb']>>[0]): number {
    const { baseMb = 0 } = this.#engines.find((one) => one.runs(spec)) ?? {};
    return spec.memoryMb + baseMb + Math.max(0, spec.ephemeralMb - lambdaLimits.ephemeralMbMin);
  }

  async start(
    spec: EnvironmentSpec,
    events: EnvironmentEvents,
    signal?: AbortSignal,
  ): ReturnType<Executor['start']> {
    if (!spec.isTrusted && !this.isolation.isForUntrusted) {
      throw new ExecutorUnavailable(
        'functions of accounts that are not trusted cannot be kept in on this platform',
      );
    }
    // As on AWS: what does not start in time is tried once more, with the time that its invocation has.
    const first = await this.#try(spec, events, this.#options.initMsMax ?? executorLimits.initMsMax, signal);
    if (!('failure' in first) || first.failure.kind !== 'timeout' || signal?.aborted) return first;
    return this.#try(spec, events, spec.timeoutMs, signal);
  }

  async #try(
    spec: EnvironmentSpec,
    events: EnvironmentEvents,
    limitMs: number,
    signal: AbortSignal | undefined,
  ): ReturnType<Executor['start']> {
    this.#requireRunning(signal);
    const engine = this.#engines.find((one) => one.runs(spec));
    if (!engine) throw new ExecutorUnavailable(`nothing here runs ${spec.runtime}`);
    await engine.prepare?.();
    const place = await this.#surroundings.place(spec, engine);
    if (this.#isStopped || signal?.aborted) {
      await place.release();
      this.#requireRunning(signal);
    }
    const environment = new ChildEnvironment({
      spec,
      events: {
        log: (line) => events.log(line),
        ended: (failure) => {
          this.#environments.delete(environment);
          events.ended(failure);
        },
      },
      engine,
      place,
      isInRoom: this.isolation.mounts,
      api: this.#api,
      watch: this.#watch,
      now: () => this.#options.clock.now(),
    });
    this.#environments.add(environment);
    let failure: Awaited<ReturnType<ChildEnvironment['start']>>;
    try {
      failure = await environment.start(limitMs, signal);
    } catch (error) {
      this.#environments.delete(environment);
      throw error;
    }
    this.#surroundings.idle();
    if (!failure) return { environment: environment as Environment };
    this.#environments.delete(environment);
    const { initMs, memoryUsedMb } = environment;
    return { failure, initMs, memoryUsedMb };
  }

  #requireRunning(signal: AbortSignal | undefined): void {
    if (this.#isStopped) throw new ExecutorUnavailable('functions are not started any more');
    if (signal?.aborted) throw new ExecutorUnavailable('starting the function was given up');
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all([...this.#environments].map((environment) => environment.close()));
    this.#api.close();
    await this.#surroundings.stop();
  }
}
