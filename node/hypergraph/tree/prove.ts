/**
 * Writes a tree proof (format/proof-v1.ts) for prefixes of several trees. Reads the branches and leaves on the way and the
 * buckets the prefixes lead to; checks each leaf it discloses against its commitment, so that damage ends in `corrupt` and not in a
 * proof that nobody accepts.
 */
import { NodeError } from '../../api/index.ts';
import type { BranchCommitter, ProverOpening } from './committer.ts';
import { runEntry } from './entry-run.ts';
import { decodeBranch, type LeafState, type Subtree } from './format/pieces-v1.ts';
import {
  agree,
  comparePrefixes,
  escapeStep,
  listedEntriesMax,
  proofVersion,
  reachedSlots,
  startsWith,
  subtreeKind,
  trieForm,
} from './format/proof-v1.ts';
import { bitAt, entryBytes, maskedPrefix } from './format/v1.ts';
import { commitmentOf, loadBuckets, loadLeaf } from './leaf-store.ts';
import { treeLimits } from './limits.ts';
import { hashBytes } from './node-hashing.ts';
import type { PieceReader } from './pieces.ts';
import {
  bucketsBelow,
  buildTrie,
  hashTrie,
  innerNode,
  loadedRun,
  type TrieBucket,
  type TrieInner,
  type TrieNode,
} from './trie.ts';
import type { TreeEntry } from './types.ts';

export interface ProofPart {
  /** Undefined: the tree is empty. */
  readonly tree: Subtree | undefined;
  /** Rising, each once, 1..32 bytes each. */
  readonly prefixes: readonly Uint8Array[];
}

export interface WrittenProof {
  readonly bytes: Buffer;
  /** Per part and prefix, the entries under it. */
  readonly entries: readonly (readonly (readonly TreeEntry[])[])[];
}

export interface ProverModules {
  readonly pieces: PieceReader;
  readonly committer: Pick<BranchCommitter, 'prove'>;
}

/** A prefix has more entries than a proof lists. */
export class TooManyEntries extends NodeError {
  readonly part: number;
  readonly prefix: number;
  constructor(part: number, prefix: number) {
    super('not-supported', `more than ${listedEntriesMax} entries stand under the prefix`);
    this.name = 'TooManyEntries';
    this.part = part;
    this.prefix = prefix;
  }
}

/**
 * @param check sees the entries before the openings are proven, and may throw
 * @throws TooManyEntries, NodeError `corrupt`, `not-supported` for a proof that would be too long
 */
export async function writeProof(
  parts: readonly ProofPart[],
  modules: ProverModules,
  check: (entries: WrittenProof['entries']) => void = () => undefined,
): Promise<WrittenProof> {
  const out: Uint8Array[] = [Buffer.of(proofVersion, parts.length)];
  const openings: ProverOpening[] = [];
  const entries: (readonly (readonly TreeEntry[])[])[] = [];
  let before: readonly Uint8Array[] = [];
  for (const [part, { tree, prefixes }] of parts.entries()) {
    out.push(...encodePrefixes(prefixes, before));
    const writer = new PartWriter(part, prefixes, out, openings, modules);
    await writer.subtree(tree, new Uint8Array(0), [...prefixes.keys()]);
    entries.push(writer.found);
    before = prefixes;
  }
  check(entries);
  const length = out.reduce((sum, part) => sum + part.length, 0);
  if (length > treeLimits.proofBytesMax - treeLimits.openingProofBytes) {
    throw new NodeError('not-supported', 'the proof would be too long: ask for less at once');
  }
  if (openings.length > 0) out.push(await modules.committer.prove(openings));
  return { bytes: Buffer.concat(out), entries };
}

function encodePrefixes(prefixes: readonly Uint8Array[], before: readonly Uint8Array[]): Uint8Array[] {
  const same =
    prefixes.length === before.length && prefixes.every((one, at) => comparePrefixes(one, before[at]!) === 0);
  const count = Buffer.alloc(2);
  if (same) return [count];
  count.writeUInt16BE(prefixes.length);
  return [count, ...prefixes.flatMap((prefix) => [Buffer.of(prefix.length), prefix])];
}

type Chosen = readonly number[];

class PartWriter {
  readonly #part: number;
  readonly #prefixes: readonly Uint8Array[];
  readonly #out: Uint8Array[];
  readonly #openings: ProverOpening[];
  readonly #modules: ProverModules;
  readonly found: TreeEntry[][];

  constructor(
    part: number,
    prefixes: readonly Uint8Array[],
    out: Uint8Array[],
    openings: ProverOpening[],
    modules: ProverModules,
  ) {
    this.#part = part;
    this.#prefixes = prefixes;
    this.#out = out;
    this.#openings = openings;
    this.#modules = modules;
    this.found = prefixes.map(() => []);
  }

