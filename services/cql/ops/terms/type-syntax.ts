/** What a type as it is written means in a keyspace. */
import { invalid } from '../../errors.ts';
import type { TypeSyntax } from '../../parser/ast.ts';
import type { Schema } from '../../schema/model.ts';
import { resolveType } from '../../schema/raw-type.ts';
import type { CqlType } from '../../types/api.ts';
import { nativeType } from '../../types/type-text.ts';

/** @throws CqlError `invalid` where there is no such type in CQL */
export function nativeNamed(name: string): CqlType {
  const type = nativeType(name);
  if (type === undefined) throw invalid(`Unknown type ${name}`);
  return type;
}

export function resolveTypeSyntax(type: TypeSyntax, keyspace: string, schema: Schema): CqlType {
  return resolveType(type, keyspace, schema.keyspaces.get(keyspace)?.types ?? new Map());
}
