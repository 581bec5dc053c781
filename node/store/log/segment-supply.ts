/** Keeps one empty segment ready, so that a commit never waits for zeros to be written. */
import type { Disk } from '../disk.ts';
import type { SegmentHeader } from '../format/v1.ts';
import type { Segment } from './segment.ts';
import { prepareSegment } from './segment-files.ts';

type Prepared = { readonly segment: Segment } | { readonly error: unknown };

export class SegmentSupply {
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #header: Omit<SegmentHeader, 'number'>;
  readonly #spares: Segment[];
  #nextNumber: number;
  #preparing: Promise<Prepared> | undefined;

  constructor(
    options: { folder: string; header: Omit<SegmentHeader, 'number'>; nextNumber: number; spares: Segment[] },
    disk: Disk,
  ) {
    this.#folder = options.folder;
    this.#header = options.header;
    this.#nextNumber = options.nextNumber;
    this.#spares = options.spares;
    this.#disk = disk;
  }

  /** Starts preparing a segment, unless one is ready or on its way. A failure is kept for the one who needs it. */
  prepare(): void {
    if (this.#spares.length === 0) this.#preparing ??= this.#make();
  }

  async #make(): Promise<Prepared> {
    try {
      const segment = await prepareSegment(
        this.#folder,
        { ...this.#header, number: this.#nextNumber },
        this.#disk,
      );
      this.#nextNumber += 1;
      return { segment };
    } catch (error) {
      return { error };
    }
  }

  /** The next segment. An earlier failure is tried once more: space may be back. @throws the disk's error */
  async take(): Promise<Segment> {
    const spare = this.#spares.shift();
    if (spare !== undefined) return spare;
    const early = await this.#preparing;
    this.#preparing = undefined;
    const prepared = early !== undefined && 'segment' in early ? early : await this.#make();
    if ('error' in prepared) throw prepared.error;
    return prepared.segment;
  }

  /** Waits for what is on its way. */
  async settle(): Promise<void> {
    await this.#preparing;
  }
}
