/**
 * A snapshot: the newest checkpoint in a domain of its own. Its layers are the same ciphertext, named a second time; the stretch of
 * the log between the checkpoint's start and stop is copied. The row that says so comes last, and a domain without it is of no
 * use: whoever made it removes it.
 */

import type { StagedBlob, TableDomain } from '@hypergate/table';
import {
  type CheckpointRow,
  checkpointKey,
  checkpointsTable,
  layersTable,
  type SnapshotRow,
  snapshotKey,
  snapshotTable,
} from '../model/checkpoint-tables.ts';
import type { InstanceStore } from '../model/instance-store.ts';
import { walFileStart } from '../model/lsn.ts';
import type { CheckpointEngine, Checkpointer } from './checkpointer.ts';
import { CheckpointError } from './errors.ts';
import { CheckpointRecords, fenced, type WritableStore } from './records.ts';
import { packedLog } from './snapshot-wal.ts';
import { walEnd } from './timelines.ts';
import type { WalSource } from './wal-source.ts';

export interface SnapshotOptions {
  /** Of the instance: its fence is that of every write. */
  readonly store: InstanceStore;
  readonly checkpointer: Checkpointer;
  readonly wal: WalSource;
  readonly engine: CheckpointEngine & { readonly version: string };
  /** Open and empty. */
  readonly target: TableDomain;
  readonly now: () => number;
  readonly signal?: AbortSignal;
}

/** Takes a checkpoint and makes a snapshot of it. @throws CheckpointError; what taking a checkpoint throws */
export async function takeSnapshot(options: SnapshotOptions): Promise<SnapshotRow> {
  const { checkpointer, engine, signal } = options;
  await checkpointer.take(engine, 'snapshot', signal);
  return checkpointer.hold((records) => shareInto(records, options));
}

async function shareInto(records: CheckpointRecords, options: SnapshotOptions): Promise<SnapshotRow> {
  const { store, wal, engine, target: domain, now, signal } = options;
  const { tables, fence } = store;
  const { timeline, startLsn, stopLsn, ...checkpoint } = records.newest!;
  for (const layer of records.layersOf(records.newest!)) {
    const whole = { domain: store.domain, blob: layer.blob, offset: 0, length: layer.blob.length };
    const blob = domain.shareBlob(whole);
    if (blob === undefined) throw new CheckpointError('damaged', `layer ${layer.id} cannot be shared`);
    const row = { ...layer, blob: blobOf(blob) };
    // One at a time: a blob's chunks may fill a transaction.
    await tables.transact(
      [
        { kind: 'put-blob', domain, blob },
        { kind: 'put', domain, table: layersTable, key: checkpointKey(layer.id), row },
      ],
      { fence },
    );
  }
  const { histories } = await walEnd(wal);
  const fromLsn = walFileStart(startLsn);
  const staged = await domain.stageBlob(packedLog(wal.read(timeline, fromLsn, stopLsn, signal)), signal);
  const snapshot: SnapshotRow = {
    createdMs: now(),
    engineVersion: engine.version,
    timeline,
    history: Buffer.from(histories.find((history) => history.timeline === timeline)?.text ?? ''),
    fromLsn,
    toLsn: stopLsn,
    wal: blobOf(staged),
  };
  const row: CheckpointRow = { ...checkpoint, timeline, startLsn, stopLsn };
  try {
    await tables.transact(
      [
        { kind: 'put-blob', domain, blob: staged },
        { kind: 'put', domain, table: checkpointsTable, key: checkpointKey(row.id), row },
        { kind: 'put', domain, table: snapshotTable, key: snapshotKey, row: snapshot },
      ],
      { fence },
    );
  } catch (error) {
    tables.unstage?.(staged);
    throw error;
  }
  return snapshot;
}

/** Undefined: it is none, or was never finished. */
export async function readSnapshot(domain: TableDomain): Promise<SnapshotRow | undefined> {
  return (await domain.get(snapshotTable, snapshotKey))?.row;
}

/**
 * Removes everything about checkpoints from a domain, of an instance or of a snapshot, finished or not. With what else is in it gone,
 * the domain can be removed.
 */
export async function removeAll(store: WritableStore): Promise<void> {
  const { tables, domain } = store;
  const snapshot = await readSnapshot(domain);
  if (snapshot !== undefined) {
    await tables.transact(
      [
        { kind: 'remove', domain, table: snapshotTable, key: snapshotKey },
        { kind: 'remove-blob', domain, blob: snapshot.wal },
      ],
      fenced(store),
    );
  }
  const records = await CheckpointRecords.read(domain);
  await records.keepOnly(store, []);
}

function blobOf({ id, length, chunkBytes }: StagedBlob): SnapshotRow['wal'] {
  return { id: Buffer.from(id), length, chunkBytes };
}
