/**
 * Carries out what is due while this gateway has the lease. One gateway of a store has it, so that an event costs no write of its own for
 * being claimed: what runs is known in memory, and after a crash it is simply due still. All that is written says the term.
 *
 * A lease may be lost without a crash, when the machine slept. What runs then is still known here: it is not run again when the lease
 * comes back, and what came of it is written under the new term if nobody else changed its record since.
 *
 * (The alternative, claims of single events with times of their own, would cost a second transaction for each event, and what a killed
 * gateway had claimed would wait until its claims were over.)
 */
import type { Fence } from '@hypergate/node/api';
import { ConditionFailed, type DomainWrite, StaleTerm, unstagePieces } from '@hypergate/table';
import { backoffMs } from '../engine/retry.ts';
import { timeSort } from '../invoke/record-table.ts';
import type { Timers } from '../invoke/timers.ts';
import type { LambdaBase } from '../store/context.ts';
import type { Attempts } from './attempts.ts';
import {
  behindLane,
  dueIndex,
  dueOf,
  eventOnceTable,
  eventsTable,
  isPutOff,
  laneOf,
  laneOfKey,
  onceIndex,
  onceKeyOf,
} from './event-table.ts';
import { Lane, type Ticket } from './lane.ts';
import { eventLimits } from './limits.ts';
import { type Outcome, payloadsOf, type WrittenOutcome, writesOf } from './outcome.ts';
import { pause } from './pause.ts';

export interface RunnerModules {
  readonly base: LambdaBase;
  readonly timers: Timers;
  readonly attempts: Attempts;
}

const none = Buffer.alloc(0);

