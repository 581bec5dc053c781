/**
 * The disk as the store sees it. `NodeDisk` (node-disk.ts) is the real one; `node/sim` has one that forgets unsynced
 * writes. Paths are relative to the data directory and use `/`. Errors carry Node's codes (`ENOSPC`, `ENOENT`, …).
 */
/** Writing in the calling thread, which stands still meanwhile. */
export interface BlockingWrites {
  write(position: number, buffers: readonly Uint8Array[]): void;
  datasync(): void;
}

export interface DiskFile {
  /** Bytes from `position`; shorter than asked at the end of the file. */
  read(position: number, length: number): Promise<Buffer>;
  /** As `read`, into memory of the caller, who can use it again; how many bytes there were. */
  readInto?(position: number, target: Uint8Array): Promise<number>;
  /** Writes all of the buffers, one after another, at `position`. */
  write(position: number, buffers: readonly Uint8Array[]): Promise<void>;
  /** Data (and the size it needs) reach the disk. */
  datasync(): Promise<void>;
  /**
   * For a small write that somebody waits for: a quick disk takes it in less time than the way through another thread and back.
   * Undefined while the disk is slow.
   */
  blocking?(): BlockingWrites | undefined;
  truncate(length: number): Promise<void>;
  size(): Promise<number>;
  close(): Promise<void>;
}

/**
 * `create`: new or existing, readable and writable. `create-bulk`: the same, and large writes may go around the page cache,
 * for files that are written once and not soon read. `read`: must exist.
 */
export type OpenMode = 'create' | 'create-bulk' | 'read';

export interface Disk {
  open(path: string, mode: OpenMode): Promise<DiskFile>;
  /** Names in a folder, sorted; empty when the folder is missing. */
  list(folder: string): Promise<string[]>;
  makeFolder(folder: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Atomic; durable after `syncFolder`. */
  rename(from: string, to: string): Promise<void>;
  /** Names created, renamed or removed in the folder reach the disk. */
  syncFolder(folder: string): Promise<void>;
}
