/** One attempt of an event: its function is invoked, or its message is handed to its queue. Nothing is written here. */
import { AwsError } from '@hypergate/kit';
import { readPieces, type StoredRecord } from '@hypergate/table';
import { backoffMs, retryAfterMs } from '../engine/retry.ts';
import type { InvokeResult, Invoker } from '../invoke/api.ts';
import type { Queues } from '../queues/api.ts';
import type { Functions, ResolvedFunction } from '../store/api.ts';
import type { LambdaBase } from '../store/context.ts';
import { findEventInvoke } from '../store/event-invoke.ts';
import { errorMessageOf, queueText } from './documents.ts';
import { type End, type EndTargets, followUpsOf } from './ends.ts';
import { type EventName, type EventRow, eventKey, eventsTable, isPutOff } from './event-table.ts';
import { eventLimits } from './limits.ts';
import type { Outcome } from './outcome.ts';

export interface AttemptModules {
  readonly base: LambdaBase;
  readonly functions: Functions;
  readonly invoker: Invoker;
  readonly queues: Queues;
}

type Stored = StoredRecord<EventRow>;
type FunctionTarget = Extract<EventRow['target'], { readonly kind: 'function' }>;
type QueueTarget = Extract<EventRow['target'], { readonly kind: 'queue' }>;

interface Rules extends EndTargets {
  readonly retries: number;
  readonly expiresMs: number;
}

export class Attempts {
  readonly #modules: AttemptModules;

  constructor(modules: AttemptModules) {
    this.#modules = modules;
  }

  /** @throws what reading records throws */
  async run(name: EventName): Promise<Outcome> {
    const { base } = this.#modules;
    const stored = await base.domain.get(eventsTable, eventKey(name));
    if (stored === undefined) return { kind: 'absent' };
    const { target, dueMs } = stored.row;
    if (isPutOff(dueMs, base.clock.now())) return { kind: 'early', dueMs };
    return target.kind === 'function'
      ? this.#invoke(stored, target)
      : this.#send(stored, target, name.id.toString('hex'));
  }

