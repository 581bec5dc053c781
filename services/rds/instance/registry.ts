/**
 * Rows of instances and snapshots: read once, then kept in memory and written through. Only this gateway writes them while it has
 * the directory, so that what is in memory is what is stored.
 */
import type { DomainWrite, RecordKey, TableDefinition, TableDomain, TableStore } from '@hypergate/table';
import {
  type InstanceRow,
  instanceKey,
  instancesTable,
  type SnapshotRow,
  snapshotDomainsTable,
  snapshotKey,
} from '../model/instance-table.ts';

export class Registry {
  readonly instances: Rows<InstanceRow>;
  readonly snapshots: Rows<SnapshotRow>;

  private constructor(tables: TableStore, domain: TableDomain) {
    this.instances = new Rows(tables, domain, instancesTable, instanceKey);
    this.snapshots = new Rows(tables, domain, snapshotDomainsTable, snapshotKey);
  }

  /** @param domain of the registry */
  static async open(tables: TableStore, domain: TableDomain): Promise<Registry> {
    const registry = new Registry(tables, domain);
    await registry.instances.load();
    await registry.snapshots.load();
    return registry;
  }
}

const none = Buffer.alloc(0);

export class Rows<Row> {
  private readonly tables: TableStore;
  private readonly domain: TableDomain;
  private readonly table: TableDefinition<Row>;
  private readonly key: (id: string) => RecordKey;
  private readonly rows = new Map<string, Row>();

  constructor(
    tables: TableStore,
    domain: TableDomain,
    table: TableDefinition<Row>,
    key: (id: string) => RecordKey,
  ) {
    this.tables = tables;
    this.domain = domain;
    this.table = table;
    this.key = key;
  }

  async load(): Promise<void> {
    for (const { sort } of await this.domain.scan(this.table, none, {})) {
      const id = Buffer.from(sort).toString('utf8');
      const found = await this.domain.get(this.table, this.key(id));
      if (found !== undefined) this.rows.set(id, found.row);
    }
  }

  get(id: string): Row | undefined {
    return this.rows.get(id);
  }

  ids(): string[] {
    return [...this.rows.keys()];
  }

  get size(): number {
    return this.rows.size;
  }

  /**
   * Resolves when the row is durable; what is in memory changes then.
   * @param also written in the same transaction
   */
  async put(id: string, row: Row, also: readonly DomainWrite[] = []): Promise<void> {
    const { domain, table } = this;
    await this.tables.transact([{ kind: 'put', domain, table, key: this.key(id), row }, ...also]);
    this.rows.set(id, row);
  }

  async remove(id: string): Promise<void> {
    if (!this.rows.has(id)) return;
    const { domain, table } = this;
    await this.tables.transact([{ kind: 'remove', domain, table, key: this.key(id) }]);
    this.rows.delete(id);
  }
}
