/** Looks up segments in the private index, and batches among those that wait for one. */
import type { TableDomain } from '@hypergate/table';
import type { Lsn, Timeline } from '../model/lsn.ts';
import { lsnBytes, readStretch, segmentsTable, timelineBytes, type WalStretch } from '../model/wal-tables.ts';
import type { Places } from './places.ts';

/** In order, from a start on. */
export async function segmentsFrom(
  domain: TableDomain,
  timeline: Timeline,
  from: Lsn,
  limit: number,
): Promise<WalStretch[]> {
  const options = { gte: lsnBytes(from), limit };
  const found = await domain.scan(segmentsTable, timelineBytes(timeline), options);
  return found.map((entry) => readStretch(timeline, entry));
}

/** The last one that begins before a position. */
export async function segmentBefore(
  domain: TableDomain,
  timeline: Timeline,
  before: Lsn = Number.MAX_SAFE_INTEGER,
): Promise<WalStretch | undefined> {
  const options = { lt: lsnBytes(before), reverse: true, limit: 1 };
  const [entry] = await domain.scan(segmentsTable, timelineBytes(timeline), options);
  return entry && readStretch(timeline, entry);
}

/** The last one of a timeline, in a segment or a place. */
export async function lastStretch(
  domain: TableDomain,
  places: Places,
  timeline: Timeline,
): Promise<WalStretch | undefined> {
  return places.before(timeline) ?? (await segmentBefore(domain, timeline));
}

/** The first one of a timeline that is still kept. */
export async function firstStretch(
  domain: TableDomain,
  places: Places,
  timeline: Timeline,
): Promise<WalStretch | undefined> {
  const [segment] = await segmentsFrom(domain, timeline, 0, 1);
  return segment ?? places.of(timeline)[0];
}
