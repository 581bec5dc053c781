/**
 * What writing a table with indexes asks of statements: that values are not too large. Entries themselves are derived by the store
 * (entries.ts), rows of views written by the storage (views/view-storage.ts).
 */
import type { Effects, TableEffects } from '../ops/modify/effects.ts';
import type { TableSchema } from '../schema/model.ts';
import { checkIndexedValues } from './entries.ts';

const known = new WeakMap<TableSchema, TableEffects>();

export const indexEffects: Effects = {
  of(table) {
    if (table.indexes.length === 0) return undefined;
    let effects = known.get(table);
    if (effects === undefined) {
      effects = {
        needsRead: false,
        extend: (mutation) => {
          checkIndexedValues(table, mutation);
          return [];
        },
        truncates: [],
      };
      known.set(table, effects);
    }
    return effects;
  },
};