export class Runner {
  readonly #modules: RunnerModules;
  readonly #lanes = new Map<string, Lane>();
  /** In turn. */
  readonly #runnable = new Set<Lane>();
  readonly #work = new Set<Promise<void>>();
  readonly #over = new AbortController();
  /** Of the term; undefined without the lease. */
  #fence: Fence | undefined;
  #resumed = Promise.withResolvers<void>();
  #inFlight = 0;
  #takeBackLook: (() => void) | undefined;
  #takeBackWake: (() => void) | undefined;
  #wakeMs = Number.POSITIVE_INFINITY;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(modules: RunnerModules) {
    this.#modules = modules;
  }

  /** It has the lease. */
  resume(fence: Fence): void {
    if (this.#over.signal.aborted) return;
    this.#fence = fence;
    this.#resumed.resolve();
    this.#begin(this.look());
  }

  /** The lease is lost: nothing begins until there is another. */
  suspend(): void {
    if (this.#fence === undefined) return;
    this.#fence = undefined;
    this.#resumed = Promise.withResolvers();
    this.#takeBackTimers();
  }

  get isServing(): boolean {
    return this.#fence !== undefined && !this.#over.signal.aborted;
  }

  /** An event was written just now, by this gateway. */
  offer(laneName: string, id: Buffer, dueMs: number): void {
    if (!this.isServing) return;
    const lane = this.#lane(laneName);
    lane.offer(id, dueMs, this.#nowMs);
    this.#consider(lane);
    this.#pump();
  }

  /** All that is due has been tried; what others wrote is found. */
  async flush(): Promise<void> {
    await this.look();
    while (this.#work.size > 0) await Promise.all(this.#work);
  }

  /** Nothing new begins. Resolves when what runs has come to its end, or the signal came. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#over.abort();
    this.#resumed.resolve();
    this.#takeBackTimers();
    const { promise: isCut, resolve: cut } = Promise.withResolvers<void>();
    if (signal.aborted) cut();
    signal.addEventListener('abort', () => cut(), { once: true });
    await Promise.race([Promise.all(this.#work), isCut]);
  }

  #takeBackTimers(): void {
    this.#takeBackLook?.();
    this.#takeBackWake?.();
    this.#wakeMs = Number.POSITIVE_INFINITY;
  }

  get underWay(): number {
    return this.#work.size;
  }

  get #nowMs(): number {
    return this.#modules.base.clock.now();
  }

  #lane(name: string): Lane {
    let lane = this.#lanes.get(name);
    if (lane === undefined) {
      lane = new Lane(name);
      this.#lanes.set(name, lane);
    }
    return lane;
  }

  /** Never rejects: failures are logged, and looking again finds what was not done. */
  #begin(work: Promise<void>): void {
    const begun: Promise<void> = work
      .catch((error: unknown) => {
        this.#modules.base.logger.error(
          { err: error },
          'events could not be read; they are looked for again',
        );
      })
      .finally(() => this.#work.delete(begun));
    this.#work.add(begun);
  }

  /** Finds the lanes that have events, also those that other gateways wrote. */
  async look(): Promise<void> {
    this.#takeBackLook?.();
    try {
      const cursor = this.#modules.base.domain.cursor(eventsTable, none, {});
      for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
        if (!this.isServing) return;
        const name = laneOfKey(entry.sort);
        this.#lane(name).hasMore = true;
        cursor.seek(behindLane(name));
      }
      this.#considerAll();
      await this.#sweep();
    } finally {
      if (this.isServing)
        this.#takeBackLook = this.#modules.timers.later(eventLimits.lookEveryMs, () =>
          this.#begin(this.look()),
        );
    }
  }

  #considerAll(): void {
    for (const lane of this.#lanes.values()) this.#consider(lane);
    this.#pump();
  }

  #consider(lane: Lane): void {
    if (!this.isServing) return;
    const nowMs = this.#nowMs;
    this.#wakeAt(lane.wake(nowMs));
    if (lane.hasMore && lane.isLow && !lane.isLoading) {
      lane.isLoading = true;
      this.#begin(this.#load(lane));
    }
    if (lane.canRun(nowMs)) this.#runnable.add(lane);
    if (lane.isEmpty) this.#lanes.delete(lane.name);
  }

  /** What is due of a lane, oldest first, as much as it keeps. */
  async #load(lane: Lane): Promise<void> {
    try {
      const { missed } = lane;
      const cursor = this.#modules.base.domain.cursorSecondary(dueIndex, Buffer.from(lane.name), {});
      let isWhole = true;
      lane.nextDueMs = Number.POSITIVE_INFINITY;
      for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
        const { dueMs, id } = dueOf(entry.sort);
        const nowMs = this.#nowMs;
        if (isPutOff(dueMs, nowMs)) {
          lane.nextDueMs = Math.min(lane.nextDueMs, dueMs);
          // Behind all that may be put off stands what an earlier clock wrote.
          cursor.seek(timeSort(nowMs + eventLimits.putOffMsMax + 1));
          continue;
        }
        isWhole = !lane.isFull;
        if (!isWhole) break;
        lane.add(id);
      }
      lane.hasMore = !isWhole || missed !== lane.missed;
    } finally {
      lane.isLoading = false;
    }
    this.#consider(lane);
    this.#pump();
  }

  #pump(): void {
    if (!this.isServing) return;
    // Who has more stands behind the others then.
    for (const lane of this.#runnable) {
      if (this.#inFlight >= eventLimits.inFlightMax) return;
      this.#runnable.delete(lane);
      if (!lane.canRun(this.#nowMs)) continue;
      this.#inFlight += 1;
      this.#begin(this.#attempt(lane, lane.take()));
      if (lane.canRun(this.#nowMs)) this.#runnable.add(lane);
      else this.#consider(lane);
    }
  }

  async #attempt(lane: Lane, ticket: Ticket): Promise<void> {
    let outcome: Outcome | undefined;
    try {
      outcome = await this.#modules.attempts.run({ lane: lane.name, id: ticket.id });
      if (outcome.kind === 'again' || outcome.kind === 'over') await this.#settle(lane, ticket, outcome);
    } finally {
      this.#inFlight -= 1;
      if (outcome?.kind === 'throttled') lane.throttled(ticket, this.#nowMs, outcome.latestMs);
      else lane.forget(ticket);
      if (outcome === undefined || outcome.kind === 'early') {
        // As the index says, once it has been looked at again.
        lane.missed += 1;
        lane.nextDueMs = Math.min(lane.nextDueMs, outcome?.dueMs ?? this.#nowMs + eventLimits.lookEveryMs);
      }
      this.#consider(lane);
      this.#pump();
    }
  }

  async #settle(lane: Lane, ticket: Ticket, outcome: WrittenOutcome): Promise<void> {
    const { base } = this.#modules;
    if (outcome.kind === 'over' && outcome.record !== undefined) lane.succeeded();
    if (!(await this.#write(writesOf(base, { lane: lane.name, id: ticket.id }, outcome)))) {
      for (const pieces of payloadsOf(outcome)) unstagePieces(base.tables, pieces);
      return;
    }
    if (outcome.kind === 'again') lane.offer(ticket.id, outcome.next.dueMs, this.#nowMs);
    else for (const { id, row } of outcome.followUps) this.offer(laneOf(row), id, row.dueMs);
  }

  /**
   * What came of an invocation is kept until it can be written: the function would run once more otherwise.
   * @returns false when somebody else changed the event, or this gateway stops
   */
  async #write(writes: readonly DomainWrite[]): Promise<boolean> {
    const { base, timers } = this.#modules;
    for (let attempt = 1; ; attempt += 1) {
      const fence = this.#fence;
      try {
        if (fence !== undefined) {
          await base.tables.transact(writes, { fence });
          return true;
        }
      } catch (error) {
        if (error instanceof ConditionFailed) return false;
        if (error instanceof StaleTerm) {
          if (this.#fence === fence) this.suspend();
        } else {
          base.logger.error({ err: error }, 'what came of an event could not be written yet');
          const ms = Math.min(backoffMs(attempt), eventLimits.writeRetryMsMax);
          await pause(timers, ms, this.#over.signal);
        }
      }
      if (this.#fence === undefined) await this.#resumed.promise;
      if (this.#over.signal.aborted) return false;
    }
  }

  #wakeAt(atMs: number): void {
    if (atMs >= this.#wakeMs) return;
    this.#takeBackWake?.();
    this.#wakeMs = atMs;
    // Looking wakes lanes too: so long a time is not needed.
    const ms = Math.max(0, Math.min(atMs - this.#nowMs, eventLimits.sweepEveryMs));
    this.#takeBackWake = this.#modules.timers.later(ms, () => {
      this.#wakeMs = Number.POSITIVE_INFINITY;
      this.#considerAll();
    });
  }

  /** Keys beyond their time. */
  async #sweep(): Promise<void> {
    const { base } = this.#modules;
    const fence = this.#fence;
    const nowMs = this.#nowMs;
    if (fence === undefined || nowMs - this.#sweptMs < eventLimits.sweepEveryMs) return;
    for (;;) {
      const options = { lt: timeSort(nowMs), limit: eventLimits.sweepBatch };
      const cursor = base.domain.cursorSecondary(onceIndex, none, options);
      const writes: DomainWrite[] = [];
      for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next())
        writes.push({
          kind: 'remove',
          domain: base.domain,
          table: eventOnceTable,
          key: onceKeyOf(entry.sort),
        });
      if (writes.length > 0) await base.tables.transact(writes, { fence });
      if (writes.length < eventLimits.sweepBatch || !this.isServing) break;
    }
    this.#sweptMs = nowMs;
  }
}
