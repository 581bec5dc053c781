/** A domain as this gateway holds it. Made by the table store. */
import type { Atom, Bytes, DomainAddress, DomainConfig, LocalNodePorts } from '@hypergate/node/api';
import { DecryptionError, openRecord, Purpose, type RandomSource } from '@hypergate/node/crypto';
import type {
  AnyTable,
  BlobRef,
  BlobStretch,
  DataRef,
  IndexCursor,
  IndexEntry,
  RecordKey,
  ScanOptions,
  StagedBlob,
  StoredRecord,
  StoredRelation,
  TableDefinition,
  TableDomain,
} from './api.ts';
import { readBlob } from './blob-reader.ts';
import { stageBlob } from './blob-writer.ts';
import { checkKey, checkName } from './checks.ts';
import type { DomainKeys } from './domain-keys.ts';
import { TableMisuse } from './errors.ts';
import { decodeRecord, type RecordContent } from './format/v1/record.ts';
import { decodeRecordRelation } from './format/v1/relation.ts';
import { openCursor, openSecondaryCursor, tableKeys } from './index/cursors.ts';
import type { PrivateIndex } from './index/private-index.ts';
import { shareBlob, shareData } from './share-blob.ts';

export interface DomainModules {
  readonly node: LocalNodePorts;
  readonly index: PrivateIndex;
  readonly random: RandomSource;
}

export class GatewayDomain implements TableDomain {
  readonly address: DomainAddress;
  readonly keys: DomainKeys;
  readonly #config: DomainConfig | undefined;
  readonly #modules: DomainModules;

  constructor(keys: DomainKeys, config: DomainConfig | undefined, modules: DomainModules) {
    this.address = keys.address;
    this.keys = keys;
    this.#config = config;
    this.#modules = modules;
  }

  /** What `create-domain` opens it with. */
  get config(): DomainConfig {
    if (this.#config === undefined) throw new TableMisuse('the domain is open already');
    return this.#config;
  }

  async get<Row>(
    table: TableDefinition<Row>,
    key: RecordKey,
    known?: StoredRecord<Row>,
  ): Promise<StoredRecord<Row> | undefined> {
    checkName(table.name);
    checkKey(key);
    const slot = this.keys.recordSlot(table.name, key);
    const atom = this.#modules.node.readSync({ domain: this.address, slot });
    if (atom === undefined) return undefined;
    if (atom.revision === known?.revision) return known;
    return { row: this.open(table, key, slot, atom), revision: atom.revision };
  }

  /** The row of a record. @param slot of its key. @throws DecryptionError when another record stands there */
  open<Row>(
    table: TableDefinition<Row>,
    key: RecordKey,
    slot: Bytes,
    { incarnation, payload }: Pick<Atom, 'incarnation' | 'payload'>,
  ): Row {
    const sealedFor = { domain: this.address, slot, incarnation };
    const record = decodeRecord(openRecord(this.keys.contentKeys, Purpose.record, sealedFor, payload));
    return rowOf(table, key, record);
  }

  async getRelation<Row>(
    table: TableDefinition<Row>,
    key: RecordKey,
  ): Promise<StoredRelation<Row> | undefined> {
    checkName(table.name);
    checkKey(key);
    const slot = this.keys.relationSlot(table.name, key);
    const atom = this.#modules.node.readSync({ domain: this.address, slot });
    if (atom === undefined) return undefined;
    const { revision, members } = atom;
    return { row: this.openRelation(table, key, slot, atom), revision, members };
  }

  /** As `open`, of a relation. */
  openRelation<Row>(
    table: TableDefinition<Row>,
    key: RecordKey,
    slot: Bytes,
    { incarnation, payload }: Pick<Atom, 'incarnation' | 'payload'>,
  ): Row {
    const sealedFor = { domain: this.address, slot, incarnation };
    const plain = openRecord(this.keys.contentKeys, Purpose.relation, sealedFor, payload);
    return rowOf(table, key, decodeRecordRelation(plain));
  }

  slotOf(table: AnyTable, key: RecordKey): Bytes {
    checkName(table.name);
    checkKey(key);
    return this.keys.recordSlot(table.name, key);
  }

  cursor(table: AnyTable, partition: Bytes, options: ScanOptions): IndexCursor {
    checkName(table.name);
    return openCursor(this.#modules.index.tree, this.address, table.name, partition, options);
  }

  async scan(table: AnyTable, partition: Bytes, options: ScanOptions): Promise<IndexEntry[]> {
    const cursor = this.cursor(table, partition, options);
    const entries: IndexEntry[] = [];
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next())
      entries.push(entry);
    return entries;
  }

  keysOf(table: AnyTable, limit: number): readonly RecordKey[] {
    checkName(table.name);
    return tableKeys(this.#modules.index.tree, this.address, table.name, limit);
  }

  cursorSecondary(index: string, partition: Bytes, options: ScanOptions): IndexCursor {
    checkName(index);
    return openSecondaryCursor(this.#modules.index.tree, this.address, index, partition, options);
  }

  stageBlob(source: AsyncIterable<Bytes>, signal?: AbortSignal): Promise<StagedBlob> {
    return stageBlob(this.keys, source, this.#modules, signal);
  }

  shareBlob(source: DataRef | BlobStretch): StagedBlob | undefined {
    const { node, random } = this.#modules;
    if (!('blob' in source)) return shareData(source, this.keys, random);
    if (!(source.domain instanceof GatewayDomain))
      throw new TableMisuse('the domain is not one of this table store');
    return shareBlob(source.domain.keys, source, this.keys, node, random);
  }

  readBlob(blob: BlobRef, offset: number, length: number, signal?: AbortSignal): AsyncIterable<Bytes> {
    return readBlob(this.keys, blob, offset, length, this.#modules.node, signal);
  }
}

/** @throws DecryptionError when it is another record than was asked for */
function rowOf<Row>(table: TableDefinition<Row>, key: RecordKey, record: RecordContent): Row {
  const isAsked =
    record.table === table.name &&
    Buffer.compare(record.key.sort, key.sort) === 0 &&
    Buffer.compare(record.key.partition, key.partition) === 0;
  // Only a writer of the domain can put a record where another one belongs.
  if (!isAsked) throw new DecryptionError('format');
  const format = table.formats.find(({ version }) => version === record.rowVersion);
  if (format === undefined)
    throw new TableMisuse(`a row of ${table.name} has the unknown format version ${record.rowVersion}`);
  return format.decode(record.row);
}
