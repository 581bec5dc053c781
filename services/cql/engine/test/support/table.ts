/** A table whose values are single bytes: clustering (first ascending, second descending), two columns, a map, and a static of each. */
import type { ColumnSchema, TableSchema } from '../../../schema/model.ts';
import type { Value } from '../../../types/api.ts';
import { compareBytes, type RowOrder, type TableLayout } from '../../order.ts';

export const columnIds = { first: 10, second: 11, map: 12, staticValue: 20, staticMap: 21 } as const;

const order: RowOrder = (left, right) => {
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = compareBytes(left[at]!, right[at]!);
    if (difference !== 0) return at === 1 ? -difference : difference;
  }
  return 0;
};

/** @param id one digit */
export function makeTable(id: string, isCounter = false): TableSchema {
  const columns = new Map<string, ColumnSchema>();
  return {
    id: id.repeat(32),
    keyspace: 'k',
    name: `t${id}`,
    kind: 'table',
    columns,
    partitionKey: [],
    clustering: [],
    statics: [],
    regulars: [],
    isCounter,
    isCompact: false,
    params: {},
    indexes: [],
    dropped: [],
    nextColumnId: 30,
  };
}

export function layoutOf({ id, isCounter }: TableSchema): TableLayout {
  return { id, isCounter, rows: order, paths: () => compareBytes };
}

export const table = makeTable('a');
export const counterTable = makeTable('c', true);
const layouts = new Map([table, counterTable].map((each) => [each.id, layoutOf(each)]));
export const layout = layouts.get(table.id)!;
export const counterLayout = layouts.get(counterTable.id)!;

export const modules = {
  layoutOf: (id: string) => layouts.get(id),
  /** Some keys share a token. */
  tokenOf: (key: Value) => BigInt.asIntN(64, BigInt((key[0] ?? 0) >> 1) * -0x1234_5678_9abc_def1n),
};

export const byte = (value: number): Value => Uint8Array.of(value);
