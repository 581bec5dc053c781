/** The latest time of writing among what was read. */
import type { ColumnData, Row } from '../../engine/model.ts';
import type { Before } from './effects.ts';

/** Nothing can be written behind it. */
const lastTime = 2n ** 63n - 1n;

/** @returns undefined: there is none that something may be written behind */
export function newestTime({ deletion, statics, rows }: Before): bigint | undefined {
  let newest = deletion?.timestamp;
  const see = (time: bigint | undefined) => {
    if (time !== undefined && (newest === undefined || time > newest)) newest = time;
  };
  for (const row of statics === undefined ? rows : [statics, ...rows]) seeRow(row, see);
  return newest === lastTime ? undefined : newest;
}

function seeRow({ marker, deletion, columns }: Row, see: (time: bigint | undefined) => void): void {
  see(marker?.timestamp);
  see(deletion?.timestamp);
  for (const data of columns.values()) seeColumn(data, see);
}

function seeColumn(data: ColumnData, see: (time: bigint | undefined) => void): void {
  if (data.kind === 'cell') see(data.cell.timestamp);
  else if (data.kind === 'counter') see(data.counter.timestamp);
  else {
    see(data.complex.deletion?.timestamp);
    for (const cell of data.complex.cells) see(cell.timestamp);
  }
}
