/** The columns that a selection reads, each once. */
import type { ColumnSchema } from '../../schema/model.ts';
import type { SelectedColumns } from './api.ts';

class ColumnSlots implements SelectedColumns {
  readonly columns: ColumnSchema[] = [];
  needsWritetime = false;
  needsTtl = false;

  slot(column: ColumnSchema): number {
    const known = this.columns.indexOf(column);
    return known === -1 ? this.columns.push(column) - 1 : known;
  }

  noteTime(time: 'writetime' | 'ttl'): void {
    if (time === 'ttl') this.needsTtl = true;
    else this.needsWritetime = true;
  }
}

export function newSelectedColumns(): SelectedColumns {
  return new ColumnSlots();
}
