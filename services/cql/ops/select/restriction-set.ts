/** Restrictions of columns of one kind, in the order of the columns: by position, then by name. */

import type { ColumnSchema } from '../../schema/model.ts';
import { compareNames } from '../../schema/names.ts';
import { mergeRestrictions, type Restriction } from './restriction.ts';

interface Entry {
  readonly column: ColumnSchema;
  readonly restriction: Restriction;
}

function byColumn(left: Entry, right: Entry): number {
  return left.column.position - right.column.position || compareNames(left.column.name, right.column.name);
}

export class RestrictionSet implements Iterable<Restriction> {
  private entries: Entry[] = [];

  add(added: Restriction): void {
    const existing = new Set(added.columns.flatMap((column) => this.of(column) ?? []));
    if (existing.size === 0) this.put(added);
    for (const each of existing) this.put(mergeRestrictions(each, added));
    this.entries.sort(byColumn);
  }

  private put(restriction: Restriction): void {
    for (const column of restriction.columns) {
      this.entries = this.entries.filter((entry) => entry.column !== column);
      this.entries.push({ column, restriction });
    }
  }

  /** How many columns are restricted. */
  get size(): number {
    return this.entries.length;
  }

  get columns(): ColumnSchema[] {
    return this.entries.map(({ column }) => column);
  }

  of(column: ColumnSchema): Restriction | undefined {
    return this.entries.find((entry) => entry.column === column)?.restriction;
  }

  last(): Restriction | undefined {
    return this.entries.at(-1)?.restriction;
  }

  /** The restricted column behind this one. */
  columnBehind(column: ColumnSchema): ColumnSchema {
    return this.entries[this.entries.findIndex((entry) => entry.column === column) + 1]!.column;
  }

  has(kind: Restriction['kind']): boolean {
    return this.entries.some(({ restriction }) => restriction.kind === kind);
  }

  /** Each once. */
  [Symbol.iterator](): IterableIterator<Restriction> {
    return new Set(this.entries.map(({ restriction }) => restriction)).values();
  }
}
