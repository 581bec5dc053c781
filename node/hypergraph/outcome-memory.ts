/**
 * Outcomes of the ids of the last positions: first in, first out, found by id. About 60 bytes of typed arrays per id,
 * because a busy log has millions of them. Rebuilt at start from the position records.
 */
import type { Outcome, Position, TransactionId } from '../api/index.ts';
import { asBuffer, outcomeOf, type PositionRecord, refusalCodes } from './format/v1.ts';

export interface FoundOutcome {
  readonly position: Position;
  readonly outcome: Outcome;
}

const smallestCapacity = 1024;
const codeShift = 0x10000;

export class OutcomeMemory {
  readonly #seed: number;
  #capacity = smallestCapacity;
  /** Ring of entries: id as four words, position, index in the batch, code and index field. */
  #ids = new Uint32Array(smallestCapacity * 4);
  #positions = new Float64Array(smallestCapacity);
  #indices = new Uint16Array(smallestCapacity);
  #codes = new Int32Array(smallestCapacity);
  #first = 0;
  #size = 0;
  /** Open addressing, linear probing, at most half full: entry + 1, or 0. */
  #table = new Int32Array(smallestCapacity * 2);
  readonly #removals = new Set<Position>();

  /** @param seed keeps a writer who chooses ids from making them collide; has no effect on results */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  get size(): number {
    return this.#size;
  }

  find(id: TransactionId): FoundOutcome | undefined {
    const words = wordsOf(id);
    let slot = this.#slot(words);
    for (;;) {
      const entry = (this.#table[slot] as number) - 1;
      if (entry < 0) return undefined;
      if (this.#matches(entry, words)) return this.#read(entry);
      slot = (slot + 1) & (this.#table.length - 1);
    }
  }

  /** Whether an atom was removed at a position not yet forgotten. */
  hasRemovals(position: Position): boolean {
    return this.#removals.has(position);
  }

  /** Positions come in increasing order; ids are not in the memory yet. */
  remember(position: Position, record: PositionRecord): void {
    for (const { id, index, outcome } of record.outcomes) {
      if (this.#size === this.#capacity) this.#resize(this.#capacity * 2);
      const entry = (this.#first + this.#size) & (this.#capacity - 1);
      this.#ids.set(wordsOf(id), entry * 4);
      this.#positions[entry] = position;
      this.#indices[entry] = index;
      this.#codes[entry] =
        outcome.status === 'applied' ? 0 : refusalCodes[outcome.reason] * codeShift + outcome.index + 1;
      this.#size++;
      this.#link(entry);
    }
    if (record.removed.length > 0) this.#removals.add(position);
  }

  /** Forgets every position below. */
  forgetBelow(position: Position): void {
    while (this.#size > 0 && (this.#positions[this.#first] as number) < position) {
      this.#unlink(this.#first);
      this.#first = (this.#first + 1) & (this.#capacity - 1);
      this.#size--;
    }
    for (const removal of this.#removals) {
      if (removal >= position) break;
      this.#removals.delete(removal);
    }
    if (this.#capacity > smallestCapacity && this.#size < this.#capacity / 8)
      this.#resize(this.#capacity / 2);
  }

  #read(entry: number): FoundOutcome {
    const position = this.#positions[entry] as number;
    const code = this.#codes[entry] as number;
    const index = this.#indices[entry] as number;
    return { position, outcome: outcomeOf(position, index, code >>> 16, code & 0xffff) };
  }

  #slot(words: ArrayLike<number>): number {
    let hash = this.#seed;
    for (let word = 0; word < 4; word++) {
      hash = Math.imul(hash ^ (words[word] as number), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    return hash & (this.#table.length - 1);
  }

  #entryWords(entry: number): Uint32Array {
    return this.#ids.subarray(entry * 4, entry * 4 + 4);
  }

  #matches(entry: number, words: ArrayLike<number>): boolean {
    const at = entry * 4;
    for (let word = 0; word < 4; word++) if (this.#ids[at + word] !== words[word]) return false;
    return true;
  }

  #link(entry: number): void {
    const mask = this.#table.length - 1;
    let slot = this.#slot(this.#entryWords(entry));
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
    this.#table[slot] = entry + 1;
  }

  /** Takes an entry out and moves later ones of its run back, so that probing needs no tombstones. */
  #unlink(entry: number): void {
    const mask = this.#table.length - 1;
    let hole = this.#slot(this.#entryWords(entry));
    while (this.#table[hole] !== entry + 1) hole = (hole + 1) & mask;
    for (let slot = (hole + 1) & mask; this.#table[slot] !== 0; slot = (slot + 1) & mask) {
      const home = this.#slot(this.#entryWords((this.#table[slot] as number) - 1));
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        this.#table[hole] = this.#table[slot] as number;
        hole = slot;
      }
    }
    this.#table[hole] = 0;
  }

  #resize(capacity: number): void {
    const old = { ids: this.#ids, positions: this.#positions, indices: this.#indices, codes: this.#codes };
    const mask = this.#capacity - 1;
    const first = this.#first;
    this.#ids = new Uint32Array(capacity * 4);
    this.#positions = new Float64Array(capacity);
    this.#indices = new Uint16Array(capacity);
    this.#codes = new Int32Array(capacity);
    this.#table = new Int32Array(capacity * 2);
    this.#capacity = capacity;
    this.#first = 0;
    for (let entry = 0; entry < this.#size; entry++) {
      const from = (first + entry) & mask;
      this.#ids.set(old.ids.subarray(from * 4, from * 4 + 4), entry * 4);
      this.#positions[entry] = old.positions[from] as number;
      this.#indices[entry] = old.indices[from] as number;
      this.#codes[entry] = old.codes[from] as number;
      this.#link(entry);
    }
  }
}

function wordsOf(id: TransactionId): [number, number, number, number] {
  const bytes = asBuffer(id);
  return [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
}
