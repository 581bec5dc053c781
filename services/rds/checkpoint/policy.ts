/** When a checkpoint is due, when it is an image, and which are kept. No clock, no effects. */
import type { CheckpointRow, LayerRow } from '../model/checkpoint-tables.ts';
import { type Lsn, walFileStart } from '../model/lsn.ts';
import { checkpointLimits } from './limits.ts';

/** @param walEnd where the log stands */
export function isDue(newest: CheckpointRow | undefined, walEnd: Lsn): boolean {
  if (newest === undefined) return true;
  const { dueWalBytesMin, dueDataShare } = checkpointLimits;
  return walEnd - newest.stopLsn >= Math.max(dueWalBytesMin, newest.dataBytes * dueDataShare);
}

/**
 * Whether the next checkpoint stands for itself, and not on the layers of this one. It is then read from the data directory
 * whole: what is there is compressed already once, and making an image of the layers would read, decrypt and decompress as much,
 * to compress it again. Deltas cost the same whether the image under them is large or small, so their bytes decide.
 */
export function isImageDue(
  newest: CheckpointRow | undefined,
  layers: readonly LayerRow[],
  major: number,
): boolean {
  if (newest === undefined || newest.major !== major) return true;
  const deltas = layers.slice(1);
  const { deltasMax, deltaDataShare } = checkpointLimits;
  const bytes = deltas.reduce((sum, { rawBytes }) => sum + rawBytes, 0);
  return deltas.length >= deltasMax || bytes > newest.dataBytes * deltaDataShare;
}

/** How far back points in time can be restored; 0: only the newest state. */
export interface Window {
  readonly nowMs: number;
  readonly windowMs: number;
}

/**
 * The newest; for the window the last one before it began and those in it, as far apart as `spacingMs` says: what is left out
 * costs a restore some more log to replay. Gone through from the oldest, so that what was left out once need not come back.
 * @param rows oldest first
 */
export function keptCheckpoints(
  rows: readonly CheckpointRow[],
  { nowMs, windowMs }: Window,
): CheckpointRow[] {
  const newest = rows.at(-1);
  if (newest === undefined) return [];
  if (windowMs === 0) return [newest];
  const spacing = Math.max(windowMs * checkpointLimits.spacingShare, checkpointLimits.spacingMsMin);
  const begun = Math.max(
    rows.findLastIndex(({ timeMs }) => timeMs <= nowMs - windowMs),
    0,
  );
  const kept: CheckpointRow[] = [];
  for (const row of rows.slice(begun)) {
    const before = kept.at(-1);
    if (before === undefined || row === newest || row.timeMs - before.timeMs >= spacing) kept.push(row);
  }
  return kept;
}

/** All of the log before it is no longer needed for these; undefined while there is none. A file of the log is needed whole. */
export function oldestNeeded(kept: readonly CheckpointRow[]): Lsn | undefined {
  const starts = kept.map(({ startLsn }) => walFileStart(startLsn));
  return starts.length === 0 ? undefined : Math.min(...starts);
}
