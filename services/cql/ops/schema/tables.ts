/** CREATE, ALTER and DROP TABLE. */
import type { AlterTable, ColumnDefinition, CreateTable, DropTable, TableChange } from '../../parser/ast.ts';
import {
  alterTable,
  checkModifiable,
  createTable,
  dropTable,
  type NewColumn,
  type TableChange as SchemaTableChange,
} from '../../schema/changes/index.ts';
import { keyspaceOr } from '../misc/statement.ts';
import { onKeyspace, onTable, type PlanContext, type SchemaPlan } from './plan.ts';
import { rawType } from './raw-types.ts';

const newColumn = ({ name, type, isStatic }: ColumnDefinition): NewColumn => ({
  name,
  type: rawType(type),
  isStatic,
});

export function planCreateTable(statement: CreateTable, context: PlanContext): SchemaPlan {
  const { table, columns, primaryKeys, options, ifNotExists } = statement;
  const keyspace = keyspaceOr(table.keyspace, context.keyspace);
  checkModifiable(context.schema, keyspace, 'CREATE', table.name);
  const change = {
    keyspace,
    name: table.name,
    columns: columns.map(newColumn),
    primaryKeys,
    ...options,
    ifNotExists,
  };
  return {
    needs: [onKeyspace('CREATE', keyspace)],
    decide: (schema, with_) => createTable(schema, change, with_),
  };
}

function tableChange(change: TableChange): SchemaTableChange {
  switch (change.kind) {
    case 'add':
      return { ...change, columns: change.columns.map(newColumn) };
    case 'alterType':
      return { kind: 'alterType' };
    case 'drop':
    case 'dropCompactStorage':
    case 'rename':
    case 'options':
      return change;
  }
}

export function planAlterTable(statement: AlterTable, context: PlanContext): SchemaPlan {
  const { table, ifExists } = statement;
  const keyspace = keyspaceOr(table.keyspace, context.keyspace);
  checkModifiable(context.schema, keyspace, 'ALTER', table.name);
  const change = { keyspace, name: table.name, ifExists, change: tableChange(statement.change) };
  return {
    needs: [onTable('ALTER', keyspace, table.name)],
    decide: (schema, with_) => alterTable(schema, change, with_),
  };
}

export function planDropTable({ table, ifExists }: DropTable, context: PlanContext): SchemaPlan {
  const keyspace = keyspaceOr(table.keyspace, context.keyspace);
  checkModifiable(context.schema, keyspace, 'DROP', table.name);
  return {
    needs: [onTable('DROP', keyspace, table.name)],
    decide: (schema) => dropTable(schema, { keyspace, name: table.name, ifExists }),
  };
}
