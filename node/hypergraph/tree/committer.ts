/**
 * Commitments to the 64 values of a branch, as the tree needs them. The curve's committer implements it; batches let a pool
 * of workers take many branches at once.
 */

export interface BranchCommitment {
  /** Opaque; the store keeps it for the next update. `rawBytes` bytes. */
  readonly raw: Uint8Array;
  /** 74 bytes, canonical. */
  readonly encoded: Uint8Array;
}

/** 64 values of 64 bytes; undefined is 64 zero bytes. */
export type BranchValues = readonly (Uint8Array | undefined)[];

export interface SlotChange {
  readonly index: number;
  readonly before: Uint8Array | undefined;
  readonly after: Uint8Array | undefined;
}

export interface BranchUpdate {
  readonly before: Uint8Array;
  readonly changes: readonly SlotChange[];
}

/** One value of one branch that a proof opens. */
export interface Opening {
  /** 74 bytes, encoded. */
  readonly commitment: Uint8Array;
  /** 0..63 */
  readonly index: number;
  /** 64 bytes. */
  readonly value: Uint8Array;
}

export interface ProverOpening {
  readonly values: BranchValues;
  readonly commitment: Uint8Array;
  readonly index: number;
}

export interface BranchCommitter {
  /**
   * Whose raw form it is. A store that was written with another one commits to its branches afresh as they change: raw bytes
   * of one implementation mean nothing to another.
   */
  readonly name: string;
  /** Fixed, at most 256. */
  readonly rawBytes: number;
  commit(values: BranchValues): Promise<BranchCommitment>;
  update(before: Uint8Array, changes: readonly SlotChange[]): Promise<BranchCommitment>;
  /** As `commit` and `update`, for many branches; in the order given. Without them the single forms are used. */
  commitMany?(branches: readonly BranchValues[]): Promise<BranchCommitment[]>;
  updateMany?(branches: readonly BranchUpdate[]): Promise<BranchCommitment[]>;
  /** One multiproof over all openings, in the order given: D ‖ pi, 148 bytes. */
  prove(openings: readonly ProverOpening[]): Promise<Uint8Array>;
}

/** Whether the multiproof shows that each commitment holds its value at its index. Never throws for bytes it dislikes. */
export type VerifyOpenings = (openings: readonly Opening[], proof: Uint8Array) => boolean;
