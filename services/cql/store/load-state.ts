/** What records say of keyspaces, tables and what is settled: where a gateway begins, before it reads the journal. */
import {
  DomainUnknown,
  readPieces,
  type StoredRecord,
  type TableDomain,
  type TableStore,
} from '@hypergate/table';
import {
  domainsTable,
  keyspacesTable,
  type StateRow,
  stateKey,
  stateTable,
  tablesTable,
} from '../model/tables.ts';
import type { KeyspaceSchema } from '../schema/model.ts';
import { readKeyspace } from '../schema/stored.ts';
import { Catalog, type HiddenTables } from './catalog.ts';
import type { JournalStart } from './journal.ts';

export interface StateModules {
  readonly tables: TableStore;
  /** Of everything but rows. */
  readonly domain: TableDomain;
  readonly hiddenTables: HiddenTables;
}

/** Everything but the journal. */
export interface StoredState extends JournalStart {
  readonly clock: bigint;
  readonly catalog: Catalog;
  readonly opened: ReadonlyMap<string, TableDomain>;
}

const none = Buffer.alloc(0);

/** What records say, as of one state of settling. */
export async function loadState(modules: StateModules): Promise<StoredState> {
  const { domain } = modules;
  for (;;) {
    const before = await domain.get(stateTable, stateKey);
    const state = await loadRecords(modules, before);
    const after = await domain.get(stateTable, stateKey);
    if (before?.revision === after?.revision) return state;
  }
}

async function loadRecords(
  { domain, tables, hiddenTables }: StateModules,
  stored: StoredRecord<StateRow> | undefined,
): Promise<StoredState> {
  const keyspaces: KeyspaceSchema[] = [];
  for (const { sort } of await domain.scan(keyspacesTable, none, {})) {
    const row = await domain.get(keyspacesTable, { partition: none, sort });
    if (row !== undefined) keyspaces.push(readKeyspace(await readPieces(tables, row.row.schema)));
  }
  const generations = new Map<string, number>();
  for (const { sort } of await domain.scan(tablesTable, none, {})) {
    const row = await domain.get(tablesTable, { partition: none, sort });
    if (row !== undefined) generations.set(Buffer.from(sort).toString('hex'), row.row.generation);
  }
  const domains = new Map<string, Buffer>();
  const opened = new Map<string, TableDomain>();
  for (const { sort } of await domain.scan(domainsTable, none, {})) {
    const row = await domain.get(domainsTable, { partition: none, sort });
    if (row === undefined) continue;
    domains.set(Buffer.from(sort).toString(), row.row.domain);
  }
  const catalog = new Catalog(hiddenTables, keyspaces, generations, domains);
  for (const address of catalog.domains.values()) await openIfThere(address, tables, opened);
  return {
    settled: stored?.row.settled ?? 0,
    stateRevision: stored?.revision ?? 0,
    clock: stored?.row.clock ?? 0n,
    catalog,
    opened,
  };
}

/** A domain is made when the first row of a keyspace is settled. */
export async function openIfThere(
  address: Buffer,
  tables: TableStore,
  opened: Map<string, TableDomain>,
): Promise<void> {
  const name = address.toString('hex');
  if (opened.has(name)) return;
  try {
    opened.set(name, await tables.openDomain(address));
  } catch (error) {
    if (!(error instanceof DomainUnknown)) throw error;
  }
}
