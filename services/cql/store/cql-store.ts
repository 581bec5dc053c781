/**
 * `Storage` (engine/storage.ts) on the hypergraph: statements become durable in the journal, reads merge what is not settled over records.
 * Several gateways over one node may each have one.
 */

import { ByteReader, ByteWriter, CopyPool } from '@hypergate/kit/bytes';
import type { LocalNodePorts } from '@hypergate/node/api';
import type { TableDomain, TableStore } from '@hypergate/table';
import { Memtable } from '../engine/memtable.ts';
import { MergedReader } from '../engine/merged-reader.ts';
import type { Mutation } from '../engine/model.ts';
import { decodeMutation, encodeMutation } from '../engine/mutation-codec.ts';
import { isPromise } from '../engine/soon.ts';
import type {
  Decision,
  PartitionCursor,
  PartitionRange,
  Reader,
  ReadOptions,
  Soon,
  Storage,
  TableScan,
} from '../engine/storage.ts';
import { invalid } from '../errors.ts';
import type { JournalItem } from '../model/journal-body.ts';
import { rowsPartition } from '../model/rows.ts';
import { stateKey, stateTable } from '../model/tables.ts';
import type { Schema, TableSchema } from '../schema/model.ts';
import { storeKeyspace } from '../schema/stored.ts';
import { emptySchema, isStored, systemKeyspaces } from '../schema/system/keyspaces.ts';
import type { Value } from '../types/api.ts';
import { tokenOf } from '../types/token.ts';
import type { Catalog, HiddenTables } from './catalog.ts';
import { fitting } from './fits.ts';
import { FullRows } from './full-rows.ts';
import { type Decided, type Entry, Journal, type JournalStart } from './journal.ts';
import { settleLimits, storeLimits } from './limits.ts';
import { loadState, openIfThere, type StoredState } from './load-state.ts';
import { NotingReader, partitionName, tableName } from './noting-reader.ts';
import { Records, type RowsPlace } from './records.ts';
import { RoundEnds } from './round-ends.ts';
import { placeName, RowCache } from './row-cache.ts';
import { Settler } from './settler.ts';
import { JournalClock } from './write-clock.ts';

export interface CqlStoreModules {
  readonly tables: TableStore;
  readonly domain: TableDomain;
  readonly node: Pick<LocalNodePorts, 'onApplied' | 'lease'>;
  /** Resolves when this process has seen everything that the node applied; undefined for a node in this process. */
  readonly fresh?: () => Promise<unknown>;
  /** The same after a restart, and no other gateway's. */
  readonly holder: Uint8Array;
  readonly random: { bytes(length: number): Uint8Array };
  /** Milliseconds since 1970. */
  now(): number;
  readonly hiddenTables: HiddenTables;
  /**
   * What a mutation of a table brings about in its hidden tables: a function of these two alone. It is not in the journal: whoever applies
   * a row there asks for it, with the table as it is at that place, so that no write misses an index that was made just before it.
   */
  derive(table: TableSchema, mutation: Mutation): readonly Mutation[];
  delay(ms: number, signal: AbortSignal): Promise<void>;
  /** The schema is another one. */
  onSchema(before: Schema, after: Schema): void;
  /** Failures behind the acknowledgement: for the log. */
  onFailure(error: unknown): void;
  readonly memtableBytesMax?: number;
  readonly cacheBytesMax?: number;
  readonly settleIntervalMs?: number;
  readonly settleRoundBytes?: number;
}

/** What a change of the schema comes to. */
export interface SchemaDecision<Result> {
  readonly schema: Schema;
  readonly result: Result;
}

const writerBytes = 16;
const addressBytes = 32;
const schemaName = 'schema';

export class CqlStore implements Storage {
  readonly clock: JournalClock;
  readonly #modules: CqlStoreModules;
  readonly #catalog: Catalog;
  readonly #memtable: Memtable;
  readonly #cache: RowCache;
  readonly #records: Records;
  readonly #full: FullRows;
  readonly #reader: MergedReader;
  readonly #journal: Journal;
  readonly #rounds: RoundEnds;
  readonly #settler: Settler;
  /** Domains with rows, by address in hexadecimal. */
  readonly #opened: Map<string, TableDomain>;
  readonly #places = new Map<string, RowsPlace>();
  #reads = 0;

