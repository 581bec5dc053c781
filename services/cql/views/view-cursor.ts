/** Views as clients see them: stored rows unpacked while they are read. */
import type { Deletion, Row } from '../engine/model.ts';
import { isPromise } from '../engine/soon.ts';
import type {
  PartitionCursor,
  PartitionRange,
  Reader,
  ReadOptions,
  Slice,
  Soon,
  TableScan,
} from '../engine/storage.ts';
import type { TableSchema } from '../schema/model.ts';
import type { Value } from '../types/api.ts';
import { unpackRow } from './stored-row.ts';

/** Seconds since 1970. */
export type Now = () => number;

class ViewCursor implements PartitionCursor {
  readonly statics = undefined;
  readonly #stored: PartitionCursor;
  readonly #now: Now;

  constructor(stored: PartitionCursor, now: Now) {
    this.#stored = stored;
    this.#now = now;
  }

  get key(): Value {
    return this.#stored.key;
  }

  get token(): bigint {
    return this.#stored.token;
  }

  get deletion(): Deletion | undefined {
    return this.#stored.deletion;
  }

  next(): Soon<Row | undefined> {
    const row = this.#stored.next();
    return isPromise(row) ? row.then((stored) => this.#unpack(stored)) : this.#unpack(row);
  }

  covering(clustering: readonly Value[]): Deletion | undefined {
    return this.#stored.covering(clustering);
  }

  latestIn(slice: Slice): Deletion | undefined {
    return this.#stored.latestIn(slice);
  }

  #unpack(stored: Row | undefined): Row | undefined {
    return stored === undefined ? undefined : unpackRow(stored, this.#now());
  }
}

function unpacked(cursor: Soon<PartitionCursor | undefined>, now: Now): Soon<PartitionCursor | undefined> {
  if (isPromise(cursor)) return cursor.then((opened) => unpacked(opened, now));
  return cursor === undefined ? undefined : new ViewCursor(cursor, now);
}

/** Tables are read as they are. */
export class ViewReader implements Reader {
  readonly #inner: Reader;
  readonly #now: Now;

  constructor(inner: Reader, now: Now) {
    this.#inner = inner;
    this.#now = now;
  }

  read(table: TableSchema, key: Value, options?: ReadOptions): Soon<PartitionCursor | undefined> {
    const cursor = this.#inner.read(table, key, options);
    return table.kind === 'view' ? unpacked(cursor, this.#now) : cursor;
  }

  scan(table: TableSchema, range: PartitionRange, options?: ReadOptions): TableScan {
    const scan = this.#inner.scan(table, range, options);
    return table.kind === 'view' ? { next: () => unpacked(scan.next(), this.#now) } : scan;
  }
}
