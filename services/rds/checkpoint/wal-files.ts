/** Puts the log of a checkpoint's way into pg_wal: whole files, whose end is zero where the log ends. */
import { rename, truncate, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { CheckpointRow } from '../model/checkpoint-tables.ts';
import {
  historyFileName,
  type Lsn,
  type Timeline,
  walFileName,
  walFileStart,
  walSegmentBytes,
} from '../model/lsn.ts';
import { CommitTimes } from './commit-times.ts';
import { writeAll } from './restore-pages.ts';
import type { RestoredFiles } from './restored-files.ts';
import { partsBefore, timelineOfFile, type WalEnd } from './timelines.ts';
import type { WalSource } from './wal-source.ts';

export interface WalWay {
  readonly checkpoint: CheckpointRow;
  /** What is certified. */
  readonly end: WalEnd;
  /** Not beyond this. */
  readonly to: Lsn;
  /** Nor beyond the first transaction that ended after this. */
  readonly atMs: number | undefined;
}

export interface WrittenWal {
  /** On which the last of it stands. */
  readonly timeline: Timeline;
  /** First byte that is not there. */
  readonly end: Lsn;
  readonly bytes: number;
}

/** @throws CheckpointError; what the source throws when something is missing */
export async function writeWalFiles(
  wal: WalSource,
  { checkpoint, end, to, atMs }: WalWay,
  files: RestoredFiles,
  onBytes: (bytes: number) => void,
  signal?: AbortSignal,
): Promise<WrittenWal> {
  for (const { timeline, text } of end.histories)
    await files.write(`pg_wal/${historyFileName(timeline)}`, Buffer.from(text));
  const { startLsn, stopLsn } = checkpoint;
  const times = atMs === undefined ? undefined : new CommitTimes(startLsn, stopLsn, atMs);
  const first = walFileStart(startLsn);
  const written: { readonly path: string; readonly start: Lsn }[] = [];
  let at = first;
  while (at < to && times?.cut === undefined) {
    const start = at;
    const timeline = timelineOfFile(end.parts, start);
    const path = `pg_wal/${walFileName(timeline, start)}`;
    written.push({ path, start });
    const fileEnd = Math.min(start + walSegmentBytes, to);
    await files.make(path, walSegmentBytes, async (handle) => {
      for await (const bytes of wal.read(timeline, start, fileEnd, signal)) {
        await writeAll(handle, bytes, at - start);
        const known = Math.max(startLsn - at, 0);
        if (known < bytes.length) times?.push(bytes.subarray(known));
        at += bytes.length;
        onBytes(bytes.length);
        if (times?.cut !== undefined) return;
      }
      if (at !== fileEnd) throw new Error('the write-ahead log ended before its end');
    });
  }
  const cut = times?.cut ?? to;
  const way = partsBefore(end.parts, cut);
  for (const { path, start } of written) {
    const whole = join(files.dataDir, path);
    if (start >= cut) {
      await unlink(whole);
      continue;
    }
    if (cut < Math.min(at, start + walSegmentBytes)) {
      // Zero from the cut on.
      await truncate(whole, cut - start);
      await truncate(whole, walSegmentBytes);
    }
    // It was named after a timeline that begins behind the cut.
    const name = `pg_wal/${walFileName(timelineOfFile(way, start), start)}`;
    if (name !== path) await rename(whole, join(files.dataDir, name));
  }
  return { timeline: way.at(-1)!.timeline, end: cut, bytes: cut - first };
}
