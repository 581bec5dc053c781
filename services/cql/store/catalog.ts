/**
 * What the journal and the records say of keyspaces and tables: the schema, generations of truncated tables, where rows are, and what of all
 * that is not in records yet. It changes by items of the journal alone.
 */
import type { TableLayout } from '../engine/order.ts';
import { rowsPartition } from '../model/rows.ts';
import { type LeftoverRow, systemDomainAddress } from '../model/tables.ts';
import type { KeyspaceSchema, Schema, TableSchema } from '../schema/model.ts';
import { readKeyspace, storeKeyspace } from '../schema/stored.ts';
import { isStored, schemaWith, systemKeyspaces } from '../schema/system/keyspaces.ts';
import { layoutOf } from './layouts.ts';

/** Tables that nobody sees: entries of indexes. Their ids follow from the schema. */
export type HiddenTables = (table: TableSchema) => readonly TableSchema[];

interface Known {
  readonly schema: TableSchema;
  readonly layout: TableLayout;
  readonly keyspace: string;
}

/** What is not in records yet, as it was when it was taken. */
export interface PendingCatalog {
  readonly keyspaces: readonly PendingKeyspace[];
  readonly tables: readonly PendingTable[];
  readonly leftovers: readonly LeftoverRow[];
  /** Rows of the journal that say so. */
  readonly rows: RowRange | undefined;
}

interface RowRange {
  readonly first: number;
  readonly last: number;
}

export interface PendingKeyspace {
  readonly name: string;
  /** Undefined: it was dropped. */
  readonly schema: Uint8Array | undefined;
  readonly domain: Buffer | undefined;
}

export interface PendingTable {
  readonly id: string;
  /** Undefined: it was dropped. */
  readonly generation: number | undefined;
}

export class Catalog {
  schema: Schema;
  readonly #hidden: HiddenTables;
  readonly #stored = new Map<string, KeyspaceSchema>();
  #tables = new Map<string, Known>();
  readonly #generations = new Map<string, number>();
  /** Address of the domain with a keyspace's rows. */
  readonly domains = new Map<string, Buffer>();
  #changedKeyspaces = new Set<string>();
  #changedTables = new Set<string>();
  #leftovers: LeftoverRow[] = [];
  #changedBy: RowRange | undefined;

