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

  private constructor(options: FrameFilesOptions, disk: Disk, first: number) {
    this.#options = options;
    this.#disk = disk;
    this.#first = first;
  }

  static async open(options: FrameFilesOptions, disk: Disk): Promise<FrameFiles> {
    await disk.makeFolder(options.folder);
    const [name] = (await disk.list(options.folder)).filter(isNumber);
    return new FrameFiles(options, disk, name === undefined ? 1 : Number(name));
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
        return decodeFrameRecord(await file.read(0, await file.size()));
      } finally {
        await file.close();
      }
    } catch (error) {
      if (error instanceof ProofRefused || isMissing(error)) return undefined;
      throw error;
    }
  }

  /** The newest that can be read. */
  async newest(): Promise<FrameRecord | undefined> {
    const { folder } = this.#options;
    for (const name of (await this.#disk.list(folder)).filter(isNumber).reverse()) {
      const record = await this.read(Number(name));
      if (record !== undefined) return record;
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
