/** The words of the tree's users. */
import type { Revision, TaggedHash } from '../../api/index.ts';

export interface TreeEntry {
  /** 32 bytes. */
  readonly key: Uint8Array;
  readonly revision: Revision;
  /** 33 bytes, tagged. */
  readonly dataHash: TaggedHash;
}

/** Puts an entry, or removes it (`to` undefined; removing what is not there changes nothing). */
export interface TreeChange {
  readonly key: Uint8Array;
  readonly to: Pick<TreeEntry, 'revision' | 'dataHash'> | undefined;
}

/** A phase set of a domain, or a tree of another use with a name of its own (1..40 bytes). */
export type TreeName = { readonly domain: Uint8Array; readonly set: number } | { readonly name: Uint8Array };

export interface TreeRoot {
  /** 64 bytes. */
  readonly root: Uint8Array;
  readonly count: number;
}

/** The tree's parameters: the first decides the roots, the second only how leaves are stored. */
export interface TreeShape {
  readonly leafAtomsMax: number;
  readonly bucketEntries: number;
}
