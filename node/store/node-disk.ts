/**
 * The real disk: file descriptors of node:fs under one folder. Errors keep Node's codes; nothing is retried and nothing
 * is hidden. Synchronising a folder is refused by some file systems of some platforms (Windows): that stays visible too.
 */
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Disk, DiskFile } from './disk.ts';

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

class NodeDiskFile implements DiskFile {
  readonly #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  async read(position: number, length: number): Promise<Buffer> {
    const target = Buffer.allocUnsafeSlow(length);
    let filled = 0;
    while (filled < length) {
      const at = filled;
      const count = await call<number>((done) =>
        fs.read(this.#fd, target, at, length - at, position + at, done),
      );
      if (count === 0) break;
      filled += count;
    }
    return filled === length ? target : target.subarray(0, filled);
  }

  async write(position: number, buffers: readonly Uint8Array[]): Promise<void> {
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

  close(): Promise<void> {
    return call((done) => fs.close(this.#fd, done));
  }
}

export class NodeDisk implements Disk {
  readonly #root: string;

  /** @param root The data directory, absolute; created with the first folder. */
  constructor(root: string) {
    this.#root = root;
  }

  #path(path: string): string {
    if (path.startsWith('/') || path.split('/').includes('..'))
      throw new RangeError(`outside the data: ${path}`);
    return join(this.#root, path);
  }

  async open(path: string, mode: 'create' | 'read'): Promise<DiskFile> {
    const { O_RDWR, O_CREAT, O_RDONLY } = fs.constants;
    const flags = mode === 'create' ? O_RDWR | O_CREAT : O_RDONLY;
    return new NodeDiskFile(await call<number>((done) => fs.open(this.#path(path), flags, 0o600, done)));
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

  async syncFolder(folder: string): Promise<void> {
    const fd = await call<number>((done) => fs.open(this.#path(folder), fs.constants.O_RDONLY, done));
    try {
      await call((done) => fs.fsync(fd, done));
    } finally {
      await call((done) => fs.close(fd, done));
    }
  }
}
