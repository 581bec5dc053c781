/**
 * Messages into records: one transaction for all of a call, on condition that the queue still is the same one. Calls for one FIFO queue
 * go through a lane: what arrives while a transaction is on its way is the next one, so that its counter costs one write for all of them.
 */
import { createHash, hash } from 'node:crypto';
import { ConditionFailed, type DomainWrite, type Piece, unstagePieces } from '@hypergate/table';
import type { LambdaBase } from '../store/context.ts';
import type { MessageAttribute, OutgoingMessage, SentMessage } from './api.ts';
import { queueLimits } from './limits.ts';
import type { QueueName } from './names.ts';
import { FifoCounter, StandardSequences, sequenceNumber } from './sequences.ts';
import { overtaken, type QueueStore, type StoredQueue } from './store.ts';
import {
  type MessageRow,
  messageKey,
  messagesTable,
  type OnceRow,
  onceKey,
  onceTable,
  type QueueRow,
  queueKey,
  queuesTable,
} from './tables.ts';
import { uuidOf } from './uuid.ts';

interface Parcel {
  readonly message: OutgoingMessage;
  readonly body: readonly Piece[];
}

interface Job {
  readonly parcels: readonly Parcel[];
  readonly done: PromiseWithResolvers<readonly SentMessage[]>;
}

interface Plan {
  readonly writes: readonly DomainWrite[];
  readonly sent: readonly SentMessage[];
  /** Whose messages were sent before: their bodies are not needed. */
  readonly repeated: ReadonlySet<Parcel>;
}

/** Messages of one transaction of a lane. */
const laneMax = 200;

export class Sending {
  readonly #base: LambdaBase;
  readonly #store: QueueStore;
  readonly #sequences: StandardSequences;
  readonly #onSent: (queueId: string, count: number) => void;
  readonly #lanes = new Map<string, Job[]>();

  constructor(base: LambdaBase, store: QueueStore, onSent: (queueId: string, count: number) => void) {
    this.#base = base;
    this.#store = store;
    this.#sequences = new StandardSequences(base.random);
    this.#onSent = onSent;
  }

  /** @param queue as it was read just now. @param messages checked already. @throws AwsError QueueDoesNotExist */
  async send(queue: StoredQueue, messages: readonly OutgoingMessage[]): Promise<readonly SentMessage[]> {
    const parcels = await Promise.all(messages.map((message) => this.#parcel(message)));
    return queue.row.isFifo ? this.#join(queue.row, parcels) : this.#write(queue.row, parcels, queue);
  }

  async #parcel(message: OutgoingMessage): Promise<Parcel> {
    const bytes = Buffer.from(message.body);
    if (bytes.length <= queueLimits.inlineBodyMax) return { message, body: [{ kind: 'inline', bytes }] };
    return { message, body: [{ kind: 'data', data: await this.#base.tables.stageData(bytes) }] };
  }

  #join(name: QueueName, parcels: readonly Parcel[]): Promise<readonly SentMessage[]> {
    const key = `${name.account}/${name.region}/${name.name}`;
    const job: Job = { parcels, done: Promise.withResolvers() };
    const lane = this.#lanes.get(key);
    if (lane === undefined) {
      this.#lanes.set(key, [job]);
      void this.#run(name, key);
    } else lane.push(job);
    return job.done.promise;
  }

  async #run(name: QueueName, key: string): Promise<void> {
    const lane = this.#lanes.get(key)!;
    while (lane.length > 0) {
      const jobs = takeJobs(lane);
      try {
        const sent = await this.#write(
          name,
          jobs.flatMap(({ parcels }) => parcels),
        );
        let at = 0;
        for (const { parcels, done } of jobs) done.resolve(sent.slice(at, (at += parcels.length)));
      } catch (error) {
        for (const { done } of jobs) done.reject(error);
      }
    }
    this.#lanes.delete(key);
  }

  /** @param known the queue, if it was read just now: whether it still is so, the transaction tells */
  async #write(
    name: QueueName,
    parcels: readonly Parcel[],
    known?: StoredQueue,
  ): Promise<readonly SentMessage[]> {
    const { tables } = this.#base;
    let kept: ReadonlySet<Parcel> = new Set();
    try {
      for (let attempt = 0; attempt < queueLimits.attemptsMax; attempt += 1) {
        const queue = attempt === 0 && known !== undefined ? known : await this.#store.require(name);
        const { writes, sent, repeated } = await this.#plan(queue, parcels);
        try {
          if (repeated.size < parcels.length) await tables.transact(writes);
        } catch (error) {
          if (error instanceof ConditionFailed) continue;
          throw error;
        }
        kept = new Set(parcels.filter((parcel) => !repeated.has(parcel)));
        if (kept.size > 0) this.#onSent(queue.row.id, kept.size);
        return sent;
      }
      throw overtaken();
    } finally {
      for (const parcel of parcels) if (!kept.has(parcel)) unstagePieces(tables, parcel.body);
    }
  }

