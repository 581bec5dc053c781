/**
 * Types in the stored form of a schema (version 1): a native type is its name; others are a list that begins with their kind. User
 * types stand by name and are found in the keyspace.
 */
import { type CqlType, type NativeName, nativeNames } from '../types/api.ts';
import { schemaLimits } from './limits.ts';
import { type UserTypes, userTypeOf } from './raw-type.ts';
import { isRecordOf, StoredSchemaDamaged } from './stored-reader.ts';

export type StoredType = string | readonly unknown[];

export function storedType(type: CqlType): StoredType {
  switch (type.kind) {
    case 'native':
      return type.name;
    case 'list':
    case 'set':
      return [type.kind, type.frozen, storedType(type.element)];
    case 'map':
      return ['map', type.frozen, storedType(type.key), storedType(type.value)];
    case 'tuple':
      return ['tuple', ...type.elements.map(storedType)];
    case 'vector':
      return ['vector', type.dimension, storedType(type.element)];
    case 'udt':
      return ['udt', type.frozen, type.name];
    case 'custom':
      return ['custom', type.className];
  }
}

const natives: ReadonlySet<unknown> = new Set(nativeNames);

export function readType(stored: unknown, types: UserTypes, depth = 0): CqlType {
  // No type is deeper than it has parts.
  if (depth > schemaLimits.typeNodes) throw new StoredSchemaDamaged('a type is nested too deeply');
  if (typeof stored === 'string') {
    if (natives.has(stored)) return { kind: 'native', name: stored as NativeName };
    throw new StoredSchemaDamaged('a type has no known name');
  }
  if (!Array.isArray(stored)) throw new StoredSchemaDamaged('a type is neither a name nor a list');
  const [kind, ...rest] = stored as unknown[];
  const read = (part: unknown) => readType(part, types, depth + 1);
  if ((kind === 'list' || kind === 'set') && isRecordOf(rest, ['boolean', 'any']))
    return { kind, frozen: rest[0] as boolean, element: read(rest[1]) };
  if (kind === 'map' && isRecordOf(rest, ['boolean', 'any', 'any']))
    return { kind, frozen: rest[0] as boolean, key: read(rest[1]), value: read(rest[2]) };
  if (kind === 'tuple') return { kind, elements: rest.map(read) };
  if (kind === 'vector' && isRecordOf(rest, ['number', 'any']))
    return { kind, dimension: rest[0] as number, element: read(rest[1]) };
  if (kind === 'udt' && isRecordOf(rest, ['boolean', 'string'])) {
    const found = types.get(rest[1] as string);
    if (found === undefined) throw new StoredSchemaDamaged('a user type is named that is not there');
    return userTypeOf(found, rest[0] as boolean);
  }
  if (kind === 'custom' && isRecordOf(rest, ['string'])) return { kind, className: rest[0] as string };
  throw new StoredSchemaDamaged('a type has an unknown form');
}
