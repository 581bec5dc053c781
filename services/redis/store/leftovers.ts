/**
 * Notes of rows of segments that no record names: written before it, or no longer named by it. Order of writing a record that
 * takes several transactions: its new rows, each transaction with a note of them; then the record, and in the same transaction
 * those notes go and notes of the rows that it no longer names come; then those rows go with their notes. A crash in between
 * leaves notes that say which rows to remove, and a start removes them (`recover`).
 */
import type { Fence } from '@hypergate/node/api';
import type { DomainWrite, TableDomain, TableStore } from '@hypergate/table';
import {
  type LeftoverRow,
  leftoverKey,
  leftoversTable,
  type SegmentName,
  type SegmentPlace,
  segmentKey,
  segmentsTable,
} from '../model/segment-rows.ts';
import type { RecordLimits } from './limits.ts';

export interface RecordModules {
  readonly tables: TableStore;
  readonly domain: TableDomain;
  readonly fence: Fence;
  readonly limits: RecordLimits;
}

export class Leftovers {
  private readonly modules: RecordModules;
  /** As they are stored, under 0 and the following numbers. */
  private notes: LeftoverRow[] = [];

  constructor(modules: RecordModules) {
    this.modules = modules;
  }

  /** Removes what a crash left. Before anything is written. */
  async recover(): Promise<void> {
    for (let index = 0; ; index++) {
      const stored = await this.modules.domain.get(leftoversTable, leftoverKey(index));
      if (stored === undefined) break;
      this.notes.push(stored.row);
    }
    await this.sweep();
  }

  get isEmpty(): boolean {
    return this.notes.length === 0;
  }

  /** A write that notes rows which the same transaction writes. */
  note(place: SegmentPlace, names: readonly SegmentName[]): DomainWrite {
    const row = { ...place, names };
    this.notes.push(row);
    return this.put(this.notes.length - 1, row);
  }

  /** Writes after which these rows alone are noted. */
  noteOnly(place: SegmentPlace, names: readonly SegmentName[]): DomainWrite[] {
    const before = this.notes.length;
    this.notes = [];
    const { noteRowsMax } = this.modules.limits;
    const writes: DomainWrite[] = [];
    for (let at = 0; at < names.length; at += noteRowsMax) {
      writes.push(this.note(place, names.slice(at, at + noteRowsMax)));
    }
    for (let index = this.notes.length; index < before; index++) writes.push(this.remove(index));
    return writes;
  }

  /** Removes all rows that are noted, from the last note to the first: so there is never a gap in their numbers. */
  async sweep(): Promise<void> {
    const { tables, fence, limits } = this.modules;
    while (this.notes.length > 0) {
      const index = this.notes.length - 1;
      const writes = this.removals(this.notes[index]!, this.notes[index]!.names);
      for (let at = 0; at < writes.length; ) {
        const some = writes.slice(at, at + limits.removalsMax);
        at += some.length;
        if (at >= writes.length) some.push(this.remove(index));
        await tables.transact(some, { fence });
      }
      this.notes.pop();
    }
  }

  removals(place: SegmentPlace, names: readonly SegmentName[]): DomainWrite[] {
    const { domain } = this.modules;
    return names.flatMap((name) =>
      Array.from({ length: name.parts }, (_, part): DomainWrite => {
        const key = segmentKey(place, name, part);
        return { kind: 'remove', domain, table: segmentsTable, key };
      }),
    );
  }

  private put(index: number, row: LeftoverRow): DomainWrite {
    const { domain } = this.modules;
    return { kind: 'put', domain, table: leftoversTable, key: leftoverKey(index), row };
  }

  private remove(index: number): DomainWrite {
    const { domain } = this.modules;
    return { kind: 'remove', domain, table: leftoversTable, key: leftoverKey(index) };
  }
}
