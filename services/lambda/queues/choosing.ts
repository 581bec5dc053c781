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

const nameOf = (queueId: string, sequence: Buffer) => queueId + sequence.toString('hex');

/** Expired ones that one receive takes with it. */
const expiredMax = 100;

/**
 * @param avoided sequences (hexadecimal) that others were faster with
 * @returns what is claimed from now on: the caller releases it
 */
export async function choose(
  domain: TableDomain,
  claims: Claims,
  queue: QueueRow,
  options: { readonly nowMs: number; readonly max: number; readonly avoided: ReadonlySet<string> },
): Promise<Candidate[]> {
  const { nowMs, max, avoided } = options;
  const chosen: Candidate[] = [];
  const blocked = new Set<string>();
  let fresh = 0;
  let looked = 0;
  const oldestMs = nowMs - queue.retentionSeconds * 1000;
  const partition = Buffer.from(queue.id, 'hex');
  const cursor = queue.isFifo
    ? domain.cursor(messagesTable, partition, {})
    : domain.cursorSecondary(visibleIndex, partition, { lt: visibleSort(nowMs + 1) });
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
