/** What comes with a request of the protocol, as statements take it. */
import { invalid } from '../errors.ts';
import type { BoundValue, ColumnSpec, QueryOptions } from '../ops/api.ts';
import { consistencies, type QueryParameters, unset, type BoundValue as WireValue } from '../wire/index.ts';

const none: readonly BoundValue[] = [];

export function boundValues(values: readonly WireValue[]): readonly BoundValue[] {
  const { length } = values;
  if (length === 0) return none;
  const bound = new Array<BoundValue>(length);
  for (let at = 0; at < length; at++) {
    const value = values[at];
    bound[at] = value === undefined ? null : value === unset ? 'unset' : (value as Buffer);
  }
  return bound;
}

/** Values that have names, in the order of the markers; those that no marker is for are passed over. */
function namedValues(
  values: readonly BoundValue[],
  names: readonly string[],
  variables: readonly ColumnSpec[],
): BoundValue[] {
  // Of names that stand twice the first counts. There may be as many names as markers: each is looked at once.
  const byName = new Map<string, BoundValue>();
  for (const [at, name] of names.entries()) if (!byName.has(name)) byName.set(name, values[at]!);
  const bound: BoundValue[] = [];
  for (const { name } of variables) {
    const value = byName.get(name);
    if (value !== undefined) bound.push(value);
  }
  return bound;
}

/** @throws CqlError `invalid` unless there are as many values as markers */
export function optionsOf(parameters: QueryParameters, variables: readonly ColumnSpec[]): QueryOptions {
  const { names, pageSize, serialConsistency } = parameters;
  let values = boundValues(parameters.values);
  if (names !== undefined) values = namedValues(values, names, variables);
  if (values.length !== variables.length)
    throw invalid(`there were ${variables.length} markers(?) in CQL but ${values.length} bound variables`);
  return {
    values,
    consistency: consistencies.indexOf(parameters.consistency),
    serialConsistency: serialConsistency === undefined ? undefined : consistencies.indexOf(serialConsistency),
    pageSize: pageSize === undefined || pageSize <= 0 ? undefined : pageSize,
    pagingState: parameters.pagingState,
    timestamp: parameters.timestamp,
    nowSeconds: parameters.nowInSeconds,
  };
}
