/** What holders of receipt handles do: delete messages, give them back, keep them longer. */
import { ConditionFailed, type DomainWrite, type StoredRecord } from '@hypergate/table';
import type { LambdaBase } from '../store/context.ts';
import type { ReceiptOutcome } from './api.ts';
import { queueLimits } from './limits.ts';
import { isNewest, type Receipt, readReceipt } from './receipts.ts';
import { overtaken } from './store.ts';
import { type MessageRow, messageKey, messagesTable, type QueueRow } from './tables.ts';

export interface VisibilityChange {
  readonly receipt: string;
  readonly visibilityMs: number;
}

/** `beyond`: it would be held for more than twelve hours; `visible`: nobody holds it any more. */
export type ChangeOutcome = ReceiptOutcome | 'beyond' | 'visible';

/** One write, or why there is none. */
type Step<Outcome> = Outcome | { readonly write: DomainWrite };

type Held = StoredRecord<MessageRow>;

export class Holding {
  readonly #base: LambdaBase;
  readonly #onReturned: (queueId: string, count: number) => void;

  constructor(base: LambdaBase, onReturned: (queueId: string, count: number) => void) {
    this.#base = base;
    this.#onReturned = onReturned;
  }

  /**
   * A message of a standard queue may be deleted after its time, as long as nobody received it since; of a FIFO queue not, as the next of
   * its group may be out by then.
   */
  async remove(queue: QueueRow, receipts: readonly string[]): Promise<readonly ReceiptOutcome[]> {
    const { domain, clock } = this.#base;
    return this.#each<ReceiptOutcome>(queue, receipts, (_, { sequence }, { row, revision }) => {
      if (queue.isFifo && row.visibleMs <= clock.now()) return 'stale';
      const key = messageKey(queue.id, sequence);
      return { write: { kind: 'remove', domain, table: messagesTable, key, condition: { revision } } };
    });
  }

  async change(queue: QueueRow, changes: readonly VisibilityChange[]): Promise<readonly ChangeOutcome[]> {
    const { domain, clock } = this.#base;
    const receipts = changes.map(({ receipt }) => receipt);
    const outcomes = await this.#each<ChangeOutcome>(
      queue,
      receipts,
      (at, { sequence }, { row, revision }) => {
        const nowMs = clock.now();
        if (row.visibleMs <= nowMs) return 'visible';
        const visibleMs = nowMs + changes[at]!.visibilityMs;
        const latestMs = (row.receivedMs ?? nowMs) + queueLimits.visibilitySecondsMax * 1000;
        if (visibleMs > latestMs) return 'beyond';
        const key = messageKey(queue.id, sequence);
        const condition = { revision };
        return {
          write: { kind: 'put', domain, table: messagesTable, key, row: { ...row, visibleMs }, condition },
        };
      },
    );
    const returned = outcomes.filter((outcome, at) => outcome === 'done' && changes[at]!.visibilityMs === 0);
    if (returned.length > 0) this.#onReturned(queue.id, returned.length);
    return outcomes;
  }

  /** All that can be done, in one transaction; looked at anew when others changed a message meanwhile. */
  async #each<Outcome>(
    queue: QueueRow,
    receipts: readonly string[],
    step: (at: number, receipt: Receipt, held: Held) => Step<Outcome>,
  ): Promise<readonly (Outcome | ReceiptOutcome)[]> {
    const { domain, tables } = this.#base;
    for (let attempt = 0; attempt < queueLimits.attemptsMax; attempt += 1) {
      const writes: DomainWrite[] = [];
      const outcomes: (Outcome | ReceiptOutcome)[] = [];
      const seen = new Set<string>();
      for (const [at, handle] of receipts.entries()) {
        const receipt = readReceipt(queue.id, handle);
        if (receipt === undefined) {
          outcomes.push('malformed');
          continue;
        }
        const held = await domain.get(messagesTable, messageKey(queue.id, receipt.sequence));
        const result =
          held === undefined ? 'gone' : isNewest(receipt, held.row) ? step(at, receipt, held) : 'stale';
        if (typeof result !== 'object' || result === null || !('write' in result)) {
          outcomes.push(result as Outcome | ReceiptOutcome);
          continue;
        }
        outcomes.push('done');
        // The same message twice in one call is done once.
        const name = receipt.sequence.toString('hex');
        if (!seen.has(name)) writes.push(result.write);
        seen.add(name);
      }
      if (writes.length === 0) return outcomes;
      try {
        await tables.transact(writes);
        return outcomes;
      } catch (error) {
        if (!(error instanceof ConditionFailed)) throw error;
      }
    }
    throw overtaken();
  }
}
