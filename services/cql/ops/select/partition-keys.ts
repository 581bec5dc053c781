/** Partition keys that WHERE names: in the order of their values, each once, as Cassandra reads them. */

import type { RowOrder } from '../../engine/order.ts';
import { invalid } from '../../errors.ts';
import type { TableSchema } from '../../schema/model.ts';
import type { Value } from '../../types/api.ts';
import { comparatorOf } from '../../types/compare.ts';
import { encodePartitionKey } from '../../types/partition-key.ts';
import { tokenOf } from '../../types/token.ts';
import type { BoundValue } from '../api.ts';
import { combinations, distinct, valuesOf } from './slices.ts';
import type { StatementRestrictions } from './statement-restrictions.ts';
import { tokenMatches } from './token-restriction.ts';

function keyOrder({ partitionKey }: TableSchema): RowOrder {
  const orders = partitionKey.map(({ type }) => comparatorOf(type));
  return (left, right) => {
    for (let index = 0; index < orders.length; index += 1) {
      const order = orders[index]!(left[index]!, right[index]!);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** @throws CqlError for a key that is empty or too long */
export function partitionKeyOf(values: readonly Value[]): Value {
  const key = encodePartitionKey(values);
  if (key.length === 0) throw invalid('Key may not be empty');
  return key;
}

export function partitionKeys(restrictions: StatementRestrictions, bound: readonly BoundValue[]): Value[] {
  let values: (readonly Value[])[] = [[]];
  for (const restriction of restrictions.partition)
    values = combinations(values, valuesOf(restriction, bound));
  if (values.length > 1) values = distinct(values, keyOrder(restrictions.table));
  const keys = values.map(partitionKeyOf);
  if (restrictions.token === undefined) return keys;
  const bounds = restrictions.token.bind(bound);
  return keys.filter((key) => tokenMatches(bounds, tokenOf(key)));
}
