/** Syntax trees to statements: which function of ops/ prepares which. Those that read and write data are handed in. */
import { CqlError } from '../errors.ts';
import type { Functions } from '../functions/api.ts';
import type { BoundValue, Prepared } from '../ops/api.ts';
import { type DescribeModules, prepareDescribe } from '../ops/describe/describe.ts';
import { prepareUse } from '../ops/misc/use.ts';
import { prepareRoleStatement, type RoleModules } from '../ops/roles/index.ts';
import { prepareSchemaStatement, type SchemaModules } from '../ops/schema/schema-statement.ts';
import type { Batch, Modification, ParsedStatement, Select, Statement, Truncate } from '../parser/ast.ts';
import { CqlSyntaxError } from '../parser/index.ts';
import type { Schema } from '../schema/model.ts';

export interface PrepareContext {
  readonly schema: Schema;
  /** The keyspace in use. */
  readonly keyspace: string | undefined;
  readonly functions: Functions;
  /** As `ParsedStatement.markers`. */
  readonly markers: readonly (string | undefined)[];
}

export type BatchKind = Batch['type'];

export interface BoundStatement {
  readonly prepared: Prepared;
  readonly values: readonly BoundValue[];
}

/** ops/select and ops/modify. */
export interface DataStatements {
  select(statement: Select, context: PrepareContext): Prepared;
  modify(statement: Modification, context: PrepareContext): Prepared;
  batch(statement: Batch, context: PrepareContext): Prepared;
  truncate(statement: Truncate, context: PrepareContext): Prepared;
  /** Of the protocol's BATCH: executed once, without values of its own. */
  batchMessage(kind: BatchKind, statements: readonly BoundStatement[]): Prepared;
}

export interface StatementModules {
  readonly data: DataStatements;
  readonly functions: Functions;
  readonly schema: SchemaModules;
  readonly roles: RoleModules;
  readonly describe: DescribeModules;
}

/** @throws CqlError */
export function prepareStatement(
  parsed: ParsedStatement,
  schema: Schema,
  keyspace: string | undefined,
  { data, functions, schema: schemaModules, roles, describe }: StatementModules,
): Prepared {
  const { statement, markers } = parsed;
  const context = { schema, keyspace, functions, markers };
  switch (statement.kind) {
    case 'select':
      return data.select(statement, context);
    case 'insert':
    case 'insertJson':
    case 'update':
    case 'delete':
      return data.modify(statement, context);
    case 'batch':
      return data.batch(statement, context);
    case 'truncate':
      return data.truncate(statement, context);
    case 'use':
      return prepareUse(statement);
    case 'describe':
      return prepareDescribe(statement, schema, keyspace, describe);
    case 'createRole':
    case 'alterRole':
    case 'dropRole':
    case 'grantRole':
    case 'revokeRole':
    case 'grantPermissions':
    case 'revokePermissions':
    case 'listPermissions':
    case 'listRoles':
    case 'listUsers':
      return prepareRoleStatement(statement, roles);
    default:
      return prepareSchemaStatement(statement, parsed, schema, keyspace, schemaModules);
  }
}

/** Its text has a password, so it is not kept unless somebody prepared it, and is not shown. */
export function hasSecret({ kind }: Statement): boolean {
  return kind === 'createRole' || kind === 'alterRole';
}

/** What a text raised, as clients are told of it. */
export function syntaxError(error: unknown): unknown {
  return error instanceof CqlSyntaxError ? new CqlError(error.code, error.message) : error;
}