  private constructor(state: StoredState, modules: CqlStoreModules) {
    this.#modules = modules;
    this.#catalog = state.catalog;
    this.#opened = new Map(state.opened);
    this.clock = new JournalClock(
      () => modules.now(),
      state.clock,
      () => this.#caughtUp(),
    );
    this.#memtable = new Memtable({ layoutOf: (table) => this.#catalog.layout(table), tokenOf });
    this.#cache = new RowCache(modules.cacheBytesMax ?? storeLimits.cacheBytesMax);
    this.#records = new Records({
      tables: modules.tables,
      cache: this.#cache,
      placeOf: (table) => this.#placeOf(table.id),
      orderOf: (table) => this.#layoutOf(table).rows,
      isTouched: (table, key) => this.#memtable.partition(table.id, key) !== undefined,
    });
    this.#full = new FullRows(this.#memtable);
    this.#reader = new MergedReader({ memtable: this.#memtable, records: this.#records }, (table) =>
      this.#layoutOf(table),
    );
    this.#journal = new Journal(state, {
      tables: modules.tables,
      domain: modules.domain,
      node: modules.node,
      ...(modules.fresh === undefined ? {} : { fresh: modules.fresh }),
      writer: Buffer.from(modules.random.bytes(writerBytes)),
      clock: () => this.clock.last,
      refusal: (entry) => this.#refusal(entry),
      apply: (row, clock, items) => this.#apply(row, clock, items),
      restart: () => this.#restart(),
      onSettled: () => void this.#followSettling(),
      onFailure: modules.onFailure,
    });
    this.#rounds = new RoundEnds(modules.settleRoundBytes ?? settleLimits.roundBytes);
    this.#settler = new Settler(state.settled, {
      tables: modules.tables,
      domain: modules.domain,
      node: modules.node,
      holder: modules.holder,
      catalog: this.#catalog,
      memtable: this.#memtable,
      records: this.#records,
      cache: this.#cache,
      rounds: this.#rounds,
      full: this.#full,
      applied: () => this.#journal.applied,
      catchUp: async () => {
        await this.#journal.catchUp();
        await this.#follow();
      },
      activity: () => this.#journal.applied + this.#reads,
      clock: () => this.clock.last,
      now: () => modules.now(),
      domainOf: (keyspace) => this.#domainOf(keyspace),
      placeFor: (table) => this.#placeFor(table),
      delay: modules.delay,
      onFailure: modules.onFailure,
      memtableBytesMax: modules.memtableBytesMax ?? storeLimits.memtableBytesMax,
      intervalMs: modules.settleIntervalMs ?? settleLimits.intervalMs,
    });
  }

  /** Reads schema and journal. */
  static async open(modules: CqlStoreModules): Promise<CqlStore> {
    const store = new CqlStore(await loadState(modules), modules);
    await store.#journal.replay();
    store.#settler.start();
    return store;
  }

  get schema(): Schema {
    return this.#catalog.schema;
  }

  /** Bytes of what is not in records. */
  get unsettledBytes(): number {
    return this.#memtable.bytes;
  }

  read(table: TableSchema, key: Value, options?: ReadOptions): Soon<PartitionCursor | undefined> {
    this.#reads++;
    const behind = this.#caughtUp();
    if (behind !== undefined) return behind.then(() => this.#reader.read(table, key, options));
    return this.#reader.read(table, key, options);
  }

  scan(table: TableSchema, range: PartitionRange, options?: ReadOptions): TableScan {
    const behind = this.#caughtUp();
    if (behind === undefined) return this.#reader.scan(table, range, options);
    let scan: TableScan | undefined;
    return {
      next: () => {
        if (scan !== undefined) return scan.next();
        return behind.then(() => {
          scan ??= this.#reader.scan(table, range, options);
          return scan.next();
        });
      },
    };
  }

  write(
    mutations: readonly Mutation[],
    otherwise?: (reader: Reader) => Soon<Decision<unknown>>,
  ): Promise<void> {
    const entry = entryOf(mutations);
    const { schema } = this.#catalog;
    const reconsidering = otherwise && {
      isDue: () => this.#catalog.schema !== schema,
      decide: () => this.#decided(otherwise),
    };
    const room = this.#settler.room();
    if (room === undefined) return this.#journal.write(entry, reconsidering);
    return room.then(() => this.#journal.write(entry, reconsidering));
  }

  async decide<Result>(decide: (reader: Reader) => Soon<Decision<Result>>): Promise<Result> {
    await this.#settler.room();
    return this.#journal.decide(() => this.#decided(decide));
  }

  #decided<Result>(decide: (reader: Reader) => Soon<Decision<Result>>): Soon<Decided<Result>> {
    const reader = new NotingReader(this.#reader);
    const deciding = decide(reader);
    return isPromise(deciding)
      ? deciding.then((decision) => decidedOf(decision, reader))
      : decidedOf(deciding, reader);
  }

  async truncate(...tables: readonly TableSchema[]): Promise<void> {
    await this.#journal.decide(() => {
      const ids = tables.flatMap((table) => this.#catalog.withHidden(table.id));
      return {
        items: ids.map((table) => ({ kind: 'truncate', table })),
        changes: [schemaName, ...ids.map(tableName)],
        bytes: 32 * ids.length,
        looked: new Set([schemaName]),
        result: undefined,
      };
    });
  }

  /** @param change says what the schema is to be; called again when somebody else changed it meanwhile */
  changeSchema<Result>(change: (schema: Schema) => SchemaDecision<Result>): Promise<Result> {
    return this.#journal.decide(() => {
      const before = this.#catalog.schema;
      const { schema, result } = change(before);
      const items: JournalItem[] = [];
      let bytes = 0;
      for (const name of new Set([...before.keyspaces.keys(), ...schema.keyspaces.keys()])) {
        const keyspace = schema.keyspaces.get(name);
        if (keyspace === before.keyspaces.get(name)) continue;
        const stored = keyspace === undefined || !isStored(keyspace) ? undefined : storeKeyspace(keyspace);
        const isNew = stored !== undefined && !before.keyspaces.has(name);
        const domain = isNew ? this.#modules.random.bytes(addressBytes) : undefined;
        items.push({ kind: 'keyspace', name, schema: stored, domain });
        bytes += name.length + (stored?.length ?? 0) + addressBytes + 8;
      }
      return { items, changes: [schemaName], bytes, looked: new Set([schemaName]), result };
    });
  }

  /** Resolves when everything that was written before is in records: for proofs. */
  async settle(): Promise<void> {
    await this.#journal.current();
    await this.#settler.reach();
  }

  /** Where the rows of a table are; undefined while no row of its keyspace has been settled. */
  placeOf(table: TableSchema): RowsPlace | undefined {
    return this.#placeOf(table.id);
  }

  /** The same, with the domain made if it is not there: for proofs that there is nothing. */
  placeFor(table: TableSchema): Promise<RowsPlace> {
    return this.#placeFor(table.id);
  }

  /** Empties everything, also the roles: whoever calls this makes the first one anew. */
  async reset(): Promise<void> {
    await this.changeSchema(() => ({ schema: emptySchema, result: undefined }));
    const stored = systemKeyspaces.filter(({ isVirtual }) => !isVirtual);
    await this.truncate(...stored.flatMap(({ tables }) => [...tables.values()]));
    await this.settle();
  }

  async close(): Promise<void> {
    await this.#journal.close();
    await this.#settler.stop();
  }

  #caughtUp(): Promise<void> | undefined {
    const { fresh } = this.#modules;
    return fresh === undefined ? this.#journal.current() : fresh().then(() => this.#journal.current());
  }

  #apply(row: number, clock: bigint, items: readonly JournalItem[]): void {
    this.clock.observe(clock);
    let size = 0;
    for (const item of items) {
      switch (item.kind) {
        case 'mutation': {
          const bytes = Buffer.isBuffer(item.bytes) ? item.bytes : Buffer.from(item.bytes);
          const written = decodeMutation(new ByteReader(bytes));
          size += bytes.length;
          const table = this.#catalog.table(written.table);
          if (table === undefined) break;
          const mutation = fitting(table, written);
          this.#memtable.apply(mutation, row);
          for (const derived of this.#modules.derive(table, mutation)) this.#memtable.apply(derived, row);
          break;
        }
        case 'keyspace':
          this.#setKeyspace(row, item.name, item.schema, item.domain);
          break;
        case 'truncate':
          this.#catalog.truncate(item.table, row);
          this.#memtable.truncate(item.table);
          this.#full.forget(item.table);
          this.#places.delete(item.table);
          break;
      }
    }
    this.#rounds.applied(row, size);
  }

  #setKeyspace(
    row: number,
    name: string,
    bytes: Uint8Array | undefined,
    domain: Uint8Array | undefined,
  ): void {
    const before = this.#catalog.schema;
    for (const id of this.#catalog.setKeyspace(row, name, bytes, domain)) {
      this.#memtable.truncate(id);
      this.#full.forget(id);
      this.#places.delete(id);
    }
    this.#modules.onSchema(before, this.#catalog.schema);
  }

  #refusal({ bytes, mutations = [] }: Entry): Error | undefined {
    if (!this.#full.concerns(bytes)) return undefined;
    for (const mutation of mutations) {
      const table = this.#catalog.table(mutation.table);
      const refusal = table === undefined ? undefined : this.#full.refusal(table, mutation);
      if (refusal !== undefined) return refusal;
    }
    return undefined;
  }

  #layoutOf(table: TableSchema) {
    const layout = this.#catalog.layout(table.id);
    if (layout === undefined) throw invalid(`unconfigured table ${table.name}`);
    return layout;
  }

  #domainOf(keyspace: string): TableDomain | undefined {
    const address = this.#catalog.domains.get(keyspace);
    return address === undefined ? undefined : this.#opened.get(address.toString('hex'));
  }

  async #placeFor(id: string): Promise<RowsPlace> {
    const known = this.#placeOf(id);
    if (known !== undefined) return known;
    const address = this.#catalog.domains.get(this.#catalog.keyspaceOf(id) ?? '');
    if (address === undefined) throw new Error('a table of no keyspace');
    const domain = await this.#modules.tables.ensureDomain(address);
    this.#opened.set(address.toString('hex'), domain);
    return this.#placeFor(id);
  }

  #placeOf(id: string): RowsPlace | undefined {
    const known = this.#places.get(id);
    if (known !== undefined) return known;
    const keyspace = this.#catalog.keyspaceOf(id);
    const domain = keyspace === undefined ? undefined : this.#domainOf(keyspace);
    if (domain === undefined) return undefined;
    const partition = rowsPartition(id, this.#catalog.generation(id));
    const place = { domain, partition, name: placeName(domain, partition) };
    this.#places.set(id, place);
    return place;
  }

  async #restart(): Promise<JournalStart> {
    const state = await loadState(this.#modules);
    const before = this.#catalog.schema;
    this.#memtable.clear();
    this.#cache.clear();
    this.#rounds.clear();
    this.#full.clear();
    this.#catalog.become(state.catalog);
    for (const [address, domain] of state.opened) this.#opened.set(address, domain);
    this.#places.clear();
    this.clock.observe(state.clock);
    this.#settler.follow(state.settled);
    this.#modules.onSchema(before, this.#catalog.schema);
    return state;
  }

  /** Another gateway brought something into records. */
  async #followSettling(): Promise<void> {
    try {
      await this.#follow();
    } catch (error) {
      this.#modules.onFailure(error);
    }
  }

  async #follow(): Promise<void> {
    const { domain, tables } = this.#modules;
    const stored = await domain.get(stateTable, stateKey);
    if (stored === undefined || stored.row.settled <= this.#settler.settled) return;
    await this.#journal.current();
    for (const address of this.#catalog.domains.values()) await openIfThere(address, tables, this.#opened);
    this.#settler.follow(stored.row.settled);
  }
}

