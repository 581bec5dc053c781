/** Rules of key columns that tables and views share. */
import { invalid } from '../../errors.ts';
import type { CqlType } from '../../types/api.ts';
import { typeText } from '../../types/type-text.ts';
import { isCollection, isCounter, isMultiCell, referencesDuration } from '../type-facts.ts';

export interface PrimaryKey {
  readonly partition: readonly string[];
  readonly clustering: readonly string[];
}

/** Of CLUSTERING ORDER BY, as it was written. */
export interface ColumnOrder {
  readonly column: string;
  readonly descending: boolean;
}

/** `quote`: around the text of a type in messages about views. */
export function checkKeyType(column: string, type: CqlType, quote = ''): void {
  if (isMultiCell(type)) {
    const what = isCollection(type) ? 'collection' : 'user-defined';
    throw invalid(
      `Invalid non-frozen ${what} type ${quote}${typeText(type)}${quote} for PRIMARY KEY column '${column}'`,
    );
  }
  if (isCounter(type)) throw invalid(`counter type is not supported for PRIMARY KEY column '${column}'`);
  if (referencesDuration(type))
    throw invalid(`duration type is not supported for PRIMARY KEY column '${column}'`);
}

export function checkNoOrderTwice(order: readonly ColumnOrder[], what: string): void {
  const seen = new Set<string>();
  for (const { column } of order) {
    if (seen.has(column))
      throw invalid(`Duplicate column '${column}' in CLUSTERING ORDER BY clause for ${what}`);
    seen.add(column);
  }
}
