/** Pollers of all mappings that are enabled; each gateway has its own, as a queue gives a message to one receiver. */
import { FilterInvalid } from '../engine/filter.ts';
import type { MappingRow } from '../model/mapping-settings.ts';
import { enabledMappings, noteMappingResult } from '../store/mappings.ts';
import { sourceLimits } from './limits.ts';
import { Poller, type SourceModules } from './poller.ts';

export class Sources {
  readonly #modules: SourceModules;
  readonly #pollers = new Map<string, Poller>();
  /** Mappings that cannot be polled as they are, by when they were changed. */
  readonly #refused = new Map<string, number>();
  readonly #ending = new Set<Promise<void>>();
  readonly #cut = new AbortController();
  #looking: Promise<void> | undefined;
  #takeBack: (() => void) | undefined;
  #isOver = false;

  constructor(modules: SourceModules) {
    this.#modules = modules;
  }

  start(): void {
    this.flush().catch((error: unknown) => this.#unread(error));
  }

  /** Mappings are as they are stored now. */
  flush(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  /** Nothing is received any more; what functions have comes to its end, unless the signal comes. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#isOver = true;
    this.#takeBack?.();
    const cut = () => this.#cut.abort();
    if (signal.aborted) cut();
    signal.addEventListener('abort', cut, { once: true });
    await this.#looking?.catch((error: unknown) => this.#unread(error));
    for (const uuid of [...this.#pollers.keys()]) this.#end(uuid);
    await Promise.all(this.#ending);
    signal.removeEventListener('abort', cut);
  }

  /** How many mappings are polled. */
  get size(): number {
    return this.#pollers.size;
  }

  async #look(): Promise<void> {
    this.#takeBack?.();
    try {
      const seen = new Set<string>();
      for await (const row of enabledMappings(this.#modules.base, 'sqs')) {
        if (this.#isOver) return;
        seen.add(row.uuid);
        await this.#have(row);
      }
      for (const uuid of [...this.#pollers.keys()]) if (!seen.has(uuid)) this.#end(uuid);
      for (const uuid of this.#refused.keys()) if (!seen.has(uuid)) this.#refused.delete(uuid);
    } finally {
      if (!this.#isOver)
        this.#takeBack = this.#modules.timers.later(sourceLimits.lookEveryMs, () => this.start());
    }
  }

  async #have(row: MappingRow): Promise<void> {
    const known = this.#pollers.get(row.uuid);
    if ((known?.row.modifiedMs ?? this.#refused.get(row.uuid)) === row.modifiedMs) return;
    this.#end(row.uuid);
    try {
      const poller = new Poller(row, this.#modules);
      this.#pollers.set(row.uuid, poller);
      this.#refused.delete(row.uuid);
      poller.start();
    } catch (error) {
      if (!(error instanceof FilterInvalid)) throw error;
      // Messages that it would filter out would be deleted: rather none are read.
      this.#refused.set(row.uuid, row.modifiedMs);
      await noteMappingResult(this.#modules.base, row, `PROBLEM: ${error.message}`);
    }
  }

  #end(uuid: string): void {
    const poller = this.#pollers.get(uuid);
    if (poller === undefined) return;
    this.#pollers.delete(uuid);
    const ended: Promise<void> = poller
      .stop(this.#cut.signal)
      .catch((error: unknown) => {
        this.#modules.base.logger.error({ err: error, mapping: uuid }, 'a poller did not end well');
      })
      .finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }

  #unread(error: unknown): void {
    this.#modules.base.logger.error({ err: error }, 'event source mappings could not be read');
  }
}
