/**
 * Tables in memory, for tests of what is written to them: rows as their formats encode them, transactions whole or not at all.
 */
import type {
  AnyTable,
  DataRef,
  DomainWrite,
  RecordKey,
  TableDefinition,
  TableDomain,
  TableStore,
} from '@hypergate/table';

export class TableModel {
  /** By table, then by record key. */
  readonly tables = new Map<string, Map<string, Uint8Array>>();
  readonly chunks = new Map<string, Buffer>();
  transactions = 0;
  rowsWritten = 0;
  bytesWritten = 0;
  /** Of one transaction, with 400 a row. */
  transactionBytesMax = 4 * 1024 * 1024;
  /** The transaction with this number, and all after it, fails. */
  failsAt = Number.POSITIVE_INFINITY;

  rows(name: string): Map<string, Uint8Array> {
    let rows = this.tables.get(name);
    if (rows === undefined) this.tables.set(name, (rows = new Map()));
    return rows;
  }

  get modules(): { tables: TableStore; domain: TableDomain } {
    const tables = {
      transact: async (writes: readonly DomainWrite[]) => this.transact(writes),
      stageData: async (source: Uint8Array) => this.stage(source),
    };
    const domain = {
      get: async <Row>(table: TableDefinition<Row>, key: RecordKey) => {
        const bytes = this.rows(table.name).get(placeOfRow(key));
        return bytes === undefined ? undefined : { row: table.formats[0].decode(bytes), revision: 1 };
      },
    };
    return { tables: tables as unknown as TableStore, domain: domain as unknown as TableDomain };
  }

  private transact(writes: readonly DomainWrite[]): void {
    if (++this.transactions >= this.failsAt) throw new Error('the process ends here');
    const places = new Set<string>();
    let bytes = 0;
    for (const write of writes) {
      if (write.kind !== 'put' && write.kind !== 'remove') throw new Error(`a write of kind ${write.kind}`);
      const place = `${write.table.name} ${placeOfRow(write.key)}`;
      if (places.has(place)) throw new Error('a transaction writes a record twice');
      places.add(place);
      if (write.kind === 'remove') this.rows(write.table.name).delete(placeOfRow(write.key));
      else {
        const row = Buffer.from((write.table as AnyTable).formats[0].encode(write.row));
        this.rows(write.table.name).set(placeOfRow(write.key), row);
        bytes += row.length + 400;
        this.rowsWritten++;
        this.bytesWritten += row.length;
      }
    }
    if (writes.length > 12_000 || bytes > this.transactionBytesMax)
      throw new Error('the transaction is too large');
  }

  private stage(source: Uint8Array): DataRef {
    const hash = Buffer.alloc(33);
    hash.writeUInt32LE(this.chunks.size, 1);
    this.chunks.set(hash.toString('hex'), Buffer.from(source));
    return { key: Buffer.alloc(32, 7), length: source.length, chunk: { hash, length: source.length + 16 } };
  }
}

/** Name of a row in `TableModel.rows`. */
export function placeOfRow({ partition, sort }: RecordKey): string {
  return `${Buffer.from(partition).toString('hex')} ${Buffer.from(sort).toString('hex')}`;
}
