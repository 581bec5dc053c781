/** What Cassandra warns of in batches. Their sizes are counted about as it counts them. */
import type { Mutation, Row } from '../../engine/model.ts';
import type { Executing } from '../api.ts';
import { keyText } from './collect.ts';
import type { BatchSettings, Write } from './execute.ts';
import { modifyLimits } from './limits.ts';

/** Of a cell or marker: its times. */
const stampBytes = 16;

export function warnOfBatch(
  writes: readonly Write[],
  mutations: readonly Mutation[],
  { isLogged }: BatchSettings,
  executing: Executing,
): void {
  if (mutations.length < 2) return;
  const partitions = new Set(mutations.map(({ key }) => keyText(key))).size;
  if (partitions < 2) return;
  const tables = [...new Set(writes.map(({ statement: { table } }) => `${table.keyspace}.${table.name}`))];
  const names = `[${tables.join(', ')}]`;
  let size = 0;
  for (const mutation of mutations) size += mutationBytes(mutation);
  const max = modifyLimits.batchWarnBytes;
  if (size > max)
    executing.warn(
      `Batch for ${names} is of size ${size}, exceeding specified threshold of ${max} by ${size - max}.`,
    );
  if (!isLogged && partitions > modifyLimits.unloggedPartitionsWarn)
    executing.warn(
      `Unlogged batch covering ${partitions} partitions detected against table${tables.length === 1 ? '' : 's'} ${names}. ` +
        'You should use a logged batch for atomicity, or asynchronous writes for performance.',
    );
}

function mutationBytes({ statics, rows, tombstones }: Mutation): number {
  let bytes = tombstones.length * stampBytes;
  if (statics !== undefined) bytes += rowBytes(statics);
  for (const row of rows) bytes += rowBytes(row);
  return bytes;
}

function rowBytes({ clustering, marker, columns }: Row): number {
  let bytes = marker === undefined ? 0 : stampBytes;
  for (const value of clustering) bytes += value.length;
  for (const data of columns.values()) {
    if (data.kind === 'counter') bytes += stampBytes + 8;
    else if (data.kind === 'cell') bytes += stampBytes + (data.cell.value?.length ?? 0);
    else
      for (const { path, value } of data.complex.cells)
        bytes += stampBytes + path.length + (value?.length ?? 0);
  }
  return bytes;
}
