/** Changes of the schema, one function per statement. */
export { type AlterKeyspace, alterKeyspace } from './alter-keyspace.ts';
export { type AlterTable, alterTable, type Rename, type TableChange } from './alter-table.ts';
export { type AlterType, alterType, type TypeChange } from './alter-type.ts';
export { type AlterView, alterView } from './alter-view.ts';
export { type ChangeContext, type Changed, checkModifiable } from './change.ts';
export { type CreateAggregate, createAggregate } from './create-aggregate.ts';
export { type CreateFunction, createFunction } from './create-function.ts';
export { type CreateIndex, createIndex, type TargetSyntax } from './create-index.ts';
export { type CreateKeyspace, createKeyspace } from './create-keyspace.ts';
export { type CreateTable, createTable, type NewColumn } from './create-table.ts';
export { type CreateType, createType, type NewField } from './create-type.ts';
export {
  type CreateView,
  createView,
  type ViewRelation,
  type ViewSelector,
  type ViewWhere,
} from './create-view.ts';
export { type DropFunction, dropAggregate, dropFunction } from './drop-function.ts';
export { type DropIndex, dropIndex } from './drop-index.ts';
export { type DropKeyspace, dropKeyspace } from './drop-keyspace.ts';
export { type DropTable, dropTable } from './drop-table.ts';
export { type DropType, dropType } from './drop-type.ts';
export { type DropView, dropView } from './drop-view.ts';
export type { ColumnOrder, PrimaryKey } from './key-columns.ts';
