/**
 * Messages are given out by one transaction for all of a call: each record gets the time until which nobody else has it, the count and the
 * nonce of its receipt handle, on condition that it still is as it was read. So a message is held by one receiver, whatever gateways there are,
 * its count survives a restart, and what was received too often goes to its dead-letter queue in the same transaction.
 *
 * The alternative, to hold messages in memory until they are deleted, would save this write; then two gateways would give out the same
 * messages, groups of FIFO queues would lose their order, and a message that kills its reader's gateway would never become a dead letter.
 */
import { ConditionFailed, type DomainWrite, readPieces, type StoredRecord } from '@hypergate/table';
import type { LambdaBase } from '../store/context.ts';
import type { MessageAttribute, ReceivedMessage } from './api.ts';
import { type Candidate, Claims, choose, Starts } from './choosing.ts';
import { queueLimits } from './limits.ts';
import { arnOf, type QueueName } from './names.ts';
import { nonceBytes, receiptOf } from './receipts.ts';
import { FifoCounter, sequenceNumber } from './sequences.ts';
import type { QueueStore, StoredQueue } from './store.ts';
import { type MessageRow, messageKey, messagesTable, queueKey, queuesTable } from './tables.ts';

interface Taken {
  readonly sequence: Buffer;
  readonly nonce: Uint8Array;
  readonly row: MessageRow;
}

interface Plan {
  readonly writes: readonly DomainWrite[];
  readonly taken: readonly Taken[];
  /** Others were faster. */
  readonly lost: readonly Buffer[];
  /** Id of the dead-letter queue, and how many go there. */
  readonly moved: { readonly queueId: string; readonly count: number } | undefined;
}

export interface TakeOptions {
  readonly max: number;
  readonly visibilityMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

export class Receiving {
  readonly #base: LambdaBase;
  readonly #store: QueueStore;
  readonly #claims = new Claims();
  readonly #starts = new Starts();
  readonly #onMoved: (queueId: string, count: number) => void;

  constructor(base: LambdaBase, store: QueueStore, onMoved: (queueId: string, count: number) => void) {
    this.#base = base;
    this.#store = store;
    this.#onMoved = onMoved;
  }

  /** What there is now. @param known the queue, if it was read just now. @throws AwsError QueueDoesNotExist */
  async take(
    name: QueueName,
    options: TakeOptions,
    known?: StoredQueue,
  ): Promise<readonly ReceivedMessage[]> {
    const avoided = new Set<string>();
    for (let attempt = 0; attempt < queueLimits.attemptsMax; attempt += 1) {
      const queue = attempt === 0 && known !== undefined ? known : await this.#store.require(name);
      const nowMs = this.#base.clock.now();
      const chosen = await choose(this.#base.domain, this.#claims, queue.row, {
        starts: this.#starts,
        nowMs,
        max: options.max,
        avoided,
      });
      if (chosen.length === 0) return [];
      try {
        const taken = await this.#commit(queue, chosen, { ...options, nowMs, avoided });
        // None: they were lost, expired or dead letters; there may be others.
        if (taken.length > 0) return await Promise.all(taken.map((one) => this.#shown(queue, one)));
      } finally {
        this.#claims.release(queue.row.id, chosen);
      }
      if (options.signal?.aborted === true) return [];
    }
    return [];
  }

  async #commit(
    queue: StoredQueue,
    chosen: readonly Candidate[],
    options: TakeOptions & { readonly nowMs: number; readonly avoided: Set<string> },
  ): Promise<readonly Taken[]> {
    const { writes, taken, lost, moved } = await this.#plan(queue, chosen, options);
    for (const sequence of lost) options.avoided.add(sequence.toString('hex'));
    // In a FIFO queue what stands behind a lost message of its group was not to be chosen.
    if (lost.length > 0 && queue.row.isFifo) return [];
    // Nobody is there to get them.
    if (writes.length === 0 || options.signal?.aborted === true) return [];
    try {
      await this.#base.tables.transact(writes);
    } catch (error) {
      if (error instanceof ConditionFailed) return [];
      throw error;
    }
    if (moved !== undefined) this.#onMoved(moved.queueId, moved.count);
    return taken;
  }

