/**
 * Fires what is due into the queue of events, which also sends to queues, and records it in the schedule in the same transaction, on condition that the schedule still is
 * as it was read. So neither a crash nor another gateway that does the same makes two of one occurrence, however long nobody runs between.
 *
 * (The queue's keys, which count once for an hour, would do for two gateways, and not for one that was killed between two transactions and
 * started again on the next day.)
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  ConditionFailed,
  type DomainWrite,
  numberBytes,
  type RecordKey,
  type StoredRecord,
} from '@hypergate/table';
import type { EventQueue } from '../events/api.ts';
import type { Queues } from '../queues/api.ts';
import { queueMissing } from '../queues/errors.ts';
import type { Functions } from '../store/api.ts';
import type { LambdaBase } from '../store/context.ts';
import { deadLetter, type Exhausted, isPermanent } from './dead-letter.ts';
import { dueFiring, firingAfter, retryOf } from './firing.ts';
import { scheduleLimits } from './limits.ts';
import { scheduleArn } from './names.ts';
import { type Firing, keyIn, type ScheduleRow, schedulesByTime, schedulesTable } from './rows.ts';
import { sweep } from './sweep.ts';
import { callOf, type Occasion } from './target.ts';

const none = Buffer.alloc(0);

export interface RunnerModules {
  readonly base: LambdaBase;
  readonly functions: Pick<Functions, 'resolve'>;
  readonly events: EventQueue;
  readonly queues: Pick<Queues, 'find'>;
}

type Stored = StoredRecord<ScheduleRow>;

export class ScheduleRunner {
  readonly #base: LambdaBase;
  readonly #modules: RunnerModules;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(modules: RunnerModules) {
    this.#base = modules.base;
    this.#modules = modules;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** What is being fired is finished. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  /** A number below 1, for times in windows. */
  chance(): number {
    return Buffer.from(this.#base.random.bytes(4)).readUInt32BE(0) / 2 ** 32;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      try {
        await this.tick();
        await delay(scheduleLimits.tickMs, undefined, { signal });
      } catch (error) {
        if (signal.aborted) return;
        this.#base.logger.error({ err: error }, 'schedules could not be run');
        await delay(scheduleLimits.tickMs, undefined, { signal }).catch(() => undefined);
      }
    }
  }

  /** Does all that is due, and now and then what is left to clean up. */
  async tick(): Promise<void> {
    const { clock } = this.#base;
    for (let due = await this.#due(); due.length > 0; due = await this.#due()) {
      const rest = due.values();
      await Promise.all(
        Array.from({ length: scheduleLimits.parallelFirings }, async () => {
          for (const key of rest) await this.#fire(key);
        }),
      );
      if (this.#stopped.signal.aborted || due.length < scheduleLimits.dueBatch) break;
    }
    const nowMs = clock.now();
    if (nowMs - this.#sweptMs < scheduleLimits.sweepIntervalMs) return;
    await sweep(this.#base, nowMs);
    this.#sweptMs = nowMs;
  }

  async #due(): Promise<RecordKey[]> {
    const { domain, clock } = this.#base;
    const lt = numberBytes(clock.now() + 1);
    const cursor = domain.cursorSecondary(schedulesByTime, none, { lt, limit: scheduleLimits.dueBatch });
    const keys: RecordKey[] = [];
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next())
      keys.push(keyIn(entry.sort.subarray(8)));
    return keys;
  }

  async #fire(key: RecordKey): Promise<void> {
    const { domain, clock } = this.#base;
    const nowMs = clock.now();
    const found = await domain.get(schedulesTable, key);
    const next = found?.row.next;
    // Somebody else did it, or it was changed.
    if (found === undefined || next === undefined || next.fireMs > nowMs) return;
    const { row } = found;
    try {
      const firing = dueFiring(row, next, nowMs);
      if (firing === undefined)
        await this.#giveUp(key, found, next, nowMs, undefined, 'MaximumEventAgeInSeconds');
      else await this.#put(key, found, firing);
    } catch (error) {
      // It is not any more what was read: whoever changed it said what comes next.
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }

  async #put(key: RecordKey, found: Stored, firing: Firing): Promise<void> {
    const { functions, events, queues } = this.#modules;
    const { row } = found;
    const { account, region } = row;
    const scope = { account, region };
    const occasion = occasionOf(row, firing);
    const traceId = this.#traceId();
    const recorded = [this.#recorded(key, found, firing.dueMs)];
    try {
      const called = callOf(row.target, row, occasion);
      // What is gone is heard of now, not by whoever carries out the event.
      if (called.kind === 'queue') {
        const { arn: queueArn, groupId } = called;
        if ((await queues.find(queueArn)) === undefined) throw queueMissing();
        const body = Buffer.from(called.body);
        const group = groupId === undefined ? {} : { groupId };
        await events.tell({ scope, queueArn, body, attributes: {}, ...group, traceId }, recorded);
        return;
      }
      const { functionName, qualifier } = called;
      await functions.resolve(functionName, qualifier, scope);
      const payload = Buffer.from(called.payload);
      const requestId = occasion.executionId;
      await events.put({ scope, functionName, qualifier, requestId, payload, traceId }, recorded);
    } catch (error) {
      if (error instanceof ConditionFailed) throw error;
      await this.#failed(key, found, firing, error);
    }
  }

  #traceId(): string {
    const seconds = Math.floor(this.#base.clock.now() / 1000);
    return `Root=1-${seconds.toString(16).padStart(8, '0')}-${Buffer.from(this.#base.random.bytes(12)).toString('hex')}`;
  }

  async #failed(key: RecordKey, found: Stored, firing: Firing, error: unknown): Promise<void> {
    const { clock, logger, tables } = this.#base;
    const retry = isPermanent(error) ? undefined : retryOf(found.row, firing, clock.now());
    if (retry === undefined || typeof retry === 'string') {
      await this.#giveUp(key, found, firing, firing.dueMs, error, retry);
      return;
    }
    const facts = { err: error, schedule: scheduleArn(found.row), attempts: firing.attempts + 1 };
    logger.debug(facts, 'an occurrence of a schedule could not be done yet');
    await tables.transact([this.#write(key, found, { ...found.row, next: retry })]);
  }

  /** Told to the queue that is for it, in the transaction that records it. @param overMs occurrences until then are over */
  async #giveUp(
    key: RecordKey,
    found: Stored,
    firing: Firing,
    overMs: number,
    error: unknown,
    exhausted: Exhausted,
  ): Promise<void> {
    const { row } = found;
    const occasion = occasionOf(row, firing);
    const facts = { err: error, schedule: occasion.scheduleArn, attempts: firing.attempts + 1 };
    this.#base.logger.warn(facts, 'an occurrence of a schedule is given up');
    const write = this.#recorded(key, found, overMs);
    const { deadLetterArn } = row.target;
    if (deadLetterArn === undefined) {
      await this.#base.tables.transact([write]);
      return;
    }
    const retries = firing.attempts;
    const letter = deadLetter(row, deadLetterArn, { occasion, error, exhausted, retries });
    await this.#modules.events.tell({ ...letter, traceId: this.#traceId() }, [write]);
  }

  /** All occurrences up to this one are over. */
  #recorded(key: RecordKey, found: Stored, lastDueMs: number): DomainWrite {
    const { next: _, ...rest } = found.row;
    const done: ScheduleRow = { ...rest, lastDueMs };
    const next = firingAfter(done, lastDueMs, this.chance());
    const isOver = next === undefined && done.afterCompletion === 'DELETE';
    return this.#write(key, found, isOver ? undefined : next === undefined ? done : { ...done, next });
  }

  #write(key: RecordKey, { revision }: Stored, row: ScheduleRow | undefined): DomainWrite {
    const write = { domain: this.#base.domain, table: schedulesTable, key, condition: { revision } };
    return row === undefined ? { kind: 'remove', ...write } : { kind: 'put', row, ...write };
  }
}

function occasionOf(row: ScheduleRow, { dueMs, attempts }: Firing): Occasion {
  const executionId = uuidOf(`${row.id}/${dueMs}`);
  return { scheduleArn: scheduleArn(row), dueMs, executionId, attempt: attempts + 1 };
}

/** The same for the same occurrence, whoever fires it: version 8 of RFC 9562. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update('hypergate/lambda/schedule/v1\0').update(text).digest();
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
