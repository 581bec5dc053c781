/** Holds batches back while the key-value store is behind, and tries again when it had no space. */
import { NodeError } from '../api/index.ts';
import type { StateStore } from './state-store.ts';
import { isStorageFull } from './storage-errors.ts';

/**
 * Undefined when there is room.
 * @throws NodeError `storage-full` when what was applied before still finds no space; other failures of the store as they are
 */
export function stateRoom(store: StateStore, unwrittenBytesMax: number): Promise<void> | undefined {
  if (store.failure === undefined && store.unwrittenBytes <= unwrittenBytesMax) return undefined;
  return written(store);
}

async function written(store: StateStore): Promise<void> {
  if (store.failure !== undefined) store.retry();
  try {
    await store.flushed();
  } catch (error) {
    if (!isStorageFull(error)) throw error;
    throw new NodeError('storage-full', 'the disk is full', { cause: error });
  }
}
