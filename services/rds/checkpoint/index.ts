/** Checkpoints of an instance's data directory, and restoring from them. */
export {
  type CheckpointEngine,
  Checkpointer,
  type CheckpointInfo,
  type CheckpointModules,
} from './checkpointer.ts';
export { CheckpointError, type CheckpointReason } from './errors.ts';
export {
  type RestoreOptions,
  type RestoreProgress,
  type RestoreReport,
  type RestoreTarget,
  restore,
} from './restore.ts';
export type { Owner } from './restored-files.ts';
export { readSnapshot, removeAll, type SnapshotOptions, takeSnapshot } from './snapshot.ts';
export { SnapshotWal } from './snapshot-wal.ts';
export type { WalSource } from './wal-source.ts';
