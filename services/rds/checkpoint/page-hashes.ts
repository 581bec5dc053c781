/** What is remembered of a file since the last checkpoint: 16 bytes per page, one buffer per file. */
import { hash } from 'node:crypto';
import { pageHashBytes } from '../model/layer-format.ts';

export interface FileState {
  readonly size: number;
  /** Hashes of its pages, one behind the other. */
  readonly hashes: Buffer;
  /** While the file still has it, its content is the same. Undefined: unknown. */
  readonly stamp: string | undefined;
}

/** Path -> state, of a whole data directory. */
export type DirectoryState = ReadonlyMap<string, FileState>;

/** SHA-256 writes its 32 bytes through here. */
export function writePageHash(page: Buffer, to: Buffer, index: number): void {
  hash('sha256', page, 'buffer').copy(to, index * pageHashBytes, 0, pageHashBytes);
}

export function hasPageHash(state: FileState | undefined, of: Buffer, index: number): boolean {
  const at = index * pageHashBytes;
  const end = at + pageHashBytes;
  if (state === undefined || end > state.hashes.length) return false;
  return of.compare(state.hashes, at, end, at, end) === 0;
}
