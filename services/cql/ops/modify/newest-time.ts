/** The latest time of writing among what a decision saw: what it writes is to be later, or nobody would see it. */
import { type ColumnData, noTimestamp, type Row } from '../../engine/model.ts';
import { invalid } from '../../errors.ts';
import type { Value } from '../../types/api.ts';
import type { Before } from './effects.ts';

const lastTime = 2n ** 63n - 1n;

export class NewestTime {
  private newest = noTimestamp;

  see(time: bigint | undefined): void {
    if (time !== undefined && time > this.newest) this.newest = time;
  }

  /** @param clusterings that were looked for: what hides their rows counts even if nothing is left of them */
  seeBefore(before: Before, clusterings: readonly (readonly Value[])[]): void {
    const { deletion, statics, rows } = before;
    this.see(deletion?.timestamp);
    if (statics !== undefined) this.seeRow(statics);
    for (const row of rows) this.seeRow(row);
    for (const clustering of clusterings) this.see(before.covering(clustering)?.timestamp);
  }

  seeRow({ marker, deletion, columns }: Row): void {
    this.see(marker?.timestamp);
    this.see(deletion?.timestamp);
    for (const data of columns.values()) this.seeColumn(data);
  }

  /** @param time of the clock. @returns it, or one that is later than everything that was seen */
  orLater(time: bigint): bigint {
    if (this.newest < time) return time;
    if (this.newest === lastTime)
      throw invalid('Something here was written with the last timestamp there is: nothing can follow it');
    return this.newest + 1n;
  }

  private seeColumn(data: ColumnData): void {
    if (data.kind === 'cell') this.see(data.cell.timestamp);
    else if (data.kind === 'counter') this.see(data.counter.timestamp);
    else {
      this.see(data.complex.deletion?.timestamp);
      for (const cell of data.complex.cells) this.see(cell.timestamp);
    }
  }
}
