/** Several mutations as one write: those of the same partition become one. */
import type { Mutation } from '../../engine/model.ts';
import type { TableLayout } from '../../engine/order.ts';
import { mergePartitions } from '../../engine/reconcile-partition.ts';
import type { Value } from '../../types/api.ts';

/** A key as a string of one character per byte. */
export function keyText(key: Value): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).latin1Slice();
}

interface Fragments {
  readonly layout: TableLayout;
  readonly list: Mutation[];
}

export class MutationCollector {
  private readonly partitions = new Map<string, Fragments>();

  add(mutation: Mutation, layout: TableLayout): void {
    const name = `${mutation.table}${keyText(mutation.key)}`;
    const known = this.partitions.get(name);
    if (known === undefined) this.partitions.set(name, { layout, list: [mutation] });
    else known.list.push(mutation);
  }

  /** Those of counters stay apart, in their order: each counts. */
  mutations(): Mutation[] {
    const all: Mutation[] = [];
    for (const { layout, list } of this.partitions.values()) {
      if (layout.isCounter || list.length === 1) all.push(...list);
      else all.push(merged(list, layout));
    }
    return all;
  }
}

/** Halves first, as merging takes as long as what is merged. */
function merged(list: readonly Mutation[], layout: TableLayout): Mutation {
  if (list.length === 1) return list[0]!;
  const middle = list.length >>> 1;
  return mergePartitions(merged(list.slice(0, middle), layout), merged(list.slice(middle), layout), layout);
}
