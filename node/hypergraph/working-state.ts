/**
 * The state as one batch sees it: what the reader holds, changed by the transactions so far. Changes of a transaction
 * are journalled, so that a refused one leaves nothing behind.
 */
import type { ChunkRef, Position } from '../api/index.ts';
import type { KvOperation } from '../store/kv.ts';
import { storedDomain } from './decoded.ts';
import {
  decodeChunkCount,
  decodeUsage,
  encodeChunkCount,
  encodeDomain,
  encodeUsage,
  malformed,
  type StoredDomain,
  type StoredUsage,
} from './format/v1.ts';
import { chunkCountKey, domainKey, type StateKey, usageKey } from './keys.ts';
import type { FoundOutcome } from './outcome-memory.ts';

/** The state after the position before. Synchronous: the order of transactions is the order of effects. */
export interface StateReader {
  get(key: StateKey): Uint8Array | undefined;
  /** Outcome of an id, at least for the positions that must be remembered. */
  outcome(id: Uint8Array): FoundOutcome | undefined;
  /** Whether the record of a remembered position lists removed atoms. */
  hasRemovals(position: Position): boolean;
}

/** A change of the store, with the text of its key for those who keep maps. */
export type StateWrite = KvOperation & { readonly text: string };

interface Entry {
  readonly key: StateKey;
  readonly before: Uint8Array | undefined;
  value: Uint8Array | undefined;
}

/** A domain during a batch. Change it only through `WorkingState`. */
export interface WorkingDomain {
  readonly address: Uint8Array;
  readonly entry: Entry;
  readonly usageEntry: Entry;
  stored: StoredDomain | undefined;
  usage: StoredUsage;
  usageChanged: boolean;
}

/** Stands for a value that was not read because it does not matter. */
const unread = new Uint8Array(0);
const noUsage: StoredUsage = { atoms: 0, bytes: 0, removals: 0 };

export class WorkingState {
  readonly #reader: StateReader;
  readonly #entries = new Map<string, Entry>();
  readonly #domains = new Map<string, WorkingDomain>();
  readonly #chunks = new Map<string, ChunkRef>();
  #lastDomain: WorkingDomain | undefined;
  #journal: (() => void)[] = [];
  /** Atoms removed in this batch, in order. */
  readonly removed: Uint8Array[] = [];

  constructor(reader: StateReader) {
    this.#reader = reader;
  }

  get(key: StateKey): Uint8Array | undefined {
    return this.#entry(key).value;
  }

  set(key: StateKey, value: Uint8Array | undefined): void {
    this.#change(this.#entry(key), value);
  }

  /** Deletes without looking what stood there. */
  delete(key: StateKey): void {
    const { text } = key;
    const entry = this.#entries.get(text) ?? { key, before: unread, value: unread };
    this.#entries.set(text, entry);
    this.#change(entry, undefined);
  }

  /** Writes without looking what stood there. */
  put(key: StateKey, value: Uint8Array): void {
    this.delete(key);
    this.set(key, value);
  }

  domain(address: Uint8Array): WorkingDomain {
    if (this.#lastDomain?.address === address) return this.#lastDomain;
    const key = domainKey(address);
    let domain = this.#domains.get(key.text);
    if (domain === undefined) {
      const entry = this.#entry(key);
      const usageEntry = this.#entry(usageKey(address));
      const stored = entry.value === undefined ? undefined : storedDomain(entry.value);
      const usage = usageEntry.value === undefined ? noUsage : decodeUsage(usageEntry.value);
      domain = { address, entry, usageEntry, stored, usage, usageChanged: false };
      this.#domains.set(key.text, domain);
    }
    this.#lastDomain = domain;
    return domain;
  }

  setDomain(domain: WorkingDomain, stored: StoredDomain, usage: StoredUsage): void {
    const before = domain.stored;
    this.#journal.push(() => {
      domain.stored = before;
    });
    domain.stored = stored;
    this.#change(domain.entry, encodeDomain(stored));
    this.setUsage(domain, usage);
  }

  setUsage(domain: WorkingDomain, usage: StoredUsage): void {
    const { usage: before, usageChanged } = domain;
    this.#journal.push(() => {
      domain.usage = before;
      domain.usageChanged = usageChanged;
    });
    domain.usage = usage;
    domain.usageChanged = true;
  }

  /** One more or one less vertex holds the chunk. @throws NodeError `malformed` when the length is not the known one */
  countChunk(chunk: ChunkRef, change: 1 | -1): void {
    const key = chunkCountKey(chunk.hash);
    const entry = this.#entry(key);
    const count = entry.value === undefined ? undefined : decodeChunkCount(entry.value);
    if (count !== undefined && count.length !== chunk.length) throw malformed('chunk has another length');
    const references = (count?.references ?? 0) + change;
    if (references < 0) throw new Error('a chunk has fewer references than vertices that hold it');
    this.#chunks.set(key.text, chunk);
    this.#change(
      entry,
      references === 0 ? undefined : encodeChunkCount({ references, length: chunk.length }),
    );
  }

  noteRemoved(id: Uint8Array): void {
    this.removed.push(id);
    this.#journal.push(() => this.removed.pop());
  }

  /** What was done since the last `keep` stays. */
  keep(): void {
    this.#journal = [];
  }

  /** What was done since the last `keep` is undone. */
  undo(): void {
    const journal = this.#journal;
    this.#journal = [];
    for (let index = journal.length - 1; index >= 0; index--) journal[index]?.();
  }

  /** Everything the batch changed, in the order in which keys were first touched. */
  writes(): StateWrite[] {
    for (const domain of this.#domains.values()) {
      if (!domain.usageChanged) continue;
      const open = domain.stored?.state === 'open';
      domain.usageEntry.value = open ? encodeUsage(domain.usage) : undefined;
    }
    const writes: StateWrite[] = [];
    for (const { key, before, value } of this.#entries.values()) {
      if (value === before) continue;
      if (value === undefined) writes.push({ type: 'del', key: key.bytes, text: key.text });
      else writes.push({ type: 'put', key: key.bytes, value, text: key.text });
    }
    return writes;
  }

  /** Chunks that something holds now and nothing did before, and the reverse. */
  chunkChanges(): { named: ChunkRef[]; dropped: ChunkRef[] } {
    const named: ChunkRef[] = [];
    const dropped: ChunkRef[] = [];
    for (const [text, chunk] of this.#chunks) {
      const entry = this.#entries.get(text);
      if (entry === undefined) continue;
      if (entry.before === undefined && entry.value !== undefined) named.push(chunk);
      if (entry.before !== undefined && entry.value === undefined) dropped.push(chunk);
    }
    return { named, dropped };
  }

  /** Domains whose counts changed, with their counts now; closed ones have none. */
  usageChanges(): { readonly domain: Uint8Array; readonly usage: StoredUsage }[] {
    const changed = [...this.#domains.values()].filter((domain) => domain.usageChanged);
    return changed.map((domain) => ({ domain: domain.address, usage: domain.usage }));
  }

  #entry(key: StateKey): Entry {
    let entry = this.#entries.get(key.text);
    if (entry === undefined) {
      const value = this.#reader.get(key);
      entry = { key, before: value, value };
      this.#entries.set(key.text, entry);
    }
    return entry;
  }

  #change(entry: Entry, value: Uint8Array | undefined): void {
    const before = entry.value;
    this.#journal.push(() => {
      entry.value = before;
    });
    entry.value = value;
  }
}
