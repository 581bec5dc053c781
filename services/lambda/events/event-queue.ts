/** Accepts asynchronous invocations, and carries them out while this gateway has the lease. */
import type { Lease, NodePorts } from '@hypergate/node/api';
import { type DomainWrite, type Piece, stagePieces, unstagePieces } from '@hypergate/table';
import { lambdaError } from '../engine/errors.ts';
import type { Timers } from '../invoke/timers.ts';
import { lambdaLimits } from '../limits.ts';
import { retried } from '../store/change.ts';
import type { EventInvocation, EventMessage, EventQueue } from './api.ts';
import { type AttemptModules, Attempts } from './attempts.ts';
import {
  documentBytesMax,
  type EventRow,
  eventIdBytes,
  eventOnceKey,
  eventOnceTable,
  laneOf,
  putEvent,
} from './event-table.ts';
import { stageFollowUp } from './follow-up.ts';
import { eventLimits } from './limits.ts';
import { pause } from './pause.ts';
import { Runner } from './runner.ts';

export interface EventQueueModules extends AttemptModules {
  readonly node: Pick<NodePorts, 'lease'>;
  /** Of this gateway: who comes with the same says that the earlier one is gone, and need not wait for it. */
  readonly holder: Uint8Array;
  readonly timers: Timers;
}

/** Of the lease. */
const resource = 'lambda-events';

