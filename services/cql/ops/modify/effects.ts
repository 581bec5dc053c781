/**
 * What else is written when a table is: entries of its indexes, rows of its views. Whoever writes asks here and puts the answer into the
 * same step, so that all of it is durable or none.
 */
import type { Deletion, Mutation, Row } from '../../engine/model.ts';
import type { Reader, Soon } from '../../engine/storage.ts';
import type { TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';

/** A partition as a mutation finds it, as far as the mutation changes it. */
export interface Before {
  readonly deletion: Deletion | undefined;
  readonly statics: Row | undefined;
  /** In order: those that the mutation names, and all within what it deletes. Also rows in which nothing is alive. */
  readonly rows: readonly Row[];
  /** What deletes rows of a clustering among these, except a row's own deletion: also where no row is left that shows it. */
  covering(clustering: readonly Value[]): Deletion | undefined;
}

export interface TableEffects {
  /** `extend` needs what was there. Then the write is decided (engine/storage.ts): nothing comes between reading and writing. */
  readonly needsRead: boolean;
  /**
   * What is to be written besides a mutation of this table. One write has one mutation of each partition, except in tables of counters.
   * May be called again for the same mutation, with another state.
   * @param before given if `needsRead`; without anything in it when nothing is known of the partition
   * @param reader only if `needsRead`; may read other tables
   * @param now seconds since 1970
   * @throws CqlError: nothing is written
   */
  extend(
    mutation: Mutation,
    before: Before | undefined,
    reader: Reader | undefined,
    now: number,
  ): Soon<readonly Mutation[]>;
  /** Tables that are emptied with this one. */
  readonly truncates: readonly TableSchema[];
}

export interface Effects {
  /** Undefined: none. Asked when a statement is prepared. */
  of(table: TableSchema): TableEffects | undefined;
}

export const noEffects: Effects = { of: () => undefined };
