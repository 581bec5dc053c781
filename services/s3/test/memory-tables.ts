/** Tables in memory for tests of the service alone: the contract of @hypergate/table and nothing else. */
import { createHash, randomBytes } from 'node:crypto';
import { NodeError } from '@hypergate/node/api';
import {
  type AnyTable,
  type Applied,
  type BlobRef,
  type BlobStretch,
  type ChunkRef,
  ConditionFailed,
  type DataRef,
  DomainNotEmpty,
  DomainUnknown,
  type DomainWrite,
  type IndexCursor,
  type IndexEntry,
  type RecordKey,
  type ScanOptions,
  type SecondaryEntry,
  type StagedBlob,
  type StoredRecord,
  type StoredRelation,
  type TableDefinition,
  type TableDomain,
  type TableStore,
} from '@hypergate/table';

interface Row {
  readonly table: AnyTable;
  readonly key: RecordKey;
  readonly bytes: Uint8Array;
  readonly revision: number;
}

const chunkBytes = 64 * 1024;

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const nameOf = (table: AnyTable, key: RecordKey): string =>
  `${table.name}/${hex(key.partition)}/${hex(key.sort)}`;

export class MemoryDomain implements TableDomain {
  readonly address: Uint8Array;
  readonly rows = new Map<string, Row>();
  readonly blobs = new Map<string, Uint8Array>();
  open = false;
  /** Called before each piece of a blob is read. */
  onRead: () => void = () => undefined;

  /** Of the whole store. */
  readonly chunks: Map<string, Uint8Array>;

  constructor(address: Uint8Array, chunks: Map<string, Uint8Array>) {
    this.address = address;
    this.chunks = chunks;
  }

  async get<R>(table: TableDefinition<R>, key: RecordKey): Promise<StoredRecord<R> | undefined> {
    const row = this.rows.get(nameOf(table, key));
    if (row === undefined) return undefined;
    return { row: table.formats[0].decode(row.bytes), revision: row.revision };
  }

  /** The service keeps none. */
  async getRelation<R>(): Promise<StoredRelation<R> | undefined> {
    return undefined;
  }

  slotOf(table: AnyTable, key: RecordKey): Uint8Array {
    return createHash('sha256').update(nameOf(table, key)).digest().subarray(0, 24);
  }

  cursor(table: AnyTable, partition: Uint8Array, options: ScanOptions): IndexCursor {
    const entries: IndexEntry[] = [];
    for (const row of this.rows.values()) {
      if (row.table.name !== table.name || hex(row.key.partition) !== hex(partition)) continue;
      const projection = table.index?.(table.formats[0].decode(row.bytes), row.key);
      if (projection !== undefined) entries.push({ sort: row.key.sort, projection });
    }
    return new ArrayCursor(entries, options);
  }

  async scan(table: AnyTable, partition: Uint8Array, options: ScanOptions): Promise<IndexEntry[]> {
    return collect(this.cursor(table, partition, options), options.limit);
  }

  cursorSecondary(index: string, partition: Uint8Array, options: ScanOptions): IndexCursor {
    const entries: SecondaryEntry[] = [];
    for (const { table, key, bytes } of this.rows.values()) {
      for (const entry of table.secondary?.(table.formats[0].decode(bytes), key) ?? []) {
        if (entry.index === index && hex(entry.partition) === hex(partition)) entries.push(entry);
      }
    }
    return new ArrayCursor(entries, options);
  }

  async stageBlob(source: AsyncIterable<Uint8Array>): Promise<StagedBlob> {
    const pieces: Uint8Array[] = [];
    for await (const piece of source) pieces.push(Uint8Array.from(piece));
    const staged = Buffer.concat(pieces);
    return { id: randomBytes(16), length: staged.length, chunkBytes, staged };
  }

