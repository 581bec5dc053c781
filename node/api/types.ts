/**
 * The words of the node: addresses, atoms, transactions, outcomes. Every value here is serialisable; bytes are
 * `Uint8Array` (a Node `Buffer` is one). Nothing in this folder has an effect.
 */

export type Bytes = Uint8Array;

/** App address of a domain, 32 bytes. */
export type DomainAddress = Bytes;
/** First 24 bytes of a data address: PRF of table and record key. At most one live atom stands in a slot. */
export type Slot = Bytes;
/** Last 8 bytes of a data address, random: a removed atom never returns, a new one in its slot gets a new incarnation. */
export type Incarnation = Bytes;
/** Random 16 bytes chosen by the writer; a repeat of an id returns the first outcome. */
export type TransactionId = Bytes;
/** Position of a batch in its log, counted from 1. A safe integer. */
export type Position = number;
/**
 * When an atom was last written: `position * 4096 + index of the transaction in its batch`. A safe integer; larger is
 * later; 0 means absent.
 */
export type Revision = number;

/** Type tags of hashes, keys and signatures: first byte of the tagged value. */
export const Tag = {
  sha256: 0x01,
  ed25519PublicKey: 0x10,
  ed25519Signature: 0x11,
  ristretto255Point: 0x20,
} as const;

/** A hash with its type tag: 1 + 32 bytes. */
export type TaggedHash = Bytes;
/** A public key with its type tag: 1 + 32 bytes. */
export type TaggedKey = Bytes;
/** A signature with its type tag: 1 + 64 bytes. */
export type TaggedSignature = Bytes;

/** Ciphertext bytes kept in chunk files, named by their hash. `length` in bytes, at least 1. */
export interface ChunkRef {
  readonly hash: TaggedHash;
  readonly length: number;
}

export type AtomKind = 'vertex' | 'hyperedge';

/** Full id of an atom: domain (32) ‖ slot (24) ‖ incarnation (8). */
export interface AtomId {
  readonly domain: DomainAddress;
  readonly slot: Slot;
  readonly incarnation: Incarnation;
}

/**
 * A condition on a slot, also on one the transaction does not write. Revision 0: no live atom in the slot. Slots that
 * begin with eight 0xff bytes are the node's own (leases, configurations): they can be expected, not written.
 */
export interface Expectation {
  readonly domain: DomainAddress;
  readonly slot: Slot;
  readonly revision: Revision;
}

/**
 * Adds an atom, or replaces the content of the live atom with the same id (a live atom of another incarnation in the
 * slot is refused: `slot-occupied`; a removed incarnation: `atom-removed`).
 */
export interface AddVertex {
  readonly kind: 'add-vertex';
  readonly domain: DomainAddress;
  readonly slot: Slot;
  readonly incarnation: Incarnation;
  readonly payload: Bytes;
  /** Chunks that this vertex holds alive. They were staged before. */
  readonly chunks?: readonly ChunkRef[];
}

export interface AddHyperedge {
  readonly kind: 'add-hyperedge';
  readonly domain: DomainAddress;
  readonly slot: Slot;
  readonly incarnation: Incarnation;
  readonly payload: Bytes;
  /** Ordered members; each is 64 bytes: domain ‖ slot ‖ incarnation. */
  readonly members: readonly Bytes[];
}

/** Removes the live atom with this id (`atom-absent` when it is not live). */
export interface RemoveAtom {
  readonly kind: 'remove-vertex' | 'remove-hyperedge';
  readonly domain: DomainAddress;
  readonly slot: Slot;
  readonly incarnation: Incarnation;
  /** Opaque to the node and not stored in its state; tells followers of the log what was removed (encrypted). */
  readonly note: Bytes;
}

/** Opens a domain. Its configuration is itself an atom under the roots. `domain-exists` when it is open or was closed. */
export interface CreateDomain {
  readonly kind: 'create-domain';
  readonly domain: DomainAddress;
  readonly config: DomainConfig;
}

/** Closes a domain for ever. Refused (`domain-not-empty`) while a live atom stands in it. Needs the owner as writer. */
export interface RemoveDomain {
  readonly kind: 'remove-domain';
  readonly domain: DomainAddress;
}

