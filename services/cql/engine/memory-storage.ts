/** Partitions in memory and nowhere else: the memtable without records. For tests of what stands above, and the meaning of `Storage`. */
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import { Memtable } from './memtable.ts';
import { MergedReader } from './merged-reader.ts';
import type { Mutation } from './model.ts';
import type { TableLayout } from './order.ts';
import { isPromise } from './soon.ts';
import type {
  Decision,
  PartitionCursor,
  PartitionRange,
  Reader,
  ReadOptions,
  Soon,
  Storage,
  TableScan,
} from './storage.ts';

export interface MemoryStorageModules {
  /** Of a table by its id; writes to tables that are not there have no effect. */
  readonly layoutOf: (table: string) => TableLayout | undefined;
  readonly tokenOf: (key: Value) => bigint;
  /** What a mutation brings about in other tables: entries of indexes. */
  readonly derive?: (mutation: Mutation) => readonly Mutation[];
  /** Tables that nobody sees: entries of indexes. */
  readonly hiddenTables?: (table: TableSchema) => readonly TableSchema[];
}

export class MemoryStorage implements Storage {
  readonly memtable: Memtable;
  private readonly modules: MemoryStorageModules;
  private readonly reader: Reader;

  constructor(modules: MemoryStorageModules) {
    this.modules = modules;
    this.memtable = new Memtable(modules);
    this.reader = new MergedReader({ memtable: this.memtable, records: undefined }, ({ id, name }) => {
      const layout = modules.layoutOf(id);
      if (layout === undefined) throw new Error(`nothing is known of the table ${name}`);
      return layout;
    });
  }

  read(table: TableSchema, key: Value, options?: ReadOptions): Soon<PartitionCursor | undefined> {
    return this.reader.read(table, key, options);
  }

  scan(table: TableSchema, range: PartitionRange, options?: ReadOptions): TableScan {
    return this.reader.scan(table, range, options);
  }

  async write(mutations: readonly Mutation[]): Promise<void> {
    this.apply(mutations);
  }

  async decide<Result>(decide: (reader: Reader) => Soon<Decision<Result>>): Promise<Result> {
    for (;;) {
      const { version } = this.memtable;
      const deciding = decide(this.reader);
      const decision = isPromise(deciding) ? await deciding : deciding;
      // Somebody wrote while it waited.
      if (version !== this.memtable.version) continue;
      this.apply(decision.mutations);
      return decision.result;
    }
  }

  async truncate(...tables: readonly TableSchema[]): Promise<void> {
    for (const table of tables) {
      this.memtable.truncate(table.id);
      for (const { id } of this.modules.hiddenTables?.(table) ?? []) this.memtable.truncate(id);
    }
  }

  private apply(mutations: readonly Mutation[]): void {
    const sequence = this.memtable.sequence + 1;
    for (const mutation of mutations) {
      this.memtable.apply(mutation, sequence);
      for (const derived of this.modules.derive?.(mutation) ?? []) this.memtable.apply(derived, sequence);
    }
  }
}
