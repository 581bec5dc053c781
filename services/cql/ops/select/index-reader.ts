/**
 * Reading through a secondary index, as SELECT needs it. Another part keeps the indexes; without one, or when an index is not built
 * yet, the same rows are found by a scan that filters.
 */
import type { PartitionRange, Reader, ReadOptions, TableScan } from '../../engine/storage.ts';
import type { IndexSchema, TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';

/** What is looked for. `entry`: `m[key] = value`. */
export type IndexCondition =
  | { readonly operator: '=' | 'CONTAINS' | 'CONTAINS KEY'; readonly value: Value }
  | { readonly operator: 'entry'; readonly key: Value; readonly value: Value };

export interface IndexReader {
  /**
   * Partitions of the base table in the order of their tokens (then keys), each with its statics and with the rows, in the order of
   * reading, to which the index leads: all that meet the condition at least. Whoever reads tests rows again, and judges what is
   * alive. An index on a static column or a part of the partition key leads to all rows of a partition.
   * @param range of partitions: of one, when `from` has a key and `to` its token; whoever reads looks at the key
   * @param options slices and direction within each partition, as of `Reader.scan`
   * @returns undefined when the index cannot be used now
   */
  search(
    reader: Reader,
    table: TableSchema,
    index: IndexSchema,
    condition: IndexCondition,
    range: PartitionRange,
    options?: ReadOptions,
  ): TableScan | undefined;
}
