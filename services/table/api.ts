/**
 * Typed, ordered, encrypted tables on the hypergraph: the only thing services use to store records. A record is one live
 * vertex; its slot is a PRF of table and key, its payload is encrypted under the domain's epoch key. Ordered scans come
 * from the gateway-private index. ARCHITECTURE.md, "The one write path" and "Encryption".
 */
import type {
  Bytes,
  ChunkRef,
  CommitCertificate,
  DomainAddress,
  Fence,
  Position,
  RecordEvidence,
  Revision,
} from '@hypergate/node/api';

/** Value codec of one table version. Old versions stay readable for ever; only the newest is written. */
export interface RowFormat<Row> {
  readonly version: number;
  encode(row: Row): Bytes;
  decode(bytes: Bytes): Row;
}

export interface TableDefinition<Row> {
  /** `s3.objects`; part of the PRF input, so never renamed. */
  readonly name: string;
  readonly description: string;
  /** Newest first. */
  readonly formats: readonly [RowFormat<Row>, ...RowFormat<Row>[]];
  /** What the private index carries for scans, at most `projectionBytesMax`; undefined keeps the record out of the index. */
  readonly index?: (row: Row, key: RecordKey) => Bytes | undefined;
  /** Further index entries, kept in step with the record: index name, partition and sort key, and what it carries. */
  readonly secondary?: (row: Row, key: RecordKey) => readonly SecondaryEntry[];
  /** Chunks that a record with this row holds alive, as `stageData` gave them. Several records may hold one chunk. */
  readonly chunks?: (row: Row) => readonly ChunkRef[];
}

// biome-ignore lint/suspicious/noExplicitAny: tables of different rows stand in one transaction
export type AnyTable = TableDefinition<any>;

export interface SecondaryEntry {
  readonly index: string;
  readonly partition: Bytes;
  readonly sort: Bytes;
  readonly projection: Bytes;
}

/** Partition (equality) and sort key (byte order). Both may be empty; together at most `keyBytesMax`. */
export interface RecordKey {
  readonly partition: Bytes;
  readonly sort: Bytes;
}

export interface StoredRecord<Row> {
  readonly row: Row;
  readonly revision: Revision;
}

/**
 * Large data in one chunk, held alive by every record whose row names it (`TableDefinition.chunks`). It is sealed under a
 * key of its own that stands in the row: a copy in another record, also of another domain, shares the ciphertext.
 */
export interface DataRef {
  /** Secret, random, 32 bytes; used for this data only. */
  readonly key: Bytes;
  /** Bytes of plaintext, `dataBytesMin` to `chunkBytes`. */
  readonly length: number;
  readonly chunk: ChunkRef;
}

/** A record of the domain of the write that names it. */
export interface RecordName {
  readonly table: AnyTable;
  readonly key: RecordKey;
}

/** What a relation holds together: records by name, which must be there when it is written, or ids as `getRelation` gave them. */
export type RelationMember = RecordName | Bytes;

/** A relation as it is: what was put with it, and the ids of its members in order. */
export interface StoredRelation<Row> extends StoredRecord<Row> {
  /** domain ‖ slot ‖ incarnation, 64 bytes each. A record that was removed since is still among them. */
  readonly members: readonly Bytes[];
}

/** Condition on a record: a revision it must still have, `absent`, `present`, or `any` (default). */
export type Condition = { readonly revision: Revision } | 'absent' | 'present' | 'any';

export type Write =
  | {
      readonly kind: 'put';
      readonly table: AnyTable;
      readonly key: RecordKey;
      readonly row: unknown;
      readonly condition?: Condition;
    }
  | {
      readonly kind: 'remove';
      readonly table: AnyTable;
      readonly key: RecordKey;
      readonly condition?: Condition;
    }
  /** The record must be so, and is not written. */
  | {
      readonly kind: 'check';
      readonly table: AnyTable;
      readonly key: RecordKey;
      readonly condition: Condition;
    }
  /**
   * A relation: one hyperedge over records of its domain, in this order, with a row. It has a key as records have, in a space
   * of its own, and stands in no index; whoever removes a record takes it out of relations.
   */
  | {
      readonly kind: 'put-relation';
      /** Of its row: without entries in indexes and without chunks. */
      readonly table: AnyTable;
      readonly key: RecordKey;
      readonly row: unknown;
      /** At most `relationMembersMax`. Fails with `ConditionFailed` when one that is named is not there. */
      readonly members: readonly RelationMember[];
      readonly condition?: Condition;
    }
  | {
      readonly kind: 'remove-relation';
      readonly table: AnyTable;
      readonly key: RecordKey;
      readonly condition?: Condition;
    }
  /** Large data staged by `stageBlob` becomes (one vertex per chunk and an ordered hyperedge) or ceases to be part of the domain. */
  | { readonly kind: 'put-blob'; readonly blob: StagedBlob }
  | { readonly kind: 'remove-blob'; readonly blob: BlobRef }
  /** Opens the domain that `prepareDomain` made; other writes of the same transaction may already use it. */
  | { readonly kind: 'create-domain' }
  /** Closes the domain for ever. Fails with `DomainNotEmpty` while a record or blob stands in it. */
  | { readonly kind: 'remove-domain' };

