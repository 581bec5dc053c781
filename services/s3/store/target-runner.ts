/**
 * Delivers what the outbox holds for one destination: pass after pass over its records in order, a window at a time. Events of
 * one object go one after the other, those of different objects side by side. What could not be delivered keeps back the later
 * events of its object, not those of others, and is tried again after a while that grows.
 */
import type { Clock, EventTargets } from '@hypergate/kit';
import type { DomainWrite, IndexEntry, TableDomain, TableStore } from '@hypergate/table';
import { type Bytes, noBytes, prefixEnd, viewOf } from '../engine/bytes.ts';
import { bucketArn } from '../engine/event-record.ts';
import { s3Limits } from '../limits.ts';
import { type OutboxRow, outboxKey, outboxTable } from '../model/outbox.ts';

export interface OutboxLog {
  warn(details: object, message: string): void;
  error(details: object, message: string): void;
}

/** Calls back after so many milliseconds; what is returned calls it off. */
export type Timer = (ms: number, run: () => void) => () => void;

export interface RunnerModules {
  readonly tables: TableStore;
  readonly registry: TableDomain;
  readonly targets: () => EventTargets | undefined;
  readonly clock: Clock;
  readonly timer: Timer;
  readonly log: OutboxLog;
}

export class TargetRunner {
  readonly #modules: RunnerModules;
  readonly #prefix: Bytes;
  #woken = false;
  #stopped = false;
  /** Ends the wait that is under way. */
  #rouse: () => void = () => undefined;
  /** Objects whose next event could not be delivered; their later ones wait for it. */
  readonly #held = new Set<string>();
  /** When those are tried again. */
  #dueMs = 0;
  #failures = 0;

  /** @param prefix of the ids of the destination's records */
  constructor(modules: RunnerModules, prefix: Bytes) {
    this.#modules = modules;
    this.#prefix = prefix;
  }

  /** There is a new record. */
  wake(): void {
    this.#woken = true;
    this.#rouse();
  }

  stop(): void {
    this.#stopped = true;
    this.#rouse();
  }

