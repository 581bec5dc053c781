/** Values of columns as they are at a time: a collection or user type that is not frozen is put together from its cells. */
import { isCellLive } from '../../engine/liveness.ts';
import type { Cell, ColumnData, PathCell } from '../../engine/model.ts';
import type { CqlType, UdtType, Value } from '../../types/api.ts';
import { bytesOfInt64 } from '../../types/binary.ts';
import { encodeList, encodeMap, encodeTuple } from '../../types/collections.ts';

function fieldsOf({ fields }: UdtType, cells: readonly PathCell[], now: number): Value {
  const values = new Array<Value | undefined>(fields.length).fill(undefined);
  for (const cell of cells) {
    const index = (cell.path[0]! << 8) | cell.path[1]!;
    if (index < fields.length && isCellLive(cell, now)) values[index] = cell.value;
  }
  return encodeTuple(values);
}

function assembled(type: CqlType, cells: readonly PathCell[], now: number): Value | undefined {
  if (!cells.some((cell) => isCellLive(cell, now))) return undefined;
  if (type.kind === 'udt') return fieldsOf(type, cells, now);
  const parts: Value[] = [];
  for (const cell of cells) {
    if (!isCellLive(cell, now)) continue;
    if (type.kind !== 'list') parts.push(cell.path);
    if (type.kind !== 'set') parts.push(cell.value!);
  }
  return type.kind === 'map' ? encodeMap(parts) : encodeList(parts);
}

/** @param now seconds since 1970 */
export function columnValue(data: ColumnData | undefined, type: CqlType, now: number): Value | undefined {
  if (data === undefined) return undefined;
  switch (data.kind) {
    case 'cell':
      return isCellLive(data.cell, now) ? data.cell.value : undefined;
    case 'counter':
      return bytesOfInt64(data.counter.count);
    case 'complex':
      return assembled(type, data.complex.cells, now);
  }
}

function liveCell(data: ColumnData | undefined, now: number): Cell | undefined {
  return data?.kind === 'cell' && isCellLive(data.cell, now) ? data.cell : undefined;
}

export function writetimeOf(data: ColumnData | undefined, now: number): bigint | undefined {
  if (data?.kind === 'counter') return data.counter.timestamp;
  return liveCell(data, now)?.timestamp;
}

export function ttlOf(data: ColumnData | undefined, now: number): number | undefined {
  const cell = liveCell(data, now);
  return cell === undefined || cell.ttl === 0 ? undefined : cell.localTime - now;
}

export function maxWritetimeOf(data: ColumnData | undefined, now: number): bigint | undefined {
  if (data?.kind !== 'complex') return writetimeOf(data, now);
  let latest: bigint | undefined;
  for (const cell of data.complex.cells) {
    if (isCellLive(cell, now) && (latest === undefined || cell.timestamp > latest)) latest = cell.timestamp;
  }
  return latest;
}
