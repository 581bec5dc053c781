/**
 * Events on their way to functions and queues. A change writes its event into its own transaction and wakes the sender behind
 * it; what a stopped process left, its own or that of another gateway on the same store, is found again by looking. Two gateways may
 * send one record: the id is the same, and destinations take it once.
 */
import type { Clock, EventTargets, RandomSource } from '@hypergate/kit';
import type { DomainWrite, TableDomain, TableStore } from '@hypergate/table';
import { type Bytes, noBytes, prefixEnd, viewOf } from '../engine/bytes.ts';
import { EventTicks } from '../engine/event-record.ts';
import { s3Limits } from '../limits.ts';
import {
  type OutboxRow,
  outboxId,
  outboxKey,
  outboxRandomBytes,
  outboxTable,
  prefixOf,
  targetPrefix,
  tickOf,
} from '../model/outbox.ts';
import { type OutboxLog, TargetRunner, type Timer } from './target-runner.ts';

export interface OutboxModules {
  readonly tables: TableStore;
  /** Where the records stand; asked for again and again, as it is opened anew when everything was emptied. */
  readonly registry: () => TableDomain;
  readonly targets: () => EventTargets | undefined;
  readonly clock: Clock;
  readonly random: RandomSource;
  readonly log: OutboxLog;
  readonly timer?: Timer;
}

/** For a transaction: its write, and what to do when it was applied. */
export interface Posting {
  readonly write: DomainWrite;
  applied(): void;
}

export class Outbox {
  readonly ticks = new EventTicks();
  readonly #modules: OutboxModules;
  readonly #timer: Timer;
  readonly #runners = new Map<string, TargetRunner>();
  readonly #running = new Set<Promise<void>>();
  #cancelLook: () => void = () => undefined;
  #stopped = false;

  constructor(modules: OutboxModules) {
    this.#modules = modules;
    this.#timer = modules.timer ?? realTimer;
  }

  /** Where events go; undefined where nothing takes them. */
  get targets(): EventTargets | undefined {
    return this.#modules.targets();
  }

  /** Sends what is left, and looks for what others leave from time to time. */
  async resume(): Promise<void> {
    this.#stopped = false;
    // A clock that goes back from here must not reach numbers that an earlier process used.
    this.ticks.next(this.#modules.clock.now(), 0);
    await this.#look();
    this.#lookLater();
  }

  /** @param tick of `ticks` */
  post(row: OutboxRow, tick: number): Posting {
    const { random, registry } = this.#modules;
    const target = targetPrefix(row.targetArn);
    const key = outboxKey(outboxId(target, tick, random.bytes(outboxRandomBytes)));
    return {
      write: { domain: registry(), kind: 'put', table: outboxTable, key, row, condition: 'absent' },
      applied: () => this.#wake(target),
    };
  }

  /** Resolves when deliveries under way have ended; what is left stays for the next start. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancelLook();
    for (const runner of this.#runners.values()) runner.stop();
    while (this.#running.size > 0) await Promise.all(this.#running);
  }

  /** Everything goes undelivered. */
  async clear(): Promise<void> {
    const { tables, registry } = this.#modules;
    for (;;) {
      const entries = await registry().scan(outboxTable, noBytes, { limit: s3Limits.outboxWindow });
      if (entries.length === 0) return;
      await tables.transact(
        entries.map(({ sort }) => ({
          domain: registry(),
          kind: 'remove',
          table: outboxTable,
          key: outboxKey(sort),
        })),
      );
    }
  }

  /** One look per destination, not per record. */
  async #look(): Promise<void> {
    const cursor = this.#modules.registry().cursor(outboxTable, noBytes, {});
    for (;;) {
      const entry = await cursor.next();
      if (entry === undefined) return;
      this.ticks.passed(tickOf(entry.sort));
      const target = Buffer.from(prefixOf(entry.sort));
      this.#wake(target);
      const end = prefixEnd(target);
      if (end === undefined) return;
      cursor.seek(end);
    }
  }

  #lookLater(): void {
    if (this.#stopped) return;
    this.#cancelLook = this.#timer(s3Limits.outboxLookMs, () => {
      const looking = this.#look()
        .catch((error: unknown) =>
          this.#modules.log.error({ err: error }, 'the outbox of events could not be looked through'),
        )
        .finally(() => {
          this.#running.delete(looking);
          this.#lookLater();
        });
      this.#running.add(looking);
    });
  }

  #wake(target: Bytes): void {
    if (this.#stopped) return;
    const name = viewOf(target).toString('latin1');
    const present = this.#runners.get(name);
    if (present !== undefined) {
      present.wake();
      return;
    }
    const registry = this.#modules.registry();
    const runner = new TargetRunner({ ...this.#modules, registry, timer: this.#timer }, target);
    this.#runners.set(name, runner);
    const running = runner.run(() => this.#runners.delete(name)).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }
}

const realTimer: Timer = (ms, run) => {
  const timer = setTimeout(run, ms).unref();
  return () => clearTimeout(timer);
};
