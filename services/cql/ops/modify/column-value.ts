/** What a row has in a column, as one value. */
import { isCellLive } from '../../engine/liveness.ts';
import type { PathCell, Row } from '../../engine/model.ts';
import type { ColumnSchema } from '../../schema/model.ts';
import type { CqlType, Value } from '../../types/api.ts';
import { bytesOfInt64 } from '../../types/binary.ts';
import { encodeList, encodeMap, encodeTuple } from '../../types/collections.ts';

/** @param now seconds since 1970 */
export function columnValue(
  row: Row | undefined,
  { id, type }: ColumnSchema,
  now: number,
): Value | undefined {
  const data = row?.columns.get(id);
  if (data === undefined) return undefined;
  if (data.kind === 'cell') return isCellLive(data.cell, now) ? data.cell.value : undefined;
  if (data.kind === 'counter') return bytesOfInt64(data.counter.count);
  const cells = data.complex.cells.filter((cell) => isCellLive(cell, now));
  return cells.length === 0 ? undefined : wholeValue(type, cells);
}

function wholeValue(type: CqlType, cells: readonly PathCell[]): Value {
  switch (type.kind) {
    case 'list':
      return encodeList(cells.map(({ value }) => value!));
    case 'set':
      return encodeList(cells.map(({ path }) => path));
    case 'map':
      return encodeMap(cells.flatMap(({ path, value }) => [path, value!]));
    case 'udt': {
      const fields = new Array<Value | undefined>(type.fields.length).fill(undefined);
      for (const { path, value } of cells) fields[(path[0]! << 8) | path[1]!] = value;
      return encodeTuple(fields);
    }
    default:
      throw new Error(`a column of type ${type.kind} has one cell`);
  }
}
