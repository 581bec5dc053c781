/** The trees of a prover as frames and proofs need them; kept by the store. */
import type { Revision, TaggedHash } from '../api/index.ts';

/** A phase set of a domain, or a tree of another use. */
export type FrameTree = { readonly domain: Uint8Array; readonly set: number } | { readonly name: Uint8Array };

export interface FrameEntry {
  /** 32 bytes. */
  readonly key: Uint8Array;
  readonly revision: Revision;
  readonly dataHash: TaggedHash;
}

export interface FrameChange {
  readonly key: Uint8Array;
  /** undefined: there is no such entry any more. */
  readonly to: Pick<FrameEntry, 'revision' | 'dataHash'> | undefined;
}

export interface FrameTrees {
  /** What was committed with the trees; undefined before the first commit. */
  readonly meta: Uint8Array | undefined;
  /** 64 bytes; zeros for an empty tree. */
  root(tree: FrameTree): Promise<Uint8Array>;
  entry(tree: FrameTree, key: Uint8Array): Promise<FrameEntry | undefined>;
  /** All entries in the order of their keys. */
  entries(tree: FrameTree): AsyncIterable<FrameEntry>;
  /** Phase trees that hold anything. */
  phaseTrees(): AsyncIterable<{ readonly domain: Uint8Array; readonly set: number }>;
  /** Changes of each tree in any order, each key once. Roots of all trees named. */
  update(
    groups: readonly { readonly tree: FrameTree; readonly changes: readonly FrameChange[] }[],
  ): Promise<readonly Uint8Array[]>;
  /** These trees, each once and its entries in order, in place of everything; committed with `meta`. */
  rebuild(
    trees: AsyncIterable<{ readonly tree: FrameTree; readonly entries: AsyncIterable<FrameEntry> }>,
    meta: Uint8Array,
  ): Promise<void>;
  clear(): Promise<void>;
  /** What was changed is on the disk, with `meta`. A crash before leaves what was committed last. */
  commit(meta: Uint8Array): Promise<void>;
  /**
   * A tree proof over the committed trees, also while the next frame is made: for each part all entries whose keys begin
   * with each prefix. Parts and prefixes are in the order of node/proving/proof-plan.ts.
   * @returns undefined when there are more entries under a prefix than a proof shows
   */
  prove(parts: readonly { readonly tree: FrameTree; readonly prefixes: readonly Uint8Array[] }[]): Promise<
    | {
        readonly bytes: Uint8Array;
        /** By part and prefix. */
        readonly entries: readonly (readonly (readonly FrameEntry[])[])[];
      }
    | undefined
  >;
  close(): Promise<void>;
}

const encoder = new TextEncoder();

/** Of 256: the shards whose L1 names it. The order of the names is that of the indices. */
export function globalTree(index: number): FrameTree {
  return { name: encoder.encode(`global/${String(index).padStart(3, '0')}`) };
}

/** Where each shard stood when it last changed: domain -> {revision: position, data hash: log head}. */
export const shardsTree: FrameTree = { name: encoder.encode('shards') };
