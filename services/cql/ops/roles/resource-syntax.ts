/** Resources as statements name them, found in the schema. */
import { type AuthResource, resourceText } from '../../auth/resources.ts';
import { invalid } from '../../errors.ts';
import { argumentText } from '../../functions/signature.ts';
import type { Resource as ResourceSyntax } from '../../parser/ast.ts';
import type { Schema } from '../../schema/model.ts';
import { keyspaceOr } from '../misc/statement.ts';
import { resolveTypeSyntax } from '../terms/type-syntax.ts';

/** @throws CqlError `invalid` */
export function resourceOf(syntax: ResourceSyntax, schema: Schema, inUse: string | undefined): AuthResource {
  switch (syntax.kind) {
    case 'allKeyspaces':
      return { kind: 'all-keyspaces' };
    case 'allRoles':
      return { kind: 'all-roles' };
    case 'allFunctions':
      return { kind: 'all-functions' };
    case 'allMBeans':
      return { kind: 'all-mbeans' };
    case 'keyspace':
      return { kind: 'keyspace', keyspace: syntax.keyspace };
    case 'allTablesInKeyspace':
      return { kind: 'all-tables', keyspace: syntax.keyspace };
    case 'allFunctionsInKeyspace':
      return { kind: 'keyspace-functions', keyspace: syntax.keyspace };
    case 'table':
      return {
        kind: 'table',
        keyspace: keyspaceOr(syntax.table.keyspace, inUse),
        table: syntax.table.name,
      };
    case 'role':
      return { kind: 'role', role: syntax.role };
    case 'function': {
      const keyspace = keyspaceOr(syntax.name.keyspace, inUse);
      const types = syntax.argumentTypes.map((type) => resolveTypeSyntax(type, keyspace, schema));
      return { kind: 'function', keyspace, name: syntax.name.name, argumentTypes: types.map(argumentText) };
    }
    case 'mbean':
      return { kind: 'mbean', name: syntax.name };
  }
}

/** Of what the schema knows; roles are asked for elsewhere. */
export function isInSchema(resource: AuthResource, schema: Schema): boolean {
  switch (resource.kind) {
    case 'keyspace':
    case 'all-tables':
    case 'keyspace-functions':
      return schema.keyspaces.has(resource.keyspace);
    case 'table':
      return schema.keyspaces.get(resource.keyspace)?.tables.has(resource.table) === true;
    case 'function': {
      const keyspace = schema.keyspaces.get(resource.keyspace);
      const all = [
        ...(keyspace?.functions.get(resource.name) ?? []),
        ...(keyspace?.aggregates.get(resource.name) ?? []),
      ];
      const wanted = resource.argumentTypes.join();
      return all.some(({ argumentTypes }) => argumentTypes.map(argumentText).join() === wanted);
    }
    default:
      return true;
  }
}

export function missing(resource: AuthResource): Error {
  return invalid(`Resource ${resourceText(resource)} doesn't exist`);
}
