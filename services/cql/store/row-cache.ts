/**
 * Bodies of records that were read or written lately, by the records' names, and that there is no record. Whoever writes a record says so before
 * the memtable drops what was settled with it. Two generations: what is asked for in the older one moves to the younger one, and
 * the older one is dropped as a whole when the younger one has half of the bytes.
 */
import { CopyPool } from '@hypergate/kit/bytes';
import type { TableDomain } from '@hypergate/table';

/** What the cache does not know. */
export const unknown: unique symbol = Symbol('not in the cache');

/** Undefined: there is no record. */
export type Cached = Buffer | undefined | typeof unknown;

/** Of an entry, beside name and body. */
const overheadBytes = 240;

export class RowCache {
  readonly #bytesMax: number;
  #young = new Map<string, Buffer | undefined>();
  #old = new Map<string, Buffer | undefined>();
  /** Of the young ones, with those that others replaced. */
  #youngBytes = 0;
  #copies = new CopyPool();
  #revision = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** What is read from here on was not yet there at another one. */
  get revision(): number {
    return this.#revision;
  }

  get(name: string): Cached {
    const body = this.#young.get(name);
    if (body !== undefined || this.#young.has(name)) return body;
    const older = this.#old.get(name);
    if (older === undefined && !this.#old.has(name)) return unknown;
    this.#old.delete(name);
    this.#put(name, older);
    return older;
  }

  /** Somebody read it. @param revision of before: when something was written since, it may be older than that */
  read(name: string, body: Buffer | undefined, revision: number): void {
    if (revision === this.#revision) this.#put(name, body);
  }

  /** It is written durably. */
  wrote(name: string, body: Buffer | undefined): void {
    this.#revision++;
    this.#old.delete(name);
    this.#put(name, body);
  }

  /** Somebody wrote it, or may have. */
  forget(name: string): void {
    this.#revision++;
    this.#young.delete(name);
    this.#old.delete(name);
  }

  clear(): void {
    this.#revision++;
    this.#young.clear();
    this.#old.clear();
    this.#youngBytes = 0;
    this.#copies = new CopyPool();
  }

  #put(name: string, body: Buffer | undefined): void {
    this.#young.set(name, body === undefined ? undefined : this.#copies.copy(body));
    this.#youngBytes += name.length + (body?.length ?? 0) + overheadBytes;
    if (this.#youngBytes * 2 < this.#bytesMax) return;
    this.#old = this.#young;
    this.#young = new Map();
    this.#youngBytes = 0;
    this.#copies = new CopyPool();
  }
}

/** What the names of records at a place begin with: they go on with their sort. */
export function placeName({ address }: TableDomain, partition: Uint8Array): string {
  return nameText(address) + nameText(partition);
}

export function nameText(bytes: Uint8Array): string {
  const buffer = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return buffer.latin1Slice();
}
