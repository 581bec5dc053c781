/**
 * Verifies a tree proof (node/hypergraph/tree/format/proof-v1.ts). Runs in browsers: hash functions and the check of openings are passed in.
 *
 * Every hash from the entries to each root is made again; directions come from the bits of the prefixes asked for; openings are
 * always checked when there is a branch. What comes out are roots and, per root and prefix, all entries under it.
 *
 * Why no root can have both a proof that lists key K under a prefix and one that does not, whoever made the root. Take two proofs that
 * give the same root and walk both with K's bits. Tags tell leaves and branches apart, so equal hashes mean equal bytes: the same
 * commitment and count, or the same leaf. At a branch K's nibble names the slot; the binding of the commitment gives
 * both the same 64 bytes there: zeros (empty), a leaf's commitment or a branch's hash, which no two kinds share. In a leaf both walks meet the same node hashes,
 * so the same split bits and prefixes. The first proof goes on to K's side at each node, since K agrees with its prefix, and ends at K's entry. The second stops where
 * it shows that nothing under its prefix P lies further on, and P is a prefix of K: at an empty slot (the first proof
 * would be there too), at another entry (its hash would be that of K's entry), at a node whose prefix differs from P within P's bits
 * (it would differ from K), or in a list of all entries below a node. Such a list is hashed as the trie it forms, so K's entry, found by
 * the first proof below the same node hash, is one of its entries. Each case breaks SHA-256, SHA-512 or the commitment's binding.
 *
 * Not checked here: which tree a root belongs to, and that whoever made the root held the whole tree. The caller compares the roots.
 */
import type { Opening, VerifyOpenings } from '../hypergraph/tree/committer.ts';
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
} from '../hypergraph/tree/format/proof-v1.ts';
import {
  bitAt,
  branchHash,
  dataHashOffset,
  emptyRoot,
  entryBytes,
  entryHash,
  firstDifference,
  keyOfPath,
  leafCommitment,
  nodeHash,
  readU32,
  readU64,
  revisionOffset,
  type TreeHashes,
} from '../hypergraph/tree/format/v1.ts';
import { treeLimits } from '../hypergraph/tree/limits.ts';
import type { TreeEntry } from '../hypergraph/tree/types.ts';

/** All entries of a tree whose keys begin with a prefix. */
export interface TreeStatement {
  readonly prefix: Uint8Array;
  /** By rising key. Empty: no key begins with the prefix. One, for a prefix of 32 bytes: the entry with this key. */
  readonly entries: readonly TreeEntry[];
}

export interface VerifiedTree {
  /** 64 bytes; to be compared with the root that the caller trusts. */
  readonly root: Uint8Array;
  readonly count: number;
  readonly statements: readonly TreeStatement[];
}

export type TreeProofOutcome =
  | { readonly ok: true; readonly trees: readonly VerifiedTree[] }
  | { readonly ok: false; readonly reason: string };

export interface TreeVerifierModules {
  readonly hashes: TreeHashes;
  readonly verifyOpenings: VerifyOpenings;
  /** Of the trees' format: what their owner committed to once. */
  readonly leafAtomsMax: number;
}

/** Never throws for bytes it dislikes. */
export function verifyTreeProof(proof: Uint8Array, modules: TreeVerifierModules): TreeProofOutcome {
  try {
    return { ok: true, trees: new ProofReader(proof, modules).read() };
  } catch (error) {
    if (error instanceof Refusal) return { ok: false, reason: error.message };
    throw error;
  }
}

class Refusal extends Error {}

function refuse(reason: string): never {
  throw new Refusal(reason);
}

/** What is known of all keys below a point of the walk: their first `bits` bits are those of `key`. */
interface Known {
  readonly key: Uint8Array;
  readonly bits: number;
}

interface Subtree {
  /** 64 bytes. */
  readonly value: Uint8Array;
  readonly count: number;
}

type Chosen = readonly number[];