export class DurableEventQueue implements EventQueue {
  readonly #modules: EventQueueModules;
  readonly #runner: Runner;
  readonly #stopping = new AbortController();
  /** What ran when it stopped has come to its end: the lease may go. */
  readonly #drained = Promise.withResolvers<void>();
  #serving: Promise<void> | undefined;
  #onServing: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(modules: EventQueueModules) {
    this.#modules = modules;
    const { base, timers } = modules;
    this.#runner = new Runner({ base, timers, attempts: new Attempts(modules) });
  }

  async put(event: EventInvocation, also: readonly DomainWrite[] = []): Promise<void> {
    this.#checkRunning();
    if (event.payload.length > lambdaLimits.asyncPayloadMax)
      throw lambdaError(
        'RequestTooLargeException',
        `Request must be smaller than ${lambdaLimits.asyncPayloadMax} bytes for the InvokeFunction operation`,
      );
    if ((event.idempotencyKey?.length ?? 0) > eventLimits.idempotencyKeyCharsMax)
      throw lambdaError('InvalidParameterValueException', 'The key of the event is too long.');
    const { base } = this.#modules;
    const payload = await stagePieces(base.tables, asBuffer(event.payload));
    let isTaken = false;
    try {
      isTaken = await this.#put(event, payload, also);
    } finally {
      if (!isTaken) unstagePieces(base.tables, payload);
    }
  }

  async tell(
    { scope, queueArn, body, attributes, groupId, traceId }: EventMessage,
    also: readonly DomainWrite[] = [],
  ): Promise<void> {
    this.#checkRunning();
    const { base } = this.#modules;
    if (body.length > documentBytesMax) throw new RangeError('a message is longer than a record holds');
    const group = groupId === undefined ? {} : { groupId };
    const target = { kind: 'queue', arn: queueArn, attributes, ...group } as const;
    const { id, row } = await stageFollowUp(base, scope, { target, payload: body, traceId });
    try {
      await base.tables.transact([putEvent(base, id, row, 'absent'), ...also]);
    } catch (error) {
      unstagePieces(base.tables, row.payload);
      throw error;
    }
    this.#runner.offer(laneOf(row), id, row.dueMs);
  }

  /** Carries events out as soon as it has the lease. */
  start(): void {
    this.#serving ??= this.#serve();
  }

  /** Nothing is accepted and nothing begins any more; what runs comes to its end, unless the signal comes. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    await this.#runner.stop(signal);
    this.#drained.resolve();
    await this.#serving;
  }

  /** All that is due has been tried, if this gateway is the one to do so. */
  async flush(): Promise<void> {
    if (this.isServing) await this.#runner.flush();
  }

  /** It has the lease. */
  get isServing(): boolean {
    return this.#runner.isServing;
  }

  /** Pieces of work that have begun: invocations, deliveries, looking. */
  get underWay(): number {
    return this.#runner.underWay;
  }

  /** Resolves when it has the lease. */
  get serving(): Promise<void> {
    return this.#onServing.promise;
  }

  /** @throws LambdaError */
  #checkRunning(): void {
    if (this.#stopping.signal.aborted)
      throw lambdaError('ServiceException', 'The gateway is stopping.', { Type: 'Service' });
  }

  /** @returns false when it was accepted before */
  async #put(
    event: EventInvocation,
    payload: readonly Piece[],
    also: readonly DomainWrite[],
  ): Promise<boolean> {
    const { base } = this.#modules;
    const nowMs = base.clock.now();
    const { scope, functionName, qualifier, requestId, traceId, idempotencyKey } = event;
    const row: EventRow = {
      account: scope.account,
      region: scope.region,
      target: { kind: 'function', name: functionName, ...(qualifier === undefined ? {} : { qualifier }) },
      requestId,
      traceId,
      acceptedMs: nowMs,
      dueMs: nowMs,
      failures: 0,
      delays: 0,
      payload,
    };
    const lane = laneOf(row);
    const id = Buffer.from(base.random.bytes(eventIdBytes));
    const write = putEvent(base, id, row, 'absent');
    const isNew = await (idempotencyKey === undefined
      ? base.tables.transact([write, ...also]).then(() => true)
      : this.#putOnce(write, also, lane, idempotencyKey));
    if (isNew) this.#runner.offer(lane, id, nowMs);
    return isNew;
  }

  #putOnce(
    write: DomainWrite,
    also: readonly DomainWrite[],
    lane: string,
    idempotencyKey: string,
  ): Promise<boolean> {
    const { domain, tables, clock } = this.#modules.base;
    const key = eventOnceKey(lane, idempotencyKey);
    return retried(async () => {
      const found = await domain.get(eventOnceTable, key);
      if (found !== undefined && found.row.untilMs > clock.now()) {
        if (also.length > 0) await tables.transact(also);
        return false;
      }
      const row = { untilMs: clock.now() + eventLimits.onceMs };
      const condition = found === undefined ? 'absent' : { revision: found.revision };
      const once: DomainWrite = { kind: 'put', domain, table: eventOnceTable, key, row, condition };
      await tables.transact([write, once, ...also]);
      return true;
    });
  }

  async #serve(): Promise<void> {
    const { base, timers } = this.#modules;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      try {
        const lease = await this.#lease(signal);
        await this.#serveUnder(lease);
      } catch (error) {
        if (signal.aborted) return;
        base.logger.error(
          { err: error },
          'events are not carried out: there was no lease; it is tried again',
        );
        await pause(timers, eventLimits.leaseRetryMs, signal);
      }
    }
  }

  #lease(signal: AbortSignal): Promise<Lease> {
    const { node, holder, base } = this.#modules;
    const { address: domain } = base.domain;
    return node.lease({ domain, resource, holder, durationMs: eventLimits.leaseMs, signal });
  }

  async #serveUnder(lease: Lease): Promise<void> {
    const { signal } = this.#stopping;
    const { promise: isOver, resolve } = Promise.withResolvers<void>();
    const onOver = () => resolve();
    lease.lost.addEventListener('abort', onOver, { once: true });
    signal.addEventListener('abort', onOver, { once: true });
    if (!lease.lost.aborted && !signal.aborted) {
      this.#runner.resume({ domain: this.#modules.base.domain.address, resource, term: lease.term });
      this.#onServing.resolve();
      await isOver;
      this.#onServing = Promise.withResolvers();
    }
    lease.lost.removeEventListener('abort', onOver);
    signal.removeEventListener('abort', onOver);
    if (signal.aborted) {
      await this.#drained.promise;
      await lease.release();
    } else this.#runner.suspend();
  }
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