  async #plan({ row: queue, revision }: StoredQueue, parcels: readonly Parcel[]): Promise<Plan> {
    const { domain, clock, random } = this.#base;
    const nowMs = clock.now();
    const counter = queue.isFifo ? await FifoCounter.open(domain, queue.id) : undefined;
    const writes: DomainWrite[] = [
      { kind: 'check', domain, table: queuesTable, key: queueKey(queue), condition: { revision } },
    ];
    const sent: SentMessage[] = [];
    const repeated = new Set<Parcel>();
    const fresh = new Map<string, SentMessage>();
    for (const parcel of parcels) {
      const { message } = parcel;
      const { deduplicationId, tellsApart } = sameness(queue, message);
      const earlier =
        tellsApart === undefined
          ? undefined
          : (fresh.get(tellsApart.toString('hex')) ?? (await this.#earlier(queue.id, tellsApart, nowMs)));
      if (earlier !== undefined && 'messageId' in earlier) {
        sent.push(sentOf(earlier));
        repeated.add(parcel);
        continue;
      }
      const sequence = counter?.next() ?? this.#sequences.next(nowMs);
      const messageId = uuidOf(random.bytes(16));
      const one: SentMessage = {
        messageId,
        ...(queue.isFifo ? { sequenceNumber: sequenceNumber(sequence) } : {}),
      };
      sent.push(one);
      writes.push({
        kind: 'put',
        domain,
        table: messagesTable,
        key: messageKey(queue.id, sequence),
        row: rowOf(parcel, { messageId, deduplicationId, nowMs, delayMs: queue.delaySeconds * 1000 }),
        condition: 'absent',
      });
      if (tellsApart === undefined) continue;
      fresh.set(tellsApart.toString('hex'), one);
      const forMs = message.onceKey === undefined ? queueLimits.deduplicationMs : queueLimits.onceMs;
      writes.push({
        kind: 'put',
        domain,
        table: onceTable,
        key: onceKey(queue.id, tellsApart),
        row: { ...one, untilMs: nowMs + forMs },
        condition: earlier?.condition ?? 'absent',
      });
    }
    if (counter !== undefined) writes.push(counter.write());
    return { writes, sent, repeated };
  }

  /** What was sent before and still counts, or on which condition it may be sent. */
  async #earlier(
    queueId: string,
    tellsApart: Buffer,
    nowMs: number,
  ): Promise<OnceRow | { readonly condition: 'absent' | { readonly revision: number } }> {
    const found = await this.#base.domain.get(onceTable, onceKey(queueId, tellsApart));
    if (found === undefined) return { condition: 'absent' };
    return found.row.untilMs > nowMs ? found.row : { condition: { revision: found.revision } };
  }
}

function takeJobs(lane: Job[]): readonly Job[] {
  let messages = 0;
  let count = 0;
  while (count < lane.length && (count === 0 || messages + lane[count]!.parcels.length <= laneMax)) {
    messages += lane[count]!.parcels.length;
    count += 1;
  }
  return lane.splice(0, count);
}

const sentOf = ({ messageId, sequenceNumber: number }: SentMessage | OnceRow): SentMessage => ({
  messageId,
  ...(number === undefined ? {} : { sequenceNumber: number }),
});

/** By what a message is known to be the same as another; undefined: it is like no other. */
function sameness(
  queue: QueueRow,
  { body, deduplicationId: given, groupId, onceKey: own }: OutgoingMessage,
): { readonly deduplicationId: string | undefined; readonly tellsApart: Buffer | undefined } {
  const content = queue.contentBasedDeduplication ? hash('sha256', body) : undefined;
  const deduplicationId = given ?? (queue.isFifo ? (content ?? own) : undefined);
  const id = queue.isFifo ? deduplicationId : own;
  if (id === undefined) return { deduplicationId, tellsApart: undefined };
  const scope = queue.isFifo && queue.deduplicationScope === 'messageGroup' ? (groupId ?? '') : '';
  // Neither may have a line break in it, so no two pairs have one text.
  const tellsApart = createHash('sha256').update(`${scope}\n${id}`).digest();
  return { deduplicationId, tellsApart };
}

function rowOf(
  { message, body }: Parcel,
  given: {
    readonly messageId: string;
    readonly deduplicationId: string | undefined;
    readonly nowMs: number;
    readonly delayMs: number;
  },
): MessageRow {
  const { attributes, groupId, traceHeader, senderId, delayMs = given.delayMs } = message;
  const { messageId, deduplicationId, nowMs } = given;
  return {
    messageId,
    sentMs: nowMs,
    senderId,
    ...(attributes === undefined ? {} : { attributes: keptAttributes(attributes) }),
    ...(groupId === undefined ? {} : { groupId }),
    ...(deduplicationId === undefined ? {} : { deduplicationId }),
    ...(traceHeader === undefined ? {} : { traceHeader }),
    visibleMs: nowMs + delayMs,
    receiveCount: 0,
    receivedHere: 0,
    body,
  };
}

function keptAttributes(attributes: Readonly<Record<string, MessageAttribute>>): MessageRow['attributes'] {
  return Object.fromEntries(
    Object.entries(attributes).map(([name, { dataType, stringValue, binaryValue }]) => [
      name,
      binaryValue === undefined
        ? { dataType, stringValue }
        : { dataType, binaryValue: Buffer.from(binaryValue).toString('base64') },
    ]),
  );
}
