/** Looks up batches and segments in the private index. */
import type { AnyTable, TableDomain } from '@hypergate/table';
import type { Lsn, Timeline } from '../model/lsn.ts';
import {
  lsnBytes,
  readStretch,
  segmentsTable,
  timelineBytes,
  type WalStretch,
  walTable,
} from '../model/wal-tables.ts';

export type StretchTable = typeof walTable | typeof segmentsTable;

/** In order, from a start on. */
export async function stretchesFrom(
  domain: TableDomain,
  table: StretchTable,
  timeline: Timeline,
  from: Lsn,
  limit: number,
): Promise<WalStretch[]> {
  const options = { gte: lsnBytes(from), limit };
  const found = await domain.scan(table as AnyTable, timelineBytes(timeline), options);
  return found.map((entry) => readStretch(timeline, entry));
}

/** The last one that begins before a position. */
export async function stretchBefore(
  domain: TableDomain,
  table: StretchTable,
  timeline: Timeline,
  before: Lsn = Number.MAX_SAFE_INTEGER,
): Promise<WalStretch | undefined> {
  const options = { lt: lsnBytes(before), reverse: true, limit: 1 };
  const [entry] = await domain.scan(table as AnyTable, timelineBytes(timeline), options);
  return entry && readStretch(timeline, entry);
}

/** The last one of a timeline, in a segment or a row. */
export async function lastStretch(domain: TableDomain, timeline: Timeline): Promise<WalStretch | undefined> {
  const row = await stretchBefore(domain, walTable, timeline);
  const segment = await stretchBefore(domain, segmentsTable, timeline);
  if (row === undefined || segment === undefined) return row ?? segment;
  return row.start >= segment.end ? row : segment;
}

/** The first one of a timeline that is still kept. */
export async function firstStretch(domain: TableDomain, timeline: Timeline): Promise<WalStretch | undefined> {
  const [segment] = await stretchesFrom(domain, segmentsTable, timeline, 0, 1);
  const [row] = await stretchesFrom(domain, walTable, timeline, 0, 1);
  if (row === undefined || segment === undefined) return segment ?? row;
  return segment.start <= row.start ? segment : row;
}