class ProofReader {
  readonly #bytes: Uint8Array;
  readonly #modules: TreeVerifierModules;
  readonly #openings: Opening[] = [];
  #offset = 0;
  /** Of the tree being read. */
  #prefixes: readonly Uint8Array[] = [];
  #found: TreeEntry[][] = [];

  constructor(bytes: Uint8Array, modules: TreeVerifierModules) {
    this.#bytes = bytes;
    this.#modules = modules;
  }

  read(): VerifiedTree[] {
    if (this.#bytes.length > treeLimits.proofBytesMax) refuse('the proof is too long');
    if (this.#byte() !== proofVersion) refuse('the proof is of an unknown version');
    const count = this.#byte();
    if (count === 0 || count > treeLimits.proofTreesMax) refuse('the number of trees is out of bounds');
    const trees: VerifiedTree[] = [];
    let total = 0;
    for (let index = 0; index < count; index += 1) {
      this.#prefixes = this.#readPrefixes(this.#prefixes);
      total += this.#prefixes.length;
      if (total > treeLimits.proofPrefixesMax) refuse('there are too many prefixes');
      trees.push(this.#readTree());
    }
    this.#checkOpenings();
    return trees;
  }

  #checkOpenings(): void {
    const isNeeded = this.#openings.length > 0;
    const multiproof = isNeeded ? this.#take(treeLimits.openingProofBytes) : undefined;
    if (this.#offset !== this.#bytes.length) refuse('bytes stand behind the proof');
    if (multiproof !== undefined && !this.#modules.verifyOpenings(this.#openings, multiproof)) {
      refuse('a branch does not hold what the proof says');
    }
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.#offset) refuse('the proof is cut short');
    this.#offset += length;
    return this.#bytes.subarray(this.#offset - length, this.#offset);
  }

  #byte(): number {
    return this.#take(1)[0]!;
  }

  #readPrefixes(before: readonly Uint8Array[]): readonly Uint8Array[] {
    const head = this.#take(2);
    const count = head[0]! * 256 + head[1]!;
    if (count === 0) return before.length > 0 ? before : refuse('a tree has no prefixes');
    if (count > treeLimits.proofPrefixesMax) refuse('there are too many prefixes');
    const prefixes: Uint8Array[] = [];
    for (let index = 0; index < count; index += 1) {
      const length = this.#byte();
      if (length === 0 || length > treeLimits.keyBytes) refuse('a prefix is of a wrong length');
      const prefix = this.#take(length);
      const last = prefixes.at(-1);
      if (last !== undefined && comparePrefixes(last, prefix) >= 0) refuse('prefixes are not in order');
      prefixes.push(prefix);
    }
    const isSame =
      count === before.length && prefixes.every((one, at) => comparePrefixes(one, before[at]!) === 0);
    return isSame ? refuse('prefixes are repeated') : prefixes;
  }

  #readTree(): VerifiedTree {
    this.#found = this.#prefixes.map(() => []);
    const { value, count } = this.#subtree(new Uint8Array(0), [...this.#prefixes.keys()]);
    const statements = this.#prefixes.map((prefix, index) => ({ prefix, entries: this.#found[index]! }));
    return { root: value, count, statements };
  }