  async #invoke(stored: Stored, { name, qualifier }: FunctionTarget): Promise<Outcome> {
    const { base, functions } = this.#modules;
    const { row } = stored;
    let target: ResolvedFunction;
    try {
      target = await functions.resolve(name, qualifier, { account: row.account, region: row.region });
    } catch (error) {
      if (!(error instanceof AwsError) || error.code !== 'ResourceNotFoundException')
        return this.#later(stored, row.acceptedMs + eventLimits.eventAgeSecondsDefault * 1000, error);
      base.logger.warn({ function: name, qualifier }, 'an event was dropped: its function is gone');
      return { kind: 'over', stored, followUps: [] };
    }
    const rules = await this.#rulesOf(stored.row, target, qualifier);
    if (base.clock.now() >= rules.expiresMs)
      return this.#give(stored, rules, {
        condition: 'EventAgeExceeded',
        invokeCount: row.failures,
        response: undefined,
        fault: { status: 429, message: 'The event was too old.' },
      });
    // So functions are switched off: their events go where failures go, at once.
    if (target.function.reservedConcurrency === 0)
      return this.#give(stored, rules, {
        condition: 'RetriesExhausted',
        invokeCount: row.failures,
        response: undefined,
        fault: { status: 429, message: 'Rate Exceeded.' },
      });
    return this.#call(stored, target, rules);
  }

  async #call(stored: Stored, target: ResolvedFunction, rules: Rules): Promise<Outcome> {
    const { base, invoker } = this.#modules;
    const { row } = stored;
    let payload: Buffer;
    let result: InvokeResult;
    try {
      payload = await readPieces(base.tables, row.payload);
      const { requestId, traceId } = row;
      result = await invoker.invoke({
        target,
        requestId,
        payload,
        traceId,
        wantsLog: false,
        keepsRecord: true,
      });
    } catch (error) {
      if (error instanceof AwsError && error.code === 'TooManyRequestsException')
        return { kind: 'throttled', latestMs: rules.expiresMs };
      if (error instanceof AwsError && error.code === 'RecursiveInvocationException')
        return this.#give(stored, rules, {
          condition: 'RetriesExhausted',
          invokeCount: row.failures,
          response: undefined,
          isLoop: true,
          fault: { status: error.status, message: error.message },
        });
      return this.#later(stored, rules.expiresMs, error);
    }
    return this.#judge(stored, rules, payload, result);
  }

  async #judge(stored: Stored, rules: Rules, payload: Buffer, result: InvokeResult): Promise<Outcome> {
    const { base } = this.#modules;
    const { row } = stored;
    const { failure, record, executedVersion } = result;
    const failures = row.failures + (failure === undefined ? 0 : 1);
    if (failure !== undefined && failures <= rules.retries) {
      // What is too old by then comes to its end when it is too old.
      const dueMs = Math.min(base.clock.now() + retryAfterMs(failures), rules.expiresMs);
      return { kind: 'again', stored, next: { ...row, failures, delays: 0, dueMs }, record };
    }
    const response = { executedVersion, isError: failure !== undefined, payload: result.payload };
    const end: End = {
      row,
      payload,
      traceId: result.traceId,
      condition: failure === undefined ? 'Success' : 'RetriesExhausted',
      invokeCount: row.failures + 1,
      response,
      fault: failure === undefined ? undefined : { status: 200, message: errorMessageOf(result.payload) },
    };
    return { kind: 'over', stored, record, followUps: await this.#followUps(end, rules) };
  }

  async #give(stored: Stored, rules: Rules, end: Omit<End, 'row' | 'payload' | 'traceId'>): Promise<Outcome> {
    const { row } = stored;
    const payload = await readPieces(this.#modules.base.tables, row.payload);
    return {
      kind: 'over',
      stored,
      followUps: await this.#followUps({ ...end, row, payload, traceId: row.traceId }, rules),
    };
  }

  #followUps(end: End, rules: Rules) {
    return followUpsOf(this.#modules.base, end, rules);
  }

  async #rulesOf(row: EventRow, target: ResolvedFunction, qualifier: string | undefined): Promise<Rules> {
    const config = await findEventInvoke(this.#modules.base, target.function.id, qualifier);
    const ageSeconds = config?.maximumEventAgeSeconds ?? eventLimits.eventAgeSecondsDefault;
    return {
      retries: config?.maximumRetryAttempts ?? eventLimits.retryAttemptsDefault,
      expiresMs: row.acceptedMs + ageSeconds * 1000,
      onSuccess: config?.onSuccess,
      onFailure: config?.onFailure,
      deadLetter: target.version.deadLetterTargetArn,
    };
  }

  /** Its queue takes it once: who sends again after a crash has the same key. */
  async #send(stored: Stored, { arn, attributes, groupId }: QueueTarget, onceKey: string): Promise<Outcome> {
    const { base, queues } = this.#modules;
    const { row } = stored;
    const over = { kind: 'over', stored, followUps: [] } as const;
    const expiresMs = row.acceptedMs + eventLimits.eventAgeSecondsDefault * 1000;
    try {
      if (base.clock.now() >= expiresMs)
        throw new AwsError('Expired', 400, 'The queue did not take it in time.');
      const body = queueText(await readPieces(base.tables, row.payload));
      await queues.send(arn, [
        {
          body,
          senderId: row.account,
          traceHeader: row.traceId,
          onceKey,
          ...(groupId === undefined ? {} : { groupId }),
          ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
        },
      ]);
      return over;
    } catch (error) {
      const isRefused = error instanceof AwsError && error.status < 500 && error.status !== 429;
      if (!isRefused) return this.#later(stored, expiresMs, error);
      base.logger.warn({ queue: arn, code: error.code }, 'a queue did not take what a function led to');
      return over;
    }
  }

  /** No fault of the function: it is tried again until it is too old. */
  #later(stored: Stored, expiresMs: number, error: unknown): Outcome {
    const { base } = this.#modules;
    const { row } = stored;
    base.logger.warn(
      { err: error, requestId: row.requestId },
      'an event could not be carried out; it is tried again',
    );
    const delays = row.delays + 1;
    const dueMs = Math.min(
      base.clock.now() + backoffMs(delays),
      Math.max(expiresMs, base.clock.now() + 1000),
    );
    return { kind: 'again', stored, next: { ...row, delays, dueMs } };
  }
}
