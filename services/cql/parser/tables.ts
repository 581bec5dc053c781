/** CREATE and DROP TABLE. */
import type {
  ClusteringOrder,
  ColumnDefinition,
  CreateTable,
  DropTable,
  PrimaryKey,
  PropertyValue,
  TableOptions,
} from './ast.ts';
import type { Cursor } from './cursor.ts';
import { name, tableName } from './names.ts';
import { property } from './properties.ts';
import { type } from './types.ts';

/** @param cursor behind `CREATE TABLE` */
export function createTable(cursor: Cursor): CreateTable {
  const ifNotExists = cursor.acceptIfNotExists();
  const table = tableName(cursor);
  const columns: ColumnDefinition[] = [];
  const primaryKeys: PrimaryKey[] = [];
  cursor.expect('(');
  columnOrKey(cursor, columns, primaryKeys);
  while (cursor.accept(',')) {
    // A comma may stand behind the last one.
    if (!cursor.is(',') && !cursor.is(')')) columnOrKey(cursor, columns, primaryKeys);
  }
  cursor.expect(')');
  return { kind: 'createTable', table, ifNotExists, columns, primaryKeys, options: tableOptions(cursor) };
}

function columnOrKey(cursor: Cursor, columns: ColumnDefinition[], primaryKeys: PrimaryKey[]): void {
  if (cursor.is('PRIMARY')) {
    primaryKeys.push(primaryKey(cursor));
    return;
  }
  const column = columnDefinition(cursor);
  columns.push(column);
  if (cursor.accept('PRIMARY')) {
    cursor.expect('KEY');
    primaryKeys.push({ partition: [column.name], clustering: [] });
  }
}

export function columnDefinition(cursor: Cursor): ColumnDefinition {
  return { name: name(cursor), type: type(cursor), isStatic: cursor.accept('STATIC') };
}

/** `PRIMARY KEY ((a, b), c)` */
export function primaryKey(cursor: Cursor): PrimaryKey {
  cursor.expectAll('PRIMARY', 'KEY', '(');
  const partition = cursor.is('(') ? namesInParentheses(cursor) : [name(cursor)];
  const clustering: string[] = [];
  while (cursor.accept(',')) clustering.push(name(cursor));
  cursor.expect(')');
  return { partition, clustering };
}

export function namesInParentheses(cursor: Cursor): string[] {
  cursor.expect('(');
  const names = cursor.list(name);
  cursor.expect(')');
  return names;
}

/** `WITH` of tables and views, if it is there. */
export function tableOptions(cursor: Cursor): TableOptions {
  const properties = new Map<string, PropertyValue>();
  const clusteringOrder: ClusteringOrder[] = [];
  let compactStorage = false;
  if (cursor.accept('WITH')) {
    do {
      const next = cursor.peek(1).kind;
      if (cursor.is('COMPACT') && next === 'STORAGE') {
        cursor.expectAll('COMPACT', 'STORAGE');
        compactStorage = true;
      } else if (cursor.is('CLUSTERING') && next === 'ORDER') {
        cursor.expectAll('CLUSTERING', 'ORDER', 'BY', '(');
        clusteringOrder.push(...cursor.list(orderOfColumn));
        cursor.expect(')');
      } else {
        property(cursor, properties);
      }
    } while (cursor.accept('AND'));
  }
  return { properties, clusteringOrder, compactStorage };
}

function orderOfColumn(cursor: Cursor): ClusteringOrder {
  const column = name(cursor);
  const descending = cursor.accept('DESC');
  if (!descending && !cursor.accept('ASC')) throw cursor.noAlternative();
  return { column, descending };
}

/** @param cursor behind `DROP TABLE` */
export function dropTable(cursor: Cursor): DropTable {
  const ifExists = cursor.acceptIfExists();
  return { kind: 'dropTable', table: tableName(cursor), ifExists };
}