  #subtree(path: Uint8Array, chosen: Chosen): Subtree {
    const kind = this.#byte();
    if (kind === subtreeKind.empty) return { value: emptyRoot, count: 0 };
    if (kind === subtreeKind.leaf) return this.#leaf(path, chosen);
    if (kind === subtreeKind.branch) return this.#branch(path, chosen);
    return refuse('a subtree is of unknown kind');
  }

  #branch(path: Uint8Array, chosen: Chosen): Subtree {
    const { pathNibblesMax, commitmentBytes } = treeLimits;
    if (path.length >= pathNibblesMax) refuse('a branch stands below the last nibble');
    const size = this.#take(6);
    const count = (size[0]! * 256 + size[1]!) * 2 ** 32 + readU32(size, 2);
    if (count <= this.#modules.leafAtomsMax) refuse('a branch holds no more than a leaf may');
    const commitment = this.#take(commitmentBytes);
    let disclosed = 0;
    for (const { slot, prefixes } of reachedSlots(this.#prefixes, chosen, path.length)) {
      // In the order of the writer: a branch's opening stands before those below it.
      const place = this.#openings.push({ commitment, index: slot, value: emptyRoot }) - 1;
      const child = this.#subtree(Uint8Array.of(...path, slot), prefixes);
      this.#openings[place] = { commitment, index: slot, value: child.value };
      disclosed += child.count;
    }
    if (disclosed > count) refuse('a branch holds less than its children');
    return { value: branchHash(this.#modules.hashes, path, count, commitment), count };
  }

  #leaf(path: Uint8Array, chosen: Chosen): Subtree {
    const count = readU32(this.#take(4), 0);
    if (count === 0 || count > this.#modules.leafAtomsMax) refuse('a leaf has a wrong number of entries');
    const known = {
      key: keyOfPath(path),
      bits: Math.min(path.length * treeLimits.nibbleBits, treeLimits.keyBytes * 8),
    };
    const trie = this.#trie(known, chosen, count);
    return { value: leafCommitment(this.#modules.hashes, path, count, trie), count };
  }

  /** @param count entries below the node, where it is known @returns the node's hash */
  #trie(known: Known, chosen: Chosen, count: number | undefined): Uint8Array {
    if (chosen.length === 0) return this.#take(32);
    const step = this.#byte();
    if (step !== escapeStep) return this.#inner(known, chosen, count, step);
    const form = this.#byte();
    if (form === trieForm.entry || form === trieForm.otherEntry) {
      if (count !== undefined && count !== 1) refuse('a leaf has another number of entries');
      return this.#entry(known, chosen, form === trieForm.entry);
    }
    if (form === trieForm.parting) return this.#parting(known, chosen, count);
    if (form === trieForm.entries) return this.#list(known, chosen, count);
    if (form === trieForm.lastSplit) return this.#inner(known, chosen, count, escapeStep);
    return refuse('a node is of unknown form');
  }

  #bits(index: number): number {
    return this.#prefixes[index]!.length * 8;
  }

  /** An inner node that all prefixes run through: they spell its prefix. */
  #inner(known: Known, chosen: Chosen, count: number | undefined, split: number): Uint8Array {
    const first = this.#prefixes[chosen[0]!]!;
    for (const index of chosen) {
      if (this.#bits(index) <= split) refuse('a prefix ends above a node');
      if (!agree(first, this.#prefixes[index]!, split)) refuse('a prefix parts from a node in silence');
    }
    return this.#children(known, chosen, count, split, padded(first));
  }

  /** An inner node whose prefix is spelled out, because some prefix parts from it. */
  #parting(known: Known, chosen: Chosen, count: number | undefined): Uint8Array {
    const split = this.#byte();
    const key = padded(this.#take((split + 7) >>> 3));
    if ((key[split >>> 3]! & (0xff >>> (split & 7)) & 0xff) !== 0) refuse('a prefix has bits behind its end');
    const related = chosen.filter((index) =>
      agree(this.#prefixes[index]!, key, Math.min(this.#bits(index), split)),
    );
    if (related.length === chosen.length) refuse('a prefix is spelled out without need');
    if (related.some((index) => this.#bits(index) <= split)) refuse('entries under a prefix are not listed');
    return this.#children(known, related, count, split, key);
  }

  /** @param key below the node, in its first `split` bits */
  #children(
    known: Known,
    chosen: Chosen,
    count: number | undefined,
    split: number,
    key: Uint8Array,
  ): Uint8Array {
    if (count !== undefined && count < 2) refuse('a leaf has another number of entries');
    if (split < known.bits) refuse('split bits do not rise');
    if (!agree(key, known.key, known.bits)) refuse('a node is not where its prefix belongs');
    const isRight = (index: number): boolean => bitAt(this.#prefixes[index]!, split) === 1;
    const left = Uint8Array.from(key);
    left[split >>> 3]! &= ~(0x80 >>> (split & 7));
    const right = Uint8Array.from(key);
    right[split >>> 3]! |= 0x80 >>> (split & 7);
    const leftHash = this.#trie(
      { key: left, bits: split + 1 },
      chosen.filter((index) => !isRight(index)),
      undefined,
    );
    const rightHash = this.#trie({ key: right, bits: split + 1 }, chosen.filter(isRight), undefined);
    return nodeHash(this.#modules.hashes, split, key, leftHash, rightHash);
  }

  #entry(known: Known, chosen: Chosen, isAsked: boolean): Uint8Array {
    const whole = chosen.filter((index) => this.#prefixes[index]!.length === treeLimits.keyBytes);
    const asked = whole.length === 1 ? this.#prefixes[whole[0]!] : undefined;
    const bytes = new Uint8Array(entryBytes);
    if (isAsked) {
      bytes.set(asked ?? refuse('an entry has no key'));
      bytes.set(this.#take(entryBytes - treeLimits.keyBytes), treeLimits.keyBytes);
    } else {
      bytes.set(this.#take(entryBytes));
      if (asked !== undefined && startsWith(bytes, asked)) refuse('a key is spelled out without need');
    }
    this.#note(bytes, known, chosen);
    return entryHash(this.#modules.hashes, bytes);
  }

  #list(known: Known, chosen: Chosen, count: number | undefined): Uint8Array {
    const length = this.#byte();
    if (length < 2 || length > listedEntriesMax) refuse('a list has a wrong number of entries');
    if (count !== undefined && count !== length) refuse('a leaf has another number of entries');
    const run = this.#take(length * entryBytes);
    const entries = Array.from({ length }, (_, index) =>
      run.subarray(index * entryBytes, (index + 1) * entryBytes),
    );
    for (let index = 1; index < length; index += 1) {
      const [left, right] = [entries[index - 1]!, entries[index]!];
      const parting = firstDifference(left, right);
      if (parting === 256 || bitAt(left, parting) === 1) refuse('listed entries are not in order');
    }
    const split = firstDifference(entries[0]!, entries[length - 1]!);
    const covers = (index: number): boolean =>
      this.#bits(index) <= split && startsWith(entries[0]!, this.#prefixes[index]!);
    if (!chosen.some(covers)) refuse('entries are listed without need');
    for (const entry of entries) this.#note(entry, known, chosen);
    return trieRoot(this.#modules.hashes, entries, 0, length);
  }

  /** Takes an entry into the answers it belongs to. */
  #note(entry: Uint8Array, known: Known, chosen: Chosen): void {
    if (!agree(entry, known.key, known.bits)) refuse('an entry is not where its key belongs');
    const revision = readU64(entry, revisionOffset);
    if (!Number.isSafeInteger(revision)) refuse('a revision is too large');
    const key = entry.slice(0, treeLimits.keyBytes);
    for (const index of chosen) {
      if (!startsWith(key, this.#prefixes[index]!)) continue;
      const found = this.#found[index]!;
      if (found.length === listedEntriesMax) refuse('too many entries stand under a prefix');
      found.push({ key, revision, dataHash: entry.slice(dataHashOffset) });
    }
  }
}

/** 32 bytes that begin with these. */
function padded(bytes: Uint8Array): Uint8Array {
  const key = new Uint8Array(treeLimits.keyBytes);
  key.set(bytes);
  return key;
}

/** Of the trie over entries [from, to), which are in order. */
function trieRoot(hashes: TreeHashes, entries: readonly Uint8Array[], from: number, to: number): Uint8Array {
  const first = entries[from]!;
  if (to - from === 1) return entryHash(hashes, first);
  const split = firstDifference(first, entries[to - 1]!);
  let middle = from + 1;
  while (bitAt(entries[middle]!, split) === 0) middle += 1;
  const left = trieRoot(hashes, entries, from, middle);
  return nodeHash(hashes, split, first, left, trieRoot(hashes, entries, middle, to));
}
