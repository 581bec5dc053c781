/** The order of a table's rows and of the cells of its collections, for the engine, which knows no types. */
import { compareBytes, type RowOrder, type TableLayout, type ValueOrder } from '../engine/order.ts';
import type { TableSchema } from '../schema/model.ts';
import type { CqlType, Value } from '../types/api.ts';
import { type Compare, comparatorOf } from '../types/compare.ts';

const timeUuid = comparatorOf({ kind: 'native', name: 'timeuuid' });

export function layoutOf(table: TableSchema): TableLayout {
  const byId = new Map<number, ValueOrder>();
  for (const { id, type } of [...table.regulars, ...table.statics]) {
    const order = pathOrder(type);
    if (order !== undefined) byId.set(id, order);
  }
  return {
    id: table.id,
    isCounter: table.isCounter,
    rows: rowOrder(table),
    paths: (column) => byId.get(column) ?? compareBytes,
  };
}

function pathOrder(type: CqlType): ValueOrder | undefined {
  switch (type.kind) {
    case 'list':
      return timeUuid;
    case 'set':
      return comparatorOf(type.element);
    case 'map':
      return comparatorOf(type.key);
    default:
      return undefined;
  }
}

function rowOrder({ clustering }: TableSchema): RowOrder {
  const orders = clustering.map(({ type, order }) => directed(comparatorOf(type), order === 'desc'));
  const [only] = orders;
  if (orders.length === 1) {
    return (left, right) => (left.length === 0 || right.length === 0 ? 0 : only!(left[0]!, right[0]!));
  }
  return (left, right) => {
    const columns = Math.min(left.length, right.length);
    for (let index = 0; index < columns; index++) {
      const order = orders[index]!(left[index]!, right[index]!);
      if (order !== 0) return order;
    }
    return 0;
  };
}

function directed(compare: Compare, isDescending: boolean): Compare {
  return isDescending ? (left: Value, right: Value) => compare(right, left) : compare;
}
