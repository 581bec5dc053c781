/** Records of the control plane by name, in pages, and over all accounts. */
import type {
  Condition,
  DomainWrite,
  RecordKey,
  StoredRecord,
  TableDefinition,
  TableDomain,
  TableStore,
} from '@hypergate/table';
import { everywhere, nameKey, type Scope, scopePartition } from '../model/control-tables.ts';

/** A write of the registry's domain. */
export type ControlWrite = DomainWrite;

export class ControlStore {
  readonly tables: TableStore;
  readonly domain: TableDomain;

  constructor(tables: TableStore, domain: TableDomain) {
    this.tables = tables;
    this.domain = domain;
  }

  async get<Row>(table: TableDefinition<Row>, scope: Scope, name: string): Promise<Row | undefined> {
    return (await this.record(table, nameKey(scope, name)))?.row;
  }

  record<Row>(table: TableDefinition<Row>, key: RecordKey): Promise<StoredRecord<Row> | undefined> {
    return this.domain.get(table, key);
  }

  put<Row extends Scope & { readonly name: string }>(
    table: TableDefinition<Row>,
    row: Row,
    condition: Condition = 'any',
  ): ControlWrite {
    return { kind: 'put', domain: this.domain, table, key: nameKey(row, row.name), row, condition };
  }

  remove<Row extends Scope & { readonly name: string }>(table: TableDefinition<Row>, row: Row): ControlWrite {
    return { kind: 'remove', domain: this.domain, table, key: nameKey(row, row.name) };
  }

  async write(...writes: readonly ControlWrite[]): Promise<void> {
    await this.tables.transact(writes);
  }

  /** Of one account and region, in the order of names. */
  async *list<Row>(table: TableDefinition<Row>, scope: Scope, after?: string): AsyncGenerator<Row> {
    const options = after === undefined ? {} : { gt: Buffer.from(after) };
    const cursor = this.domain.cursor(table, scopePartition(scope), options);
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      const key = { partition: scopePartition(scope), sort: entry.sort };
      const found = await this.domain.get(table, key);
      if (found !== undefined) yield found.row;
    }
  }

  async count<Row>(table: TableDefinition<Row>, scope: Scope): Promise<number> {
    const cursor = this.domain.cursor(table, scopePartition(scope), {});
    let count = 0;
    while ((await cursor.next()) !== undefined) count++;
    return count;
  }

  /** Of all accounts and regions. */
  all<Row>(table: TableDefinition<Row>): AsyncGenerator<Row> {
    return this.indexed(table, everywhere(table), '');
  }

  /** Of an index whose sort keys are account, region and name. */
  async *indexed<Row>(table: TableDefinition<Row>, index: string, partition: string): AsyncGenerator<Row> {
    const cursor = this.domain.cursorSecondary(index, Buffer.from(partition), {});
    for (let entry = await cursor.next(); entry !== undefined; entry = await cursor.next()) {
      const [account, region, name] = splitOnce(Buffer.from(entry.sort).toString('utf8'));
      const row = await this.get(table, { account, region }, name);
      if (row !== undefined) yield row;
    }
  }

  async entries(index: string, partition: string): Promise<number> {
    const cursor = this.domain.cursorSecondary(index, Buffer.from(partition), {});
    let count = 0;
    while ((await cursor.next()) !== undefined) count++;
    return count;
  }
}

/** Account and region have no slash. */
function splitOnce(text: string): [account: string, region: string, name: string] {
  const first = text.indexOf('/');
  const second = text.indexOf('/', first + 1);
  return [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

export async function collect<Row>(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}