/**
 * Large data: chunk vertices under slots derived from the blob id and their index, related in order by one hyperedge.
 * The reference is stored inside a record; it holds no key.
 */
export interface BlobRef {
  /** Random, 16 bytes. */
  readonly id: Bytes;
  readonly length: number;
  /** Every chunk but the last holds this many bytes of plaintext. */
  readonly chunkBytes: number;
}

/** A stretch of a blob of some domain. */
export interface BlobStretch {
  readonly domain: TableDomain;
  readonly blob: BlobRef;
  readonly offset: number;
  readonly length: number;
}

export interface StagedBlob extends BlobRef {
  /** Opaque: what `put-blob` needs. */
  readonly staged: unknown;
}

export interface Applied {
  readonly position: Position;
  /** Revision that every record written by the transaction now has. */
  readonly revision: Revision;
  readonly certificate: CommitCertificate;
  /** Of the write that was named in `TransactOptions.evidence`. */
  readonly evidence?: RecordEvidence;
}

export interface ScanOptions {
  /** Bounds on the sort key, in byte order. */
  readonly gte?: Bytes;
  readonly gt?: Bytes;
  readonly lt?: Bytes;
  readonly reverse?: boolean;
  readonly limit?: number;
}

export interface IndexEntry {
  readonly sort: Bytes;
  readonly projection: Bytes;
}

/** Cursor over one partition of the index at the latest applied position; `seek` makes delimiter listings cheap. */
export interface IndexCursor {
  /** Next entry in key order, undefined at the end. Synchronous while the page is in memory. */
  next(): IndexEntry | undefined | Promise<IndexEntry | undefined>;
  /** Moves to the first entry at or after (before, in reverse) the key. */
  seek(sort: Bytes): void;
}

/** Everything one owner keeps together: a bucket, a keyspace, an account's keys. */
export interface TableDomain {
  readonly address: DomainAddress;
  /** @param known what was read before: given back as it is while the record has its revision, which costs next to nothing */
  get<Row>(
    table: TableDefinition<Row>,
    key: RecordKey,
    known?: StoredRecord<Row>,
  ): Promise<StoredRecord<Row> | undefined>;
  getRelation<Row>(table: TableDefinition<Row>, key: RecordKey): Promise<StoredRelation<Row> | undefined>;
  /** Where a record stands, or would: bytes 32 to 56 of its id, as members of relations have it. */
  slotOf(table: AnyTable, key: RecordKey): Bytes;
  cursor(table: AnyTable, partition: Bytes, options: ScanOptions): IndexCursor;
  scan(table: AnyTable, partition: Bytes, options: ScanOptions): Promise<IndexEntry[]>;
  cursorSecondary(index: string, partition: Bytes, options: ScanOptions): IndexCursor;
  /** The first keys of a table over all its partitions: for emptying it. Records without an entry in an index are not among them. */
  keysOf?(table: AnyTable, limit: number): readonly RecordKey[];
  /** Encrypts and stages; constant memory. Nothing is visible before `put-blob` is applied. */
  stageBlob(source: AsyncIterable<Bytes>, signal?: AbortSignal): Promise<StagedBlob>;
  /** Decrypted bytes [offset, offset + length) in pieces, with back-pressure. @throws when a piece does not authenticate */
  readBlob(blob: BlobRef, offset: number, length: number, signal?: AbortSignal): AsyncIterable<Bytes>;
  /**
   * A blob for `put-blob` into this domain over bytes that are there already, in this domain or another: nothing is
   * copied. The source must not be given up before the transaction is applied.
   * @param source data, or whole chunks of a blob (`offset` a multiple of its `chunkBytes`, and so the end, or the blob's end)
   * @returns undefined when the bytes cannot be shared: not whole chunks, or written before chunks had keys of their own
   */
  shareBlob(source: DataRef | BlobStretch): StagedBlob | undefined;
}

/**
 * What a proof is asked about: a record or that there is none, a relation with its members' ids, or the chunks of large data
 * with their order and lengths.
 */
export type ProofSubject =
  | {
      readonly kind: 'record';
      readonly domain: TableDomain;
      readonly table: AnyTable;
      readonly key: RecordKey;
    }
  | {
      readonly kind: 'relation';
      readonly domain: TableDomain;
      readonly table: AnyTable;
      readonly key: RecordKey;
    }
  | { readonly kind: 'blob'; readonly domain: TableDomain; readonly blob: BlobRef };

