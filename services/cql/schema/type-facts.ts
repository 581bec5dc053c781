/** What the schema asks of types: pure walks over them. */
import type { CqlType } from '../types/api.ts';
import type { UserType } from './model.ts';

/** Its value is several cells. */
export function isMultiCell(type: CqlType): boolean {
  return (
    (type.kind === 'list' || type.kind === 'set' || type.kind === 'map' || type.kind === 'udt') &&
    !type.frozen
  );
}

export function isCollection(type: CqlType): boolean {
  return type.kind === 'list' || type.kind === 'set' || type.kind === 'map';
}

export const isCounter = (type: CqlType): boolean => type.kind === 'native' && type.name === 'counter';

/** The types that it is made of. */
export function partsOf(type: CqlType): readonly CqlType[] {
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'vector':
      return [type.element];
    case 'map':
      return [type.key, type.value];
    case 'tuple':
      return type.elements;
    case 'udt':
      return type.fields.map((field) => field.type);
    case 'native':
    case 'custom':
      return [];
  }
}

export function someType(type: CqlType, test: (type: CqlType) => boolean): boolean {
  return test(type) || partsOf(type).some((part) => someType(part, test));
}

export const referencesDuration = (type: CqlType): boolean =>
  someType(type, (part) => part.kind === 'native' && part.name === 'duration');

export const referencesUserType = (type: CqlType, name: string): boolean =>
  someType(type, (part) => part.kind === 'udt' && part.name === name);

/** How many types it is made of; counting ends soon after `max`. */
export function typeNodes(type: CqlType, max: number): number {
  let count = 1;
  for (const part of partsOf(type)) {
    count += typeNodes(part, max - count);
    if (count > max) return count;
  }
  return count;
}

/** The same type with each part replaced, from within outwards. */
export function mapType(type: CqlType, change: (type: CqlType) => CqlType): CqlType {
  const inner = (part: CqlType) => mapType(part, change);
  switch (type.kind) {
    case 'list':
    case 'set':
    case 'vector':
      return change({ ...type, element: inner(type.element) });
    case 'map':
      return change({ ...type, key: inner(type.key), value: inner(type.value) });
    case 'tuple':
      return change({ ...type, elements: type.elements.map(inner) });
    case 'udt':
      return change({
        ...type,
        fields: type.fields.map((field) => ({ name: field.name, type: inner(field.type) })),
      });
    case 'native':
    case 'custom':
      return change(type);
  }
}

export function freeze(type: CqlType): CqlType {
  return mapType(type, (part) => ('frozen' in part ? { ...part, frozen: true } : part));
}

/** User types as the tuples that their values look like: for columns that no longer exist, whose user types may go too. */
export function expandUserTypes(type: CqlType): CqlType {
  return mapType(type, (part) =>
    part.kind === 'udt' ? { kind: 'tuple', elements: part.fields.map((field) => freeze(field.type)) } : part,
  );
}

/** After a user type was altered. */
export function withUserType(type: CqlType, altered: UserType): CqlType {
  if (!referencesUserType(type, altered.name)) return type;
  return mapType(type, (part) => {
    if (part.kind !== 'udt' || part.name !== altered.name) return part;
    const fields = part.frozen
      ? altered.fields.map((field) => ({ name: field.name, type: freeze(field.type) }))
      : altered.fields;
    return { ...part, fields };
  });
}