  async #plan(
    { row: queue }: StoredQueue,
    chosen: readonly Candidate[],
    { visibilityMs = queue.visibilitySeconds * 1000, nowMs }: TakeOptions & { readonly nowMs: number },
  ): Promise<Plan> {
    const { domain, random } = this.#base;
    const writes: DomainWrite[] = [];
    const taken: Taken[] = [];
    const lost: Buffer[] = [];
    const dead: { readonly sequence: Buffer; readonly record: StoredRecord<MessageRow> }[] = [];
    const target = queue.redrive === undefined ? undefined : await this.#store.find(queue.redrive.targetArn);
    for (const { sequence, isExpired } of chosen) {
      const key = messageKey(queue.id, sequence);
      const record = await domain.get(messagesTable, key);
      if (record === undefined || record.row.visibleMs > nowMs) {
        lost.push(sequence);
        continue;
      }
      const { row, revision } = record;
      const condition = { revision };
      if (isExpired) {
        writes.push({ kind: 'remove', domain, table: messagesTable, key, condition });
      } else if (target !== undefined && row.receivedHere >= queue.redrive!.maxReceiveCount) {
        dead.push({ sequence, record });
        writes.push({ kind: 'remove', domain, table: messagesTable, key, condition });
      } else {
        const nonce = random.bytes(nonceBytes);
        const next: MessageRow = {
          ...row,
          visibleMs: nowMs + visibilityMs,
          receiveCount: row.receiveCount + 1,
          receivedHere: row.receivedHere + 1,
          firstReceivedMs: row.firstReceivedMs ?? nowMs,
          receivedMs: nowMs,
          nonce: Buffer.from(nonce).toString('base64'),
        };
        writes.push({ kind: 'put', domain, table: messagesTable, key, row: next, condition });
        taken.push({ sequence, nonce, row: next });
      }
    }
    if (dead.length === 0 || target === undefined) return { writes, taken, lost, moved: undefined };
    const counter = target.row.isFifo ? await FifoCounter.open(domain, target.row.id) : undefined;
    for (const { sequence, record } of dead) {
      const { nonce: _, receivedMs: __, ...row } = record.row;
      const moved: MessageRow = {
        ...row,
        // A message keeps its age in a standard queue, and begins anew in a FIFO queue.
        sentMs: counter === undefined ? row.sentMs : nowMs,
        visibleMs: nowMs,
        receivedHere: 0,
        sourceArn: arnOf(queue),
      };
      const key = messageKey(target.row.id, counter?.next() ?? sequence);
      writes.push({ kind: 'put', domain, table: messagesTable, key, row: moved, condition: 'absent' });
    }
    if (counter !== undefined) writes.push(counter.write());
    const key = queueKey(target.row);
    const condition = { revision: target.revision };
    writes.push({ kind: 'check', domain, table: queuesTable, key, condition });
    return { writes, taken, lost, moved: { queueId: target.row.id, count: dead.length } };
  }

  async #shown({ row: queue }: StoredQueue, { sequence, nonce, row }: Taken): Promise<ReceivedMessage> {
    const body = await readPieces(this.#base.tables, row.body);
    return {
      messageId: row.messageId,
      receipt: receiptOf(queue.id, sequence, nonce),
      body: body.toString('utf8'),
      attributes: attributesOf(row),
      system: {
        SenderId: row.senderId,
        SentTimestamp: String(row.sentMs),
        ApproximateReceiveCount: String(row.receiveCount),
        ApproximateFirstReceiveTimestamp: String(row.firstReceivedMs),
        ...(row.groupId === undefined ? {} : { MessageGroupId: row.groupId }),
        ...(row.deduplicationId === undefined ? {} : { MessageDeduplicationId: row.deduplicationId }),
        ...(queue.isFifo ? { SequenceNumber: sequenceNumber(sequence) } : {}),
        ...(row.traceHeader === undefined ? {} : { AWSTraceHeader: row.traceHeader }),
        ...(row.sourceArn === undefined ? {} : { DeadLetterQueueSourceArn: row.sourceArn }),
      },
    };
  }
}

function attributesOf({ attributes = {} }: MessageRow): Readonly<Record<string, MessageAttribute>> {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      binaryValue === undefined
        ? { dataType, stringValue: stringValue ?? '' }
        : { dataType, binaryValue: Buffer.from(binaryValue, 'base64') },
    ]),
  );
}
