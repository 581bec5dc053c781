/** SELECT. */
import type { Ordering, Select } from './ast.ts';
import { integer } from './constants.ts';
import type { Cursor } from './cursor.ts';
import { columnName, isName, tableName } from './names.ts';
import { optionalWhere } from './relations.ts';
import { beginsSelector, selector, selectors } from './selectors.ts';
import { term } from './terms.ts';

export function select(cursor: Cursor): Select {
  cursor.expect('SELECT');
  const isJson = acceptModifier(cursor, 'JSON');
  const isDistinct = acceptModifier(cursor, 'DISTINCT');
  const shown = selectors(cursor);
  cursor.expect('FROM');
  const table = tableName(cursor);
  const where = optionalWhere(cursor);
  const groupBy = acceptBoth(cursor, 'GROUP', 'BY') ? cursor.list(selector) : [];
  const orderBy = acceptBoth(cursor, 'ORDER', 'BY') ? cursor.list(ordering) : [];
  const perPartitionLimit = cursor.accept('PER') ? limitOfPartition(cursor) : undefined;
  const limit = cursor.accept('LIMIT') ? integer(cursor) : undefined;
  const allowFiltering = acceptBoth(cursor, 'ALLOW', 'FILTERING');
  return {
    kind: 'select',
    table,
    isJson,
    isDistinct,
    selectors: shown,
    where,
    groupBy,
    orderBy,
    perPartitionLimit,
    limit,
    allowFiltering,
  };
}

/** `JSON` and `DISTINCT` may be columns as well: they are modifiers if what they modify follows. */
function acceptModifier(cursor: Cursor, kind: 'JSON' | 'DISTINCT'): boolean {
  if (!cursor.is(kind)) return false;
  const next = cursor.peek(1);
  if (next.kind !== '*' && next.kind !== '-' && !beginsSelector(next)) return false;
  if (next.kind === 'AS' && isName(cursor.peek(2)) && [',', 'FROM'].includes(cursor.peek(3).kind))
    return false;
  cursor.take();
  return true;
}

function acceptBoth(cursor: Cursor, first: 'GROUP' | 'ORDER' | 'ALLOW', second: 'BY' | 'FILTERING'): boolean {
  if (!cursor.accept(first)) return false;
  cursor.expect(second);
  return true;
}

function limitOfPartition(cursor: Cursor) {
  cursor.expectAll('PARTITION', 'LIMIT');
  return integer(cursor);
}

function ordering(cursor: Cursor): Ordering {
  const column = columnName(cursor);
  let annOf: Ordering['annOf'];
  if (cursor.accept('ANN')) {
    cursor.expect('OF');
    annOf = term(cursor);
  }
  const descending = cursor.accept('DESC');
  if (!descending) cursor.accept('ASC');
  return { column, descending, annOf };
}
