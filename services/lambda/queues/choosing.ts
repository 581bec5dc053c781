/**
 * Which messages a receive tries to take: out of the index alone. What another receive of this gateway is about to take is left to it, so that
 * they do not stand in each other's way; between gateways the condition on the record decides.
 *
 * Standard queues: what is visible, by since when. FIFO queues: in order, and of a group nothing behind a message that somebody holds or that is
 * not visible yet.
 */
import type { TableDomain } from '@hypergate/table';
import { queueLimits } from './limits.ts';
import {
  type MessageHint,
  messagesTable,
  type QueueRow,
  readHint,
  visibleIndex,
  visibleSort,
} from './tables.ts';

export interface Candidate {
  readonly sequence: Buffer;
  /** It is too old: removed instead of given out. */
  readonly isExpired: boolean;
}

export class Claims {
  readonly #claimed = new Set<string>();

  has(queueId: string, sequence: Buffer): boolean {
    return this.#claimed.has(nameOf(queueId, sequence));
  }

  add(queueId: string, sequence: Buffer): void {
    this.#claimed.add(nameOf(queueId, sequence));
  }

  release(queueId: string, candidates: readonly Candidate[]): void {
    for (const { sequence } of candidates) this.#claimed.delete(nameOf(queueId, sequence));
  }
}

/**
 * Where the messages of standard queues began when they were last looked at. What was received and deleted leaves traces in the index until
 * its page is written anew, and they all stand in front: who begins behind them finds the first message at once. What comes later has a later
 * time; where clocks differ it has not, so a look that finds too little begins at the front again.
 */
export class Starts {
  readonly #starts = new Map<string, Buffer>();

  get(queueId: string): Buffer | undefined {
    return this.#starts.get(queueId);
  }

  /** @param sort of the first message that was found at this time */
  set(queueId: string, sort: Buffer, nowMs: number): void {
    // Of this very moment, another one before it may still come.
    if (Buffer.compare(sort, visibleSort(nowMs)) >= 0) return;
    if (!this.#starts.has(queueId) && this.#starts.size >= startsMax) this.#starts.clear();
    this.#starts.set(queueId, sort);
  }

  delete(queueId: string): void {
    this.#starts.delete(queueId);
  }
}

const startsMax = 10_000;

const nameOf = (queueId: string, sequence: Buffer) => queueId + sequence.toString('hex');

/** Expired ones that one receive takes with it. */
const expiredMax = 100;

export interface ChooseOptions {
  readonly nowMs: number;
  readonly max: number;
  /** Sequences (hexadecimal) that others were faster with. */
  readonly avoided: ReadonlySet<string>;
  readonly starts: Starts;
}

/**
 * @returns what is claimed from now on: the caller releases it
 */
export async function choose(
  domain: TableDomain,
  claims: Claims,
  queue: QueueRow,
  options: ChooseOptions,
): Promise<Candidate[]> {
  const { starts, max } = options;
  const start = starts.get(queue.id);
  const chosen = await chooseFrom(domain, claims, queue, options, start);
  if (start === undefined || chosen.length >= max) return chosen;
  claims.release(queue.id, chosen);
  starts.delete(queue.id);
  return chooseFrom(domain, claims, queue, options, undefined);
}

async function chooseFrom(
  domain: TableDomain,
  claims: Claims,
  queue: QueueRow,
  { nowMs, max, avoided, starts }: ChooseOptions,
  start: Buffer | undefined,
): Promise<Candidate[]> {
  const chosen: Candidate[] = [];
  const blocked = new Set<string>();
  let fresh = 0;
  let looked = 0;
  const oldestMs = nowMs - queue.retentionSeconds * 1000;
  const partition = Buffer.from(queue.id, 'hex');
  const cursor = queue.isFifo
    ? domain.cursor(messagesTable, partition, {})
    : domain.cursorSecondary(visibleIndex, partition, {
        lt: visibleSort(nowMs + 1),
        ...(start === undefined ? {} : { gte: start }),
      });
  const take = (sequence: Buffer, hint: MessageHint): void => {
    const isExpired = hint.sentMs <= oldestMs;
    if (isExpired && chosen.length - fresh >= expiredMax) return;
    claims.add(queue.id, sequence);
    chosen.push({ sequence, isExpired });
    if (!isExpired) fresh += 1;
  };
  while (fresh < max && looked < queueLimits.fifoLookMax) {
    const next = cursor.next();
    const entry = next instanceof Promise ? await next : next;
    if (entry === undefined) break;
    looked += 1;
    const sort = Buffer.from(entry.sort);
    if (looked === 1 && !queue.isFifo) starts.set(queue.id, sort, nowMs);
    const sequence = queue.isFifo ? sort : sort.subarray(8);
    const isOurs = claims.has(queue.id, sequence) || avoided.has(sequence.toString('hex'));
    const hint = readHint(entry.projection);
    if (!queue.isFifo) {
      if (!isOurs) take(sequence, hint);
    } else if (isOurs) blocked.add(hint.groupId);
    else if (!blocked.has(hint.groupId)) {
      if (hint.visibleMs <= nowMs) take(sequence, hint);
      else blocked.add(hint.groupId);
    }
  }
  return chosen;
}