/**
 * Takes or renews a lease. Accepted when the resource has no lease and `term` is 1, when `term` is the current term and
 * `holder` the current holder (a renewal), or when `term` is the current term + 1 (a takeover; the challenger has waited).
 * A duration of 0 gives the lease up: the next holder need not wait.
 */
export interface PutLease {
  readonly kind: 'put-lease';
  readonly domain: DomainAddress;
  readonly resource: string;
  readonly holder: Bytes;
  readonly term: number;
  readonly durationMs: number;
}

export type Operation = AddVertex | AddHyperedge | RemoveAtom | CreateDomain | RemoveDomain | PutLease;

export interface DomainConfig {
  /** May change the configuration and close the domain. */
  readonly ownerKey: TaggedKey;
  /** May write atoms. */
  readonly writerKeys: readonly TaggedKey[];
  /** Epoch keys are encrypted to it (ristretto255). */
  readonly readKey: TaggedKey;
  /** Opaque to the node: epoch keys encrypted to the read key, commitments of address keys. */
  readonly payload: Bytes;
}

/** "This transaction is valid only under this term": refused with `stale-term` when the resource's term is another. */
export interface Fence {
  readonly domain: DomainAddress;
  readonly resource: string;
  readonly term: number;
}

/** The only way state changes: applied whole or refused whole. */
export interface Transaction {
  readonly id: TransactionId;
  /** First and last log position at which it may be ordered; at most `transactionWindowMax` apart. */
  readonly validFrom: Position;
  readonly validUntil: Position;
  readonly fence?: Fence;
  readonly expects: readonly Expectation[];
  readonly operations: readonly Operation[];
}

/** Transactions of one writer, signed once. The unit that a log orders. */
export interface SignedBatch {
  readonly writer: TaggedKey;
  /** Encoded transactions, format of node/hypergraph/format/v1.ts. */
  readonly body: Bytes;
  /** Over `hypergate/batch/v1` ‖ log ‖ sha256(body). */
  readonly signature: TaggedSignature;
}

/** Proof that a log position is final: alone, one signature over {log, position, rank, previous hash, batch hash}. */
export interface CommitCertificate {
  readonly log: Bytes;
  readonly position: Position;
  readonly rank: number;
  readonly previousHash: TaggedHash;
  readonly batchHash: TaggedHash;
  readonly signers: readonly { readonly key: TaggedKey; readonly signature: TaggedSignature }[];
}

export type RefusalReason =
  | 'expectation-failed'
  | 'slot-occupied'
  | 'atom-removed'
  | 'atom-absent'
  | 'domain-unknown'
  | 'domain-exists'
  | 'domain-not-empty'
  | 'writer-not-allowed'
  | 'stale-term'
  | 'lease-held'
  | 'outside-window'
  | 'malformed';

export type Outcome =
  | { readonly status: 'applied'; readonly revision: Revision }
  | {
      readonly status: 'refused';
      readonly reason: RefusalReason;
      /** Index of the failed expectation or operation, -1 when the transaction as a whole is meant. */
      readonly index: number;
    };

export interface CommitResult {
  readonly position: Position;
  readonly outcome: Outcome;
  readonly certificate: CommitCertificate;
  /**
   * What the certificate vouches for, if it was asked for (`CommitOptions.withBatch`), and where in it the transaction stands,
   * counted from 0. Both or none. It is shared with others: not to be changed.
   */
  readonly batch?: SignedBatch;
  readonly indexInBatch?: number;
}

/** A live atom as `read` returns it. */
export interface Atom {
  readonly kind: AtomKind;
  readonly incarnation: Incarnation;
  readonly revision: Revision;
  readonly payload: Bytes;
  readonly chunks: readonly ChunkRef[];
  /** Empty for a vertex. */
  readonly members: readonly Bytes[];
}

/** What `follow` yields for each log position, in order. */
export interface AppliedBatch {
  readonly position: Position;
  readonly transactions: readonly AppliedTransaction[];
}

export interface AppliedTransaction {
  readonly id: TransactionId;
  readonly outcome: Outcome;
  readonly operations: readonly Operation[];
}

/** Atom and byte counts of one domain; bytes are those of ids, payloads, members and chunks. */
export interface DomainUsage {
  readonly atoms: number;
  readonly bytes: number;
}

/** The log that holds every domain of an embedded node, 32 bytes. */
export const mainLog: Bytes = new Uint8Array(32);