  shareBlob(source: DataRef | BlobStretch): StagedBlob | undefined {
    const id = randomBytes(16);
    if ('chunk' in source) {
      const staged = this.chunks.get(hex(source.chunk.hash));
      if (staged === undefined) throw new Error('the chunk is not there');
      return { id, length: source.length, chunkBytes, staged };
    }
    const { blob, offset, length } = source;
    const isWhole = (end: number) => end % chunkBytes === 0 || end === blob.length;
    if (!isWhole(offset) || !isWhole(offset + length)) return undefined;
    const bytes = (source.domain as MemoryDomain).blobs.get(hex(blob.id));
    if (bytes === undefined) throw new Error('the blob is not there');
    return { id, length, chunkBytes, staged: bytes.subarray(offset, offset + length) };
  }

  async *readBlob(blob: BlobRef, offset: number, length: number): AsyncIterable<Uint8Array> {
    for (let at = offset; at < offset + length; at += chunkBytes) {
      this.onRead();
      const bytes = this.blobs.get(hex(blob.id));
      if (bytes === undefined) throw new Error('the blob is not there');
      yield bytes.subarray(at, Math.min(at + chunkBytes, offset + length));
      await Promise.resolve();
    }
  }

  get empty(): boolean {
    return this.rows.size === 0 && this.blobs.size === 0;
  }
}

class ArrayCursor implements IndexCursor {
  readonly #entries: readonly IndexEntry[];
  #at = 0;

  constructor(entries: readonly IndexEntry[], { gte, gt, lt }: ScanOptions) {
    this.#entries = entries
      .filter(({ sort }) => gte === undefined || Buffer.compare(sort, gte) >= 0)
      .filter(({ sort }) => gt === undefined || Buffer.compare(sort, gt) > 0)
      .filter(({ sort }) => lt === undefined || Buffer.compare(sort, lt) < 0)
      .sort((a, b) => Buffer.compare(a.sort, b.sort));
  }

  next(): IndexEntry | undefined {
    const entry = this.#entries[this.#at];
    this.#at += 1;
    return entry;
  }

  seek(sort: Uint8Array): void {
    const at = this.#entries.findIndex((entry) => Buffer.compare(entry.sort, sort) >= 0);
    this.#at = at < 0 ? this.#entries.length : at;
  }
}

async function collect(cursor: IndexCursor, limit = Number.POSITIVE_INFINITY): Promise<IndexEntry[]> {
  const entries: IndexEntry[] = [];
  while (entries.length < limit) {
    const entry = await cursor.next();
    if (entry === undefined) break;
    entries.push(entry);
  }
  return entries;
}

export class MemoryTables implements TableStore {
  readonly domains = new Map<string, MemoryDomain>();
  /** Largest list of writes seen. */
  writesMost = 0;
  /** Called before each transaction; may throw, or let another come first. */
  beforeTransact: (writes: readonly DomainWrite[]) => Promise<void> = async () => undefined;
  readonly chunks = new Map<string, Uint8Array>();
  #revision = 0;

  async stageData(source: Uint8Array | AsyncIterable<Uint8Array>): Promise<DataRef> {
    const pieces: Uint8Array[] = [];
    if (source instanceof Uint8Array) pieces.push(Uint8Array.from(source));
    else for await (const piece of source) pieces.push(Uint8Array.from(piece));
    const bytes = Buffer.concat(pieces);
    const chunk = { hash: randomBytes(33), length: bytes.length };
    this.chunks.set(hex(chunk.hash), bytes);
    return { key: randomBytes(32), length: bytes.length, chunk };
  }

  /** Chunks that no record holds are kept until `collect`. */
  async *readData({ chunk }: DataRef, offset: number, length: number): AsyncIterable<Uint8Array> {
    const bytes = this.chunks.get(hex(chunk.hash));
    for (let at = offset; at < offset + length; at += chunkBytes) {
      for (const domain of this.domains.values()) domain.onRead();
      if (bytes === undefined || !this.chunks.has(hex(chunk.hash))) throw new Error('the chunk is not there');
      yield bytes.subarray(at, Math.min(at + chunkBytes, offset + length));
      await Promise.resolve();
    }
  }

  async prove(): Promise<never> {
    throw new NodeError('not-supported', 'these tables have no prover');
  }

  collect(): void {
    for (const hash of this.chunks.keys())
      if (!this.isHeld({ hash: Buffer.from(hash, 'hex'), length: 0 })) this.chunks.delete(hash);
  }

