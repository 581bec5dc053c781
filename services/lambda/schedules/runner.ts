/**
 * Fires what is due into the queue of events, and then records it in the schedule, on condition that it still is as it was read. The queue takes
 * a key of schedule and occurrence once: so neither a crash between the two nor another gateway that does the same makes two of one.
 */
import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ConditionFailed, numberBytes, type RecordKey, type StoredRecord } from '@hypergate/table';
import type { EventQueue } from '../events/api.ts';
import type { LambdaBase } from '../store/context.ts';
import { dueFiring, firingAfter, retryOf } from './firing.ts';
import { scheduleLimits } from './limits.ts';
import { scheduleArn } from './names.ts';
import { type Firing, keyIn, type ScheduleRow, schedulesByTime, schedulesTable } from './rows.ts';
import { sweep } from './sweep.ts';
import { callOf } from './target.ts';

const none = Buffer.alloc(0);

export class ScheduleRunner {
  readonly #base: LambdaBase;
  readonly #events: Pick<EventQueue, 'put'>;
  readonly #stopped = new AbortController();
  #running: Promise<void> | undefined;
  #sweptMs = Number.NEGATIVE_INFINITY;

  constructor(base: LambdaBase, events: Pick<EventQueue, 'put'>) {
    this.#base = base;
    this.#events = events;
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
    const firing = dueFiring(row, next, nowMs);
    if (firing === undefined) {
      this.#base.logger.warn(
        { schedule: scheduleArn(row) },
        'occurrences of a schedule are too old to be done',
      );
      await this.#record(key, found, nowMs);
      return;
    }
    try {
      await this.#put(row, firing);
    } catch (error) {
      await this.#failed(key, found, firing, error);
      return;
    }
    await this.#record(key, found, firing.dueMs);
  }

  async #put(row: ScheduleRow, { dueMs, attempts }: Firing): Promise<void> {
    const { account, region } = row;
    const arn = scheduleArn(row);
    const idempotencyKey = `${row.id}/${dueMs}`;
    const requestId = uuidOf(idempotencyKey);
    const occasion = { scheduleArn: arn, dueMs, executionId: requestId, attempt: attempts + 1 };
    const { functionName, qualifier, payload } = callOf(row.target, row, occasion);
    await this.#events.put({
      scope: { account, region },
      functionName,
      qualifier,
      requestId,
      payload: Buffer.from(payload),
      traceId: this.#traceId(),
      idempotencyKey,
    });
  }

  #traceId(): string {
    const seconds = Math.floor(this.#base.clock.now() / 1000);
    return `Root=1-${seconds.toString(16).padStart(8, '0')}-${Buffer.from(this.#base.random.bytes(12)).toString('hex')}`;
  }

  async #failed(
    key: RecordKey,
    found: StoredRecord<ScheduleRow>,
    firing: Firing,
    error: unknown,
  ): Promise<void> {
    const { clock, logger } = this.#base;
    const retry = retryOf(found.row, firing, clock.now());
    const facts = { err: error, schedule: scheduleArn(found.row), attempts: firing.attempts + 1 };
    if (retry === undefined) {
      logger.warn(facts, 'an occurrence of a schedule is given up');
      await this.#record(key, found, firing.dueMs);
      return;
    }
    logger.debug(facts, 'an occurrence of a schedule could not be done yet');
    await this.#write(key, found, { ...found.row, next: retry });
  }

  /** All occurrences up to this one are over. */
  async #record(key: RecordKey, found: StoredRecord<ScheduleRow>, lastDueMs: number): Promise<void> {
    const { next: _, ...rest } = found.row;
    const done: ScheduleRow = { ...rest, lastDueMs };
    const next = firingAfter(done, lastDueMs, this.chance());
    const isOver = next === undefined && done.afterCompletion === 'DELETE';
    await this.#write(key, found, isOver ? undefined : next === undefined ? done : { ...done, next });
  }

  /** Nothing when the schedule is not any more what was read: whoever changed it said what comes next. */
  async #write(
    key: RecordKey,
    { revision }: StoredRecord<ScheduleRow>,
    row: ScheduleRow | undefined,
  ): Promise<void> {
    const { tables, domain } = this.#base;
    const write = { domain, table: schedulesTable, key, condition: { revision } };
    try {
      await tables.transact([
        row === undefined ? { kind: 'remove', ...write } : { kind: 'put', row, ...write },
      ]);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
}

/** The same for the same occurrence, whoever fires it: version 8 of RFC 9562. */
function uuidOf(text: string): string {
  const bytes = createHash('sha256').update('hypergate/lambda/schedule/v1\0').update(text).digest();
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