export interface ProofOptions {
  /**
   * The address keys of the records' tables are disclosed: whoever holds the proof can then test which keys those tables of
   * those domains have had at any frame. A record that is not there can only be shown so, and without it such a proof is
   * refused. Of one that is there it shows that it stands in the slot of its key, where only one can be: without it nothing
   * shows that whoever may write did not keep a second record with the same key elsewhere.
   */
  readonly discloseAddressKeys?: boolean;
  /** With the output of the delay function. */
  readonly delay?: boolean;
  readonly signal?: AbortSignal;
}

/** A proof with what links it to keys and rows. Its holder can read the records and chunks it is about, and nothing else. */
export interface ProofParts {
  /** Of the node (`NodePorts.prove`). */
  readonly proof: Bytes;
  /** For each subject that is a record or relation its row at the frame; undefined for one that is absent, and for blobs. */
  readonly rows: readonly unknown[];
  /** For each item of the proof the key that opens it; undefined where nothing is sealed. */
  readonly secrets: readonly (Bytes | undefined)[];
  /** Items that are absent: the record that would stand there. */
  readonly absences: readonly {
    readonly item: number;
    readonly table: string;
    readonly key: RecordKey;
  }[];
  /** Address keys of the records' and relations' tables, if asked for, and of blobs: those open nothing, as blob ids are random. */
  readonly addresses: readonly {
    readonly domain: DomainAddress;
    readonly table: string;
    readonly disclosure: Bytes;
  }[];
}

/** A condition did not hold when the transaction was applied. Nothing was written. */
export class ConditionFailed extends Error {
  /** Index in the list of writes. */
  readonly index: number;
  constructor(index: number) {
    super(`condition of write ${index} failed`);
    this.name = 'ConditionFailed';
    this.index = index;
  }
}

export class DomainUnknown extends Error {
  constructor() {
    super('the domain is not open');
    this.name = 'DomainUnknown';
  }
}

export class DomainNotEmpty extends Error {
  constructor() {
    super('the domain is not empty');
    this.name = 'DomainNotEmpty';
  }
}

/** Another holder took the lease under which a transaction was to be written. */
export class StaleTerm extends Error {
  constructor() {
    super('the lease has a higher term');
    this.name = 'StaleTerm';
  }
}

export interface TransactOptions {
  /** Written only under this term of the lease. */
  readonly fence?: Fence;
  /**
   * Index of a put in the list of writes: evidence of its record is made (`Applied.evidence`), for whoever has nothing but the
   * key of the node.
   *
   * It discloses the record as written: table, key, row, and what it carries for indexes; of other records, also older and later
   * ones with the same key, nothing that opens them. The batch beside it shows, to whoever gets the evidence, the
   * ciphertexts, sizes and opaque addresses of all that was ordered with it, also of other domains.
   */
  readonly evidence?: number;
}

export interface TableStore {
  /** Keys and address (random unless given) of a new domain; it opens when a `create-domain` write is applied. */
  prepareDomain(address?: DomainAddress): TableDomain;
  /** @throws DomainUnknown */
  openDomain(address: DomainAddress): Promise<TableDomain>;
  /** Opens the domain at a fixed address, creating it when it is not there: for a service's own registry. */
  ensureDomain(address: DomainAddress): Promise<TableDomain>;
  /**
   * All writes or none, over one or more domains of the log. Conditions other than `any` fail with `ConditionFailed`;
   * a conflict on `any` re-reads and retries, bounded.
   * @throws StaleTerm when the fence's term has passed: nothing was written, nor will be
   */
  transact(writes: readonly DomainWrite[], options?: TransactOptions): Promise<Applied>;
  /**
   * Encrypts and stages `dataBytesMin` to `chunkBytes` bytes under a key of their own, for rows of any domain. Held alive
   * from the moment that a record with such a row is applied.
   */
  stageData(source: Bytes | AsyncIterable<Bytes>, signal?: AbortSignal): Promise<DataRef>;
  /** No record will hold what was staged: its space is given back soon. For data and blobs that no transaction took. */
  unstage?(staged: DataRef | StagedBlob): void;
  /**
   * What the subjects are at one signed frame, which shows all that was applied before the call: waits for it.
   * @throws AbsenceNotDisclosed; BlobUnknown; RelationUnknown; NodeError `not-supported` without a prover, `overloaded`, `aborted`
   */
  prove(subjects: readonly ProofSubject[], options: ProofOptions): Promise<ProofParts>;
  /** As `readBlob`. */
  readData(data: DataRef, offset: number, length: number, signal?: AbortSignal): AsyncIterable<Bytes>;
}

export type { ChunkRef };

export type DomainWrite = Write & { readonly domain: TableDomain };
