/** Limits of names, keys and entries, checked before anything is encoded. */
import type { Bytes } from '@hypergate/node/api';
import type { RecordKey, SecondaryEntry } from './api.ts';
import { TableMisuse } from './errors.ts';
import { tableLimits } from './limits.ts';

/** Names become parts of keys that end in a zero byte. */
const printable = /^[\x21-\x7e]+$/;
const checkedNames = new Set<string>();
const checkedNamesMax = 10_000;

export function checkName(name: string): void {
  if (checkedNames.has(name)) return;
  if (name.length > tableLimits.tableNameBytesMax || !printable.test(name))
    throw new TableMisuse(`"${name}" is no name of a table or index`);
  if (checkedNames.size < checkedNamesMax) checkedNames.add(name);
}

export function checkKey({ partition, sort }: RecordKey): void {
  if (partition.length + sort.length > tableLimits.keyBytesMax)
    throw new TableMisuse(`a key of ${partition.length + sort.length} bytes is too long`);
}

export function checkProjection(projection: Bytes | undefined): void {
  if (projection !== undefined && projection.length > tableLimits.projectionBytesMax)
    throw new TableMisuse(`a projection of ${projection.length} bytes is too long`);
}

export function checkSecondary(table: string, entries: readonly SecondaryEntry[]): void {
  if (entries.length > tableLimits.secondaryEntriesMax)
    throw new TableMisuse(`a record of ${table} has too many secondary entries`);
  let bytes = 0;
  for (const entry of entries) {
    checkName(entry.index);
    checkKey(entry);
    checkProjection(entry.projection);
    bytes += entry.partition.length + entry.sort.length + entry.projection.length;
  }
  if (bytes > tableLimits.secondaryBytesMax)
    throw new TableMisuse(`the secondary entries of a record of ${table} are too long`);
}
