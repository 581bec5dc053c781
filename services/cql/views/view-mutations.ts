/**
 * What a mutation of a base table changes in its views: base rows that it touches are read, computed as they will be, and where a view's row
 * is another one then, it is put or removed. Called within a decision (engine/storage.ts), so that nothing comes between.
 */
import type { ClusteringBound, Deletion, Mutation, Row } from '../engine/model.ts';
import { compareBounds, compareBytes, compareRows, partitionEnd, partitionStart } from '../engine/order.ts';
import { mergeMaybeRows, newerDeletion } from '../engine/reconcile.ts';
import type { PartitionCursor, Reader, Slice } from '../engine/storage.ts';
import { TombstoneSet } from '../engine/tombstones.ts';
import type { Value } from '../types/api.ts';
import { decodePartitionKey } from '../types/partition-key.ts';
import { packRow, putRow, removeRow } from './stored-row.ts';
import { type ViewPlan, type ViewRow, viewRowOf } from './view-plan.ts';

export interface Moment {
  /** Time of writing of view rows: larger than any before it. */
  readonly stamp: bigint;
  /** Seconds since 1970. */
  readonly now: number;
}

/**
 * @param plans of one base table
 * @param mutation the only one of its partition in this step
 */
export async function viewMutations(
  reader: Reader,
  plans: readonly ViewPlan[],
  mutation: Mutation,
  moment: Moment,
): Promise<Mutation[]> {
  const { base, baseLayout } = plans[0]!;
  const tombstones = new TombstoneSet(baseLayout.rows, mutation.tombstones);
  const slices = touched(plans[0]!, mutation, tombstones);
  if (slices.length === 0) return [];
  const cursor = await reader.read(base, mutation.key, { slices });
  const partition = decodePartitionKey(mutation.key, base.partitionKey.length);
  const changes: Mutation[] = [];
  for await (const [before, fragment] of pairs(plans[0]!, cursor, mutation.rows)) {
    const { clustering } = (before ?? fragment)!;
    const after = mergeMaybeRows(
      before,
      fragment,
      baseLayout,
      around(cursor, mutation, tombstones, clustering),
    );
    // What was there before it was refused must not stand in the way of other writes.
    const tooLong = fragment === undefined ? 'skip' : 'refuse';
    for (const plan of plans) {
      const old = viewRowOf(plan, partition, before);
      change(plan, old, viewRowOf(plan, partition, after, tooLong), moment, changes);
    }
  }
  return changes;
}

/** Slices of base rows that may be other ones afterwards. */
function touched({ baseLayout }: ViewPlan, mutation: Mutation, tombstones: TombstoneSet): Slice[] {
  if (mutation.deletion !== undefined) return [{ start: partitionStart, end: partitionEnd }];
  const slices: Slice[] = [];
  for (const { start, end } of tombstones.all()) {
    const last = slices.at(-1);
    if (last !== undefined && compareBounds(baseLayout.rows, last.end, start) === 0)
      slices[slices.length - 1] = { start: last.start, end };
    else slices.push({ start, end });
  }
  for (const { clustering } of mutation.rows) {
    if (tombstones.covering(clustering) !== undefined) continue;
    slices.push({ start: bound(clustering, 'before'), end: bound(clustering, 'after') });
  }
  return slices.sort((left, right) => compareBounds(baseLayout.rows, left.start, right.start));
}

function bound(prefix: readonly Value[], side: ClusteringBound['side']): ClusteringBound {
  return { prefix, side };
}

function around(
  cursor: PartitionCursor | undefined,
  mutation: Mutation,
  tombstones: TombstoneSet,
  clustering: readonly Value[],
): Deletion | undefined {
  const written = newerDeletion(mutation.deletion, tombstones.covering(clustering));
  return newerDeletion(cursor?.covering(clustering), written);
}

/** Rows as they are, and what is written to them. */
async function* pairs(
  { baseLayout }: ViewPlan,
  cursor: PartitionCursor | undefined,
  fragments: readonly Row[],
): AsyncGenerator<readonly [Row | undefined, Row | undefined]> {
  let at = 0;
  for (let row = await cursor?.next(); row !== undefined; row = await cursor!.next()) {
    while (
      at < fragments.length &&
      compareRows(baseLayout.rows, fragments[at]!.clustering, row.clustering) < 0
    )
      yield [undefined, fragments[at++]];
    const fragment = fragments[at];
    const isSame =
      fragment !== undefined && compareRows(baseLayout.rows, fragment.clustering, row.clustering) === 0;
    if (isSame) at += 1;
    yield [row, isSame ? fragment : undefined];
  }
  while (at < fragments.length) yield [undefined, fragments[at++]];
}

function change(
  plan: ViewPlan,
  before: ViewRow | undefined,
  computed: ViewRow | undefined,
  { stamp, now }: Moment,
  changes: Mutation[],
): void {
  // The value of something that expired may be gone, and with it the row's key.
  const after = computed === undefined || isOver(computed, now) ? undefined : computed;
  const { view } = plan;
  const isSame = before !== undefined && after !== undefined && isSamePlace(plan, before, after);
  if (before !== undefined && !isSame) changes.push(removeRow(view, before, stamp, now));
  if (after === undefined) return;
  const packed = packRow(after);
  if (isSame && compareBytes(packRow(before), packed) === 0) return;
  changes.push(putRow(view, after, packed, stamp));
}

export function isOver({ expiry }: ViewRow, now: number): boolean {
  return expiry !== undefined && now >= expiry.localTime;
}

function isSamePlace({ viewLayout }: ViewPlan, left: ViewRow, right: ViewRow): boolean {
  return (
    compareBytes(left.key, right.key) === 0 &&
    compareRows(viewLayout.rows, left.clustering, right.clustering) === 0
  );
}
