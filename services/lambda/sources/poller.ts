/**
 * Polls the queue of one mapping: collects batches, invokes the function, removes what succeeded. What fails stays where it is and is visible
 * again when its time in the queue is over, so the queue counts and its redrive policy ends it.
 *
 * FIFO queues give out nothing of a group of which somebody has a message. So batches may run side by side, as long as what was received
 * together and is too much for one event goes one after the other, and of a group nothing behind what failed.
 */
import { AwsError } from '@hypergate/kit';
import { compileMessageFilter, type MessageFilter } from '../engine/filter.ts';
import { backoffMs } from '../engine/retry.ts';
import { pause } from '../events/pause.ts';
import type { InvokeResult, Invoker } from '../invoke/api.ts';
import { isLoop, lineageName, timesIn } from '../invoke/lineage.ts';
import type { Timers } from '../invoke/timers.ts';
import type { MappingRow } from '../model/mapping-settings.ts';
import type { Queues, ReceivedMessage } from '../queues/api.ts';
import type { Functions, ResolvedFunction } from '../store/api.ts';
import type { LambdaBase } from '../store/context.ts';
import { noteMappingResult } from '../store/mappings.ts';
import { randomUuid } from '../store/random-ids.ts';
import { failedItems, type QueueRecord, recordOf } from './batch.ts';
import { sourceLimits } from './limits.ts';

export interface SourceModules {
  readonly base: LambdaBase;
  readonly functions: Functions;
  readonly invoker: Invoker;
  readonly queues: Queues;
  readonly timers: Timers;
}

interface Item {
  readonly message: ReceivedMessage;
  readonly record: QueueRecord;
  readonly bytes: number;
  /** Of a FIFO queue. */
  readonly group: string | undefined;
}

export class Poller {
  readonly row: MappingRow;
  readonly #modules: SourceModules;
  readonly #arn: string;
  readonly #isFifo: boolean;
  readonly #filter: MessageFilter | undefined;
  readonly #stopping = new AbortController();
  readonly #underWay = new Set<Promise<void>>();
  /** Received from a standard queue, and too much for the batch before. */
  #carried: Item[] = [];
  #failures = 0;
  #restMs = 0;
  #looping: Promise<void> = Promise.resolve();

  /** @throws FilterInvalid */
  constructor(row: MappingRow, modules: SourceModules) {
    this.row = row;
    this.#modules = modules;
    this.#arn = row.sourceArn ?? '';
    this.#isFifo = this.#arn.endsWith('.fifo');
    const { filters } = row.settings;
    this.#filter = filters === undefined ? undefined : compileMessageFilter(filters);
  }

  start(): void {
    this.#looping = this.#loop();
  }

  /** Nothing more is received. Resolves when what the function has is done, or the signal comes. */
  async stop(signal: AbortSignal): Promise<void> {
    this.#stopping.abort();
    const { promise: isCut, resolve } = Promise.withResolvers<void>();
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
    const ended = this.#looping.then(() => Promise.all(this.#underWay));
    await Promise.race([ended, isCut]);
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping;
    const atOnce = this.row.settings.maximumConcurrency ?? sourceLimits.concurrencyDefault;
    while (!signal.aborted) {
      while (this.#underWay.size >= atOnce) await Promise.race(this.#underWay);
      let batch: Item[] = [];
      try {
        batch = await this.#collect(signal);
      } catch (error) {
        if (!signal.aborted) await this.#failed(error, 'PROBLEM: The queue could not be read');
      }
      if (signal.aborted) await this.#giveBack(batch);
      else if (batch.length > 0) this.#begin(batch);
      if (this.#failures > 0) await pause(this.#modules.timers, this.#restMs, signal);
    }
    await this.#giveBack(this.#carried);
  }

  #begin(batch: readonly Item[]): void {
    const begun: Promise<void> = this.#processAll(batch)
      .catch((error: unknown) => this.#failed(error, 'PROBLEM: Function call failed'))
      .finally(() => this.#underWay.delete(begun));
    this.#underWay.add(begun);
  }

  /** As many as make a batch, or came in time. */
  async #collect(signal: AbortSignal): Promise<Item[]> {
    const { queues, base } = this.#modules;
    const { batchSize, batchingWindowSeconds } = this.row.settings;
    const items = this.#carried;
    this.#carried = [];
    let endMs: number | undefined;
    try {
      for (let isFirst = items.length === 0; items.length < batchSize; isFirst = false) {
        if (!isFirst) endMs ??= base.clock.now() + batchingWindowSeconds * 1000;
        const leftMs = endMs === undefined ? sourceLimits.receiveWaitMs : endMs - base.clock.now();
        if (leftMs <= 0 || signal.aborted) break;
        const max = Math.min(sourceLimits.receiveMax, batchSize - items.length);
        const waitMs = Math.min(leftMs, sourceLimits.receiveWaitMs);
        const received = await queues.receive(this.#arn, { max, waitMs, signal });
        if (received.length === 0 && isFirst) break;
        items.push(...received.map((message) => this.#item(message)));
        if (sizeOf(items) > sourceLimits.batchBytesMax) break;
      }
    } catch (error) {
      // What was received before is not lost by it.
      this.#carried = items;
      throw error;
    }
    if (!this.#isFifo) this.#carried = items.splice(fitting(items));
    return items;
  }

  #item(message: ReceivedMessage): Item {
    const record = recordOf(message, this.#arn);
    const group = this.#isFifo ? message.system.MessageGroupId : undefined;
    return { message, record, group, bytes: Buffer.byteLength(JSON.stringify(record)) };
  }

  /** As many events as it takes, in order. */
  async #processAll(items: readonly Item[]): Promise<void> {
    const failed = new Set<string | undefined>();
    for (let rest = items; rest.length > 0; ) {
      const count = fitting(rest);
      const next = rest.slice(0, count).filter(({ group }) => group === undefined || !failed.has(group));
      for (const { group } of await this.#process(next)) failed.add(group);
      rest = rest.slice(count);
    }
  }

  /** @returns what stays in the queue */
  async #process(batch: readonly Item[]): Promise<readonly Item[]> {
    const filter = this.#filter;
    const wanted = filter === undefined ? batch : batch.filter(({ record }) => filter.matches(record));
    const unwanted = batch.filter((item) => !wanted.includes(item));
    await this.#remove(unwanted);
    if (wanted.length === 0) return [];
    const { account, region, functionName, qualifier } = this.row;
    const target = await this.#modules.functions.resolve(functionName, qualifier, { account, region });
    const looping = loopingOf(wanted, target);
    const called = wanted.filter((item) => !looping.has(item));
    if (called.length === 0) {
      await this.#note('PROBLEM: Recursive invocation');
      return wanted;
    }
    const result = await this.#invoke(called, target);
    const failed = this.#failedOf(result, called);
    const isDone = ({ message }: Item) => failed !== 'all' && !failed.has(message.messageId);
    await this.#remove(called.filter(isDone));
    this.#failures = 0;
    await this.#note(failed === 'all' ? 'PROBLEM: Function call failed' : 'OK');
    return wanted.filter((item) => looping.has(item) || !isDone(item));
  }

  #failedOf({ failure, payload }: InvokeResult, items: readonly Item[]): ReadonlySet<string> | 'all' {
    if (failure !== undefined) return 'all';
    if (!this.row.settings.reportsItemFailures) return new Set();
    return failedItems(payload, new Set(items.map(({ message }) => message.messageId)));
  }

  #invoke(items: readonly Item[], target: ResolvedFunction): Promise<InvokeResult> {
    const { base, invoker } = this.#modules;
    return invoker.invoke({
      target,
      requestId: randomUuid(base.random),
      payload: Buffer.from(JSON.stringify({ Records: items.map(({ record }) => record) })),
      traceId: traceOf(items, target, base),
      wantsLog: false,
    });
  }

  async #remove(items: readonly Item[]): Promise<void> {
    const receipts = items.map(({ message }) => message.receipt);
    for (let at = 0; at < receipts.length; at += sourceLimits.removeAtOnce)
      await this.#modules.queues.remove(this.#arn, receipts.slice(at, at + sourceLimits.removeAtOnce));
  }

  /** The function will not see them: others may. */
  async #giveBack(items: readonly Item[]): Promise<void> {
    if (items.length === 0) return;
    this.#carried = [];
    try {
      await this.#modules.queues.returnTo(
        this.#arn,
        items.map(({ message }) => message.receipt),
        0,
      );
    } catch (error) {
      // They are visible when their time is over.
      this.#modules.base.logger.warn({ err: error, queue: this.#arn }, 'messages could not be given back');
    }
  }

