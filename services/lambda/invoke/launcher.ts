/** Starts environments: folders of code, credentials of the role, the log stream, the executor. */

import { lambdaError } from '../engine/errors.ts';
import type { EnvironmentEvents, EnvironmentSpec, FunctionFailure } from '../executor/api.ts';
import { ExecutorUnavailable } from '../executor/api.ts';
import type { ChosenExecutors } from '../executor/choose.ts';
import type { LogStore } from '../logs/api.ts';
import type { PackageRef } from '../model/function-rows.ts';
import type { Packages } from '../packages/api.ts';
import type { ResolvedFunction } from '../store/api.ts';
import type { LambdaBase } from '../store/context.ts';
import { credentialsFor } from './credentials.ts';
import { EnvironmentLog } from './environment-log.ts';
import { errorTypeOf, failureText } from './failure-body.ts';
import type { PlatformLines } from './platform-lines.ts';
import { WarmEnvironment } from './warm-environment.ts';

export interface LauncherModules {
  readonly base: LambdaBase;
  readonly executor: ChosenExecutors;
  readonly packages: Packages;
  readonly logs: LogStore;
  /** Whoever runs the gateway trusts the account's functions. */
  readonly trusts: (account: string) => boolean;
}

/** The function's own fault. */
export interface FailedStart {
  readonly failure: FunctionFailure;
  readonly initMs: number;
  readonly memoryUsedMb: number;
  readonly log: EnvironmentLog;
}

export type Started = { readonly warm: WarmEnvironment } | { readonly failed: FailedStart };

interface Folders {
  readonly code: string;
  readonly layers: readonly string[];
  release(): void;
}

export class Launcher {
  readonly #modules: LauncherModules;
  readonly #signal: AbortSignal;

  /** @param signal ends what is starting */
  constructor(modules: LauncherModules, signal: AbortSignal) {
    this.#modules = modules;
    this.#signal = signal;
  }

  /** @throws AwsError when functions like this one are not run here */
  check({ function: { account }, version }: ResolvedFunction): void {
    const { executor, trusts } = this.#modules;
    if (!executor.runs(version.runtime)) {
      const lacking = executor.lacks?.(version.runtime);
      throw lambdaError(
        'InvalidRuntimeException',
        `The runtime ${version.runtime} cannot be run by this gateway.${lacking === undefined ? '' : ` ${lacking}`}`,
      );
    }
    const { isolation } = executor.of(version.runtime) ?? executor;
    if (!isolation.isForUntrusted && !trusts(account))
      throw lambdaError(
        'AccessDeniedException',
        `Functions of account ${account} are not run: this machine cannot keep them apart (${isolation.missing.join(' ')})`,
      );
  }

  /** MiB of the machine for each environment. */
  takesMb({ function: { account }, version }: ResolvedFunction): number {
    const { executor, trusts } = this.#modules;
    const { runtime, memoryMb, ephemeralMb } = version;
    return executor.takesMb?.({ runtime, memoryMb, ephemeralMb, isTrusted: trusts(account) }) ?? memoryMb;
  }

