/**
 * Removes what stands wholly below a position, oldest first, in transactions of bounded size. Whoever is interrupted begins
 * again: what is left is still in order and without gaps. Places go before the segments that cover what is in them.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { DomainWrite } from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import type { Lsn, Timeline } from '../model/lsn.ts';
import { placeKey, segmentsTable, stretchKey, walTable } from '../model/wal-tables.ts';
import { walLimits } from './limits.ts';
import type { Places } from './places.ts';
import type { Tail } from './sealer.ts';
import { segmentsFrom } from './stretches.ts';

export async function trimWal(
  store: InstanceStore,
  places: Places,
  timelines: readonly Timeline[],
  before: Lsn,
  tail: () => Tail,
): Promise<void> {
  await emptyPlaces(store, places, places.takeStale(before));
  for (const timeline of timelines) {
    while (await removeSegments(store, timeline, before));
    // The next batch is written on condition that the last one has not changed.
    const last = tail();
    const gone = places.of(timeline).filter(({ place, end }) => end <= before && place !== last?.place);
    const numbers = gone.map(({ place }) => place);
    await emptyPlaces(store, places, numbers);
  }
}

/** @param numbers of places that no batch takes meanwhile */
export async function emptyPlaces(
  { tables, domain, fence }: InstanceStore,
  places: Places,
  numbers: readonly number[],
): Promise<void> {
  const { rowRemovalsPerTransaction: most } = walLimits;
  for (let at = 0; at < numbers.length; at += most) {
    await turn();
    const some = numbers.slice(at, at + most);
    const writes = some.map((place): DomainWrite => {
      return { kind: 'remove', domain, table: walTable, key: placeKey(place) };
    });
    await tables.transact(writes, { fence });
    places.emptied(some);
  }
}

/** @returns whether there may be more */
async function removeSegments(
  { tables, domain, fence }: InstanceStore,
  timeline: Timeline,
  before: Lsn,
): Promise<boolean> {
  const limit = walLimits.segmentRemovalsPerTransaction;
  await turn();
  const found = await segmentsFrom(domain, timeline, 0, limit);
  const gone = found.filter(({ end }) => end <= before);
  const writes: DomainWrite[] = [];
  for (const { start } of gone) {
    const key = stretchKey(timeline, start);
    const stored = await domain.get(segmentsTable, key);
    if (stored !== undefined) writes.push({ kind: 'remove-blob', domain, blob: stored.row.blob });
    writes.push({ kind: 'remove', domain, table: segmentsTable, key });
  }
  if (writes.length > 0) await tables.transact(writes, { fence });
  return gone.length === limit;
}