  /** The messages are visible again when their time is over; the next are not asked for at once. */
  async #failed(error: unknown, text: string): Promise<void> {
    this.#failures += 1;
    const isOurs = !(error instanceof AwsError) || error.status >= 500;
    const restMs = backoffMs(this.#failures);
    this.#restMs = isOurs ? Math.min(restMs, sourceLimits.faultRestMsMax) : restMs;
    const { logger } = this.#modules.base;
    logger.warn(
      { err: error, mapping: this.row.uuid },
      'an event source mapping could not go on; it tries again',
    );
    await this.#note(isOurs ? text : `PROBLEM: ${error.message}`);
  }

  async #note(result: string): Promise<void> {
    try {
      await noteMappingResult(this.#modules.base, this.row, result);
    } catch (error) {
      this.#modules.base.logger.warn(
        { err: error, mapping: this.row.uuid },
        'the state of a mapping was not written',
      );
    }
  }
}

const sizeOf = (items: readonly Item[]): number => items.reduce((sum, { bytes }) => sum + bytes + 1, 0);

/** How many of the first fit into an event; one always does. */
function fitting(items: readonly Item[]): number {
  let bytes = 0;
  for (const [at, item] of items.entries()) {
    bytes += item.bytes + 1;
    if (bytes > sourceLimits.batchBytesMax) return Math.max(1, at);
  }
  return items.length;
}

const headerOf = ({ message }: Item): string | undefined => message.system.AWSTraceHeader;

/**
 * Messages of chains that went through the function too often: it does not get them, and their queue ends them as it ends what fails. With
 * one of a group stays what is behind it.
 */
function loopingOf(items: readonly Item[], target: ResolvedFunction): ReadonlySet<Item> {
  const looping = new Set<Item>();
  const groups = new Set<string>();
  for (const item of items) {
    const { group } = item;
    if (!isLoop(headerOf(item) ?? '', target) && !(group !== undefined && groups.has(group))) continue;
    looping.add(item);
    if (group !== undefined) groups.add(group);
  }
  return looping;
}

/** Of the message whose chain went through the function most often, so that a function which writes to its own queue is noticed. */
function traceOf(items: readonly Item[], target: ResolvedFunction, { clock, random }: LambdaBase): string {
  const name = lineageName(target.function.id);
  const headers = items.map(headerOf).filter((header) => header !== undefined);
  const [first, ...others] = headers;
  if (first !== undefined)
    return others.reduce((most, one) => (timesIn(one, name) > timesIn(most, name) ? one : most), first);
  const seconds = Math.floor(clock.now() / 1000);
  const id = Buffer.from(random.bytes(20)).toString('hex');
  return `Root=1-${seconds.toString(16).padStart(8, '0')}-${id.slice(0, 24)};Parent=${id.slice(24)};Sampled=0`;
}
