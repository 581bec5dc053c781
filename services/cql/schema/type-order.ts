/** User types in an order in which they can be made: those first that others have in them. */
import type { CqlType } from '../types/api.ts';
import type { KeyspaceSchema, UserType } from './model.ts';
import { byName } from './names.ts';
import { partsOf } from './type-facts.ts';

export function typesInOrder(keyspace: KeyspaceSchema): UserType[] {
  const ordered = new Map<string, UserType>();
  const add = (type: UserType) => {
    if (ordered.has(type.name)) return;
    for (const field of type.fields) visit(field.type);
    ordered.set(type.name, type);
  };
  const visit = (type: CqlType) => {
    if (type.kind !== 'udt') return partsOf(type).forEach(visit);
    const found = keyspace.types.get(type.name);
    if (found !== undefined) add(found);
  };
  [...keyspace.types.values()].sort(byName).forEach(add);
  return [...ordered.values()];
}
