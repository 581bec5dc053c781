/**
 * A `Storage` in which the tables that describe the system are there without being stored. Everything else is passed through. They are
 * read alone: who writes to them is refused as in Cassandra.
 */
import type { Mutation } from '../engine/model.ts';
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
import { CqlError, invalid } from '../errors.ts';
import type { TableSchema } from '../schema/model.ts';
import { localSystemKeyspaces } from '../schema/system/names.ts';
import type { Value } from '../types/api.ts';
import { readVirtual, scanVirtual } from './virtual-reader.ts';
import type { VirtualRows } from './virtual-tables.ts';

export interface VirtualTable {
  readonly table: TableSchema;
  readonly rows: VirtualRows;
}

export class VirtualStorage implements Storage {
  private readonly stored: Storage;
  /** By id. */
  private readonly tables: ReadonlyMap<string, VirtualTable>;

  constructor(stored: Storage, tables: readonly VirtualTable[]) {
    this.stored = stored;
    this.tables = new Map(tables.map((each) => [each.table.id, each]));
  }

  read(table: TableSchema, key: Value, options?: ReadOptions): Soon<PartitionCursor | undefined> {
    return this.readFrom(this.stored, table, key, options);
  }

  scan(table: TableSchema, range: PartitionRange, options?: ReadOptions): TableScan {
    return this.scanIn(this.stored, table, range, options);
  }

  async write(mutations: readonly Mutation[]): Promise<void> {
    this.check(mutations);
    await this.stored.write(mutations);
  }

  decide<Result>(decide: (reader: Reader) => Soon<Decision<Result>>): Promise<Result> {
    return this.stored.decide((stored) => {
      const deciding = decide({
        read: (...of) => this.readFrom(stored, ...of),
        scan: (...of) => this.scanIn(stored, ...of),
      });
      if (!(deciding instanceof Promise)) return this.checked(deciding);
      return deciding.then((decision) => this.checked(decision));
    });
  }

  async truncate(...tables: readonly TableSchema[]): Promise<void> {
    for (const table of tables) {
      if (!this.tables.has(table.id)) continue;
      if (isLocal(table)) throw notModifiable(table);
      throw invalid(`Truncation is not supported by table ${table.keyspace}.${table.name}`);
    }
    await this.stored.truncate(...tables);
  }

  private readFrom(
    stored: Reader,
    table: TableSchema,
    key: Value,
    options?: ReadOptions,
  ): Soon<PartitionCursor | undefined> {
    const found = this.tables.get(table.id);
    if (found === undefined) return stored.read(table, key, options);
    return readVirtual(table, found.rows(), key, options);
  }

  private scanIn(
    stored: Reader,
    table: TableSchema,
    range: PartitionRange,
    options?: ReadOptions,
  ): TableScan {
    const found = this.tables.get(table.id);
    if (found === undefined) return stored.scan(table, range, options);
    return scanVirtual(table, found.rows(), range, options);
  }

  private checked<Result>(decision: Decision<Result>): Decision<Result> {
    this.check(decision.mutations);
    return decision;
  }

  private check(mutations: readonly Mutation[]): void {
    for (const mutation of mutations) {
      const found = this.tables.get(mutation.table);
      if (found === undefined) continue;
      const { table } = found;
      if (isLocal(table)) throw notModifiable(table);
      throw invalid(`Modification is not supported by table ${table.keyspace}.${table.name}`);
    }
  }
}

const isLocal = ({ keyspace }: TableSchema): boolean => localSystemKeyspaces.includes(keyspace);

export function notModifiable({ keyspace }: { readonly keyspace: string }): CqlError {
  return new CqlError('unauthorized', `${keyspace} keyspace is not user-modifiable.`);
}
