/** Bound values where null or unset ones are not allowed. */
import { invalid } from '../../errors.ts';
import type { Value } from '../../types/api.ts';
import type { BoundValue } from '../api.ts';

export function requireSet(bound: BoundValue, name: string): Value | null {
  if (bound === 'unset') throw invalid(`Invalid unset value for column ${name}`);
  return bound;
}

export function requireValue(bound: BoundValue, name: string): Value {
  const value = requireSet(bound, name);
  if (value === null) throw invalid(`Invalid null value in condition for column ${name}`);
  return value;
}
