/** Batches and segments with their bytes, which are verified to lead from the link before them to their own. */
import { ByteReader, ByteWriter, FormatError } from '@hypergate/kit/bytes';
import { readPieces } from '@hypergate/table';
import type { InstanceStore } from '../model/instance-store.ts';
import { formatLsn, type Lsn, type Timeline } from '../model/lsn.ts';
import {
  placeKey,
  type SegmentRow,
  segmentsTable,
  stretchKey,
  type WalPlace,
  type WalRow,
  walTable,
} from '../model/wal-tables.ts';
import { linkOf } from './chain.ts';
import { WalError } from './errors.ts';
import { walLimits } from './limits.ts';
import type { Places } from './places.ts';
import { segmentBefore } from './stretches.ts';

export interface StretchContent {
  readonly timeline: Timeline;
  readonly start: Lsn;
  readonly end: Lsn;
  readonly prevHash: Buffer;
  readonly hash: Buffer;
  readonly bytes: Buffer;
  readonly batches: readonly Batch[];
}

export interface Batch {
  readonly length: number;
  /** Milliseconds since 1970. */
  readonly receivedMs: number;
}

type Reading = Pick<InstanceStore, 'tables' | 'domain'>;

/** A row may become part of a segment, and a segment of a longer one, while it is looked for. */
const lookUpsMax = 8;

/**
 * What holds the byte at a position.
 * @throws WalError `missing`, `damaged`
 */
export async function contentAt(
  store: Reading,
  places: Places,
  timeline: Timeline,
  at: Lsn,
): Promise<StretchContent> {
  for (let attempt = 0; attempt < lookUpsMax; attempt++) {
    const segment = await segmentBefore(store.domain, timeline, at + 1);
    if (segment !== undefined && segment.end > at) {
      const content = await segmentContent(store, timeline, segment.start);
      if (content !== undefined && content.end > at) return content;
      continue;
    }
    const batch = places.before(timeline, at + 1);
    if (batch === undefined || batch.end <= at) break;
    const content = await batchContent(store, batch);
    if (content !== undefined) return content;
  }
  throw new WalError('missing', `${formatLsn(at)} of timeline ${timeline} is not in the log`);
}

/** As it is stored. undefined: another one has its place. */
export async function batchContent(store: Reading, batch: WalPlace): Promise<StretchContent | undefined> {
  const { timeline, start, receivedMs } = batch;
  const stored = await store.domain.get(walTable, placeKey(batch.place));
  if (stored === undefined) return undefined;
  const { row } = stored;
  if (row.timeline !== timeline || row.startLsn !== start) return undefined;
  const bytes = await readPieces(store.tables, row.pieces);
  return verified(timeline, start, row, bytes, [{ length: bytes.length, receivedMs }]);
}

/** As it was written, while that is in memory; otherwise as it is stored. */
export async function keptContent(
  store: Reading,
  places: Places,
  batch: WalPlace,
): Promise<StretchContent | undefined> {
  const kept = places.kept(batch);
  if (kept === undefined) return batchContent(store, batch);
  const { timeline, start, end, hash, receivedMs } = batch;
  const { bytes, prevHash } = kept;
  return { timeline, start, end, prevHash, hash, bytes, batches: [{ length: bytes.length, receivedMs }] };
}

/** undefined: there is no such segment. */
export async function segmentContent(
  store: Reading,
  timeline: Timeline,
  start: Lsn,
): Promise<StretchContent | undefined> {
  const stored = await store.domain.get(segmentsTable, stretchKey(timeline, start));
  if (stored === undefined) return undefined;
  const { blob } = stored.row;
  if (blob.length > walLimits.segmentBytesMax) throw new WalError('damaged', 'a segment is too long');
  const parts: Uint8Array[] = [];
  for await (const part of store.domain.readBlob(blob, 0, blob.length)) parts.push(Buffer.from(part));
  const batches = decodeBatches(await readPieces(store.tables, stored.row.batches), stored.row.firstMs);
  return verified(timeline, start, stored.row, Buffer.concat(parts, blob.length), batches);
}

function verified(
  timeline: Timeline,
  start: Lsn,
  { endLsn: end, prevHash, hash }: Pick<WalRow | SegmentRow, 'endLsn' | 'prevHash' | 'hash'>,
  bytes: Buffer,
  batches: readonly Batch[],
): StretchContent {
  let link = prevHash;
  let at = 0;
  for (const { length } of batches) {
    link = linkOf(timeline, start + at, link, bytes.subarray(at, at + length));
    at += length;
  }
  if (at !== bytes.length || start + at !== end || !link.equals(hash))
    throw new WalError(
      'damaged',
      `what stands at ${formatLsn(start)} of timeline ${timeline} is not what was written`,
    );
  return { timeline, start, end, prevHash, hash, bytes, batches };
}

export function encodeBatches(batches: readonly Batch[]): Buffer {
  const to = new ByteWriter(batches.length * 6 + 8);
  let before = batches[0]?.receivedMs ?? 0;
  for (const { length, receivedMs } of batches) {
    to.varint(length);
    to.varint(receivedMs - before);
    before = receivedMs;
  }
  return to.take();
}

/** @throws FormatError */
export function decodeBatches(bytes: Buffer, firstMs: number): Batch[] {
  const from = new ByteReader(bytes);
  const batches: Batch[] = [];
  let receivedMs = firstMs;
  while (!from.done) {
    const length = from.varint();
    if (length === 0) throw new FormatError('a batch of nothing');
    receivedMs += from.varint();
    batches.push({ length, receivedMs });
  }
  return batches;
}