const scratch = new ByteWriter(16 * 1024);
const scratchBytesMax = 1024 * 1024;
/** What is written stays in the memtable. */
const copies = new CopyPool();

function encoded(mutation: Mutation): Buffer {
  scratch.length = 0;
  encodeMutation(scratch, mutation);
  const { length } = scratch;
  if (length > storeLimits.mutationBytesMax) {
    scratch.buffer = Buffer.allocUnsafe(16 * 1024);
    throw invalid(
      `Mutation of ${length} bytes is too large for the maximum size of ${storeLimits.mutationBytesMax}`,
    );
  }
  const bytes = copies.copy(scratch.buffer.subarray(0, length));
  if (scratch.buffer.length > scratchBytesMax) scratch.buffer = Buffer.allocUnsafe(16 * 1024);
  return bytes;
}

function entryOf(mutations: readonly Mutation[]): Entry {
  const items: JournalItem[] = [];
  const changes: string[] = [];
  let bytes = 0;
  for (const mutation of mutations) {
    const item = encoded(mutation);
    items.push({ kind: 'mutation', bytes: item });
    changes.push(partitionName(mutation.table, mutation.key), tableName(mutation.table));
    bytes += item.length;
  }
  return { items, changes, bytes, mutations };
}

function decidedOf<Result>({ mutations, result }: Decision<Result>, { looked }: NotingReader) {
  return { ...entryOf(mutations), looked, result };
}
