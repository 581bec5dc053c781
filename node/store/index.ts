/**
 * The node's storage: commit log, key-value store and chunk files over an injected disk. Only types cross to the rest of
 * the node; the composition root opens the parts.
 */
export type { ChunkStore } from './chunk-store-port.ts';
export { ChunkFileStore } from './chunks/chunk-file-store.ts';
export { type ChunkStoreModules, type ChunkStoreOptions, openChunkStore } from './chunks/open-chunk-store.ts';
export type { CommitLog } from './commit-log-port.ts';
export type { Disk, DiskFile } from './disk.ts';
export { CorruptFileError, codeOf, isNoSpace } from './errors.ts';
export { type ClassicLevelOptions, ClassicLevelStore } from './key-value/classic-level-store.ts';
export { MemoryStore } from './key-value/memory-store.ts';
export type { KeyValueStore, KvOperation, KvRange } from './kv.ts';
export { storeLimits } from './limits.ts';
export { type CommitLogModules, type CommitLogOptions, openCommitLog } from './log/open-commit-log.ts';
export { SegmentedLog } from './log/segmented-log.ts';
export { NodeDisk } from './node-disk.ts';
