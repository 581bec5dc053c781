/**
 * Makes a data directory from a checkpoint and the log behind it. The server that is started in it replays the log to its end,
 * as the end is cut to the byte where it has to be, and goes on on a timeline of its own: so no recovery target is needed, and
 * none can be missed. Nothing is synced: the directory is a cache.
 */
import type { CheckpointRow } from '../model/checkpoint-tables.ts';
import type { InstanceStore } from '../model/instance-store.ts';
import { formatLsn, type Lsn, type Timeline } from '../model/lsn.ts';
import { foldersFor } from './data-files.ts';
import { CheckpointError } from './errors.ts';
import { openLayer } from './layer-reader.ts';
import { CheckpointRecords } from './records.ts';
import { bytesToRead, writePages } from './restore-pages.ts';
import { planRestore } from './restore-plan.ts';
import { type Owner, RestoredFiles } from './restored-files.ts';
import { SpareFiles } from './spare-files.ts';
import { isOnTheWay, type WalEnd, walEnd } from './timelines.ts';
import { writeWalFiles } from './wal-files.ts';
import type { WalSource } from './wal-source.ts';

export type RestoreTarget =
  /** All that is certified. */
  | { readonly kind: 'latest' }
  /** All records of the log that end at or before this position. */
  | { readonly kind: 'lsn'; readonly lsn: Lsn }
  /** All transactions before the first one that ended later than this, as `recovery_target_time`. */
  | { readonly kind: 'time'; readonly atMs: number };

export interface RestoreOptions {
  readonly store: Pick<InstanceStore, 'domain'>;
  readonly wal: WalSource;
  /** Absent or empty. */
  readonly dataDir: string;
  readonly target: RestoreTarget;
  /** `standby`: the server stays in recovery and asks for more of the log, until it is promoted. */
  readonly role?: 'primary' | 'standby';
  readonly owner?: Owner;
  /** A folder whose files may be used; what is left of it is not looked after. */
  readonly spare?: string;
  readonly onProgress?: (progress: RestoreProgress) => void;
  readonly signal?: AbortSignal;
}

/** In bytes that are read. The total may shrink, when a point in time is reached before the end of the log. */
export interface RestoreProgress {
  readonly done: number;
  readonly total: number;
}

export interface RestoreReport {
  readonly checkpoint: CheckpointRow;
  /** Timeline and end of the log in the directory. */
  readonly timeline: Timeline;
  readonly lsn: Lsn;
  readonly files: number;
  readonly dataBytes: number;
  readonly walBytes: number;
  /** Settings without which the server must not be started in this directory for the first time. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** @throws CheckpointError */
export async function restore(options: RestoreOptions): Promise<RestoreReport> {
  const { store, wal, dataDir, target, role = 'primary', onProgress, signal } = options;
  const { domain } = store;
  const end = await walEnd(wal);
  const records = await CheckpointRecords.read(domain);
  const to = target.kind === 'lsn' ? target.lsn : end.lsn;
  if (to > end.lsn) throw noSuchPoint(target);
  const checkpoint = records.all.findLast((row) => serves(row, target, to, end));
  if (checkpoint === undefined) throw noSuchPoint(target);
  const layers = await Promise.all(records.layersOf(checkpoint).map((row) => openLayer(domain, row)));
  const plan = await planRestore(layers);

  let done = 0;
  const total = bytesToRead(plan) + to - checkpoint.startLsn;
  const onBytes = (bytes: number): void => {
    done += bytes;
    onProgress?.({ done: Math.min(done, total), total });
  };
  const { owner, spare } = options;
  const files = new RestoredFiles(
    dataDir,
    owner,
    spare === undefined ? undefined : await SpareFiles.open(spare, owner),
  );
  await files.makeFolders(foldersFor(plan.files.map(({ path }) => path)));
  await writePages(domain, plan, files, onBytes, signal);
  const atMs = target.kind === 'time' ? target.atMs : undefined;
  const written = await writeWalFiles(wal, { checkpoint, end, to, atMs }, files, onBytes, signal);
  await files.write('backup_label', checkpoint.backupLabel);
  await files.write(role === 'primary' ? 'recovery.signal' : 'standby.signal', Buffer.alloc(0));
  return {
    checkpoint,
    timeline: written.timeline,
    lsn: written.end,
    files: plan.files.length,
    dataBytes: checkpoint.dataBytes,
    walBytes: written.bytes,
    parameters:
      role === 'primary' ? primaryParameters(written.timeline) : { recovery_target_timeline: 'latest' },
  };
}

function primaryParameters(timeline: Timeline): Readonly<Record<string, string>> {
  return {
    // Nothing comes from elsewhere: all of the log is in pg_wal. The server insists on a command.
    restore_command: 'false',
    recovery_target_timeline: String(timeline),
    // Nobody may look before the end is reached; and then its limits need not be those of the server before.
    hot_standby: 'off',
  };
}

function serves(row: CheckpointRow, target: RestoreTarget, to: Lsn, end: WalEnd): boolean {
  if (target.kind === 'time' && row.timeMs > target.atMs) return false;
  return row.stopLsn <= to && isOnTheWay(end.parts, row.timeline, row.stopLsn);
}

function noSuchPoint(target: RestoreTarget): CheckpointError {
  const what = {
    latest: () => 'there is no checkpoint to restore from',
    lsn: () => `position ${formatLsn(target.kind === 'lsn' ? target.lsn : 0)} cannot be restored`,
    time: () => 'this point in time cannot be restored',
  }[target.kind]();
  return new CheckpointError('no-such-point', what);
}