  isHeld(chunk: ChunkRef): boolean {
    for (const { rows } of this.domains.values()) {
      for (const { table, bytes } of rows.values()) {
        const held = table.chunks?.(table.formats[0].decode(bytes)) ?? [];
        if (held.some(({ hash }) => Buffer.compare(hash, chunk.hash) === 0)) return true;
      }
    }
    return false;
  }

  prepareDomain(address: Uint8Array = randomBytes(32)): MemoryDomain {
    return new MemoryDomain(address, this.chunks);
  }

  async openDomain(address: Uint8Array): Promise<MemoryDomain> {
    const domain = this.domains.get(hex(address));
    if (domain === undefined) throw new DomainUnknown();
    return domain;
  }

  async ensureDomain(address: Uint8Array): Promise<MemoryDomain> {
    const existing = this.domains.get(hex(address));
    if (existing !== undefined) return existing;
    const domain = new MemoryDomain(address, this.chunks);
    domain.open = true;
    this.domains.set(hex(address), domain);
    return domain;
  }

  async transact(writes: readonly DomainWrite[]): Promise<Applied> {
    await this.beforeTransact(writes);
    this.writesMost = Math.max(this.writesMost, writes.length);
    this.#check(writes);
    this.#revision += 1;
    for (const write of writes) this.#apply(write);
    const none = new Uint8Array(33);
    return {
      position: this.#revision,
      revision: this.#revision,
      certificate: {
        log: new Uint8Array(32),
        position: this.#revision,
        rank: 0,
        previousHash: none,
        batchHash: none,
        signers: [],
      },
    };
  }

  /** One digest over everything, to see that nothing changed. */
  digest(): string {
    const hash = createHash('sha256');
    for (const [address, domain] of [...this.domains].sort()) {
      hash.update(address);
      for (const [name, row] of [...domain.rows].sort()) hash.update(name).update(row.bytes);
      for (const name of [...domain.blobs.keys()].sort()) hash.update(name);
    }
    return hash.digest('hex');
  }

  #check(writes: readonly DomainWrite[]): void {
    const opening = new Set(
      writes.filter(({ kind }) => kind === 'create-domain').map(({ domain }) => domain),
    );
    writes.forEach((write, index) => {
      const domain = write.domain as MemoryDomain;
      if (!domain.open && !opening.has(domain)) throw new DomainUnknown();
      if (write.kind === 'put' || write.kind === 'remove' || write.kind === 'check') {
        const revision = domain.rows.get(nameOf(write.table, write.key))?.revision;
        const condition = write.condition ?? 'any';
        if (condition === 'absent' && revision !== undefined) throw new ConditionFailed(index);
        if (condition === 'present' && revision === undefined) throw new ConditionFailed(index);
        if (typeof condition === 'object' && condition.revision !== revision)
          throw new ConditionFailed(index);
      }
      if (write.kind === 'remove-blob' && !domain.blobs.has(hex(write.blob.id))) {
        throw new Error('a blob was removed twice');
      }
    });
    for (const { domain, kind } of writes) {
      if (kind === 'remove-domain' && !(domain as MemoryDomain).empty) throw new DomainNotEmpty();
    }
  }

  #apply(write: DomainWrite): void {
    const domain = write.domain as MemoryDomain;
    if (write.kind === 'put') {
      const { table, key } = write;
      const bytes = Uint8Array.from(table.formats[0].encode(write.row));
      domain.rows.set(nameOf(table, key), { table, key, bytes, revision: this.#revision });
    } else if (write.kind === 'remove') {
      domain.rows.delete(nameOf(write.table, write.key));
    } else if (write.kind === 'put-blob') {
      domain.blobs.set(hex(write.blob.id), write.blob.staged as Uint8Array);
    } else if (write.kind === 'remove-blob') {
      domain.blobs.delete(hex(write.blob.id));
    } else if (write.kind === 'create-domain') {
      domain.open = true;
      this.domains.set(hex(domain.address), domain);
    } else if (write.kind === 'remove-domain') {
      domain.open = false;
      this.domains.delete(hex(domain.address));
    }
  }
}
