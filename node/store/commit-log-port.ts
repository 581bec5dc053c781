/** Append-only log of opaque records at consecutive positions from 1. */
export interface CommitLog {
  /**
   * Resolves when the record is on the disk. Positions are given in call order. @throws code `ENOSPC`: nothing was kept
   * @param isAlone nothing else is to be done meanwhile: the call may take as long as a quick disk does
   */
  append(
    record: Uint8Array,
    isAlone?: boolean,
  ): { readonly position: number; readonly durable: Promise<void> };
  /** Records from a position on, in order, up to the last durable one at the time of each step. */
  read(from: number): AsyncIterable<{ readonly position: number; readonly record: Buffer }>;
  /** Smallest position still kept, or last + 1 when the log is empty. */
  readonly first: number;
  /** Last durable position, 0 in a new log. */
  readonly last: number;
  /** Whole segments below the position may be deleted. */
  release(below: number): Promise<void>;
  close(): Promise<void>;
}
