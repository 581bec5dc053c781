/** Indexes as SELECT reads them (ops/select/index-reader.ts). */
import type { PartitionRange, Reader, ReadOptions, Storage, TableScan } from '../engine/storage.ts';
import type { IndexCondition, IndexReader } from '../ops/select/index-reader.ts';
import type { IndexSchema, TableSchema } from '../schema/model.ts';
import type { BuiltIndexes } from './built-indexes.ts';
import { type IndexTable, indexTableOf } from './index-table.ts';
import { IndexSearch } from './search.ts';
import type { StaleEntries } from './stale-entries.ts';

export interface HiddenIndexModules {
  readonly storage: Storage;
  readonly built: BuiltIndexes;
  readonly stale: StaleEntries;
  /** Milliseconds since 1970. */
  now(): number;
  /** Failures that nobody waits for. */
  onFailure(error: unknown): void;
}

export class HiddenIndexes implements IndexReader {
  readonly #modules: HiddenIndexModules;
  readonly #asking = new Set<string>();

  constructor(modules: HiddenIndexModules) {
    this.#modules = modules;
  }

  search(
    reader: Reader,
    table: TableSchema,
    index: IndexSchema,
    condition: IndexCondition,
    range: PartitionRange,
    options: ReadOptions = {},
  ): TableScan | undefined {
    const hidden = indexTableOf(table, index.name);
    if (hidden === undefined || !answers(hidden, condition)) return undefined;
    const { built, stale, now } = this.#modules;
    if (!built.has(table, index)) {
      this.#ask(hidden);
      return undefined;
    }
    const values = condition.operator === 'entry' ? [condition.key, condition.value] : [condition.value];
    return new IndexSearch(
      {
        reader,
        index: hidden,
        values,
        options,
        now: () => Math.floor(now() / 1000),
        onStale: (deletion) => stale.add(deletion),
      },
      range,
    );
  }

  /** Another gateway may be building it: the next reader may find it ready. */
  #ask({ base, index, schema }: IndexTable): void {
    if (this.#asking.has(schema.id)) return;
    this.#asking.add(schema.id);
    this.#modules.built
      .load(this.#modules.storage, base, index)
      .catch((error: unknown) => this.#modules.onFailure(error))
      .finally(() => this.#asking.delete(schema.id));
  }
}

function answers({ source }: IndexTable, { operator }: IndexCondition): boolean {
  if (source.kind !== 'elements') return operator === '=';
  const of = { keys: 'CONTAINS KEY', values: 'CONTAINS', entries: 'entry' } as const;
  return operator === of[source.of];
}
