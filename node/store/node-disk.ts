/**
 * The real disk: file descriptors of node:fs under one folder. Errors keep Node's codes; nothing is retried and nothing
 * is hidden. Synchronising a folder is refused by some file systems of some platforms (Windows): that stays visible too.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BlockingPace } from './blocking-pace.ts';
import { AlignedBuffers, alignedMiddle, directFlag, gather, sliceBuffers } from './direct-write.ts';
import type { BlockingWrites, Disk, DiskFile, OpenMode } from './disk.ts';

type Done<T> = (error: NodeJS.ErrnoException | null, value?: T) => void;

/** The callback interface costs a third of the CPU of `fs.promises` on small writes. */
function call<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, value) => (error ? reject(error) : resolve(value as T)));
  });
}

const writeSome = (fd: number, buffers: readonly Uint8Array[], position: number): Promise<number> => {
  const only = buffers.length === 1 ? buffers[0] : undefined;
  return only === undefined
    ? call((done) => fs.writev(fd, buffers as NodeJS.ArrayBufferView[], position, done))
    : call((done) => fs.write(fd, only, 0, only.length, position, done));
};

/** What is left of the buffers after the first `written` bytes. */
function without(buffers: readonly Uint8Array[], written: number): Uint8Array[] {
  const rest: Uint8Array[] = [];
  let skip = written;
  for (const buffer of buffers) {
    if (skip < buffer.length) rest.push(skip === 0 ? buffer : buffer.subarray(skip));
    skip = Math.max(0, skip - buffer.length);
  }
  return rest;
}

/** What the files of a disk share for direct writes. `refused` once the file system has said that it takes none. */
interface DirectWrites {
  readonly buffers: AlignedBuffers;
  refused: boolean;
}

interface DirectFile {
  readonly writes: DirectWrites;
  /** Opens the same file again, for direct writing. */
  open(): Promise<number>;
}

function writeBlocking(fd: number, buffers: readonly Uint8Array[], position: number): void {
  let rest = buffers;
  let at = position;
  while (rest.length > 0) {
    const only = rest.length === 1 ? rest[0] : undefined;
    const written =
      only === undefined
        ? fs.writevSync(fd, rest as NodeJS.ArrayBufferView[], at)
        : fs.writeSync(fd, only, 0, only.length, at);
    at += written;
    rest = without(rest, written);
  }
}

class NodeDiskFile implements DiskFile {
  readonly #fd: number;
  readonly #pace: BlockingPace;
  readonly #blocking: BlockingWrites;
  readonly #direct: DirectFile | undefined;
  #directFd: Promise<number> | undefined;

