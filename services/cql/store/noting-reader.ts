/** Notes what a decision looks at, by names under which entries of the journal say what they change. */
import type {
  PartitionCursor,
  PartitionRange,
  Reader,
  ReadOptions,
  Soon,
  TableScan,
} from '../engine/storage.ts';
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';

export function tableName(id: string): string {
  return `table ${id}`;
}

export function partitionName(id: string, key: Value): string {
  return id + Buffer.from(key.buffer, key.byteOffset, key.length).latin1Slice();
}

export class NotingReader implements Reader {
  readonly looked = new Set<string>();
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  read(table: TableSchema, key: Value, options?: ReadOptions): Soon<PartitionCursor | undefined> {
    this.looked.add(partitionName(table.id, key));
    return this.#reader.read(table, key, options);
  }

  scan(table: TableSchema, range: PartitionRange, options?: ReadOptions): TableScan {
    this.looked.add(tableName(table.id));
    return this.#reader.scan(table, range, options);
  }
}