  constructor(
    hidden: HiddenTables,
    stored: readonly KeyspaceSchema[],
    generations: ReadonlyMap<string, number>,
    domains: ReadonlyMap<string, Buffer>,
  ) {
    this.#hidden = hidden;
    for (const keyspace of stored) this.#stored.set(keyspace.name, keyspace);
    for (const [table, generation] of generations) this.#generations.set(table, generation);
    for (const { name } of systemKeyspaces) this.domains.set(name, systemDomainAddress(name));
    for (const [name, domain] of domains) this.domains.set(name, domain);
    this.schema = schemaWith([...this.#stored.values()]);
    this.#learn(this.schema);
  }

  /** What was known is void: what another one was made of is known instead. */
  become(other: Catalog): void {
    this.#stored.clear();
    for (const [name, keyspace] of other.#stored) this.#stored.set(name, keyspace);
    this.#generations.clear();
    for (const [table, generation] of other.#generations) this.#generations.set(table, generation);
    this.domains.clear();
    for (const [name, domain] of other.domains) this.domains.set(name, domain);
    this.#changedKeyspaces = other.#changedKeyspaces;
    this.#changedTables = other.#changedTables;
    this.#leftovers = [];
    this.#changedBy = undefined;
    this.schema = other.schema;
    this.#tables = other.#tables;
  }

  /** By id, also of hidden ones. */
  table(id: string): TableSchema | undefined {
    return this.#tables.get(id)?.schema;
  }

  /** Its id, and those of its hidden tables. */
  withHidden(id: string): string[] {
    const table = this.table(id);
    return table === undefined ? [id] : [id, ...this.#hidden(table).map((hidden) => hidden.id)];
  }

  layout(id: string): TableLayout | undefined {
    return this.#tables.get(id)?.layout;
  }

  keyspaceOf(id: string): string | undefined {
    return this.#tables.get(id)?.keyspace;
  }

  generation(id: string): number {
    return this.#generations.get(id) ?? 0;
  }

  stored(name: string): KeyspaceSchema | undefined {
    return this.#stored.get(name);
  }

  /**
   * A keyspace is this from now on, or was dropped.
   * @param row of the journal that says so
   * @param domain of its rows, when it is new
   * @returns ids of tables that are gone
   */
  setKeyspace(
    row: number,
    name: string,
    bytes: Uint8Array | undefined,
    domain: Uint8Array | undefined,
  ): string[] {
    this.#changed(row);
    this.#changedKeyspaces.add(name);
    if (bytes === undefined) this.#stored.delete(name);
    else this.#stored.set(name, readKeyspace(bytes));
    const before = this.#tables;
    this.schema = schemaWith([...this.#stored.values()]);
    this.#learn(this.schema);
    const gone: string[] = [];
    for (const [id, { keyspace }] of before) {
      if (keyspace !== name || this.#tables.has(id)) continue;
      gone.push(id);
      this.#leave(name, id);
      this.#generations.delete(id);
      this.#changedTables.add(id);
    }
    for (const [id, { keyspace }] of this.#tables) {
      if (keyspace !== name || before.has(id)) continue;
      this.#generations.set(id, row);
      this.#changedTables.add(id);
    }
    const left = bytes === undefined ? this.domains.get(name) : undefined;
    if (left !== undefined) this.#leftovers.push({ domain: left, partition: Buffer.alloc(0) });
    if (bytes === undefined) this.domains.delete(name);
    if (domain !== undefined) this.domains.set(name, Buffer.from(domain));
    return gone;
  }

  /** @param row of the journal that says so */
  truncate(id: string, row: number): void {
    const keyspace = this.keyspaceOf(id);
    if (keyspace === undefined || row <= this.generation(id)) return;
    this.#changed(row);
    this.#leave(keyspace, id);
    this.#generations.set(id, row);
    this.#changedTables.add(id);
  }

  #changed(row: number): void {
    this.#changedBy = { first: Math.min(row, this.#changedBy?.first ?? row), last: row };
  }

  /** Its rows as they are now will be removed. */
  #leave(keyspace: string, id: string): void {
    const domain = this.domains.get(keyspace);
    if (domain !== undefined) {
      this.#leftovers.push({ domain, partition: rowsPartition(id, this.generation(id)) });
    }
  }

  /**
   * Where a round of settling may end: of changes that are not in records, only their last state is known.
   * @param row of the journal, at which it would
   */
  roundTo(row: number): number {
    const changed = this.#changedBy;
    return changed === undefined || row < changed.first ? row : Math.max(row, changed.last);
  }

  /** What is to be brought into records now. @param upTo as of `roundTo` */
  take(upTo: number): PendingCatalog {
    const rows = this.#changedBy;
    if (rows === undefined || upTo < rows.first) return nothingPending;
    const keyspaces = Array.from(this.#changedKeyspaces, (name): PendingKeyspace => {
      const keyspace = this.#stored.get(name);
      const schema = keyspace === undefined ? undefined : storeKeyspace(keyspace);
      return { name, schema, domain: this.domains.get(name) };
    });
    const tables = Array.from(this.#changedTables, (id): PendingTable => {
      return { id, generation: this.#tables.has(id) ? this.generation(id) : undefined };
    });
    const taken = { keyspaces, tables, leftovers: this.#leftovers, rows };
    this.#changedKeyspaces = new Set();
    this.#changedTables = new Set();
    this.#leftovers = [];
    this.#changedBy = undefined;
    return taken;
  }

  /** It was not. */
  putBack({ keyspaces, tables, leftovers, rows }: PendingCatalog): void {
    if (rows === undefined) return;
    this.#changedBy = { first: rows.first, last: this.#changedBy?.last ?? rows.last };
    for (const { name } of keyspaces) this.#changedKeyspaces.add(name);
    for (const { id } of tables) this.#changedTables.add(id);
    this.#leftovers = [...leftovers, ...this.#leftovers];
  }

  #learn({ keyspaces }: Schema): void {
    const before = this.#tables;
    const tables = new Map<string, Known>();
    for (const keyspace of keyspaces.values()) {
      if (keyspace.isVirtual && !isStored(keyspace)) continue;
      for (const shown of keyspace.tables.values()) {
        for (const schema of [shown, ...this.#hidden(shown)]) {
          const known = before.get(schema.id);
          tables.set(
            schema.id,
            known?.schema === schema ? known : { schema, layout: layoutOf(schema), keyspace: keyspace.name },
          );
        }
      }
    }
    this.#tables = tables;
  }
}

const nothingPending: PendingCatalog = { keyspaces: [], tables: [], leftovers: [], rows: undefined };
