/** Entries of phase sets that changed since the last frame, the latest of each, by tree. */
import { asBuffer, sizes } from '../../hypergraph/index.ts';
import { type PhaseValue, phaseUpdates } from './phase-updates.ts';
import { readSlab } from './slab.ts';

/** Text (one character a byte) of a domain and its set's code. */
export type TreeText = string;

export interface TreeChanges {
  readonly domain: Buffer;
  readonly set: number;
  /** By the text of the key, slot ‖ incarnation, 32 bytes. */
  readonly entries: Map<string, PhaseValue | undefined>;
}

export class DirtyEntries {
  readonly #trees = new Map<TreeText, TreeChanges>();
  #count = 0;

  /** Upper bound of distinct entries. */
  get count(): number {
    return this.#count;
  }

  addSlab(slab: ArrayBuffer, length: number): void {
    readSlab(slab, length, (key, value) => this.add(key, value));
  }

  /** One write of the state. */
  add(key: Uint8Array, value: Uint8Array | undefined): void {
    phaseUpdates(key, value, (set, id, entry) => this.set(set, id, entry));
  }

  set(set: number, id: Uint8Array, entry: PhaseValue | undefined): void {
    const text = asBuffer(id).toString('latin1');
    const treeText = text.slice(0, sizes.domain) + String.fromCharCode(set);
    let tree = this.#trees.get(treeText);
    if (tree === undefined) {
      tree = { domain: Buffer.from(id.subarray(0, sizes.domain)), set, entries: new Map() };
      this.#trees.set(treeText, tree);
    }
    const before = tree.entries.size;
    tree.entries.set(text.slice(sizes.domain), entry);
    this.#count += tree.entries.size - before;
  }

  /** Takes in what changed before these changes: of an entry that is in both, the latest stays. */
  addOlder(older: DirtyEntries): void {
    for (const [treeText, { domain, set, entries }] of older.#trees) {
      const tree = this.#trees.get(treeText);
      if (tree === undefined) {
        this.#trees.set(treeText, { domain, set, entries: new Map(entries) });
        this.#count += entries.size;
        continue;
      }
      for (const [key, value] of entries) {
        if (tree.entries.has(key)) continue;
        tree.entries.set(key, value);
        this.#count++;
      }
    }
  }

  trees(): IterableIterator<TreeChanges> {
    return this.#trees.values();
  }
}
