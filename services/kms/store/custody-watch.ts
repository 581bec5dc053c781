/** How custodians are, asked now and then: whether calls can be served, and when those that wait can be handed over. */
import type { ServiceHealth } from '@hypergate/kit';
import type { CustodyPort, CustodyStatus } from '@hypergate/node/api';
import { gatewayLimits } from '../limits.ts';

export interface CustodyWatchModules {
  readonly custody: CustodyPort;
  /** After every look that found enough of them. */
  onReady(): Promise<void>;
}

export class CustodyWatch {
  readonly #modules: CustodyWatchModules;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  #health: ServiceHealth = { ready: false, reason: 'the custodians of keys have not been asked yet' };
  #looking: Promise<void> | undefined;

  constructor(modules: CustodyWatchModules) {
    this.#modules = modules;
  }

  get health(): ServiceHealth {
    return this.#health;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  /** Looks now, and again after a while. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
      if (this.#stopped) return;
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => void this.look(), gatewayLimits.statusMs).unref();
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    try {
      this.#health = healthOf(await this.#modules.custody.status());
    } catch (error) {
      this.#health = { ready: false, reason: `the custodians of keys do not answer: ${messageOf(error)}` };
    }
    if (this.#health.ready && !this.#stopped) await this.#modules.onReady();
  }
}

/** Any n - t of them serve every call. */
function healthOf({ threshold, custodians }: CustodyStatus): ServiceHealth {
  const ready = custodians.filter(({ state }) => state === 'ready').length;
  const needed = custodians.length - threshold;
  if (ready >= needed) return { ready: true };
  return {
    ready: false,
    reason: `${ready} of ${custodians.length} custodians of keys are ready, ${needed} are needed`,
  };
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
