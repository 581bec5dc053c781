/** One segment file of the log: where its records are, and its handle, shared by writer and readers. */
import type { Disk, DiskFile } from '../disk.ts';
import { segmentHeaderBytes } from '../format/v1.ts';
import { storeLimits } from '../limits.ts';
import { SharedFile } from '../shared-file.ts';

export const segmentName = (number: number): string => `segment-${String(number).padStart(10, '0')}.log`;
export const numberOfSegmentName = (name: string): number | undefined => {
  const match = /^segment-(\d{10,16})\.log$/.exec(name);
  return match?.[1] === undefined ? undefined : Number(match[1]);
};

export class Segment {
  readonly number: number;
  readonly path: string;
  readonly salt: number;
  readonly bytes: number;
  /** Position of the first record, 0 while there is none; and of the last durable one. */
  first = 0;
  last = 0;
  /** Where the next batch starts: everything before is durable. */
  end = segmentHeaderBytes;
  /** Positions and offsets of some records, in order, so that a reader need not walk from the start. */
  readonly #index: { readonly position: number; readonly offset: number }[] = [];
  readonly #shared: SharedFile;

  constructor(place: { number: number; path: string; salt: number; bytes: number }, disk: Disk) {
    this.number = place.number;
    this.path = place.path;
    this.salt = place.salt;
    this.bytes = place.bytes;
    this.#shared = new SharedFile(place.path, disk);
  }

  /** Bytes a batch may still take. */
  get room(): number {
    return this.bytes - this.end;
  }

  /** Called for durable records in order. */
  note(position: number, offset: number): void {
    if (this.first === 0) this.first = position;
    this.last = position;
    const newest = this.#index.at(-1);
    if (newest === undefined || offset - newest.offset >= storeLimits.logIndexStrideBytes) {
      this.#index.push({ position, offset });
    }
  }

  /** A place from which walking reaches the position. */
  near(position: number): { readonly position: number; readonly offset: number } {
    let found = { position: this.first, offset: segmentHeaderBytes };
    for (const entry of this.#index) {
      if (entry.position > position) break;
      found = entry;
    }
    return found;
  }

  /** The open file; see SharedFile. */
  acquire(mode: 'create' | 'read'): Promise<DiskFile> {
    return this.#shared.acquire(mode);
  }

  release(): Promise<void> {
    return this.#shared.release();
  }
}
