/** What a document says whose proof was checked and whose atoms were opened. */
import type { DisclosedChunk } from '@hypergate/node/crypto/disclosure';
import type { ProvenChunk, VerifiedFrame } from '@hypergate/node/verifier';
import type { DisclosedRecord } from './record.ts';

export interface VerifiedRecord extends DisclosedRecord {
  readonly domain: Uint8Array;
  readonly slot: Uint8Array;
  readonly incarnation: Uint8Array;
  readonly revision: number;
  /** Held by the record itself. */
  readonly chunks: readonly ProvenChunk[];
}

/** A hyperedge: over the chunks of a blob, or over records. Only the latter is of a `table`. */
export type VerifiedRelation = VerifiedBlobRelation | VerifiedRecordRelation;

/** With the key and the row of the relation itself. */
export interface VerifiedRecordRelation extends DisclosedRecord {
  readonly domain: Uint8Array;
  readonly slot: Uint8Array;
  readonly revision: number;
  /** Ids of records, in order. */
  readonly members: readonly Uint8Array[];
}

/** Orders the chunks of a blob. */
export interface VerifiedBlobRelation {
  readonly domain: Uint8Array;
  readonly slot: Uint8Array;
  readonly length: number;
  readonly chunkBytes: number;
  /** Ids of its chunk vertices, in order. */
  readonly members: readonly Uint8Array[];
}

export type ChunkState =
  | {
      readonly kind: 'sealed';
      readonly key: Uint8Array;
      readonly plainLength: number;
      readonly chunk: ProvenChunk;
    }
  | { readonly kind: 'inline'; readonly plain: Uint8Array }
  /** Written before chunks had keys of their own: its ciphertext alone is proven. */
  | { readonly kind: 'opaque'; readonly chunk: ProvenChunk | undefined };

export type VerifiedChunk = {
  /** Of its vertex: domain ‖ slot ‖ incarnation. */
  readonly id: Uint8Array;
} & ChunkState;

/** The address function of one table of a domain. */
export interface VerifiedAddress {
  readonly domain: Uint8Array;
  readonly table: string;
  slotOf(input: Uint8Array): Uint8Array;
}

export interface VerifiedAbsence {
  readonly domain: Uint8Array;
  readonly table: string;
  readonly partition: Uint8Array;
  readonly sort: Uint8Array;
}

export interface VerifiedDocument {
  readonly subject: string;
  readonly frame: VerifiedFrame;
  readonly records: readonly VerifiedRecord[];
  readonly relations: readonly VerifiedRelation[];
  readonly chunks: readonly VerifiedChunk[];
  readonly absences: readonly VerifiedAbsence[];
  readonly addresses: readonly VerifiedAddress[];
  /**
   * Every record and relation over records was shown to stand in the slot of its key, where only one can be. Otherwise whoever may write in its domain
   * could keep another with the same key.
   */
  readonly namesBound: boolean;
}

/** As `DisclosedChunk`, or a chunk of which only the ciphertext is proven. */
export type BlobChunk = DisclosedChunk | { readonly kind: 'opaque'; readonly chunk: ProvenChunk | undefined };

/** A claim in words, and what it rests on: what `describeProof` of every service's `verify` gives. */
export interface ProofClaim {
  /** One sentence. */
  readonly statement: string;
  /** Names and values in the order in which they are shown. */
  readonly facts: readonly (readonly [name: string, value: string])[];
  /** Of an object: its bytes, for comparing a file. */
  readonly content: readonly BlobChunk[] | undefined;
}