  #bits(index: number): number {
    return this.#prefixes[index]!.length * 8;
  }

  async subtree(tree: Subtree | undefined, path: Uint8Array, chosen: Chosen): Promise<void> {
    if (tree === undefined) {
      this.#out.push(Buffer.of(subtreeKind.empty));
    } else if (tree.kind === 'leaf') {
      await this.#leaf(tree, path, chosen);
    } else {
      const covering = chosen.find((index) => this.#bits(index) <= path.length * treeLimits.nibbleBits);
      if (covering !== undefined) this.#checkRoom(covering, tree.count);
      const [piece] = await this.#modules.pieces.read([tree.at]);
      const { children, encoded } = decodeBranch(piece!);
      const head = Buffer.alloc(7);
      head[0] = subtreeKind.branch;
      head.writeUIntBE(tree.count, 1, 6);
      this.#out.push(head, encoded);
      const values = children.map((child) => child?.value);
      for (const { slot, prefixes } of reachedSlots(this.#prefixes, chosen, path.length)) {
        this.#openings.push({ values, commitment: encoded, index: slot });
        await this.subtree(children[slot], Uint8Array.of(...path, slot), prefixes);
      }
    }
  }

  #checkRoom(index: number, more: number): void {
    if (this.found[index]!.length + more > listedEntriesMax) throw new TooManyEntries(this.#part, index);
  }

  async #leaf(state: LeafState, path: Uint8Array, chosen: Chosen): Promise<void> {
    const { pieces } = this.#modules;
    const { trie } = await loadLeaf(state, pieces);
    const wanted = new Set<TrieBucket>();
    this.#want(trie, chosen, wanted);
    await loadBuckets(
      [...wanted].filter(({ run }) => run === undefined),
      pieces,
    );
    const opened = openBuckets(trie, wanted);
    if (!commitmentOf(opened, path).equals(state.value)) {
      throw new NodeError('corrupt', 'commitment tree: a leaf is not what its commitment says');
    }
    const head = Buffer.alloc(5);
    head[0] = subtreeKind.leaf;
    head.writeUInt32BE(state.count, 1);
    this.#out.push(head);
    this.#trie(opened, chosen);
  }

  /** Prefixes that lead to the node's children; one that covers the node; whether any parts from it. */
  #relate(node: TrieInner, chosen: Chosen): { on: number[]; covering: number | undefined; parting: boolean } {
    const on: number[] = [];
    let covering: number | undefined;
    for (const index of chosen) {
      const prefix = this.#prefixes[index]!;
      if (!agree(prefix, node.prefix, Math.min(this.#bits(index), node.split))) continue;
      if (this.#bits(index) > node.split) on.push(index);
      else covering ??= index;
    }
    return { on, covering, parting: on.length < chosen.length };
  }

  #sides(node: TrieInner, on: Chosen): { left: number[]; right: number[] } {
    const isRight = (index: number): boolean => bitAt(this.#prefixes[index]!, node.split) === 1;
    return { left: on.filter((index) => !isRight(index)), right: on.filter(isRight) };
  }

  /** Collects the buckets whose entries are disclosed or looked at. */
  #want(node: TrieNode, chosen: Chosen, wanted: Set<TrieBucket>): void {
    if (chosen.length === 0) return;
    if (node.kind === 'bucket') {
      wanted.add(node);
      return;
    }
    const { on, covering } = this.#relate(node, chosen);
    if (covering !== undefined) {
      this.#checkRoom(covering, node.count);
      for (const bucket of bucketsBelow(node)) wanted.add(bucket);
      return;
    }
    const { left, right } = this.#sides(node, on);
    this.#want(node.left, left, wanted);
    this.#want(node.right, right, wanted);
  }

  #trie(node: TrieNode, chosen: Chosen): void {
    if (chosen.length === 0) {
      this.#out.push(hashBytes(hashTrie(node)));
      return;
    }
    if (node.kind === 'bucket') {
      this.#entry(loadedRun(node), chosen);
      return;
    }
    const { on, covering, parting } = this.#relate(node, chosen);
    if (covering !== undefined) {
      this.#checkRoom(covering, node.count);
      this.#list(node, chosen);
      return;
    }
    if (parting) {
      const prefix = maskedPrefix(node.prefix, node.split).subarray(0, (node.split + 7) >>> 3);
      this.#out.push(Buffer.of(escapeStep, trieForm.parting, node.split), prefix);
    } else if (node.split === escapeStep) this.#out.push(Buffer.of(escapeStep, trieForm.lastSplit));
    else this.#out.push(Buffer.of(node.split));
    const { left, right } = this.#sides(node, on);
    this.#trie(node.left, left);
    this.#trie(node.right, right);
  }

  /** @param run of one entry */
  #entry(run: Buffer, chosen: Chosen): void {
    const whole = chosen.filter((index) => this.#prefixes[index]!.length === treeLimits.keyBytes);
    const entry = runEntry(run, 0);
    this.#note(entry, chosen);
    const known = whole.length === 1 && startsWith(entry.key, this.#prefixes[whole[0]!]!);
    const form = known ? trieForm.entry : trieForm.otherEntry;
    this.#out.push(Buffer.of(escapeStep, form), run.subarray(known ? treeLimits.keyBytes : 0));
  }

  #list(node: TrieInner, chosen: Chosen): void {
    const runs = bucketsBelow(node).map(loadedRun);
    const run = Buffer.concat(runs);
    const count = run.length / entryBytes;
    this.#out.push(Buffer.of(escapeStep, trieForm.entries, count), run);
    for (let index = 0; index < count; index += 1) this.#note(runEntry(run, index), chosen);
  }

  #note(entry: TreeEntry, chosen: Chosen): void {
    for (const index of chosen) {
      if (!startsWith(entry.key, this.#prefixes[index]!)) continue;
      this.#checkRoom(index, 1);
      this.found[index]!.push(entry);
    }
  }
}

/** The trie with the buckets opened down to single entries. */
function openBuckets(node: TrieNode, wanted: ReadonlySet<TrieBucket>): TrieNode {
  if (node.kind === 'bucket') return wanted.has(node) ? buildTrie(loadedRun(node), 1)! : node;
  const left = openBuckets(node.left, wanted);
  const right = openBuckets(node.right, wanted);
  return left === node.left && right === node.right ? node : innerNode(node.split, node.prefix, left, right);
}
