/**
 * Removes what stands wholly below a position, oldest first, in transactions of bounded size. Whoever is interrupted begins
 * again: what is left is still in order and without gaps.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { DomainWrite } from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import type { Lsn, Timeline } from '../model/lsn.ts';
import { segmentsTable, stretchKey, walTable } from '../model/wal-tables.ts';
import { walLimits } from './limits.ts';
import type { Tail } from './sealer.ts';
import { type StretchTable, stretchesFrom } from './stretches.ts';

export async function trimWal(
  store: InstanceStore,
  timelines: readonly Timeline[],
  before: Lsn,
  tail: () => Tail,
): Promise<void> {
  for (const timeline of timelines) {
    while (await removeSome(store, segmentsTable, timeline, before, tail));
    // Rows that a segment holds as well are below its end, and only as far gone as it is.
    while (await removeSome(store, walTable, timeline, before, tail));
  }
}

/** @returns whether there may be more */
async function removeSome(
  store: InstanceStore,
  table: StretchTable,
  timeline: Timeline,
  before: Lsn,
  tail: () => Tail,
): Promise<boolean> {
  const { tables, domain, fence } = store;
  const isRows = table === walTable;
  const limit = isRows ? walLimits.rowRemovalsPerTransaction : walLimits.segmentRemovalsPerTransaction;
  await turn();
  const found = await stretchesFrom(domain, table, timeline, 0, limit);
  const last = tail();
  const writes: DomainWrite[] = [];
  let some = 0;
  for (const { start, end } of found) {
    // The next batch is written on condition that the last one has not changed.
    if (end > before || (isRows && last?.timeline === timeline && last.start === start)) break;
    const key = stretchKey(timeline, start);
    if (!isRows) {
      const stored = await domain.get(segmentsTable, key);
      if (stored !== undefined) writes.push({ kind: 'remove-blob', domain, blob: stored.row.blob });
    }
    writes.push({ kind: 'remove', domain, table, key });
    some++;
  }
  if (some > 0) await tables.transact(writes, { fence });
  return some > 0 && some === limit;
}