  constructor(fd: number, pace: BlockingPace, direct?: DirectFile) {
    this.#fd = fd;
    this.#pace = pace;
    this.#blocking = {
      write: (position, buffers) => pace.run(() => writeBlocking(fd, buffers, position)),
      datasync: () => pace.run(() => fs.fdatasyncSync(fd)),
    };
    this.#direct = direct;
  }

  blocking(): BlockingWrites | undefined {
    return this.#pace.isPaused ? undefined : this.#blocking;
  }

  async read(position: number, length: number): Promise<Buffer> {
    const target = Buffer.allocUnsafeSlow(length);
    const filled = await this.readInto(position, target);
    return filled === length ? target : target.subarray(0, filled);
  }

  async readInto(position: number, target: Uint8Array): Promise<number> {
    let filled = 0;
    while (filled < target.length) {
      const at = filled;
      const count = await call<number>((done) =>
        fs.read(this.#fd, target, at, target.length - at, position + at, done),
      );
      if (count === 0) break;
      filled += count;
    }
    return filled;
  }

  async write(position: number, buffers: readonly Uint8Array[]): Promise<void> {
    const length = buffers.reduce((sum, buffer) => sum + buffer.length, 0);
    const middle = this.#takesDirect() ? alignedMiddle(position, length) : undefined;
    const direct = middle === undefined ? undefined : this.#direct?.writes.buffers.take();
    if (middle === undefined || direct === undefined) return this.#writeCached(position, buffers);
    try {
      const { start, end } = middle;
      const from = start - position;
      await this.#writeCached(position, sliceBuffers(buffers, 0, from));
      let at = start;
      while (at < end) {
        const upTo = Math.min(at + direct.length, end);
        const part = sliceBuffers(buffers, at - position, upTo - position);
        await this.#writeDirect(direct.subarray(0, gather(direct, part)), at);
        at = upTo;
      }
      await this.#writeCached(end, sliceBuffers(buffers, end - position, length));
    } finally {
      this.#direct?.writes.buffers.give(direct);
    }
  }

  #takesDirect(): boolean {
    return this.#direct !== undefined && !this.#direct.writes.refused;
  }

  /**
   * A file system that takes no direct writes says so by EINVAL, at the opening or at the first write; without /proc the
   * opening says ENOENT.
   */
  async #writeDirect(bytes: Uint8Array, position: number): Promise<void> {
    let written = 0;
    try {
      if (this.#direct !== undefined && !this.#direct.writes.refused) {
        this.#directFd ??= this.#direct.open();
        written = await writeSome(await this.#directFd, [bytes], position);
      }
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'EINVAL' && code !== 'ENOENT') throw error;
      if (this.#direct !== undefined) this.#direct.writes.refused = true;
    }
    if (written < bytes.length) await this.#writeCached(position + written, [bytes.subarray(written)]);
  }

  async #writeCached(position: number, buffers: readonly Uint8Array[]): Promise<void> {
    let rest = buffers.filter((buffer) => buffer.length > 0);
    let at = position;
    while (rest.length > 0) {
      const written = await writeSome(this.#fd, rest, at);
      at += written;
      rest = without(rest, written);
    }
  }

  datasync(): Promise<void> {
    return call((done) => fs.fdatasync(this.#fd, done));
  }

  truncate(length: number): Promise<void> {
    return call((done) => fs.ftruncate(this.#fd, length, done));
  }

  async size(): Promise<number> {
    return (await call<fs.Stats>((done) => fs.fstat(this.#fd, done))).size;
  }

  async close(): Promise<void> {
    const direct = await this.#directFd?.catch(() => undefined);
    if (direct !== undefined) await call((done) => fs.close(direct, done));
    await call((done) => fs.close(this.#fd, done));
  }
}

export class NodeDisk implements Disk {
  readonly #root: string;
  readonly #pace = new BlockingPace(() => performance.now());
  readonly #directWrites: DirectWrites = { buffers: new AlignedBuffers(), refused: false };

  /** @param root The data directory, absolute; created with the first folder. */
  constructor(root: string) {
    this.#root = root;
  }

  #path(path: string): string {
    if (path.startsWith('/') || path.split('/').includes('..'))
      throw new RangeError(`outside the data: ${path}`);
    return join(this.#root, path);
  }

  async open(path: string, mode: OpenMode): Promise<DiskFile> {
    const { O_RDWR, O_CREAT, O_RDONLY, O_WRONLY } = fs.constants;
    const flags = mode === 'read' ? O_RDONLY : O_RDWR | O_CREAT;
    const fd = await call<number>((done) => fs.open(this.#path(path), flags, 0o600, done));
    if (mode !== 'create-bulk' || directFlag === undefined) return new NodeDiskFile(fd, this.#pace);
    const direct = O_WRONLY | directFlag;
    return new NodeDiskFile(fd, this.#pace, {
      writes: this.#directWrites,
      // By its descriptor: the name may have come to mean another file.
      open: () => call<number>((done) => fs.open(`/proc/self/fd/${fd}`, direct, done)),
    });
  }

  async list(folder: string): Promise<string[]> {
    try {
      const names = await call<string[]>((done) => fs.readdir(this.#path(folder), done));
      return names.sort();
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw error;
    }
  }

  async makeFolder(folder: string): Promise<void> {
    await call((done) => fs.mkdir(this.#path(folder), { recursive: true, mode: 0o700 }, done));
  }

  remove(path: string): Promise<void> {
    return call((done) => fs.unlink(this.#path(path), done));
  }

  rename(from: string, to: string): Promise<void> {
    return call((done) => fs.rename(this.#path(from), this.#path(to), done));
  }

  /** Bytes that an ordinary user may still write; so that an owner can refuse writes before the disk is full. */
  async freeBytes(): Promise<number> {
    const { bavail, bsize } = await call<fs.StatsFs>((done) => fs.statfs(this.#root, done));
    return bavail * bsize;
  }

  async syncFolder(folder: string): Promise<void> {
    const fd = await call<number>((done) => fs.open(this.#path(folder), fs.constants.O_RDONLY, done));
    try {
      await call((done) => fs.fsync(fd, done));
    } finally {
      await call((done) => fs.close(fd, done));
    }
  }
}
