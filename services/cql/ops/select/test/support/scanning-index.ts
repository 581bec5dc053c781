/** An index that is none: it looks at all rows of the range, and leaves out those that have another value. */
import type { ColumnData } from '../../../../engine/model.ts';
import type { PartitionCursor } from '../../../../engine/storage.ts';
import { compareBytes } from '../../../../types/compare.ts';
import type { IndexCondition, IndexReader } from '../../index.ts';

function holds(data: ColumnData | undefined, condition: IndexCondition): boolean {
  if (data?.kind === 'cell') return compareBytes(data.cell.value ?? new Uint8Array(0), condition.value) === 0;
  if (data?.kind !== 'complex') return false;
  return data.complex.cells.some((cell) => {
    const value = condition.operator === 'CONTAINS KEY' || cell.value?.length === 0 ? cell.path : cell.value!;
    const isKey = condition.operator !== 'entry' || compareBytes(cell.path, condition.key) === 0;
    return isKey && compareBytes(value, condition.value) === 0;
  });
}

export class ScanningIndex implements IndexReader {
  readonly searched: string[] = [];

  search(...[reader, table, index, condition, range, options]: Parameters<IndexReader['search']>) {
    this.searched.push(`${index.name} ${condition.operator}`);
    const { id, kind, position } = table.columns.get(index.column)!;
    const scan = reader.scan(table, range, options);
    const filtered = (cursor: PartitionCursor): PartitionCursor => ({
      key: cursor.key,
      token: cursor.token,
      deletion: cursor.deletion,
      statics: cursor.statics,
      covering: (clustering) => cursor.covering(clustering),
      latestIn: (slice) => cursor.latestIn(slice),
      next: () => {
        for (;;) {
          const row = cursor.next();
          if (row instanceof Promise) throw new Error('it waits');
          if (row === undefined || kind === 'static' || kind === 'partition_key') return row;
          if (kind === 'regular' && holds(row.columns.get(id), condition)) return row;
          if (kind === 'clustering' && compareBytes(row.clustering[position]!, condition.value) === 0)
            return row;
        }
      },
    });
    return {
      next: () => {
        const cursor = scan.next();
        if (cursor instanceof Promise) throw new Error('it waits');
        return cursor && filtered(cursor);
      },
    };
  }
}
