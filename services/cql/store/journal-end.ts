/**
 * Sees rows of the journal when they are applied, before their writers are answered, whoever wrote them: so who looks here first
 * misses nothing that was answered.
 */
import type { AppliedBatch, Bytes, LocalNodePorts, Revision } from '@hypergate/node/api';
import type { TableDomain } from '@hypergate/table';
import { journalKey, journalTable, stateKey, stateTable } from '../model/tables.ts';

export interface JournalListener {
  /** There is another row. */
  onRow(): void;
  /** Rows were brought into records. */
  onSettled(): void;
}

export class JournalEnd {
  /** Last row that is in the log. */
  seen: number;
  /** Of the record that says what is settled; 0: there is none. */
  stateRevision: Revision;
  readonly #domain: TableDomain;
  readonly #stateSlot: Bytes;
  #nextSlot: Bytes;
  readonly #listener: JournalListener;
  readonly #leave: () => void;

  /**
   * @param last row that is in the log, for certain
   * @param stateRevision of the record that says what is settled, when that was so
   */
  constructor(
    last: number,
    stateRevision: Revision,
    node: Pick<LocalNodePorts, 'onApplied'>,
    domain: TableDomain,
    listener: JournalListener,
  ) {
    this.seen = last;
    this.stateRevision = stateRevision;
    this.#domain = domain;
    this.#listener = listener;
    this.#stateSlot = domain.slotOf(stateTable, stateKey);
    this.#nextSlot = this.#slotOf(last + 1);
    this.#leave = node.onApplied((batch) => this.#applied(batch));
  }

  close(): void {
    this.#leave();
  }

  /** What was known is void: rows were removed that had not been read. */
  restart(last: number, stateRevision: Revision): void {
    this.seen = last;
    this.stateRevision = stateRevision;
    this.#nextSlot = this.#slotOf(last + 1);
  }

  /** What is settled was read, and of which revision the record of it is. */
  noticeState(revision: Revision): void {
    this.stateRevision = Math.max(this.stateRevision, revision);
  }

  /** Rows up to this one were read. */
  advance(row: number): void {
    if (row <= this.seen) return;
    this.seen = row;
    this.#nextSlot = this.#slotOf(row + 1);
  }

  #slotOf(row: number): Bytes {
    return this.#domain.slotOf(journalTable, journalKey(row));
  }

  #applied({ transactions }: AppliedBatch): void {
    for (const { outcome, operations } of transactions) {
      if (outcome.status !== 'applied') continue;
      for (const operation of operations) {
        if (operation.kind !== 'add-vertex' || !isSame(operation.domain, this.#domain.address)) continue;
        if (isSame(operation.slot, this.#nextSlot)) {
          this.advance(this.seen + 1);
          this.#listener.onRow();
        } else if (isSame(operation.slot, this.#stateSlot)) {
          this.stateRevision = outcome.revision;
          this.#listener.onSettled();
        }
      }
    }
  }
}

function isSame(left: Bytes, right: Bytes): boolean {
  return left.length === right.length && Buffer.compare(left, right) === 0;
}
