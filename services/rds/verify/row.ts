/** Rows about projected data, read by the verifier itself (services/rds/model/row-tables.ts). Runs in browsers. */
import { ProofRefused } from '@hypergate/node/verifier';

export interface WatermarkFacts {
  readonly databaseOid: number;
  readonly lsn: number;
}

export interface RelationFacts {
  readonly oid: number;
  readonly rows: number;
  readonly buckets: number;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly keyColumns: readonly number[];
}

export type ValueFacts =
  | { readonly kind: 'null' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'long'; readonly bytes: number; readonly sha256: Uint8Array };

export interface RowFacts {
  readonly lsn: number;
  readonly copies: number;
  readonly values: readonly ValueFacts[];
}

const columnsMax = 1600;

class Reader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(version: number, bytes: Uint8Array) {
    if (version !== 1) throw new ProofRefused(`rows in version ${version} are not known`);
    this.#bytes = bytes;
  }

  raw(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new ProofRefused('a row ends too early');
    const value = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return value;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; scale <= 0x80 ** 7; scale *= 0x80) {
      const byte = this.raw(1)[0]!;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80 && Number.isSafeInteger(value)) return value;
    }
    throw new ProofRefused('a number of a row is too large');
  }

  text(): string {
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(this.raw(this.number()));
  }

  /** @param max more are not read */
  list<Item>(read: () => Item, max: number): Item[] {
    const count = this.number();
    if (count > max) throw new ProofRefused('a row has too many columns');
    return Array.from({ length: count }, read);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw new ProofRefused('a row is longer than its content');
  }
}

/** @throws ProofRefused, as all of these; also when records are not what the watermark says */
export function readWatermark(version: number, row: Uint8Array): WatermarkFacts {
  const reader = new Reader(version, row);
  if (reader.number() !== 0) throw new ProofRefused('the records of the database were being changed');
  const facts = { databaseOid: reader.number(), lsn: reader.number() };
  reader.end();
  return facts;
}

export function readRelation(version: number, row: Uint8Array): RelationFacts {
  const reader = new Reader(version, row);
  if (reader.number() !== 0) throw new ProofRefused('the records of the table were being read anew');
  const oid = reader.number();
  reader.number();
  const rows = reader.number();
  reader.number();
  const buckets = reader.number();
  const columns = reader.list(() => ({ name: reader.text(), type: reader.text() }), columnsMax);
  const keyColumns = reader.list(() => reader.number(), columnsMax);
  if (keyColumns.some((column) => column >= columns.length)) throw new ProofRefused('a key of no column');
  reader.text();
  reader.end();
  return { oid, rows, buckets, columns, keyColumns };
}

export function readRow(version: number, row: Uint8Array): RowFacts {
  const reader = new Reader(version, row);
  const lsn = reader.number();
  const copies = reader.number();
  const values = reader.list(() => readValue(reader), columnsMax);
  reader.end();
  return { lsn, copies, values };
}

function readValue(reader: Reader): ValueFacts {
  const kind = reader.number();
  if (kind === 0) return { kind: 'null' };
  if (kind === 1) return { kind: 'text', text: reader.text() };
  if (kind !== 2) throw new ProofRefused('a value of an unknown kind');
  return { kind: 'long', bytes: reader.number(), sha256: reader.raw(32) };
}
