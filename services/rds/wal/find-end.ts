/**
 * Where the log ends, found by the private index: nothing but the last batch is read. What the index shows of the log must be
 * without gaps from its beginning to its end.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { InstanceStore } from '../model/instance-store.ts';
import { formatLsn, type Timeline } from '../model/lsn.ts';
import { segmentsTable, stretchKey, type WalStretch, walTable } from '../model/wal-tables.ts';
import { WalError } from './errors.ts';
import { walLimits } from './limits.ts';
import type { Unsealed } from './sealer.ts';
import { rowContent } from './stretch-content.ts';
import { lastStretch, type StretchTable, stretchesFrom } from './stretches.ts';
import type { Timelines } from './timelines.ts';

/** The last batch, which the next one names. */
export interface LogEnd extends WalStretch {
  readonly revision: number;
}

/** @throws WalError `damaged` */
export async function findEnd(store: InstanceStore, timelines: Timelines): Promise<LogEnd | undefined> {
  for (const { timeline } of timelines.list().reverse()) {
    const last = await lastStretch(store.domain, timeline);
    if (last === undefined) continue;
    const stored = await store.domain.get(walTable, stretchKey(timeline, last.start));
    const content = await rowContent(store, timeline, last.start);
    if (stored === undefined || content?.end !== last.end || !content.hash.equals(last.hash))
      throw new WalError('damaged', 'the last batch of the write-ahead log is not there');
    return { ...last, revision: stored.revision };
  }
  return undefined;
}

/**
 * Goes over the whole index of the log.
 * @returns how much stands in single rows
 * @throws WalError `damaged`
 */
export async function checkContiguity(store: InstanceStore, timelines: Timelines): Promise<Unsealed> {
  let rows = 0;
  let bytes = 0;
  for (const { timeline } of timelines.list()) {
    const segments = await allOf(store, segmentsTable, timeline);
    const single = await allOf(store, walTable, timeline);
    // Rows that a segment holds as well are removed later.
    const covered = segments.at(-1)?.end ?? 0;
    const free = single.filter(({ end }) => end > covered);
    checkOne([...segments, ...free]);
    rows += single.length;
    for (const { start, end } of free) bytes += end - start;
  }
  return { rows, bytes };
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

async function allOf(store: InstanceStore, table: StretchTable, timeline: Timeline): Promise<WalStretch[]> {
  const all: WalStretch[] = [];
  for (;;) {
    const from = (all.at(-1)?.start ?? -1) + 1;
    const some = await stretchesFrom(store.domain, table, timeline, from, walLimits.entriesPerTurn);
    all.push(...some);
    if (some.length < walLimits.entriesPerTurn) return all;
    await turn();
  }
}