  /** @param ended called when nothing is left, at once with the look that found nothing: who wakes nobody then starts another */
  async run(ended: () => void): Promise<void> {
    let after: Bytes | undefined;
    while (!this.#stopped) {
      this.#woken = false;
      let seen = 0;
      try {
        const entries = await this.#window(after);
        seen = entries.length;
        if (seen > 0) {
          await this.#deliver(entries);
          after = entries.at(-1)!.sort;
        }
      } catch (error) {
        this.#modules.log.error({ err: error }, 'the outbox of events could not be read or cleared');
        this.#postpone();
        after = undefined;
        await this.#wait(false);
        this.#begin();
        continue;
      }
      const full = this.#held.size >= s3Limits.outboxHeldMax;
      if (seen > 0 && !full) continue;
      if (this.#held.size > 0) {
        await this.#wait(!full);
        if (this.#leftMs() > 0) continue;
        this.#begin();
      } else if (after === undefined && !this.#woken) {
        break;
      }
      after = undefined;
    }
    ended();
  }

  #window(after: Bytes | undefined): Promise<IndexEntry[]> {
    const end = prefixEnd(this.#prefix);
    return this.#modules.registry.scan(outboxTable, noBytes, {
      ...(after === undefined ? { gte: this.#prefix } : { gt: after }),
      ...(end === undefined ? {} : { lt: end }),
      limit: s3Limits.outboxWindow,
    });
  }

  async #deliver(entries: readonly IndexEntry[]): Promise<void> {
    const lanes = new Map<string, Bytes[]>();
    for (const { sort, projection } of entries) {
      const lane = viewOf(projection).toString('latin1');
      if (this.#held.has(lane)) continue;
      const ids = lanes.get(lane);
      if (ids === undefined) lanes.set(lane, [sort]);
      else ids.push(sort);
    }
    const done: Bytes[] = [];
    const waiting = lanes.entries();
    const worker = async (): Promise<void> => {
      // One iterator for all: each lane is taken once.
      for (const [lane, ids] of waiting) await this.#deliverLane(lane, ids, done);
    };
    const count = Math.min(s3Limits.outboxConcurrency, lanes.size);
    await Promise.all(Array.from({ length: count }, worker));
    if (done.length === 0) return;
    await this.#remove(done);
    // Some were taken, so the destination is there: whatever is held is tried again soon.
    this.#failures = Math.min(this.#failures, 1);
  }

  async #deliverLane(lane: string, ids: readonly Bytes[], done: Bytes[]): Promise<void> {
    for (const id of ids) {
      if (this.#stopped) return;
      if (!(await this.#deliverOne(id))) {
        this.#held.add(lane);
        return;
      }
      done.push(id);
    }
  }

  /** @returns whether the record can go */
  async #deliverOne(id: Bytes): Promise<boolean> {
    const { registry, clock, log, targets } = this.#modules;
    const stored = await registry.get(outboxTable, outboxKey(id));
    // Another gateway was first.
    if (stored === undefined) return true;
    const { row } = stored;
    const about = { target: row.targetArn, bucket: row.bucket };
    if (clock.now() - row.createdMs > s3Limits.outboxAgeMsMax) {
      log.warn(about, 'an event was given up: its destination did not take it for too long');
      return true;
    }
    try {
      const port = targets();
      if (port === undefined) throw new Error('nothing here takes events');
      const outcome = await port.deliver(row.targetArn, targetEvent(id, row));
      if (outcome === 'gone') log.warn(about, 'an event was given up: its destination is gone or refuses it');
      return true;
    } catch (error) {
      if (this.#dueMs === 0) {
        this.#postpone();
        log.warn({ ...about, err: error }, 'an event could not be delivered and is sent again later');
      }
      return false;
    }
  }

  async #remove(ids: readonly Bytes[]): Promise<void> {
    const { tables, registry } = this.#modules;
    const writes = ids.map(
      (id): DomainWrite => ({ domain: registry, kind: 'remove', table: outboxTable, key: outboxKey(id) }),
    );
    await tables.transact(writes);
  }

  #postpone(): void {
    const grown = s3Limits.outboxRetryMsMin * 2 ** Math.min(this.#failures, 30);
    this.#failures += 1;
    this.#dueMs = this.#modules.clock.now() + Math.min(grown, s3Limits.outboxRetryMsMax);
  }

  /** Until what is held is due: now, when the clock was set back by more than anything waits. */
  #leftMs(): number {
    const left = this.#dueMs - this.#modules.clock.now();
    return left > s3Limits.outboxRetryMsMax ? 0 : left;
  }

  /** Another pass over everything. */
  #begin(): void {
    this.#held.clear();
    this.#dueMs = 0;
  }

  /** Until what is held is due, or for new records. The clock is not the one that timers go by, so it is asked again and again. */
  async #wait(forNew: boolean): Promise<void> {
    const { timer } = this.#modules;
    for (;;) {
      const left = this.#leftMs();
      if (left <= 0 || this.#stopped || (forNew && this.#woken)) return;
      await new Promise<void>((resolve) => {
        const cancel = timer(Math.min(left, s3Limits.outboxTimerMsMax), resolve);
        this.#rouse = () => {
          cancel();
          resolve();
        };
      });
      this.#rouse = () => undefined;
    }
  }
}

function targetEvent(id: Bytes, row: OutboxRow) {
  return {
    id: viewOf(id).toString('hex'),
    sourceArn: bucketArn(row.bucket),
    sourceAccount: row.accountId,
    principal: eventPrincipal,
    ...(row.traceId === '' ? {} : { traceId: row.traceId }),
    body: row.body,
  };
}

/** Who sends, in policies of destinations. */
export const eventPrincipal = 's3.amazonaws.com';
