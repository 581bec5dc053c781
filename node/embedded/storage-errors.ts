/** What errors of disks and stores mean to the callers of the ports. */
import { NodeError } from '../api/index.ts';

/** No space left, as the file system, a quota or the key-value store says it. */
export function isStorageFull(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 8; cause = cause.cause, depth++) {
    if (cause instanceof NodeError && cause.code === 'storage-full') return true;
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOSPC' || code === 'EDQUOT') return true;
    if (code === 'LEVEL_IO_ERROR' && /no space left|quota exceeded/i.test(cause.message)) return true;
  }
  return false;
}

/** The error a caller of the ports gets: `storage-full` for a full disk, others as they are. */
export function translateStorageError(error: unknown): unknown {
  if (error instanceof NodeError || !isStorageFull(error)) return error;
  return new NodeError('storage-full', 'the disk is full', { cause: error });
}
