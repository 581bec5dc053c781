/** Rows of `redis.keys` that a record takes. */
import { type DomainWrite, pieceRowBytesMax } from '@hypergate/table';
import { type KeyRow, keyRecordKey, keysTable } from '../model/key-row.ts';
import type { RecordModules } from './leftovers.ts';

export async function readRecord(
  database: number,
  key: Buffer,
  { domain }: Pick<RecordModules, 'domain'>,
): Promise<KeyRow | undefined> {
  return (await domain.get(keysTable, keyRecordKey(database, key)))?.row;
}

/** Rows that an inline value takes. */
export function rowsOf(valueBytes: number): number {
  return Math.max(1, Math.ceil(valueBytes / pieceRowBytesMax));
}

/** Rows of the record itself, from `parts` on. */
export function removalsOf(
  database: number,
  before: KeyRow | undefined,
  parts: number,
  { domain }: Pick<RecordModules, 'domain'>,
): DomainWrite[] {
  if (before === undefined) return [];
  const rows = before.content.form === 'inline' ? rowsOf(before.content.valueBytes) : 1;
  const writes: DomainWrite[] = [];
  for (let part = parts; part < rows; part++) {
    const key = keyRecordKey(database, before.key, part);
    writes.push({ kind: 'remove', domain, table: keysTable, key });
  }
  return writes;
}
