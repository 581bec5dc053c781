/**
 * Counters that are not settled. A delta is applied once; which ones a record has counted already is told by the journal sequence it
 * says it counts to, so what came since is kept by sequence. A deletion takes away what came before it in the journal. What a
 * record holds of a row that the memtable did not know when the deletion came is told by time; times of counters are the servers'.
 */
import type { ColumnData, CounterCell, Deletion, Row } from './model.ts';
import { hides, newerDeletion, supersedes } from './reconcile.ts';
import type { StoredRow } from './record-source.ts';

const bits = 64;

/** One counter: deltas by sequence, as running totals. */
export class CounterLog {
  timestamp: bigint;
  private sequences: number[] = [];
  private totals: bigint[] = [];
  /** Total up to what was trimmed. */
  private floor = 0n;
  /** Sequence of the last deletion. */
  private deletedAt = 0;

  constructor(timestamp: bigint) {
    this.timestamp = timestamp;
  }

  get entries(): number {
    return this.sequences.length;
  }

  add(delta: CounterCell, sequence: number): void {
    const last = this.sequences.length - 1;
    const total = BigInt.asIntN(bits, (last >= 0 ? this.totals[last]! : this.floor) + delta.count);
    if (last >= 0 && this.sequences[last] === sequence) this.totals[last] = total;
    else {
      this.sequences.push(sequence);
      this.totals.push(total);
    }
    if (delta.timestamp > this.timestamp) this.timestamp = delta.timestamp;
  }

  delete(sequence: number): void {
    this.sequences = [];
    this.totals = [];
    this.floor = 0n;
    this.deletedAt = sequence;
  }

  /** Records count to that sequence or further. */
  trim(upTo: number): void {
    const settled = this.firstBehind(upTo);
    if (settled === 0) return;
    this.floor = this.totals[settled - 1]!;
    this.sequences.splice(0, settled);
    this.totals.splice(0, settled);
  }

  /** @param countedTo sequence up to which the base counts */
  over(base: CounterCell | undefined, countedTo: number): CounterCell | undefined {
    const isBaseGone = this.deletedAt > countedTo;
    const from = isBaseGone ? 0 : this.firstBehind(countedTo);
    if (from === this.sequences.length) return isBaseGone ? undefined : base;
    const kept = isBaseGone ? undefined : base;
    const before = from === 0 ? this.floor : this.totals[from - 1]!;
    const count = BigInt.asIntN(bits, (kept?.count ?? 0n) + this.totals.at(-1)! - before);
    const isBaseNewer = kept !== undefined && kept.timestamp > this.timestamp;
    return { timestamp: isBaseNewer ? kept.timestamp : this.timestamp, count };
  }

  /** Index of the first entry behind the sequence. */
  private firstBehind(sequence: number): number {
    let low = 0;
    let high = this.sequences.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sequences[middle]! <= sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** Counters of a row, or of the statics of a partition. */
export class CounterRow {
  deletion: Deletion | undefined;
  private readonly logs = new Map<number, CounterLog>();
  /** Sequence of the last deletion of the whole. */
  private deletedAt = 0;

  get entries(): number {
    let entries = 0;
    for (const log of this.logs.values()) entries += 1 + log.entries;
    return entries;
  }

  /** Deletions of a fragment come before its deltas. */
  apply(fragment: Row, sequence: number): void {
    if (fragment.deletion !== undefined) {
      this.deletion = newerDeletion(this.deletion, fragment.deletion);
      this.delete(sequence);
    }
    for (const [id, column] of fragment.columns) {
      if (column.kind === 'counter') this.log(id, column.counter.timestamp).add(column.counter, sequence);
      else if (column.kind === 'cell') this.log(id, column.cell.timestamp).delete(sequence);
      else throw new Error('a counter is not a collection');
    }
  }

  /** Everything that was counted so far. */
  delete(sequence: number): void {
    this.deletedAt = sequence;
    for (const log of this.logs.values()) log.delete(sequence);
  }

  trim(upTo: number): void {
    for (const log of this.logs.values()) log.trim(upTo);
  }

  /** @returns undefined when nothing is left */
  over(base: StoredRow | undefined, clustering: Row['clustering'], around?: Deletion): Row | undefined {
    const newer = newerDeletion(this.deletion, base?.deletion);
    const deletion = newer !== undefined && supersedes(newer, around) ? newer : undefined;
    const active = deletion ?? around;
    const countedTo = base?.countedTo ?? 0;
    const columns = new Map<number, ColumnData>();
    if (base !== undefined && this.deletedAt <= countedTo) {
      for (const [id, column] of base.columns) {
        if (column.kind === 'counter' && !hides(active, column.counter.timestamp)) columns.set(id, column);
      }
    }
    for (const [id, log] of this.logs) {
      const before = columns.get(id);
      const counter = log.over(before?.kind === 'counter' ? before.counter : undefined, countedTo);
      if (counter === undefined) columns.delete(id);
      else columns.set(id, { kind: 'counter', counter: behind(counter, active) });
    }
    if (deletion === undefined && columns.size === 0) return undefined;
    return { clustering, marker: undefined, deletion, columns };
  }

  private log(id: number, timestamp: bigint): CounterLog {
    let log = this.logs.get(id);
    if (log === undefined) this.logs.set(id, (log = new CounterLog(timestamp)));
    return log;
  }
}

/** What came behind a deletion in the journal is not hidden by it, whatever the clocks said. */
function behind(counter: CounterCell, deletion: Deletion | undefined): CounterCell {
  if (!hides(deletion, counter.timestamp)) return counter;
  return { timestamp: deletion!.timestamp + 1n, count: counter.count };
}
