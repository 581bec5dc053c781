/** Limits of the commitment tree. Sizes in bytes. */
export const treeLimits = {
  keyBytes: 32,
  dataHashBytes: 33,
  rootBytes: 64,
  commitmentBytes: 74,
  /** D and pi of one multiproof. */
  openingProofBytes: 148,

  /** Children of a branch, and bits of a key that choose one. */
  branchSlots: 64,
  nibbleBits: 6,
  /** 32 bytes are 42 nibbles and 4 bits. */
  pathNibblesMax: 43,

  leafAtomsMaxDefault: 262_144,
  leafAtomsMaxLargest: 1_048_576,
  /** Entries of one storage piece of a fat leaf. Measured from 16 to 128: node/store/tree/bench. */
  bucketEntriesDefault: 32,
  bucketEntriesLargest: 512,
  /** A tree of so many entries stands in the list of trees and has no piece of its own. */
  inlineEntriesMax: 4,
  /** Opaque bytes of a committer that a branch's piece keeps. */
  rawCommitmentBytesMax: 256,

  /** Entries of a subtree: what a proof's six bytes can say. */
  subtreeEntriesMax: 2 ** 48 - 1,

  /** Of a tree that is no phase set. */
  nameBytesMax: 40,

  /** Trees, prefixes and bytes of one proof, and entries disclosed under one prefix. */
  proofTreesMax: 64,
  proofPrefixesMax: 4096,
  proofBytesMax: 4 * 1024 * 1024,
  entriesUnderPrefixMax: 64,

  /** Branches handed to the committer at once. */
  committerBatchMax: 512,
  /** Leaves worked on at the same time: one computes while others wait for the disk. */
  leavesInFlight: 4,
  /** Branches kept in memory by a bulk load before they are committed to. */
  bulkBranchesMax: 1024,
} as const;
