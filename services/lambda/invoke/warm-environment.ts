/** An environment that has started, with what has to be given back when it ends. */
import type { Environment } from '../executor/api.ts';
import type { EnvironmentLog } from './environment-log.ts';

export interface WarmParts {
  readonly environment: Environment;
  readonly log: EnvironmentLog;
  /** Of the machine. */
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly credentialsEndMs: number;
  /** Gives its folders back. */
  readonly release: () => void;
}

export class WarmEnvironment {
  readonly environment: Environment;
  readonly log: EnvironmentLog;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  readonly credentialsEndMs: number;
  idleSinceMs = 0;
  /** Kept ready whether anybody calls or not. */
  isProvisioned = false;
  /** What starting it took, until its first invocation reports that. */
  unreportedInitMs: number | undefined;
  /** Set by its pool. */
  left: () => void = () => undefined;
  #release: (() => void) | undefined;

  constructor({ environment, log, memoryMb, timeoutMs, credentialsEndMs, release }: WarmParts) {
    this.environment = environment;
    this.log = log;
    this.memoryMb = memoryMb;
    this.timeoutMs = timeoutMs;
    this.credentialsEndMs = credentialsEndMs;
    this.unreportedInitMs = environment.initMs;
    this.#release = release;
  }

  get id(): string {
    return this.environment.spec.id;
  }

  async close(): Promise<void> {
    await this.environment.close();
    this.ended();
  }

  /** Its process is gone: nobody reads its folders any more. */
  ended(): void {
    this.#release?.();
    this.#release = undefined;
  }
}
