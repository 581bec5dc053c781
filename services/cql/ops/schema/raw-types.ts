/** Types as they are written, for changes of the schema. */
import type { TypeSyntax } from '../../parser/ast.ts';
import type { RawType } from '../../schema/raw-type.ts';
import { typeOfClass } from '../../types/class-names.ts';
import { MarshalError } from '../../types/marshal-error.ts';

/** The name of a class in quotes may mean a type that CQL has a name for. */
export function rawType(type: TypeSyntax): RawType {
  switch (type.kind) {
    case 'native':
    case 'user':
      return type;
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
      return { kind: 'frozen', type: rawType(type.type) };
    case 'custom':
      return ofClass(type.className);
  }
}

function ofClass(className: string): RawType {
  try {
    const meant = typeOfClass(className);
    if (meant.kind === 'native') return { kind: 'native', name: meant.name };
  } catch (error) {
    if (!(error instanceof MarshalError)) throw error;
  }
  return { kind: 'custom', className };
}
