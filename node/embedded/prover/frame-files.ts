/**
 * A file for each frame: `frames/000000000123`. The last 360 are kept, or all. They are for reading: the trees carry the last
 * frame themselves.
 */

import { ProofRefused } from '../../proving/format/bytes.ts';
import { decodeFrameRecord, encodeFrameRecord, type FrameRecord } from '../../proving/frame-record.ts';
import type { Disk } from '../../store/disk.ts';

const digits = 12;

export interface FrameFilesOptions {
  readonly folder: string;
  /** Frames kept; undefined: all. */
  readonly kept: number | undefined;
}

export class FrameFiles {
  readonly #disk: Disk;
  readonly #options: FrameFilesOptions;
  /** First frame that may have a file. */
  #first: number;
  /** Highest number of which there was a file at the opening, readable or not; 0: none. */
  readonly highest: number;

  private constructor(options: FrameFilesOptions, disk: Disk, first: number, highest: number) {
    this.#options = options;
    this.#disk = disk;
    this.#first = first;
    this.highest = highest;
  }

  static async open(options: FrameFilesOptions, disk: Disk): Promise<FrameFiles> {
    await disk.makeFolder(options.folder);
    const numbers = (await disk.list(options.folder)).filter(isNumber).map(Number);
    return new FrameFiles(options, disk, numbers[0] ?? 1, numbers.at(-1) ?? 0);
  }

  /** On the disk when it resolves. Older ones than are kept go. */
  async keep(record: FrameRecord): Promise<void> {
    const { number } = record.frame.header;
    const { folder } = this.#options;
    const file = await this.#disk.open(this.#path(number), 'create');
    try {
      const bytes = encodeFrameRecord(record);
      await file.write(0, [bytes]);
      await file.truncate(bytes.length);
      await file.datasync();
    } finally {
      await file.close();
    }
    await this.#disk.syncFolder(folder);
    const { kept } = this.#options;
    if (kept === undefined) return;
    for (; this.#first <= number - kept; this.#first++) await this.#remove(this.#first);
  }

  /** undefined when it is not kept, or damaged. */
  async read(number: number): Promise<FrameRecord | undefined> {
    try {
      const file = await this.#disk.open(this.#path(number), 'read');
      try {
        const record = decodeFrameRecord(await file.read(0, await file.size()));
        return record.frame.header.number === number ? record : undefined;
      } finally {
        await file.close();
      }
    } catch (error) {
      if (error instanceof ProofRefused || isMissing(error)) return undefined;
      throw error;
    }
  }

  /** The newest above a number that can be read and is accepted. */
  async newest(above: number, accepts: (record: FrameRecord) => boolean): Promise<FrameRecord | undefined> {
    const names = (await this.#disk.list(this.#options.folder)).filter(isNumber).reverse();
    for (const number of names.map(Number)) {
      if (number <= above) return undefined;
      const record = await this.read(number);
      if (record !== undefined && accepts(record)) return record;
    }
    return undefined;
  }

  async #remove(number: number): Promise<void> {
    try {
      await this.#disk.remove(this.#path(number));
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  #path(number: number): string {
    return `${this.#options.folder}/${padded(number)}`;
  }
}

function padded(number: number): string {
  return String(number).padStart(digits, '0');
}

function isNumber(name: string): boolean {
  return name.length === digits && /^\d+$/.test(name);
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
