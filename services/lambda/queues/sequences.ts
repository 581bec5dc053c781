/**
 * Where messages stand in their queue.
 *   standard = milliseconds (6) ‖ counter (4) ‖ random (6)    FIFO = counter (8) ‖ 0 (8)
 * Standard queues need no agreement between gateways: what one gateway sends comes in its order, what several send by their clocks. In a
 * FIFO queue the next number is a record, so all gateways that send at the same time come into one order.
 */
import type { RandomSource } from '@hypergate/kit';
import type { DomainWrite, TableDomain } from '@hypergate/table';
import { fifoHeadKey, fifoHeadsTable, sequenceBytes } from './tables.ts';

const timeBytes = 6;
const counterBytes = 4;

export class StandardSequences {
  readonly #random: RandomSource;
  #counter = 0;

  constructor(random: RandomSource) {
    this.#random = random;
  }

  next(sentMs: number): Buffer {
    const sequence = firstOf(sentMs);
    this.#counter = (this.#counter + 1) >>> 0;
    sequence.writeUInt32BE(this.#counter, timeBytes);
    sequence.set(this.#random.bytes(sequenceBytes - timeBytes - counterBytes), timeBytes + counterBytes);
    return sequence;
  }
}

/** No message that is sent at this time or later stands before it. */
export function firstOf(sentMs: number): Buffer {
  const sequence = Buffer.alloc(sequenceBytes);
  sequence.writeUIntBE(sentMs, 0, timeBytes);
  return sequence;
}

export function fifoSequence(counter: number): Buffer {
  const sequence = Buffer.alloc(sequenceBytes);
  sequence.writeBigUInt64BE(BigInt(counter));
  return sequence;
}

/** Twenty digits, as AWS's have. */
export const sequenceNumber = (sequence: Uint8Array): string =>
  (10n ** 19n + Buffer.from(sequence).readBigUInt64BE()).toString();

/** Numbers of a FIFO queue for one transaction; written with the messages that have them. */
export class FifoCounter {
  readonly #domain: TableDomain;
  readonly #queueId: string;
  readonly #revision: number;
  #next: number;

  constructor(domain: TableDomain, queueId: string, next: number, revision: number) {
    this.#domain = domain;
    this.#queueId = queueId;
    this.#next = next;
    this.#revision = revision;
  }

  static async open(domain: TableDomain, queueId: string): Promise<FifoCounter> {
    const head = await domain.get(fifoHeadsTable, fifoHeadKey(queueId));
    return new FifoCounter(domain, queueId, head?.row.next ?? 1, head?.revision ?? 0);
  }

  /** Below this one stand all that there are. */
  get bound(): Buffer {
    return fifoSequence(this.#next);
  }

  next(): Buffer {
    const sequence = fifoSequence(this.#next);
    this.#next += 1;
    return sequence;
  }

  /** Fails when another gateway took these numbers. */
  write(): DomainWrite {
    return {
      kind: 'put',
      domain: this.#domain,
      table: fifoHeadsTable,
      key: fifoHeadKey(this.#queueId),
      row: { next: this.#next },
      condition: this.#revision === 0 ? 'absent' : { revision: this.#revision },
    };
  }
}
