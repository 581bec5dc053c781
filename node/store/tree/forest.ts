/**
 * Many trees in one file. One writer at a time: calls queue up. Between commits the state being built stands in pieces that no
 * commit names and in a map of changed trees; proofs are made over the last commit, beside the writer.
 *
 * A call that fails (no space, damaged piece, a committer that throws) leaves the forest at its last commit: whatever was changed
 * since has to be changed again. When a commit record could not be made durable, the forest refuses everything until it is
 * opened anew, which finds either commit.
 */
import { NodeError } from '../../api/index.ts';
import {
  type BranchCommitter,
  BranchWork,
  ChangeSet,
  decodeTree,
  encodeTree,
  findEntry,
  freeTree,
  loadTree,
  type PieceRef,
  rootOf,
  type Subtree,
  type TreeChange,
  type TreeEntry,
  type TreeModules,
  type TreeName,
  type TreeRoot,
  treeEntries,
  treeLimits,
  updateTrees,
} from '../../hypergraph/tree/index.ts';
import { translateNoSpace } from '../errors.ts';
import { checkForest, type Fault } from './check.ts';
import { type CommitFile, RecordUnknown } from './commit-file.ts';
import { decodeTreeName, encodeTreeName } from './format/v1.ts';
import { treeStoreLimits } from './limits.ts';
import { type ProofRequest, type ProofResult, proveTrees } from './proofs.ts';
import { changeList, findTrees, type ListChange, listTrees } from './tree-list.ts';

export interface TreeChanges {
  readonly tree: TreeName;
  /** In any order; of several for one key the last counts. */
  readonly changes: readonly TreeChange[];
}

export interface ChangedTree extends TreeRoot {
  readonly tree: TreeName;
}

export interface LoadedTree {
  readonly tree: TreeName;
  /** By rising key. */
  readonly entries: AsyncIterable<TreeEntry> | Iterable<TreeEntry>;
}

export interface ForestStatus {
  readonly commits: number;
  readonly trees: number;
  readonly entries: number;
  readonly liveBytes: number;
  readonly fileBytes: number;
  readonly bytesWritten: number;
  readonly bytesRead: number;
}

/** Trees of the state being built: the list as far as it is written, and what changed since. */
interface Working {
  list: PieceRef | undefined;
  trees: number;
  entries: number;
  readonly changed: Map<string, Subtree | undefined>;
}

export class Forest {
  readonly #file: CommitFile;
  readonly #modules: TreeModules;
  #working: Working;
  #tail: Promise<unknown> = Promise.resolve();
  #closed: NodeError | undefined;
  #fileClosed = false;

  constructor(file: CommitFile, committer: BranchCommitter) {
    this.#file = file;
    this.#modules = { shape: file.record, pieces: file.pieces, committer };
    this.#working = workingOf(file);
  }

  /** The caller's bytes of the last commit; empty before the first. */
  get meta(): Uint8Array {
    return this.#file.meta;
  }