  /**
   * @param gone called once when it has ended by itself or by others, also before this resolves
   * @throws AwsError when it is our fault
   */
  async start(
    target: ResolvedFunction,
    lines: PlatformLines,
    isOnDemand: boolean,
    gone: () => void,
  ): Promise<Started> {
    if (this.#signal.aborted) throw stopping();
    const { base, executor, logs } = this.#modules;
    const { account, region } = target.function;
    const id = Buffer.from(base.random.bytes(16)).toString('hex');
    const credentials = credentialsFor(base, account, target.version);
    const { group } = target.version.logging;
    const stream = streamName(base.clock.now(), target.version.version, id);
    const log = new EnvironmentLog(logs, { account, region, group, stream });
    const folders = await this.#folders(target);
    let warm: WarmEnvironment | undefined;
    let hasEnded = false;
    const events: EnvironmentEvents = {
      log: (line) => log.line(line),
      ended: () => {
        if (hasEnded) return;
        hasEnded = true;
        warm?.ended();
        gone();
      },
    };
    try {
      const spec = this.#specOf(target, { id, stream, folders, credentials, isOnDemand });
      log.aside(lines.initStart(base.clock.now(), isOnDemand));
      const started = await executor.start(spec, events, this.#signal);
      if ('environment' in started) {
        // Whoever starts it may be slower than whoever stops it.
        if (this.#signal.aborted) {
          await started.environment.close();
          throw stopping();
        }
        warm = new WarmEnvironment({
          environment: started.environment,
          log,
          memoryMb: this.takesMb(target),
          timeoutMs: spec.timeoutMs,
          credentialsEndMs: credentials.expiresMs,
          release: () => folders.release(),
        });
        if (hasEnded) warm.ended();
        return { warm };
      }
      folders.release();
      const { failure, initMs, memoryUsedMb } = started;
      const { errorType } = failureText(failure, spec.timeoutMs);
      const type = errorType ?? ('body' in failure ? errorTypeOf(failure.body) : 'Runtime.Unknown');
      log.write(lines.initFailed(base.clock.now(), initMs, failure.kind === 'timeout', type));
      return { failed: { failure, initMs, memoryUsedMb, log } };
    } catch (error) {
      folders.release();
      throw this.#translated(error, target);
    }
  }

  #specOf(
    { function: { account, region, id: functionId }, version }: ResolvedFunction,
    made: {
      readonly id: string;
      readonly stream: string;
      readonly folders: Folders;
      readonly credentials: EnvironmentSpec['credentials'];
      readonly isOnDemand: boolean;
    },
  ): EnvironmentSpec {
    const { accessKeyId, secretAccessKey, sessionToken } = made.credentials;
    const { format, group, applicationLevel } = version.logging;
    return {
      id: made.id,
      account,
      region,
      functionName: version.functionName,
      version: version.version,
      functionId,
      runtime: version.runtime,
      architecture: version.architecture,
      handler: version.handler,
      memoryMb: version.memoryMb,
      ephemeralMb: version.ephemeralMb,
      timeoutMs: version.timeoutSeconds * 1000,
      codeFolder: made.folders.code,
      layerFolders: made.folders.layers,
      variables: version.variables ?? {},
      logGroup: group,
      logStream: made.stream,
      logFormat: format,
      ...(applicationLevel === undefined ? {} : { applicationLevel }),
      isOnDemand: made.isOnDemand,
      isTrusted: this.#modules.trusts(account),
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      ...(version.circuit === undefined ? {} : { circuit: version.circuit }),
    };
  }

  /** All of them, or none is held. */
  async #folders({ version }: ResolvedFunction): Promise<Folders> {
    const { packages } = this.#modules;
    const refs: PackageRef[] = [version.code, ...version.layers.map((layer) => layer.package)];
    const asked = await Promise.allSettled(refs.map((ref) => packages.folder(ref)));
    const held = asked.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    let isReleased = false;
    const release = () => {
      if (isReleased) return;
      isReleased = true;
      for (const one of held) one.release();
    };
    const refused = asked.find((one) => one.status === 'rejected');
    if (refused !== undefined) {
      release();
      throw refused.reason;
    }
    const [code, ...layers] = held.map(({ path }) => path);
    return { code: code!, layers, release };
  }

  #translated(error: unknown, { version: { functionName } }: ResolvedFunction): unknown {
    if (this.#signal.aborted) return stopping();
    if (!(error instanceof ExecutorUnavailable)) return error;
    this.#modules.base.logger.error({ err: error, function: functionName }, 'an environment did not start');
    return lambdaError('ServiceException', 'The function could not be started. Please try again.', {
      Type: 'Service',
    });
  }
}

/** To calls that come or wait when the gateway is about to stop. */
export function stopping(): Error {
  return lambdaError('ServiceException', 'The gateway is about to stop.', { Type: 'Service' });
}

/** `2026/11/23/[$LATEST]0123…`. */
function streamName(nowMs: number, version: string, id: string): string {
  const day = new Date(nowMs).toISOString().slice(0, 10).replaceAll('-', '/');
  return `${day}/[${version}]${id}`;
}
