/** Statements that define the schema. */
import type { QualifiedName, SelectorWithAlias } from './ast.ts';
import type { Relation, Term, TypeSyntax } from './ast-terms.ts';

/** What `WITH` sets, in the order it was written: texts as they are, also of numbers. */
export type PropertyValue = string | ReadonlyMap<string, string>;
export type Properties = ReadonlyMap<string, PropertyValue>;

export interface ColumnDefinition {
  readonly name: string;
  readonly type: TypeSyntax;
  readonly isStatic: boolean;
}

export interface ClusteringOrder {
  readonly column: string;
  readonly descending: boolean;
}

export interface PrimaryKey {
  readonly partition: readonly string[];
  readonly clustering: readonly string[];
}

export interface TableOptions {
  readonly properties: Properties;
  readonly clusteringOrder: readonly ClusteringOrder[];
  readonly compactStorage: boolean;
}

export interface CreateKeyspace {
  readonly kind: 'createKeyspace';
  readonly keyspace: string;
  readonly ifNotExists: boolean;
  readonly properties: Properties;
}

export interface AlterKeyspace {
  readonly kind: 'alterKeyspace';
  readonly keyspace: string;
  readonly ifExists: boolean;
  readonly properties: Properties;
}

export interface DropKeyspace {
  readonly kind: 'dropKeyspace';
  readonly keyspace: string;
  readonly ifExists: boolean;
}

export interface CreateTable {
  readonly kind: 'createTable';
  readonly table: QualifiedName;
  readonly ifNotExists: boolean;
  readonly columns: readonly ColumnDefinition[];
  /** Every one that was written, behind a column or apart: exactly one makes sense. */
  readonly primaryKeys: readonly PrimaryKey[];
  readonly options: TableOptions;
}

export interface Rename {
  readonly from: string;
  readonly to: string;
}

export type TableChange =
  | { readonly kind: 'add'; readonly ifNotExists: boolean; readonly columns: readonly ColumnDefinition[] }
  | { readonly kind: 'alterType'; readonly column: string; readonly type: TypeSyntax }
  | {
      readonly kind: 'drop';
      readonly ifExists: boolean;
      readonly columns: readonly string[];
      /** Microseconds: what was written later stays. */
      readonly timestamp: bigint | undefined;
    }
  | { readonly kind: 'dropCompactStorage' }
  | { readonly kind: 'rename'; readonly ifExists: boolean; readonly renames: readonly Rename[] }
  | { readonly kind: 'options'; readonly properties: Properties };

export interface AlterTable {
  readonly kind: 'alterTable';
  readonly table: QualifiedName;
  readonly ifExists: boolean;
  readonly change: TableChange;
}

export interface DropTable {
  readonly kind: 'dropTable';
  readonly table: QualifiedName;
  readonly ifExists: boolean;
}

export interface FieldDefinition {
  readonly name: string;
  readonly type: TypeSyntax;
}

export interface CreateType {
  readonly kind: 'createType';
  readonly name: QualifiedName;
  readonly ifNotExists: boolean;
  readonly fields: readonly FieldDefinition[];
}

export type TypeChange =
  | { readonly kind: 'add'; readonly ifNotExists: boolean; readonly field: FieldDefinition }
  | { readonly kind: 'alterType'; readonly field: string; readonly type: TypeSyntax }
  | { readonly kind: 'rename'; readonly ifExists: boolean; readonly renames: readonly Rename[] };

export interface AlterType {
  readonly kind: 'alterType';
  readonly name: QualifiedName;
  readonly ifExists: boolean;
  readonly change: TypeChange;
}

export interface DropType {
  readonly kind: 'dropType';
  readonly name: QualifiedName;
  readonly ifExists: boolean;
}

export interface IndexTargetSyntax {
  readonly kind: 'simple' | 'values' | 'keys' | 'entries' | 'full';
  readonly column: string;
}

export interface CreateIndex {
  readonly kind: 'createIndex';
  /** Undefined: to be made from the table's and the column's. */
  readonly name: string | undefined;
  readonly table: QualifiedName;
  readonly ifNotExists: boolean;
  readonly isCustom: boolean;
  readonly targets: readonly IndexTargetSyntax[];
  readonly className: string | undefined;
  readonly properties: Properties;
}

export interface DropIndex {
  readonly kind: 'dropIndex';
  readonly name: QualifiedName;
  readonly ifExists: boolean;
}

export interface CreateView {
  readonly kind: 'createView';
  readonly view: QualifiedName;
  readonly table: QualifiedName;
  readonly ifNotExists: boolean;
  /** Undefined: `*`. */
  readonly selectors: readonly SelectorWithAlias[] | undefined;
  readonly where: readonly Relation[];
  readonly primaryKey: PrimaryKey;
  readonly options: TableOptions;
}

export interface AlterView {
  readonly kind: 'alterView';
  readonly view: QualifiedName;
  readonly ifExists: boolean;
  readonly properties: Properties;
}

export interface DropView {
  readonly kind: 'dropView';
  readonly view: QualifiedName;
  readonly ifExists: boolean;
}

export interface FunctionArgument {
  readonly name: string;
  readonly type: TypeSyntax;
}

export interface CreateFunction {
  readonly kind: 'createFunction';
  readonly name: QualifiedName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly args: readonly FunctionArgument[];
  readonly calledOnNull: boolean;
  readonly returns: TypeSyntax;
  readonly language: string;
  readonly body: string;
}

export interface CreateAggregate {
  readonly kind: 'createAggregate';
  readonly name: QualifiedName;
  readonly orReplace: boolean;
  readonly ifNotExists: boolean;
  readonly argumentTypes: readonly TypeSyntax[];
  readonly stateFunction: string;
  readonly stateType: TypeSyntax;
  readonly finalFunction: string | undefined;
  readonly initialCondition: Term | undefined;
}

export interface DropFunction {
  readonly kind: 'dropFunction' | 'dropAggregate';
  readonly name: QualifiedName;
  /** Undefined: the only one of that name. */
  readonly argumentTypes: readonly TypeSyntax[] | undefined;
  readonly ifExists: boolean;
}

export interface CreateTrigger {
  readonly kind: 'createTrigger';
  readonly name: string;
  readonly table: QualifiedName;
  readonly className: string;
  readonly ifNotExists: boolean;
}

export interface DropTrigger {
  readonly kind: 'dropTrigger';
  readonly name: string;
  readonly table: QualifiedName;
  readonly ifExists: boolean;
}

export type SchemaStatement =
  | (CreateKeyspace | AlterKeyspace | DropKeyspace | CreateTable | AlterTable | DropTable)
  | (CreateType | AlterType | DropType | CreateIndex | DropIndex | CreateView | AlterView | DropView)
  | (CreateFunction | CreateAggregate | DropFunction | CreateTrigger | DropTrigger);
