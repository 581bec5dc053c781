/** What a type as it is written means in a keyspace. */
import { invalid } from '../../errors.ts';
import type { TypeSyntax } from '../../parser/ast.ts';
import type { Schema } from '../../schema/model.ts';
import { type RawType, resolveType } from '../../schema/raw-type.ts';
import type { CqlType } from '../../types/api.ts';
import { typeOfClass } from '../../types/class-names.ts';
import { nativeType } from '../../types/type-text.ts';

function rawType(type: TypeSyntax): RawType {
  switch (type.kind) {
    case 'native':
      return rawNative(type.name);
    case 'list':
    case 'set':
      return { kind: type.kind, element: rawType(type.element) };
    case 'map':
      return { kind: 'map', key: rawType(type.key), value: rawType(type.value) };
    case 'tuple':
      return { kind: 'tuple', elements: type.elements.map(rawType) };
    case 'vector':
      return { kind: 'vector', element: rawType(type.element), dimension: type.dimension };
    case 'frozen':
      return { kind: 'frozen', inner: rawType(type.type) };
    case 'user': {
      const { keyspace, name } = type.name;
      return keyspace === undefined ? { kind: 'udt', name } : { kind: 'udt', keyspace, name };
    }
    case 'custom':
      return { kind: 'resolved', type: typeOfClass(type.className) };
  }
}

function rawNative(name: string): RawType {
  const type = nativeNamed(name);
  return type.kind === 'native' ? type : { kind: 'resolved', type };
}

/** @throws CqlError `invalid` where there is no such type in CQL */
export function nativeNamed(name: string): CqlType {
  const type = nativeType(name);
  if (type === undefined) throw invalid(`Unknown type ${name}`);
  return type;
}

export function resolveTypeSyntax(type: TypeSyntax, keyspace: string, schema: Schema): CqlType {
  return resolveType(rawType(type), keyspace, schema.keyspaces.get(keyspace)?.types ?? new Map());
}
