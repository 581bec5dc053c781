/** LIMIT and PER PARTITION LIMIT. */
import { CqlError, invalid } from '../../errors.ts';
import { int32At } from '../../types/binary.ts';
import type { BoundValue } from '../api.ts';
import type { PreparedTerm } from '../terms/api.ts';

function bound(term: PreparedTerm, values: readonly BoundValue[]): BoundValue {
  try {
    return term.bind(values);
  } catch (error) {
    if (error instanceof CqlError && error.code === 'invalid') throw invalid('Invalid limit value');
    throw error;
  }
}

/** Infinity: without limit. */
export function limitOf(term: PreparedTerm | undefined, values: readonly BoundValue[]): number {
  if (term === undefined) return Number.POSITIVE_INFINITY;
  const value = bound(term, values);
  if (value === null) throw invalid('Invalid null value of limit');
  if (value === 'unset') return Number.POSITIVE_INFINITY;
  if (value.length !== 4) throw invalid('Invalid limit value');
  const limit = int32At(value, 0);
  if (limit <= 0) throw invalid('LIMIT must be strictly positive');
  return limit;
}
