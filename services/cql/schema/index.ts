/** The schema as a value: its changes, its stored form, what clients see of it. */
export * from './changes/index.ts';
export * from './describe/index.ts';
export { existingKeyspace, type FoundIndex, findIndex, findOverload, viewsOf } from './keyspace.ts';
export { schemaLimits } from './limits.ts';
export type * from './model.ts';
export { isValidName, qualifiedName } from './names.ts';
export { noProperties, type Properties, type PropertyMap } from './params/properties.ts';
export type { Cluster } from './params/replication.ts';
export { type RawName, type RawType, rawTypeText, resolveType, userTypeOf } from './raw-type.ts';
export { readKeyspace, storeKeyspace } from './stored.ts';
export { StoredSchemaDamaged } from './stored-reader.ts';
export { emptySchema, isStored, schemaWith, systemKeyspaces } from './system/keyspaces.ts';
export { isSystemKeyspace } from './system/names.ts';
export { type SystemRow, type SystemRows, systemSchemaRows } from './system-schema.ts';
export { columnsInCreateOrder, columnsOf, isKeyColumn, tableName } from './table.ts';
export { isCollection, isCounter, isMultiCell } from './type-facts.ts';
export { uuidText } from './version.ts';
