/**
 * Where the log ends, found by the private index: nothing but the last batch is read. What the index shows of the log must be
 * without gaps from its beginning to its end.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { InstanceStore } from '../model/instance-store.ts';
import { formatLsn, type Timeline } from '../model/lsn.ts';
import { placeKey, type WalPlace, type WalStretch, walTable } from '../model/wal-tables.ts';
import { WalError } from './errors.ts';
import { walLimits } from './limits.ts';
import type { Places } from './places.ts';
import type { Unsealed } from './sealer.ts';
import { batchContent } from './stretch-content.ts';
import { segmentBefore, segmentsFrom } from './stretches.ts';
import type { Timelines } from './timelines.ts';

/** The last batch, which the next one names. */
export interface LogEnd extends WalPlace {
  readonly revision: number;
}

/** @throws WalError `damaged` */
export async function findEnd(
  store: InstanceStore,
  places: Places,
  timelines: Timelines,
): Promise<LogEnd | undefined> {
  for (const { timeline } of timelines.list().reverse()) {
    const last = places.before(timeline);
    if (last === undefined) {
      // The last batch of the log is never sealed.
      if ((await segmentBefore(store.domain, timeline)) !== undefined) throw lost();
      continue;
    }
    const stored = await store.domain.get(walTable, placeKey(last.place));
    const content = await batchContent(store, last);
    if (stored === undefined || content?.end !== last.end || !content.hash.equals(last.hash)) throw lost();
    return { ...last, revision: stored.revision };
  }
  return undefined;
}

function lost(): WalError {
  return new WalError('damaged', 'the last batch of the write-ahead log is not there');
}

/**
 * Goes over the whole index of the log.
 * @returns how much stands in places
 * @throws WalError `damaged`
 */
export async function checkContiguity(
  store: InstanceStore,
  places: Places,
  timelines: Timelines,
): Promise<Unsealed> {
  for (const { timeline } of timelines.list()) {
    checkOne([...(await allSegments(store, timeline)), ...places.of(timeline)]);
  }
  const bytes = places.waiting.reduce((sum, { start, end }) => sum + end - start, 0);
  return { rows: places.waiting.length, bytes };
}

function checkOne(stretches: readonly WalStretch[]): void {
  for (const [index, { timeline, start }] of stretches.entries()) {
    if (index === 0 || stretches[index - 1]!.end === start) continue;
    throw new WalError(
      'damaged',
      `the log has a gap or an overlap at ${formatLsn(start)} of timeline ${timeline}`,
    );
  }
}

async function allSegments(store: InstanceStore, timeline: Timeline): Promise<WalStretch[]> {
  const all: WalStretch[] = [];
  for (;;) {
    const from = (all.at(-1)?.start ?? -1) + 1;
    const some = await segmentsFrom(store.domain, timeline, from, walLimits.entriesPerTurn);
    all.push(...some);
    if (some.length < walLimits.entriesPerTurn) return all;
    await turn();
  }
}