  /**
   * Applies changes of many trees. @returns the trees that did change, with their new roots
   * @throws NodeError `malformed`, `corrupt`, `storage-full`, `closed`
   */
  update(groups: readonly TreeChanges[]): Promise<ChangedTree[]> {
    return this.#write(async () => {
      const { names, changes } = grouped(groups);
      const before = await this.#find(names);
      const updates = names.map((_, index) => ({ before: before[index], changes: changes[index]! }));
      const after = await updateTrees(updates, this.#modules);
      const changed: ChangedTree[] = [];
      for (const [index, name] of names.entries()) {
        if (after[index] === before[index]) continue;
        this.#set(name, before[index], after[index]);
        changed.push({ tree: decodeTreeName(name), ...rootOf(after[index]) });
      }
      await this.#foldMany();
      return changed;
    });
  }

  /**
   * Makes what was built durable. @param meta up to 64 KiB, given back by `meta` after any later opening that finds this commit
   */
  commit(meta: Uint8Array): Promise<void> {
    return this.#write(() => this.#commit(meta));
  }

  async #commit(meta: Uint8Array): Promise<void> {
    if (meta.length > treeStoreLimits.metaBytesMax)
      throw new NodeError('malformed', 'too many bytes of meta');
    await this.#fold();
    const { list, trees, entries } = this.#working;
    await this.#file.commit({ list, trees, entries }, meta);
  }

  /** Of the state being built; undefined for an empty tree. */
  async root(tree: TreeName): Promise<TreeRoot | undefined> {
    const [found] = await this.#exclusively(() => this.#find([encodeTreeName(tree)]));
    return found === undefined ? undefined : rootOf(found);
  }

  /** The trees of the last commit that hold anything, by rising name. */
  async *trees(): AsyncGenerator<ChangedTree> {
    this.#check();
    const release = this.#file.space.pin();
    try {
      for await (const { name, value } of listTrees(this.#file.record.list, this.#file.pieces)) {
        yield { tree: decodeTreeName(name), ...rootOf(decodeTree(value)) };
      }
    } finally {
      release();
    }
  }

  /** One entry of the last commit. @param key 32 bytes. @throws NodeError `corrupt` */
  async entry(tree: TreeName, key: Uint8Array): Promise<TreeEntry | undefined> {
    this.#check();
    const release = this.#file.space.pin();
    try {
      const { pieces, record } = this.#file;
      const [found] = await findTrees(record.list, [encodeTreeName(tree)], pieces);
      return await findEntry(found, key, pieces);
    } finally {
      release();
    }
  }

  /** All entries of a tree of the last commit, by rising key. @throws NodeError `corrupt` */
  async *entries(tree: TreeName): AsyncGenerator<TreeEntry> {
    this.#check();
    const release = this.#file.space.pin();
    try {
      const { pieces, record } = this.#file;
      const [found] = await findTrees(record.list, [encodeTreeName(tree)], pieces);
      yield* treeEntries(found, pieces);
    } finally {
      release();
    }
  }

  /** Removes all entries of a tree. */
  dropTree(tree: TreeName): Promise<void> {
    return this.#write(async () => {
      const name = encodeTreeName(tree);
      const [before] = await this.#find([name]);
      if (before === undefined) return;
      await freeTree(before, this.#file.pieces);
      this.#set(name, before, undefined);
    });
  }

  /** Removes all trees; reads nothing, so it also works on damaged ones. */
  clear(): Promise<void> {
    return this.#write(() => this.#clear());
  }

  async #clear(): Promise<void> {
    await this.#file.clear();
    this.#working = { list: undefined, trees: 0, entries: 0, changed: new Map() };
  }

  /**
   * Replaces everything by these trees, in one pass over their entries, and commits. @param trees each once
   * @throws NodeError `malformed` when entries are not in order
   */
  rebuild(trees: AsyncIterable<LoadedTree> | Iterable<LoadedTree>, meta: Uint8Array): Promise<void> {
    return this.#write(async () => {
      await this.#clear();
      const work = new BranchWork(this.#modules);
      for await (const { tree, entries } of trees) {
        const name = encodeTreeName(tree);
        const [before] = await this.#find([name]);
        if (before !== undefined || this.#working.changed.has(keyOf(name))) {
          throw new NodeError('malformed', 'a tree to load comes twice');
        }
        // Set when its branches are finished; known to be there from here on.
        this.#working.changed.set(keyOf(name), undefined);
        await loadTree(entries, (built) => this.#set(name, undefined, built), work, this.#modules);
        const many = this.#working.changed.size >= treeStoreLimits.changedTreesMax;
        if (work.size < treeLimits.bulkBranchesMax && !many) continue;
        await work.ascend();
        await this.#foldMany();
      }
      await work.ascend();
      await this.#commit(meta);
    });
  }

  /** Proves what the requests say, all of it or nothing, over the last commit. @throws NodeError `corrupt`, `malformed` */
  async prove(requests: readonly ProofRequest[]): Promise<ProofResult> {
    this.#check();
    const release = this.#file.space.pin();
    try {
      const { pieces, record } = this.#file;
      return await proveTrees(requests, record.list, { pieces, committer: this.#modules.committer });
    } finally {
      release();
    }
  }

  /** Reads everything and makes every hash again from the entries up. @returns the first fault */
  verifyAll(): Promise<Fault | undefined> {
    return this.#exclusively(() => checkForest(this.#file, this.#modules));
  }

  async status(): Promise<ForestStatus> {
    const { record, space, pieces } = this.#file;
    const { number, trees, entries } = record;
    const { bytesWritten, bytesRead } = pieces;
    const fileBytes = await this.#file.size();
    return {
      commits: number,
      trees,
      entries,
      liveBytes: space.liveBytes,
      fileBytes,
      bytesWritten,
      bytesRead,
    };
  }

  /** What was not committed is lost. */
  async close(): Promise<void> {
    await this.#exclusively(async () => {
      this.#closed ??= new NodeError('closed', 'the forest was closed');
      if (this.#fileClosed) return;
      this.#fileClosed = true;
      await this.#file.pieces.discard();
      await this.#file.close();
    });
  }

  #check(): void {
    if (this.#closed !== undefined) throw this.#closed;
  }

  /** One after another. */
  #exclusively<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(run);
    // The failure is the caller's; the next in line starts in any case.
    this.#tail = result.catch(() => undefined);
    return result;
  }

  #write<T>(run: () => Promise<T>): Promise<T> {
    return this.#exclusively(async () => {
      this.#check();
      try {
        return await run();
      } catch (error) {
        if (error instanceof RecordUnknown) {
          this.#closed = new NodeError('closed', 'a commit may be durable or not; open the forest again', {
            cause: error,
          });
        } else {
          await this.#file.rollback();
          this.#working = workingOf(this.#file);
        }
        throw translateNoSpace(error);
      }
    });
  }

  /** @param names rising */
  async #find(names: readonly Buffer[]): Promise<(Subtree | undefined)[]> {
    const { changed, list } = this.#working;
    const listed = names.filter((name) => !changed.has(keyOf(name)));
    const found = (await findTrees(list, listed, this.#file.pieces)).values();
    return names.map((name) => (changed.has(keyOf(name)) ? changed.get(keyOf(name)) : found.next().value));
  }

  #set(name: Buffer, before: Subtree | undefined, after: Subtree | undefined): void {
    const working = this.#working;
    working.changed.set(keyOf(name), after);
    working.trees += Number(after !== undefined) - Number(before !== undefined);
    working.entries += (after?.count ?? 0) - (before?.count ?? 0);
  }

  async #foldMany(): Promise<void> {
    if (this.#working.changed.size >= treeStoreLimits.changedTreesMax) await this.#fold();
  }

  /** Puts the changed trees into the list. */
  async #fold(): Promise<void> {
    const working = this.#working;
    const changes = [...working.changed]
      .map(([key, tree]): ListChange => {
        return { name: Buffer.from(key, 'latin1'), value: tree === undefined ? undefined : encodeTree(tree) };
      })
      .sort((left, right) => Buffer.compare(left.name, right.name));
    working.list = await changeList(working.list, changes, this.#file.pieces);
    working.changed.clear();
    await this.#file.pieces.drained();
  }
}

const keyOf = (name: Buffer): string => name.toString('latin1');

function workingOf({ record }: CommitFile): Working {
  const { list, trees, entries } = record;
  return { list, trees, entries, changed: new Map() };
}

/** One set of changes per tree, by rising name. */
function grouped(groups: readonly TreeChanges[]): { names: Buffer[]; changes: ChangeSet[] } {
  const byName = new Map<string, TreeChange[]>();
  for (const { tree, changes } of groups) {
    const key = keyOf(encodeTreeName(tree));
    const before = byName.get(key);
    byName.set(key, before === undefined ? [...changes] : before.concat(changes));
  }
  const sorted = [...byName].map(([key, changes]) => ({ name: Buffer.from(key, 'latin1'), changes }));
  sorted.sort((left, right) => Buffer.compare(left.name, right.name));
  return {
    names: sorted.map(({ name }) => name),
    changes: sorted.map(({ changes }) => ChangeSet.of(changes)),
  };
}
