/**
 * Reads one file of a running server in steps, page by page, and gives out those pages that it did not have before. A page that is
 * being written may be read half old, half new: while a backup is open the server logs whole pages, and replaying
 * the log mends it. The same goes for a file that grows, shrinks or vanishes behind the reader.
 */
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { type PageRun, pageBytes, pageHashBytes, pagesOf } from '../model/layer-format.ts';
import { controlFile } from './data-files.ts';
import { checkpointLimits } from './limits.ts';
import { type FileState, hasPageHash, writePageHash } from './page-hashes.ts';
import { openToRead, stampOf } from './scan-files.ts';

export interface ReadContext {
  readonly dataDir: string;
  /** Now, in milliseconds, by the clock of the file system's time stamps. */
  readonly now: () => number;
  readonly settleMs: number;
  /** Takes over the bytes before it returns. */
  readonly onPage: (page: Buffer) => void;
}

export interface FileReading {
  readonly state: FileState;
  /** Pages that were given out. */
  readonly runs: readonly PageRun[];
}

/**
 * Yields after every step, so that whoever takes the pages can get rid of them.
 * @param before pages with these hashes are not given out
 * @returns undefined when the file is gone
 */
export async function* readFile(
  path: string,
  before: FileState | undefined,
  context: ReadContext,
): AsyncGenerator<void, FileReading | undefined> {
  const handle = await openToRead(join(context.dataDir, path));
  if (handle === undefined) return undefined;
  try {
    // Before the first byte is read: what is written from here on leaves another stamp, or the file unsettled.
    const stats = await handle.stat({ bigint: true });
    const changedMs = Number((stats.mtimeNs > stats.ctimeNs ? stats.mtimeNs : stats.ctimeNs) / 1_000_000n);
    const isSettled = changedMs < context.now() - context.settleMs;
    const stamp = isSettled ? stampOf(stats) : undefined;
    const pages = new ChangedPages(Number(stats.size), before, context.onPage);
    if (path === controlFile) pages.take(0, await readControl(handle));
    else yield* readSteps(handle, Number(stats.size), pages);
    return pages.reading(stamp);
  } finally {
    await handle.close();
  }
}

/** One step is read while the one before is looked at. */
async function* readSteps(handle: FileHandle, size: number, pages: ChangedPages): AsyncGenerator<void> {
  const buffers = [buffer(size), buffer(size)] as const;
  const begin = (at: number, into: Buffer) => {
    const step = handle.read(into, 0, Math.min(into.length, size - at), at);
    // Awaited in its turn or at the end; until then a failure must not count as unhandled.
    step.catch(() => undefined);
    return step;
  };
  let ahead = size > 0 ? begin(0, buffers[0]) : undefined;
  try {
    for (let at = 0, turn = 1; ahead !== undefined; turn = 1 - turn) {
      const { bytesRead, buffer: read } = await ahead;
      const asked = Math.min(read.length, size - at);
      const next = at + bytesRead;
      ahead = bytesRead === asked && next < size ? begin(next, buffers[turn as 0 | 1]) : undefined;
      pages.take(at, read.subarray(0, bytesRead));
      at = next;
      yield;
    }
  } finally {
    await ahead?.catch(() => undefined);
  }
}

function buffer(size: number): Buffer {
  return Buffer.allocUnsafe(Math.min(checkpointLimits.readBytes, Math.max(size, 1)));
}

async function readControl(handle: FileHandle): Promise<Buffer> {
  let last: Buffer | undefined;
  for (let reads = 0; reads < checkpointLimits.controlReadsMax; reads++) {
    const { bytesRead, buffer: read } = await handle.read(Buffer.alloc(pageBytes), 0, pageBytes, 0);
    const content = read.subarray(0, bytesRead);
    if (last?.equals(content)) return content;
    last = content;
  }
  throw new Error('the control file changed with every reading');
}

class ChangedPages {
  private readonly before: FileState | undefined;
  private readonly onPage: (page: Buffer) => void;
  private readonly hashes: Buffer;
  private readonly runs: { first: number; count: number }[] = [];
  private size = 0;

  constructor(size: number, before: FileState | undefined, onPage: (page: Buffer) => void) {
    this.hashes = Buffer.alloc(pagesOf(size) * pageHashBytes);
    this.before = before;
    this.onPage = onPage;
  }

  /** @param at of the bytes' first, a multiple of a page */
  take(at: number, bytes: Buffer): void {
    this.size = at + bytes.length;
    for (let offset = 0; offset < bytes.length; offset += pageBytes) {
      const page = bytes.subarray(offset, offset + pageBytes);
      const index = (at + offset) / pageBytes;
      writePageHash(page, this.hashes, index);
      if (hasPageHash(this.before, this.hashes, index)) continue;
      this.onPage(page);
      const last = this.runs.at(-1);
      if (last !== undefined && last.first + last.count === index) last.count++;
      else this.runs.push({ first: index, count: 1 });
    }
  }

  reading(stamp: string | undefined): FileReading {
    const { size, runs } = this;
    // A file that was cut off meanwhile has fewer.
    const hashes = this.hashes.subarray(0, pagesOf(size) * pageHashBytes);
    return { state: { size, hashes, stamp }, runs };
  }
}
