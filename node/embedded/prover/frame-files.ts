/**
 * A file for each frame: `frames/000000000123`. The last 360 are kept, or all. They are for reading: the trees carry the last
 * frame themselves. A directory holds no more than 10,000 of them.
 */

import { ProofRefused } from '../../proving/format/bytes.ts';
import { decodeFrameRecord, encodeFrameRecord, type FrameRecord } from '../../proving/frame-record.ts';
import type { Disk } from '../../store/disk.ts';

const digits = 12;
const perFolder = 10_000;

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
    const [folder] = (await disk.list(options.folder)).filter(isNumber);
    const [name] =
      folder === undefined ? [] : (await disk.list(`${options.folder}/${folder}`)).filter(isNumber);
    return new FrameFiles(options, disk, name === undefined ? 1 : Number(name));
  }

  /** On the disk when it resolves. Older ones than are kept go. */
  async keep(record: FrameRecord): Promise<void> {
    const { number } = record.frame.header;
    const { folder, path } = this.#place(number);
    await this.#disk.makeFolder(folder);
    const file = await this.#disk.open(path, 'create');
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
      const file = await this.#disk.open(this.#place(number).path, 'read');
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
    for (const one of (await this.#disk.list(folder)).filter(isNumber).reverse()) {
      for (const name of (await this.#disk.list(`${folder}/${one}`)).filter(isNumber).reverse()) {
        const record = await this.read(Number(name));
        if (record !== undefined) return record;
      }
    }
    return undefined;
  }

  async #remove(number: number): Promise<void> {
    try {
      await this.#disk.remove(this.#place(number).path);
    } catch (error) {
      if (!isMissing(error)) throw error;
    }
  }

  #place(number: number): { readonly folder: string; readonly path: string } {
    const folder = `${this.#options.folder}/${padded(Math.floor(number / perFolder))}`;
    return { folder, path: `${folder}/${padded(number)}` };
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
