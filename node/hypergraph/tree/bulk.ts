/**
 * One pass over sorted entries builds a tree. In memory stand the entries that could still become one leaf
 * (leafAtomsMax + 1) and the branches that were not committed to yet.
 */
import { NodeError } from '../../api/index.ts';
import type { BranchWork, TreeModules } from './branch-work.ts';
import { compareKeys, writeEntry } from './entry-run.ts';
import type { Subtree } from './format/pieces-v1.ts';
import { entryBytes, nibbleAt } from './format/v1.ts';
import { writeLeaf } from './leaf-store.ts';
import { treeLimits } from './limits.ts';
import { buildTrie } from './trie.ts';
import type { TreeEntry } from './types.ts';

type Put = (subtree: Subtree | undefined) => void;

/** A window over a sorted stream. */
class EntryWindow {
  readonly #source: AsyncIterator<TreeEntry> | Iterator<TreeEntry>;
  readonly #wanted: number;
  #buffer = Buffer.allocUnsafe(64 * entryBytes);
  #start = 0;
  #end = 0;
  #ended = false;
  readonly #last = Buffer.alloc(treeLimits.keyBytes);
  #empty = true;

  /** @param entries that the window holds when it is full */
  constructor(source: AsyncIterator<TreeEntry> | Iterator<TreeEntry>, entries: number) {
    this.#source = source;
    this.#wanted = entries * entryBytes;
  }

  /** Reads on until the window is full or the stream ends. @throws NodeError `malformed` when keys do not rise */
  async fill(): Promise<void> {
    while (!this.#ended && this.#end - this.#start < this.#wanted) {
      const step = this.#source.next();
      const { done, value } = step instanceof Promise ? await step : step;
      if (done === true) this.#ended = true;
      else this.#take(value);
    }
  }

  #take(entry: TreeEntry): void {
    if (this.#end === this.#buffer.length) this.#makeRoom();
    writeEntry(this.#buffer, this.#end, entry);
    if (!this.#empty && compareKeys(this.#last, 0, this.#buffer, this.#end) >= 0) {
      throw new NodeError('malformed', 'commitment tree: entries to load are not in key order');
    }
    this.#empty = false;
    this.#buffer.copy(this.#last, 0, this.#end);
    this.#end += entryBytes;
  }

  /** Moves what is there to the front, into a larger buffer when it fills more than half of this one. */
  #makeRoom(): void {
    const used = this.#end - this.#start;
    const target =
      used * 2 > this.#buffer.length ? Buffer.allocUnsafe(this.#buffer.length * 2) : this.#buffer;
    this.#buffer.copy(target, 0, this.#start, this.#end);
    this.#buffer = target;
    this.#start = 0;
    this.#end = used;
  }

  /** Entries of the window that lie below the path. All before it were taken. */
  countBelow(path: Uint8Array): number {
    let low = 0;
    let high = (this.#end - this.#start) / entryBytes;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const key = this.#buffer.subarray(this.#start + middle * entryBytes);
      if (path.every((nibble, depth) => nibbleAt(key, depth) === nibble)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The next entries; a view that lasts until the window is filled again. */
  takeRun(count: number): Buffer {
    const start = this.#start;
    this.#start += count * entryBytes;
    return this.#buffer.subarray(start, this.#start);
  }

  /** The first entry left over, if any: one that belongs below no path. */
  get left(): number {
    return (this.#end - this.#start) / entryBytes;
  }
}

/**
 * Builds one tree. Its branches are left in `work`.
 * @param entries by rising key @throws NodeError `malformed`
 */
export async function loadTree(
  entries: AsyncIterable<TreeEntry> | Iterable<TreeEntry>,
  put: Put,
  work: BranchWork,
  modules: TreeModules,
): Promise<void> {
  const source =
    Symbol.asyncIterator in entries ? entries[Symbol.asyncIterator]() : entries[Symbol.iterator]();
  const window = new EntryWindow(source, modules.shape.leafAtomsMax + 1);
  try {
    await loadSubtree(window, new Uint8Array(0), put, work, modules);
    if (window.left > 0) throw new Error('entries were left over');
  } finally {
    await source.return?.();
  }
}

async function loadSubtree(
  window: EntryWindow,
  path: Uint8Array,
  put: Put,
  work: BranchWork,
  modules: TreeModules,
): Promise<void> {
  const { pieces, shape } = modules;
  await window.fill();
  const count = window.countBelow(path);
  if (count === 0) return;
  if (count <= shape.leafAtomsMax) {
    const trie = buildTrie(window.takeRun(count), shape.bucketEntries)!;
    put(writeLeaf(trie, path, pieces));
    return pieces.drained();
  }
  const children = new Array<Subtree | undefined>(treeLimits.branchSlots).fill(undefined);
  work.add({ path, before: undefined, children, put });
  for (let slot = 0; slot < treeLimits.branchSlots; slot += 1) {
    const putChild: Put = (subtree) => {
      children[slot] = subtree;
    };
    await loadSubtree(window, Uint8Array.of(...path, slot), putChild, work, modules);
  }
}
