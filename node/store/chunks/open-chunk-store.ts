/** Opens a chunk store: finds its files and restores locations that the key-value store lost. */
import type { TaggedHash } from '../../api/index.ts';
import type { Disk } from '../disk.ts';
import { makeDurableFolder } from '../folders.ts';
import type { KeyValueStore } from '../kv.ts';
import { storeLimits } from '../limits.ts';
import { ChunkFileStore } from './chunk-file-store.ts';
import { ChunkIndex } from './chunk-index.ts';
import { recoverChunks } from './recover-chunks.ts';

export interface ChunkStoreOptions {
  /** Relative to the disk's root, for example `chunks`. */
  readonly folder: string;
  readonly fileBytesMax?: number;
  readonly stagedLifetimeMs?: number;
  readonly droppedLifetimeMs?: number;
}

export interface ChunkStoreModules {
  readonly disk: Disk;
  /** Shared with the owner: keys under 0x63 are used here. Closed after the chunk store. */
  readonly kv: KeyValueStore;
  /** Whether the applied state names the chunk now. Asked only after `recovered`. */
  readonly isNamed: (hash: TaggedHash) => boolean;
  readonly clock: { now(): number };
  readonly random: (length: number) => Uint8Array;
}

/**
 * Opens the chunk store of a folder, or makes a new one. The owner then replays its log (`named`, `dropped`), calls
 * `recovered` once, `checkpoint` after each sync of the key-value store, and `collect` from time to time.
 * @throws the errors of the disk and of the key-value store
 */
export async function openChunkStore(
  options: ChunkStoreOptions,
  modules: ChunkStoreModules,
): Promise<ChunkFileStore> {
  const complete = {
    folder: options.folder,
    fileBytesMax: options.fileBytesMax ?? storeLimits.chunkFileBytesMax,
    stagedLifetimeMs: options.stagedLifetimeMs ?? storeLimits.stagedLifetimeMs,
    droppedLifetimeMs: options.droppedLifetimeMs ?? storeLimits.droppedLifetimeMs,
  };
  const { disk, kv } = modules;
  await makeDurableFolder(options.folder, disk);
  const index = new ChunkIndex(kv);
  const found = await recoverChunks(options.folder, { disk, kv, index });
  return new ChunkFileStore(complete, modules, { index, ...found });
}
